// A whole solve for a function of one vector.

import { describe, rangeError, typeError } from './errors';
import { LBFGS } from './lbfgs';
import { OPTION_NAMES, refuseUnknown, type LBFGSOptions } from './options';
import { Parameter } from './parameter';
import type { StepStatus } from './report';
import { STEP_OPTION_NAMES, type StepOptions } from './step';

/** Fills `gradient` at `x` and returns the value. Both arrays belong to the solve: neither is to be kept or replaced. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

/**
 * Options of `minimize`, for a whole solve: lineSearchFn 'strong_wolfe', maxIter 15000, historySize 10; maxEval null means no
 * limit of its own (maxLs null is then 25).
 */
export interface MinimizeOptions extends LBFGSOptions, StepOptions {}

/** The minimum found; loss, gradient and gradNorm (max|g|) are all at x. */
export interface MinimizeResult {
  x: Float64Array;
  loss: number;
  gradient: Float64Array;
  gradNorm: number;
  status: StepStatus;
  message: string;
  converged: boolean;
  iterations: number;
  evaluations: number;
}

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
  if (typeof fun !== 'function') {
    throw typeError('ERR_LBFGS_ARG_TYPE', `Expected a function for fun but received ${describe(fun)}`);
  }
  const { lbfgsOptions, stepOptions } = splitOptions(options);
  const parameter = new Parameter(copyStart(x0));
  const x = parameter.data as Float64Array;
  const gradient = new Float64Array(x.length);
  parameter.grad = gradient;
  const optimizer = new LBFGS([parameter], lbfgsOptions);
  try {
    const closure = (): number => fun(x, gradient);
    optimizer.step(closure, stepOptions);
    return { x, gradient, ...resultOf(optimizer, closure) };
  } finally {
    optimizer[Symbol.dispose]();
  }
}

/** x0 as numbers of its own. */
export function copyStart(x0: ArrayLike<number>): Float64Array {
  if (typeof x0 !== 'object' || (x0 as unknown) === null || !Number.isSafeInteger(x0.length)) {
    throw typeError('ERR_LBFGS_ARG_TYPE', `Expected an array of numbers for x0 but received ${describe(x0)}`);
  }
  if (x0.length === 0) throw rangeError('ERR_LBFGS_ARG_VALUE', 'Expected at least one number for x0 but received none');
  const odd = ArrayBuffer.isView(x0)
    ? -1
    : Array.from(x0, (value) => typeof value).findIndex((type) => type !== 'number');
  if (odd >= 0) {
    throw typeError('ERR_LBFGS_ARG_TYPE', `Expected numbers for x0 but received ${describe(x0[odd])} at index ${odd}`);
  }
  return Float64Array.from(x0);
}

function splitOptions(options: MinimizeOptions): { lbfgsOptions: LBFGSOptions; stepOptions: StepOptions } {
  if (typeof options !== 'object' || (options as unknown) === null) {
    throw typeError('ERR_LBFGS_ARG_TYPE', `Expected an object for options but received ${describe(options)}`);
  }
  refuseUnknown(options, [...OPTION_NAMES, ...STEP_OPTION_NAMES], 'minimize');
  const { onIteration, timeLimit, ...given } = options;
  const unlimited = given.maxEval === undefined || given.maxEval === null;
  const solve: LBFGSOptions = { lineSearchFn: 'strong_wolfe', maxIter: 15000, historySize: 10 };
  if (unlimited && given.maxLs === null) given.maxLs = 25;
  const limit = { maxEval: unlimited ? Number.MAX_SAFE_INTEGER : given.maxEval };
  return {
    lbfgsOptions: { ...solve, ...given, ...limit } as LBFGSOptions,
    stepOptions: { ...(onIteration && { onIteration }), ...(timeLimit !== undefined && { timeLimit }) },
  };
}

/** Without a line search the last move is not evaluated: a step of no iterations evaluates it, or takes it back. */
function resultOf(optimizer: LBFGS, closure: () => number): Omit<MinimizeResult, 'x' | 'gradient'> {
  const solve = optimizer.lastStep!;
  let end = solve;
  let evaluations = solve.evaluations;
  if (!solve.current) {
    optimizer.paramGroups[0].maxIter = 0;
    optimizer.step(closure);
    end = optimizer.lastStep!;
    evaluations += end.evaluations;
  }
  const { status, message } = end.status === 'non_finite' ? end : solve;
  const converged = end.converged || solve.status.startsWith('converged_');
  return {
    loss: end.loss,
    gradNorm: end.gradNorm,
    status,
    message,
    converged,
    iterations: solve.iterations,
    evaluations,
  };
}
