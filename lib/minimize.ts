// A whole solve for a function of one vector.

import type { MinimizeOptions } from './minimize-options';
import { Solve, type UserObjective } from './minimize-run';
import type { DifferenceOrder } from './solve/differences';
import type { ClosureCall } from './step/closure';
import type { SolveStatus } from './step/report';
import { finish } from './step/step-async';
import { isTraced, traceAsync, traceSync } from './step/tracing';

/** The result of a solve. loss, gradient and gradNorm belong to x. */
export interface MinimizeResult {
  /**
   * The last accepted point, n numbers, in a new array. If `converged` is true, a test of the tolerances holds there.
   */
  x: Float64Array & Readonly<Record<'buffer', ArrayBuffer>>;
  /** The value at x, with the penalty `l1`; finite. */
  loss: number;
  /**
   * The gradient at x, without the penalty `l1`, n finite numbers, in a new array. An entry of a fixed variable is what
   * the function wrote, or 0 if that is not finite.
   */
  gradient: Float64Array & Readonly<Record<'buffer', ArrayBuffer>>;
  /**
   * max|gradient[i]|; with `bounds` or `l1` the largest entry of what they leave of it, and with `scale` that in the
   * units of the solve (see `MinimizeOptions`).
   */
  gradNorm: number;
  /** Why the solve ended. */
  status: SolveStatus;
  /**
   * A sentence that explains the status, with its numbers. After `line_search_failed` it names the likeliest cause: a
   * wrong gradient, noise, or a kink or a wall of the function.
   */
  message: string;
  /**
   * true if the status is a `converged_…`, unless fun wrote into x at the last evaluation. No other status counts,
   * however small the gradient is.
   */
  converged: boolean;
  /** Iterations of the solve. */
  iterations: number;
  /**
   * Calls of the function, those for finite differences included. Without a line search they include the call that
   * evaluates the last move.
   */
  evaluations: number;
}

/**
 * Minimises a function of one vector that computes no gradient: with the option `gradient`, finite differences make it.
 *
 * @param fun returns the value at x; what it writes into x has no effect
 * @param x0 the start, n >= 1 numbers, which are copied
 * @throws as the form with a gradient
 *
 * @example
 * const { x } = minimize(([a, b]) => (a - 3) ** 2 + (b + 1) ** 2, [0, 0], { gradient: 'central' });
 */
export function minimize(
  fun: (x: Float64Array, call: ClosureCall) => number,
  x0: ArrayLike<number>,
  options: MinimizeOptions & { gradient: DifferenceOrder },
): MinimizeResult;
/**
 * Minimises a function of one vector.
 *
 * @param fun writes every entry of the gradient in place and returns the value; it must not write into x. Only the call
 * at x0 is checked for this: an entry that a later call does not write keeps its last number
 * @param x0 the start, n >= 1 numbers, which are copied
 * @throws TypeError or RangeError for arguments that do not fit; TypeError `ERR_LBFGS_CLOSURE_RESULT` if fun does not
 * return a number, or if the call at x0 leaves entries of the gradient unwritten or writes into x; LBFGSError
 * `ERR_LBFGS_NON_FINITE_START` if fun is not finite at x0; `signal.reason` after an abort
 *
 * @example
 * const { x } = minimize(([a, b], g) => {
 *   g[0] = 2 * (a - 3);
 *   g[1] = 2 * (b + 1);
 *   return (a - 3) ** 2 + (b + 1) ** 2;
 * }, [0, 0]);
 */
export function minimize(
  fun: (x: Float64Array, gradient: Float64Array, call: ClosureCall) => number,
  x0: ArrayLike<number>,
  options?: MinimizeOptions,
): MinimizeResult;
export function minimize(fun: UserObjective, x0: ArrayLike<number>, options: MinimizeOptions = {}): MinimizeResult {
  const solve = new Solve('minimize', fun, x0, options, 'sync');
  const work = (): MinimizeResult => solve.loop().next().value as MinimizeResult;
  return isTraced() ? traceSync({ call: 'minimize', n: solve.size }, work, (result) => result) : work();
}

/**
 * Minimises as `minimize` does, for a function that computes no gradient and may return a promise. Its calls are made
 * one after another.
 *
 * @param fun returns the value at x or a promise of it
 * @param x0 the start, n >= 1 numbers, which are copied
 * @throws what `minimize` throws, as a rejection
 */
export function minimizeAsync(
  fun: (x: Float64Array, call: ClosureCall) => number | Promise<number>,
  x0: ArrayLike<number>,
  options: MinimizeOptions & { gradient: DifferenceOrder },
): Promise<MinimizeResult>;
/**
 * Minimises as `minimize` does, for a function that may return a promise. The numbers have the same bits. The work on
 * long vectors runs on libuv's thread pool.
 *
 * @param fun writes the gradient and returns the value or a promise of it. After an abort, which `call.signal` shows,
 * its result is ignored
 * @param x0 the start, n >= 1 numbers, which are copied
 * @throws what `minimize` throws, as a rejection
 */
export function minimizeAsync(
  fun: (x: Float64Array, gradient: Float64Array, call: ClosureCall) => number | Promise<number>,
  x0: ArrayLike<number>,
  options?: MinimizeOptions,
): Promise<MinimizeResult>;
export async function minimizeAsync(
  fun: UserObjective,
  x0: ArrayLike<number>,
  options: MinimizeOptions = {},
): Promise<MinimizeResult> {
  const solve = new Solve('minimizeAsync', fun, x0, options, 'async');
  const work = (): Promise<MinimizeResult> => finish(solve.loop());
  return isTraced() ? traceAsync({ call: 'minimizeAsync', n: solve.size }, work, (result) => result) : work();
}
