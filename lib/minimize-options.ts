// The options of a whole solve.

import type { OwnedArray } from './checks/arrays';
import { rangeError } from './checks/errors';
import { STEP_OPTION_NAMES } from './checks/given-options';
import { checkFunction, mismatch, refuseArgument, wrongType } from './checks/refusals';
import type { Communicator } from './distributed/communicator';
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
import { checkOrder, type DifferenceOrder } from './solve/differences';
import type { Bounds } from './solve/region';
import { spaceOf, type Space } from './solve/space';
import { ONE_FUNCTION, refuseEmpty } from './solve/start';
import type { IterationInfo } from './step/report';
import type { StepOptions } from './step/step-options';

/**
 * Options of `minimize` and `minimizeAsync`. The defaults of lineSearchFn (`'noise_tolerant'`), maxIter (15000),
 * maxEval (no limit), historySize (20), toleranceGrad and toleranceChange differ from those of `LBFGS`, and the
 * tolerances are relative. lr multiplies the first trial of every line search. In the formulas f is the loss, g the
 * gradient, d the next direction, -g.d / 2 the decrease of the loss that d promises, and f_before the loss before the
 * last iteration.
 *
 * `tolerances: 'torch'` with `lineSearchFn: 'strong_wolfe'`, `historySize: 10` and `diagonal: false` gives the numbers
 * of version 0.1.0 to the bit.
 */
export interface MinimizeOptions extends LBFGSOptions, Omit<StepOptions, 'onIteration'> {
  /** Largest number of iterations of the solve, an integer >= 0. Default 15000. */
  maxIter?: number;
  /**
   * Largest number of evaluations of the solve, an integer >= 0. It is compared between iterations, so one line search
   * may exceed it. With null, the default, evaluations are not limited.
   */
  maxEval?: number | null;
  /**
   * The solve ends as `converged_gradient` when max|g| <= toleranceGrad; finite and >= 0. The default is the smaller
   * one of 1e-8 and 1e-10 max|g| at x0. A bound that is given is absolute. With `tolerances: 'torch'` the default is
   * 1e-7.
   */
  toleranceGrad?: number;
  /**
   * The relative change in the loss that is too small to matter; finite and >= 0. Default 1e-13.
   *
   * - `converged_slope`: for two directions in a row, both made from pairs, -g.d / 2 <= toleranceChange |f|, while
   *   f_before - f <= sqrt(toleranceChange) |f| and sum |g_i x_i| <= max(0.01, sqrt(toleranceChange)) |f|.
   * - In 5 iterations the loss has not fallen by more than toleranceChange |f|: `converged_loss` if toleranceChange is
   *   above `noise`, or at the floor of the noise (see `noise`), otherwise `line_search_failed`.
   *
   * With `tolerances: 'torch'` the default is 1e-9 and the tests are those of `LBFGS`, which are absolute.
   */
  toleranceChange?: number;
  /**
   * Number of curvature pairs that are kept, an integer >= 1. Default 20. The pairs need 2 historySize vectors of
   * memory.
   */
  historySize?: number;
  /**
   * `'noise_tolerant'`, the default; `'strong_wolfe'`, torch's; or null for steps of length `lr`, with which
   * `tolerances` is `'torch'`.
   */
  lineSearchFn?: LineSearchFn | null;
  /**
   * Largest number of trials of a line search after the first one, an integer >= 0. The default is 25. null stands for
   * maxEval less the evaluations made so far, or for 25 if there is no maxEval.
   */
  maxLs?: number | null;
  /**
   * What the tolerances are relative to. `'relative'`, the default: to the loss, and to the gradient at x0, so that
   * units do not matter; a pair is kept if y.s > 2.2e-16 |g.s|. `'torch'`: to nothing, with torch's tests, torch's
   * first trial and torch's bound on pairs, y.s > 1e-10. Without a line search only `'torch'`, which is then the
   * default.
   */
  tolerances?: 'relative' | 'torch';
  /**
   * The relative noise of the loss: the line search `'noise_tolerant'` compares slopes instead of losses where the loss
   * changes by less than this part of it. Finite, >= 0. The default is 1e-6. Larger noise is measured.
   *
   * Where no lower loss is found, the solve ends as `converged_loss` if it is at the floor of the noise: -g.d / 2 <=
   * max(noise |f|, measured noise, u sum |g_i x_i|), and the gradient is small, sum |g_i x_i| <= 0.01 |f| + 3
   * sqrt(measured noise |f|), or |f| is at most 1e-5 of the largest loss of the solve, 1e-4 where -g.d / 2 <= u sum
   * |g_i x_i|. u is 2^-53, or 2^-24 if the loss and all entries of the gradient are float32 numbers; with these 0.01 u
   * sum |g_i x_i| <= -g.d / 2 <= u sum |g_i x_i| is enough. Otherwise it goes on from -g, then once, with a `diagonal`,
   * from -x_i^2 g_i, the steepest descent in relative changes of x, and then ends as `line_search_failed`.
   */
  noise?: number;
  /**
   * Whether the solve learns a diagonal matrix for H0, and uses the matrix where it predicts the pairs better than a
   * multiple of the identity does. It takes two vectors of memory. The default is true for at most 16384 numbers. For
   * longer vectors it costs more than the passes that it needs, because directions are then computed on one thread. It
   * is off with `bounds`, `l1` or `comm`, beside which true is refused.
   */
  diagonal?: boolean;
  /**
   * Bounds of the variables: n pairs `[lower, upper]`, or `{ lower, upper }`, where each is one for all variables or n
   * of them; null stands for none. The start is moved into the box, and fun is called at no point outside of it, to the
   * bit. A variable with lower = upper is fixed, and its entries of the gradient are ignored. gradNorm is then the
   * largest entry of P(x - g) - x, P the projection onto the box, and `converged_gradient` compares this. Bounds need
   * `lineSearchFn: 'noise_tolerant'` and relative tolerances, the defaults. Default: none.
   */
  bounds?: Bounds;
  /**
   * The weights of an L1 penalty, one for all variables or n of them, finite and >= 0: the solve minimises f(x) + sum
   * l1_i |x_i|, where fun computes f and its gradient. It makes entries of x exactly 0. A weight of 0 leaves its
   * variable, such as a bias, without a penalty. The loss of the result contains the penalty, its gradient does not,
   * and gradNorm is the largest entry of P(soft(x - g, l1)) - x, soft(v, w) = sign(v) max(|v| - w, 0). It needs what
   * `bounds` need. Default 0.
   */
  l1?: number | ArrayLike<number>;
  /**
   * The sizes of the variables, so that one of 500 and one of 1e-4 can be solved for together: one number for all, n
   * numbers, each finite and > 0, or `'auto'`. The solve works in z = x / s, where s is the size rounded to a power of
   * two from 2^-512 to 2^512, so that x = s z is exact, bounds included. fun, onIteration and the result have x and the
   * gradient as without a scale; toleranceGrad and gradNorm are about z: max|s_i g_i|.
   *
   * `'auto'` takes |x0_i| where it is not 0. A start of 0 has the size of half the width of its bounds, or 1 if that is
   * infinite; where the width is finite, no size is below a thousandth of half of it. Default 1.
   */
  scale?: 'auto' | number | ArrayLike<number>;
  /**
   * For a function of x alone, `(x, call) => value`: its gradient is made of finite differences (`finiteDifferences`)
   * that stay within the bounds. `'forward'` makes n + 1 calls of fun for each evaluation; where its gradients are too
   * coarse for the line search, the solve goes on with central differences. `'central'` makes 2 n + 1 calls. Their
   * steps are relative to the sizes that `scale` gives, or to those of `'auto'` if it is not given. evaluations and
   * maxEval count each call of fun. timeLimit is compared after each gradient.
   */
  gradient?: DifferenceOrder;
  /**
   * The processes that hold x, each of them a part: x0 is this process' part, which may be empty, and fun returns its
   * part of the value (`LBFGSOptions.comm`). Refused with `ERR_LBFGS_COMM` beside bounds, l1, scale, gradient and
   * `diagonal: true`; diagonal is then false. Default null.
   */
  comm?: Communicator | null;
  /**
   * Called after each move. If it returns false, the solve ends there. An iteration that ends at the slope test makes
   * no move and no call.
   *
   * @param info the iteration; its loss is the value at x. Without a line search the move of iteration maxIter is
   * evaluated after the call, so info.loss is then the value before this move
   * @param x the point of the iteration, n numbers. The array is valid only during the call; keep a copy (`x.slice()`).
   * Writing to it has no effect
   */
  onIteration?: (info: IterationInfo, x: Float64Array) => boolean | void;
}

/** What a whole solve has instead of torch's defaults. */
const SOLVE_DEFAULTS: LBFGSOptions = { lineSearchFn: 'noise_tolerant', maxIter: 15000, historySize: 20 };
/** The tolerances of a solve whose tests are relative. */
const RELATIVE_TOLERANCES: LBFGSOptions = { toleranceGrad: 1e-8, toleranceChange: 1e-13 };
const TOLERANCE_GRAD_RELATIVE = 1e-10;
const TOLERANCES: readonly string[] = ['relative', 'torch'];
/**
 * The longest vectors for which the diagonal is learnt by default. Directions of longer ones are shared by threads
 * without it.
 */
const DIAGONAL_UP_TO = 16384;

/** The defaults of a solve, made at the first one: finding the number of threads takes a while. */
let solveDefaults: Readonly<ResolvedOptions> | undefined;
const NAMES_OF_ANY_SOLVE = [...OPTION_NAMES, ...STEP_OPTION_NAMES, 'tolerances', 'noise', 'diagonal'] as const;
const NAMES: readonly string[] = [...NAMES_OF_ANY_SOLVE, 'bounds', 'l1', 'scale', 'gradient'];
/** The options of a solve in one process, whatever is minimised. */
export const SOLVE_OPTION_NAMES: readonly string[] = NAMES_OF_ANY_SOLVE.filter((name) => name !== 'comm');

/**
 * The options, split into those of the optimiser and those of its one step. onIteration is still the user's, which also
 * takes x.
 */
export interface SolveOptions {
  readonly lbfgsOptions: ResolvedOptions;
  readonly rules: SolveRules;
  readonly stepOptions: Omit<StepOptions, 'onIteration'>;
  readonly onIteration: MinimizeOptions['onIteration'];
  readonly space: Space;
  /** How the gradient is made; undefined: by the function. */
  readonly differences: DifferenceOrder | undefined;
}

/** @param start is moved into the bounds */
export function splitOptions(call: string, options: MinimizeOptions, start: OwnedArray): SolveOptions {
  if (typeof options === 'function') {
    const hint = `; ${call} ${ONE_FUNCTION}; a callback goes in as { onIteration }`;
    throw wrongType('an object', 'the options of minimize', options, hint);
  }
  const given = checkKeys(options, NAMES, 'minimize');
  const { comm = null } = given;
  if (comm === null)
    refuseEmpty(start, 'x0'); // else others have numbers
  else refuseBeside(given);
  const { onIteration, signal, timeLimit, onFailure, gradient: differences } = given;
  if (differences !== undefined) checkOrder(differences, 'gradient');
  if (onIteration !== undefined) checkFunction(onIteration, 'onIteration');
  solveDefaults ??= { ...defaultOptions(), ...SOLVE_DEFAULTS };
  const ruled = rulesOf(given, start.length);
  const space = spaceOf(given, start);
  const { region } = space;
  const rules = { ...ruled, region, diagonal: ruled.diagonal && region === undefined && comm === null };
  const lbfgsOptions = overlay(given, rules.isRelative ? { ...solveDefaults, ...RELATIVE_TOLERANCES } : solveDefaults);
  if (given.maxEval === undefined || given.maxEval === null) {
    lbfgsOptions.maxEval = Number.MAX_SAFE_INTEGER;
    lbfgsOptions.maxLs ??= solveDefaults.maxLs;
  }
  const stepOptions = { signal, timeLimit, onFailure } as StepOptions;
  return { lbfgsOptions, rules, stepOptions, onIteration, space, differences };
}

/** What only one process can do: it would need numbers of all ranks in the middle of a pass. */
const NOT_BESIDE_COMM = ['bounds', 'l1', 'scale', 'gradient', 'diagonal'] as const;

function refuseBeside(given: MinimizeOptions): void {
  const name = NOT_BESIDE_COMM.find((option) => given[option] !== undefined && given[option] !== false);
  if (name === undefined) return;
  throw rangeError('ERR_LBFGS_COMM', mismatch('no other option', `${name} beside comm`, given[name]));
}

/** The options that a step has not. */
function rulesOf(
  { tolerances, noise, diagonal, lineSearchFn, toleranceGrad }: MinimizeOptions,
  size: number,
): Omit<SolveRules, 'region'> {
  if (tolerances !== undefined && !TOLERANCES.includes(tolerances)) {
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
