// A whole solve for a function of one vector.

import { numbersOf, type OwnedArray } from './checks/arrays';
import { freeCore, makeCore, type Core } from './native/core';
import { rangeError } from './checks/errors';
import { wrongType } from './checks/refusals';
import { ONE_FUNCTION, splitOptions, type MinimizeOptions } from './minimize-options';
import { ObjectivePoint, type AnyObjective } from './objective';
import type { ResolvedOptions } from './options/options';
import { isFunction, isRecord } from './checks/own';
import { ParameterArrays } from './native/parameter-arrays';
import { riseOf, type SolveStatus, type StepReport } from './step/report';
import { finish, type StepLoop } from './step/step-async';
import type { ClosureCall } from './step/closure';
import { StepRun, type StepMode } from './step/step';
import type { StepOptions } from './step/step-options';

/** The result of a solve. loss, gradient and gradNorm belong to x. */
export interface MinimizeResult {
  /**
   * The last accepted point, n numbers, in a new array. If `converged` is true, a test of the tolerances holds there.
   */
  x: Float64Array & Readonly<Record<'buffer', ArrayBuffer>>;
  /** The value at x; finite. */
  loss: number;
  /** The gradient at x, n finite numbers, in a new array. */
  gradient: Float64Array & Readonly<Record<'buffer', ArrayBuffer>>;
  /** max|gradient[i]|. */
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
  /** Calls of the function. Without a line search they include the call that evaluates the last move. */
  evaluations: number;
}

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
  options: MinimizeOptions = {},
): MinimizeResult {
  return new Solve('minimize', fun, x0, options).loop(fun, 'sync').next().value as MinimizeResult;
}

/**
 * Minimises as `minimize` does, for a function that may return a promise. The numbers have the same bits. The work on
 * long vectors runs on libuv's thread pool.
 *
 * @param fun writes the gradient and returns the value or a promise of it. After an abort its result is ignored;
 * `call.signal` tells it so
 * @param x0 the start, n >= 1 numbers, which are copied
 * @throws what `minimize` throws, as a rejection
 */
export async function minimizeAsync(
  fun: (x: Float64Array, gradient: Float64Array, call: ClosureCall) => number | Promise<number>,
  x0: ArrayLike<number>,
  options: MinimizeOptions = {},
): Promise<MinimizeResult> {
  return finish(new Solve('minimizeAsync', fun, x0, options).loop(fun, 'async'));
}

/** A solve is one step of a core of its own, and perhaps a second one that evaluates the last move. */
class Solve {
  readonly #point: ObjectivePoint;
  readonly #core: Core;
  readonly #options: ResolvedOptions;
  readonly #stepOptions: StepOptions;

  /** @param call what the user called, for messages */
  constructor(call: string, fun: AnyObjective, x0: ArrayLike<number>, options: MinimizeOptions) {
    checkFunctions(call, fun, x0);
    const start = copyStart(x0, 'x0');
    const { lbfgsOptions, rules, stepOptions, onIteration } = splitOptions(call, options, start.length);
    this.#options = lbfgsOptions;
    this.#point = new ObjectivePoint(start);
    const { x: data, gradient: grad } = this.#point;
    this.#core = makeCore(new ParameterArrays([{ data, grad }]), lbfgsOptions, rules);
    this.#stepOptions = { ...stepOptions, onIteration: this.#point.reporterOf(onIteration) } as StepOptions;
  }

  /** The whole solve; yields as StepRun.loop does. */
  *loop(fun: AnyObjective, mode: StepMode): StepLoop<MinimizeResult> {
    try {
      const closure = this.#point.closureOf(fun, mode);
      const run = new StepRun(this.#core, this.#options, this.#stepOptions, mode, this.#point);
      yield* run.loop(closure);
      const solve = run.ended!;
      if (solve.current) return resultOf(this.#point, solve, solve, this.#options);
      // Without a line search the last move is not evaluated: a step of no iterations evaluates it, or takes it back.
      const options = { ...this.#options, maxIter: 0 };
      const { signal } = this.#stepOptions;
      const lastMove = new StepRun(this.#core, options, { signal } as StepOptions, mode, this.#point);
      yield* lastMove.loop(closure);
      return resultOf(this.#point, solve, lastMove.ended!, this.#options);
    } finally {
      freeCore(this.#core);
    }
  }
}

/** One function, in front of the start. */
function checkFunctions(call: string, fun: unknown, x0: unknown): void {
  if (!isFunction(fun)) {
    const bag = isRecord(fun) ? `; arguments go in one by one: ${call}(fun, x0, options)` : '';
    const hint = typeof x0 === 'function' ? `; fun comes before x0: ${call}(fun, x0)` : bag;
    throw wrongType('a function', 'fun', fun, hint);
  }
  if (typeof x0 === 'function') throw wrongType('an array of numbers', 'x0', x0, `; ${call} ${ONE_FUNCTION}`);
}

/** A vector of n >= 1 numbers, copied. */
export function copyStart(x0: unknown, name: string): OwnedArray {
  const numbers = numbersOf(x0, name, 'an array of numbers', `; options come last: (fun, ${name}, options)`);
  if (numbers.length === 0)
    throw rangeError('ERR_LBFGS_ARG_VALUE', `Expected at least one number for ${name} but received none`);
  return numbers.copyAs('float64') as OwnedArray;
}

/** @param end the step that evaluated the last move, or the solve itself */
function resultOf(point: ObjectivePoint, solve: StepReport, end: StepReport, options: ResolvedOptions): MinimizeResult {
  const { x, gradient, overwritten } = point;
  const { status, message } = end.status === 'non_finite' ? end : solve;
  const rise = end === solve || end.status === 'non_finite' ? '' : riseOf({ ...solve, loss: end.loss }, options);
  return {
    x,
    loss: end.loss,
    gradient,
    gradNorm: end.gradNorm,
    status,
    message:
      message +
      rise +
      (overwritten < 0
        ? ''
        : `; fun wrote x[${overwritten}] at the last evaluation: loss and gradient may not belong to x`),
    converged: status.startsWith('converged_') && overwritten < 0,
    iterations: solve.iterations,
    evaluations: solve.evaluations + (end === solve ? 0 : end.evaluations),
  };
}
