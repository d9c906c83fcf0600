// A fit as the methods see it: arrays, checked.

import type { IterationInfo, SolveStatus } from '../step/report';
import type { Box } from './box-step';
import type { FitLoss } from './robust';

/** The order of all vectors over "all parameters" is that of the keys of the user's start. */
export interface FitProblem extends Box {
  readonly names: readonly string[];
  readonly model: (x: number, p: Record<string, number>) => unknown;
  readonly jacobian: ((x: number, p: Record<string, number>, out: Record<string, number>) => void) | undefined;
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** 1 / sigma; undefined: 1. */
  readonly weights: Float64Array | undefined;
  /** All parameters, within [lower, upper]. */
  readonly start: Float64Array;
  /** The indices of those that are to be fitted. */
  readonly free: readonly number[];
  /** The sizes of the parameters, > 0. */
  readonly sizes: Float64Array;
  /** Whether the sizes, and not the columns of the Jacobian, scale the trust region. */
  readonly isScaled: boolean;
  readonly loss: FitLoss;
}

export interface FitRules {
  /** The first radius of the trust region, in lengths |D p| of the start. */
  readonly radius: number;
  readonly maxIter: number;
  readonly maxEval: number;
  /** The largest cosine between residuals and columns of the Jacobian that counts as none. */
  readonly toleranceGrad: number;
  /** The part of the loss that is too small to be had. */
  readonly toleranceChange: number;
  /** The part of the loss that counts as noise where no step lowers it. */
  readonly noise: number;
  /** Returns false to stop. The numbers are all parameters. */
  readonly onIteration: ((info: IterationInfo, p: Float64Array) => boolean | void) | undefined;
}

export interface FitEnd {
  readonly status: SolveStatus;
  /** All parameters. */
  readonly p: Float64Array;
  /** The weighted residuals there. */
  readonly residuals: Float64Array;
  readonly loss: number;
  readonly iterations: number;
  /** R of the Jacobian of the free parameters there, its rows scaled for the loss; undefined where there is none. */
  readonly r: readonly Float64Array[] | undefined;
  /** The decrease that the last model promised, as a part of the loss. */
  readonly promised: number;
  /** The largest cosine between the residuals and a column of the Jacobian. */
  readonly cosine: number;
}

/** A move is relative to the parameter, or to this part of its size if that is larger. */
const LEAST_PART = 1e-5;

/** The largest move of a free parameter, relative to the parameter. */
export function relativeMove({ free, sizes }: FitProblem, p: Float64Array, move: Float64Array): number {
  const relative = free.map((j, k) => Math.abs(move[k]!) / Math.max(Math.abs(p[j]!), LEAST_PART * sizes[j]!));
  return Math.max(0, ...relative);
}
