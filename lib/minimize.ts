// A whole solve for a function of one vector.

import { checkNumbers, copyAs } from './arrays';
import { dispose } from './dispose';
import { describe, rangeError, typeError } from './errors';
import { LBFGS } from './lbfgs';
import { DEFAULTS, OPTION_NAMES, checkKeys, resolveOptions, type LBFGSOptions } from './options';
import { Parameter } from './parameter';
import type { StepReport, StepStatus } from './report';
import { STEP_OPTION_NAMES, type StepOptions } from './step';

/** Fills `gradient` at `x` and returns the value. Both arrays belong to the solve: neither is to be kept or replaced. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;
/** The same, perhaps later. */
export type AsyncObjective = (x: Float64Array, gradient: Float64Array) => number | Promise<number>;

/**
 * Options of `minimize`, for a whole solve: lineSearchFn 'strong_wolfe', maxIter 15000, historySize 10; maxEval null means no
 * limit of its own (maxLs null is then 25).
 */
export interface MinimizeOptions extends LBFGSOptions, StepOptions {}

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

/** What a whole solve has instead of torch's defaults. */
const SOLVE_DEFAULTS: LBFGSOptions = { lineSearchFn: 'strong_wolfe', maxIter: 15000, historySize: 10 };

/**
 * Minimises a function of one vector from a start that is copied.
 *
 * @param fun fills the gradient and returns the value
 * @param x0 n >= 1 numbers
 * @throws TypeError, RangeError for arguments that do not fit; LBFGSError `ERR_LBFGS_NON_FINITE_START` where fun is not finite at x0
 *
 * @example
 * const { x } = minimize(([a, b], g) => {
 *   g[0] = 2 * (a - 3);
 *   g[1] = 2 * (b + 1);
 *   return (a - 3) ** 2 + (b + 1) ** 2;
 * }, [0, 0]);
 */
export function minimize(fun: Objective, x0: ArrayLike<number>, options: MinimizeOptions = {}): MinimizeResult {
  const { x, gradient, optimizer, stepOptions } = prepare(fun, x0, options);
  try {
    const closure = (): number => fun(x, gradient);
    optimizer.step(closure, stepOptions);
    const solve = optimizer.lastStep!;
    if (lastMoveIsOpen(optimizer)) optimizer.step(closure, { signal: stepOptions.signal } as StepOptions);
    return { x, gradient, ...resultOf(solve, optimizer.lastStep!) };
  } finally {
    optimizer[dispose]();
  }
}

/**
 * As `minimize`, for a function that may return a promise; the same numbers, bit for bit. Long vectors are worked on by another thread.
 *
 * @param fun fills the gradient and returns the value, perhaps later; after an abort what it does to its arrays changes nothing
 * @param x0 n >= 1 numbers
 * @throws what `minimize` throws and `signal.reason`, as rejections
 */
export async function minimizeAsync(
  fun: AsyncObjective,
  x0: ArrayLike<number>,
  options: MinimizeOptions = {},
): Promise<MinimizeResult> {
  const { x, gradient, optimizer, stepOptions } = prepare(fun, x0, options);
  try {
    const closure = (): number | Promise<number> => fun(x, gradient);
    await optimizer.stepAsync(closure, stepOptions);
    const solve = optimizer.lastStep!;
    if (lastMoveIsOpen(optimizer)) await optimizer.stepAsync(closure, { signal: stepOptions.signal } as StepOptions);
    return { x, gradient, ...resultOf(solve, optimizer.lastStep!) };
  } finally {
    optimizer[dispose]();
  }
}

interface Solve {
  x: MinimizeResult['x'];
  gradient: MinimizeResult['gradient'];
  optimizer: LBFGS;
  stepOptions: StepOptions;
}

function prepare(fun: unknown, x0: ArrayLike<number>, options: MinimizeOptions): Solve {
  if (typeof fun !== 'function') {
    throw typeError('ERR_LBFGS_ARG_TYPE', `Expected a function for fun but received ${describe(fun)}`);
  }
  const { lbfgsOptions, stepOptions } = splitOptions(options);
  const parameter = new Parameter(copyStart(x0, 'x0'));
  const x = parameter.data as Solve['x'];
  const gradient = new Float64Array(x.length);
  parameter.grad = gradient;
  return { x, gradient, optimizer: new LBFGS([parameter], lbfgsOptions), stepOptions };
}

/** A vector of n >= 1 numbers, copied. */
export function copyStart(x0: unknown, name: string): Float64Array {
  checkNumbers(x0, name);
  if (x0.length === 0)
    throw rangeError('ERR_LBFGS_ARG_VALUE', `Expected at least one number for ${name} but received none`);
  return copyAs('float64', x0) as Float64Array;
}

function splitOptions(options: MinimizeOptions): { lbfgsOptions: LBFGSOptions; stepOptions: StepOptions } {
  checkKeys(options, [...OPTION_NAMES, ...STEP_OPTION_NAMES], 'minimize');
  const { onIteration, signal, timeLimit, ...given } = options;
  const lbfgsOptions = resolveOptions(given, { ...DEFAULTS, ...SOLVE_DEFAULTS }, 'minimize');
  if (given.maxEval === undefined || given.maxEval === null) {
    lbfgsOptions.maxEval = Number.MAX_SAFE_INTEGER;
    lbfgsOptions.maxLs ??= DEFAULTS.maxLs;
  }
  return { lbfgsOptions, stepOptions: { onIteration, signal, timeLimit } as StepOptions };
}

/** Without a line search the last move is not evaluated: a step of no iterations, next, evaluates it, or takes it back. */
function lastMoveIsOpen(optimizer: LBFGS): boolean {
  if (optimizer.lastStep!.current) return false;
  optimizer.paramGroups[0].maxIter = 0;
  return true;
}

/** @param end the step that evaluated the last move, or the solve itself */
function resultOf(solve: StepReport, end: StepReport): Omit<MinimizeResult, 'x' | 'gradient'> {
  const { status, message } = end.status === 'non_finite' ? end : solve;
  return {
    loss: end.loss,
    gradNorm: end.gradNorm,
    status,
    message,
    converged: end.converged || solve.status.startsWith('converged_'),
    iterations: solve.iterations,
    evaluations: solve.evaluations + (end === solve ? 0 : end.evaluations),
  };
}
