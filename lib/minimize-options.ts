// The options of a whole solve.

import { rangeError } from './checks/errors';
import { checkFunction, refuseArgument, wrongType } from './checks/refusals';
import { NOISE, type SolveRules } from './native/core';
import {
  checkKeys,
  defaultOptions,
  OPTION_NAMES,
  overlay,
  type LBFGSOptions,
  type ResolvedOptions,
} from './options/options';
import type { LineSearchFn } from './options/line-searches';
import type { IterationInfo } from './step/report';
import { STEP_OPTION_NAMES, type StepOptions } from './step/step-options';

/**
 * Options of `minimize`, for a whole solve: lineSearchFn 'strong_wolfe', maxIter 15000, historySize 10. Where maxEval is null,
 * the number of evaluations is not limited, and maxLs null means 25.
 */
export interface MinimizeOptions extends LBFGSOptions, Omit<StepOptions, 'onIteration'> {
  /** Iterations of the solve, an integer >= 0. Default 15000. */
  maxIter?: number;
  /**
   * Evaluations of the solve, an integer >= 0, looked at between iterations: a solve may go over it by one line search. Default null: no
   * limit of its own.
   */
  maxEval?: number | null;
  /** The solve ends when max|g| is not above it; finite, >= 0. Default 1e-7. */
  toleranceGrad?: number;
  /** The solve ends when the slope, the move or the change of the loss is below it; finite, >= 0. Default 1e-9. */
  toleranceChange?: number;
  /** Curvature pairs kept, an integer >= 1. Default 10. Memory: 2 historySize vectors, resident as it fills. */
  historySize?: number;
  /** `'strong_wolfe'`, the default, or null for steps of length `lr`. */
  lineSearchFn?: LineSearchFn | null;
  /** Trials of a line search after its first one, an integer >= 0. Default 25. null: what maxEval leaves, or 25 without a maxEval. */
  maxLs?: number | null;
  /**
   * What tolerances are relative to. `'relative'`, the default: to the loss and to the gradient at the start, so that units do not matter.
   * `'torch'`: to nothing; toleranceGrad is then 1e-7 and toleranceChange 1e-9 by default, and pairs are taken by torch's y.s > 1e-10.
   */
  tolerances?: 'relative' | 'torch';
  /** Changes in the loss below this part of it are not trusted; finite, >= 0. Default 1e-6. For lineSearchFn `'noise_tolerant'`. */
  noise?: number;
  /**
   * Whether a diagonal matrix is learnt for H0 and used where it foretells the pairs better than a multiple of the identity. It costs two
   * vectors of memory. Default: true for up to 16384 numbers.
   */
  diagonal?: boolean;
  /**
   * Called after each move; false stops the solve there. An iteration that ends at the slope test makes no move and no call.
   *
   * @param info the iteration; its loss is the value at x
   * @param x where the iteration arrived, n numbers: a view that is valid in the call, so copy what is to be kept (`x.slice()`). What is
   * written to it has no effect. Without a line search the move of iteration maxIter is evaluated after the call: info.loss is the value before it.
   */
  onIteration?: (info: IterationInfo, x: Float64Array) => boolean | void;
}

/** What a whole solve has instead of torch's defaults. */
const SOLVE_DEFAULTS: LBFGSOptions = { lineSearchFn: 'noise_tolerant', maxIter: 15000, historySize: 20 };
/** The tolerances of a solve whose tests are relative. */
const RELATIVE_TOLERANCES: LBFGSOptions = { toleranceGrad: 1e-8, toleranceChange: 1e-13 };
const TOLERANCE_GRAD_RELATIVE = 1e-10;
/** The longest vectors for which the diagonal is learnt by default. */
const DIAGONAL_UP_TO = 16384;

/** All options that a solve has, made when the first one asks: the number of threads is not known before. */
let solveDefaults: Readonly<ResolvedOptions> | undefined;
const NAMES: readonly string[] = [...OPTION_NAMES, ...STEP_OPTION_NAMES, 'tolerances', 'noise', 'diagonal'];

/** The options as the optimiser and as its one step take them; onIteration still wants its x. */
export interface SolveOptions {
  readonly lbfgsOptions: ResolvedOptions;
  readonly rules: SolveRules;
  readonly stepOptions: Omit<StepOptions, 'onIteration'>;
  readonly onIteration: MinimizeOptions['onIteration'];
}

/** @param size of x */
export function splitOptions(call: string, options: MinimizeOptions, size: number): SolveOptions {
  if (typeof options === 'function') {
    const hint = `; ${call} ${ONE_FUNCTION}; a callback goes in as { onIteration }`;
    throw wrongType('an object', 'the options of minimize', options, hint);
  }
  const given = checkKeys(options, NAMES, 'minimize');
  const { onIteration, signal, timeLimit } = given;
  if (onIteration !== undefined) checkFunction(onIteration, 'onIteration');
  solveDefaults ??= { ...defaultOptions(), ...SOLVE_DEFAULTS };
  const rules = rulesOf(given, size);
  const lbfgsOptions = overlay(given, rules.isRelative ? { ...solveDefaults, ...RELATIVE_TOLERANCES } : solveDefaults);
  if (given.maxEval === undefined || given.maxEval === null) {
    lbfgsOptions.maxEval = Number.MAX_SAFE_INTEGER;
    lbfgsOptions.maxLs ??= solveDefaults.maxLs;
  }
  return { lbfgsOptions, rules, stepOptions: { signal, timeLimit } as StepOptions, onIteration };
}

/** The options that a step has not. */
function rulesOf({ tolerances, noise, diagonal, lineSearchFn, toleranceGrad }: MinimizeOptions, size: number): SolveRules {
  if (tolerances !== undefined && tolerances !== 'relative' && tolerances !== 'torch') {
    throw refuseArgument('string', "'relative' or 'torch'", 'tolerances', tolerances);
  }
  if (tolerances === 'relative' && lineSearchFn === null) {
    throw rangeError(
      'ERR_LBFGS_ARG_VALUE',
      "Expected 'torch' for tolerances without a line search but received 'relative'",
    );
  }
  if (noise !== undefined && !(Number.isFinite(noise) && noise >= 0)) {
    throw refuseArgument('number', 'a finite number >= 0', 'noise', noise);
  }
  if (diagonal !== undefined && typeof diagonal !== 'boolean') throw wrongType('a boolean', 'diagonal', diagonal);
  return {
    isRelative: (tolerances ?? (lineSearchFn === null ? 'torch' : 'relative')) === 'relative',
    toleranceGradRelative: toleranceGrad === undefined ? TOLERANCE_GRAD_RELATIVE : Infinity,
    noise: noise ?? NOISE,
    diagonal: diagonal ?? size <= DIAGONAL_UP_TO,
  };
}

/** What to do about a gradient that is a function of its own. */
export const ONE_FUNCTION = 'takes one function, (x, gradient) => value, that fills gradient';
