// A whole solve for a function of one vector.

import { numbersOf, type OwnedArray } from './checks/arrays';
import { freeCore, makeCore, type Core } from './native/core';
import { describe, rangeError, typeError } from './checks/errors';
import { ONE_FUNCTION, splitOptions, type MinimizeOptions } from './minimize-options';
import { SolveArrays, type AnyObjective } from './objective';
import type { ResolvedOptions } from './options/options';
import { isFunction, isRecord } from './checks/own';
import { ParameterArrays } from './native/parameter-arrays';
import { riseOf, type StepReport, type StepStatus } from './step/report';
import { runAsync } from './step/step-async';
import type { ClosureCall } from './step/closure';
import { StepRun } from './step/step';
import type { StepOptions } from './step/step-options';

/** The minimum found; loss, gradient and gradNorm (max|g|) are all at x. */
export interface MinimizeResult {
  /** Where the minimum is, n numbers; an array of its own. */
  x: Float64Array & Readonly<Record<'buffer', ArrayBuffer>>;
  /** The value at x; finite. */
  loss: number;
  /** The gradient at x, n numbers, finite; an array of its own. */
  gradient: Float64Array & Readonly<Record<'buffer', ArrayBuffer>>;
  /** max|gradient[i]|. */
  gradNorm: number;
  /** Why the solve ended. */
  status: StepStatus;
  /** The status in a sentence, with its numbers. */
  message: string;
  /** A `converged_…` status, or gradNorm <= toleranceGrad whatever ended the solve. */
  converged: boolean;
  /** Iterations of the solve. */
  iterations: number;
  /** Calls of the function; without a line search, with the one that evaluates the last move. */
  evaluations: number;
}

/**
 * Minimises a function of one vector from a start that is copied.
 *
 * @param fun fills every entry of the gradient, in place, and returns the value; x stays as it is. Whether it fills every entry is looked
 * at only at x0: an entry that a later call leaves out keeps its last number
 * @param x0 n >= 1 numbers
 * @throws TypeError, RangeError for arguments that do not fit; TypeError `ERR_LBFGS_CLOSURE_RESULT` where fun returns something else than
 * a number, or at x0 leaves entries of the gradient as they were or writes into x; LBFGSError `ERR_LBFGS_NON_FINITE_START` where fun is
 * not finite at x0
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
  const solve = new Solve('minimize', fun, x0, options);
  try {
    const closure = solve.arrays.closureOf(fun);
    const run = solve.run();
    run.all(closure);
    const lastMove = solve.lastMove(run);
    lastMove?.all(closure);
    return solve.result(run, lastMove);
  } finally {
    freeCore(solve.core);
  }
}

/**
 * As `minimize`, for a function that may return a promise; the same numbers, bit for bit. Long vectors are worked on by another thread.
 *
 * @param fun fills the gradient and returns the value, perhaps later; after an abort, which `call.signal` tells of, nobody waits for it
 * @param x0 n >= 1 numbers
 * @throws what `minimize` throws and `signal.reason`, as rejections
 */
export async function minimizeAsync(
  fun: (x: Float64Array, gradient: Float64Array, call: ClosureCall) => number | Promise<number>,
  x0: ArrayLike<number>,
  options: MinimizeOptions = {},
): Promise<MinimizeResult> {
  const solve = new Solve('minimizeAsync', fun, x0, options);
  const { core } = solve;
  try {
    const closure = solve.arrays.asyncClosureOf(fun);
    const run = solve.run();
    await runAsync(core, run, solve.options, closure, undefined);
    const lastMove = solve.lastMove(run);
    if (lastMove !== undefined) await runAsync(core, lastMove, solve.options, closure, undefined);
    return solve.result(run, lastMove);
  } finally {
    freeCore(core);
  }
}

/** A solve is one step of a core of its own, and perhaps a second one that evaluates the last move. */
class Solve {
  readonly arrays: SolveArrays;
  readonly core: Core;
  readonly options: ResolvedOptions;
  readonly #stepOptions: StepOptions;

  /** @param call what the user called, for messages */
  constructor(call: string, fun: AnyObjective, x0: ArrayLike<number>, options: MinimizeOptions) {
    checkFunctions(call, fun, x0);
    const start = copyStart(x0, 'x0');
    const { lbfgsOptions, stepOptions, onIteration } = splitOptions(call, options);
    this.options = lbfgsOptions;
    this.arrays = new SolveArrays(start);
    const { x: data, gradient: grad } = this.arrays;
    this.core = makeCore(new ParameterArrays([{ data, grad }]), lbfgsOptions);
    this.#stepOptions = { ...stepOptions, onIteration: this.arrays.reporterOf(onIteration) } as StepOptions;
  }

  run(): StepRun {
    return new StepRun(this.core, this.options, this.#stepOptions, this.arrays);
  }

  /** Without a line search the last move is not evaluated: a step of no iterations evaluates it, or takes it back. */
  lastMove(run: StepRun): StepRun | undefined {
    if (run.ended!.current) return undefined;
    const { signal } = this.#stepOptions;
    return new StepRun(this.core, { ...this.options, maxIter: 0 }, { signal } as StepOptions, this.arrays);
  }

  result({ ended: solve }: StepRun, lastMove: StepRun | undefined): MinimizeResult {
    return resultOf(this.arrays, solve!, lastMove?.ended ?? solve!, this.options);
  }
}

/** One function, in front of the start. */
function checkFunctions(call: string, fun: unknown, x0: unknown): void {
  if (!isFunction(fun)) {
    const bag = isRecord(fun) ? `; arguments go in one by one: ${call}(fun, x0, options)` : '';
    const hint = typeof x0 === 'function' ? `; fun comes before x0: ${call}(fun, x0)` : bag;
    throw typeError('ERR_LBFGS_ARG_TYPE', `Expected a function for fun but received ${describe(fun)}${hint}`);
  }
  if (typeof x0 === 'function') {
    const message = `Expected an array of numbers for x0 but received ${describe(x0)}; ${call} ${ONE_FUNCTION}`;
    throw typeError('ERR_LBFGS_ARG_TYPE', message);
  }
}

/** A vector of n >= 1 numbers, copied. */
export function copyStart(x0: unknown, name: string): OwnedArray {
  const numbers = numbersOf(x0, name, 'an array of numbers', `; options come last: (fun, ${name}, options)`);
  if (numbers.length === 0)
    throw rangeError('ERR_LBFGS_ARG_VALUE', `Expected at least one number for ${name} but received none`);
  return numbers.copyAs('float64') as OwnedArray;
}

/** @param end the step that evaluated the last move, or the solve itself */
function resultOf(arrays: SolveArrays, solve: StepReport, end: StepReport, options: ResolvedOptions): MinimizeResult {
  const { x, gradient, overwritten } = arrays;
  const { status, message } = end.status === 'non_finite' ? end : solve;
  const rise = end === solve || end.status === 'non_finite' ? '' : riseOf({ ...solve, loss: end.loss }, options);
  const isConverged = end.converged || solve.status.startsWith('converged_');
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
    converged: isConverged && overwritten < 0,
    iterations: solve.iterations,
    evaluations: solve.evaluations + (end === solve ? 0 : end.evaluations),
  };
}
