// A whole solve for a function of one vector.

import { checkNumbers, copyAs } from './arrays';
import { dispose } from './dispose';
import { describe, rangeError, typeError } from './errors';
import { LBFGS } from './lbfgs';
import { ONE_FUNCTION, splitOptions, type MinimizeOptions } from './minimize-options';
import { Vectors, type AnyObjective } from './objective';
import { Parameter } from './parameter';
import { riseOf, type StepReport, type StepStatus } from './report';
import type { AsyncClosure, Closure, ClosureCall, StepOptions } from './step';
import { OWNER } from './step-owner';

/** The minimum found; loss, gradient and gradNorm (max|g|) are all at x. */
export interface MinimizeResult {
  /** Where the minimum is, n numbers; an array of its own. */
  x: Float64Array;
  /** The value at x; finite. */
  loss: number;
  /** The gradient at x, n numbers, finite; an array of its own. */
  gradient: Float64Array;
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
 * @param fun fills every entry of the gradient, in place, and returns the value; x stays as it is
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
  const { vectors, optimizer, stepOptions } = prepare(fun, x0, options);
  try {
    const closure = vectors.closureOf(fun) as Closure;
    optimizer.step(closure, stepOptions);
    const solve = optimizer.lastStep!;
    if (lastMoveIsOpen(optimizer)) optimizer.step(closure, lastMoveOptions(stepOptions));
    return resultOf(vectors, optimizer, solve);
  } finally {
    optimizer[dispose]();
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
  const { vectors, optimizer, stepOptions } = prepare(fun, x0, options);
  try {
    const closure = vectors.asyncClosureOf(fun) as AsyncClosure;
    await optimizer.stepAsync(closure, stepOptions);
    const solve = optimizer.lastStep!;
    if (lastMoveIsOpen(optimizer)) await optimizer.stepAsync(closure, lastMoveOptions(stepOptions));
    return resultOf(vectors, optimizer, solve);
  } finally {
    optimizer[dispose]();
  }
}

interface Solve {
  vectors: Vectors;
  optimizer: LBFGS;
  stepOptions: SolveStepOptions;
}

type SolveStepOptions = StepOptions & { readonly [OWNER]: Vectors };

/** Of the step that evaluates the last move. */
function lastMoveOptions({ signal, [OWNER]: vectors }: SolveStepOptions): StepOptions {
  return { signal, [OWNER]: vectors } as StepOptions;
}

function prepare(fun: AnyObjective, x0: ArrayLike<number>, options: MinimizeOptions): Solve {
  checkFunctions(fun, x0);
  const { lbfgsOptions, stepOptions, onIteration } = splitOptions(options);
  const vectors = new Vectors(copyStart(x0, 'x0'));
  const parameter = new Parameter(vectors.x);
  parameter.grad = vectors.gradient;
  const { signal, timeLimit } = stepOptions;
  return {
    vectors,
    optimizer: new LBFGS([parameter], lbfgsOptions),
    stepOptions: {
      onIteration: vectors.reporterOf(onIteration),
      signal,
      timeLimit,
      [OWNER]: vectors,
    } as SolveStepOptions,
  };
}

/** One function, in front of the start. */
function checkFunctions(fun: unknown, x0: unknown): void {
  if (typeof fun !== 'function') {
    const hint = typeof x0 === 'function' ? '; fun comes before x0: minimize(fun, x0)' : '';
    throw typeError('ERR_LBFGS_ARG_TYPE', `Expected a function for fun but received ${describe(fun)}${hint}`);
  }
  if (typeof x0 === 'function') {
    const message = `Expected an array of numbers for x0 but received ${describe(x0)}; ${ONE_FUNCTION}`;
    throw typeError('ERR_LBFGS_ARG_TYPE', message);
  }
}

/** A vector of n >= 1 numbers, copied. */
export function copyStart(x0: unknown, name: string): Float64Array {
  checkNumbers(x0, name);
  if (x0.length === 0)
    throw rangeError('ERR_LBFGS_ARG_VALUE', `Expected at least one number for ${name} but received none`);
  return copyAs('float64', x0) as Float64Array;
}

/** Without a line search the last move is not evaluated: a step of no iterations, next, evaluates it, or takes it back. */
function lastMoveIsOpen(optimizer: LBFGS): boolean {
  if (optimizer.lastStep!.current) return false;
  optimizer.paramGroups[0].maxIter = 0;
  return true;
}

function resultOf(vectors: Vectors, optimizer: LBFGS, solve: StepReport): MinimizeResult {
  const { x, gradient, overwritten } = vectors;
  const end = optimizer.lastStep!; // the step that evaluated the last move, or the solve itself
  const { status, message } = end.status === 'non_finite' ? end : solve;
  const rise =
    end === solve || end.status === 'non_finite' ? '' : riseOf({ ...solve, loss: end.loss }, optimizer.paramGroups[0]);
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
