// What a problem with bounds and an L1 penalty is: minimise F(x) = f(x) + sum w_i |x_i| over the box lower <= x <= upper.

import type { Evaluate, Problem } from '../problem';

/** `evaluate` has f and its gradient, without the penalty; the values of `minima` are those of F. */
export interface BoundedProblem extends Problem {
  /** n numbers each; -Infinity and Infinity where there is no bound. The start may be outside: a solve projects it. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** n weights of the penalty, 0 where a coordinate has none. */
  readonly weights: Float64Array;
}

/** A problem's box and weights: a number stands for all coordinates. */
export interface Limits {
  readonly lower?: number | ArrayLike<number>;
  readonly upper?: number | ArrayLike<number>;
  readonly weights?: number | ArrayLike<number>;
}

/** A problem with its limits filled in: none, where none are given. */
export function bounded({ lower, upper, weights, ...problem }: Problem & Limits): BoundedProblem {
  const all = (values: number | ArrayLike<number>): Float64Array =>
    typeof values === 'number' ? new Float64Array(problem.start.length).fill(values) : Float64Array.from(values);
  return { ...problem, lower: all(lower ?? -Infinity), upper: all(upper ?? Infinity), weights: all(weights ?? 0) };
}

/** Whether there is a penalty. */
export const isPenalised = ({ weights }: BoundedProblem): boolean => weights.some((weight) => weight > 0);

/** The nearest point of the box. */
export function projected({ lower, upper }: BoundedProblem, x: ArrayLike<number>): Float64Array {
  return Float64Array.from(x, (value, i) => Math.min(Math.max(value, lower[i]!), upper[i]!) + 0);
}

/** Whether every coordinate is in the box, to the bit. */
export function isInside({ lower, upper }: BoundedProblem, x: Float64Array): boolean {
  return x.every((value, i) => value >= lower[i]! && value <= upper[i]!);
}

/** sum w_i |x_i| */
export function penaltyAt({ weights }: BoundedProblem, x: ArrayLike<number>): number {
  return weights.reduce((sum, weight, i) => sum + weight * Math.abs(x[i]!), 0);
}

/** F(x); fills the gradient of f. */
export function valueAt(problem: BoundedProblem, x: Float64Array, gradient: Float64Array): number {
  return problem.evaluate(x, gradient) + penaltyAt(problem, x);
}

/**
 * max |P(soft(x - g, w)) - x|, which is 0 where no first-order condition of a minimum is violated. soft moves each
 * entry towards 0 by its weight, P projects onto the box.
 */
export function residualAt(problem: BoundedProblem, x: Float64Array, gradient: Float64Array): number {
  const moved = x.map((value, i) => {
    const entry = value - gradient[i]!;
    return Math.sign(entry) * Math.max(Math.abs(entry) - problem.weights[i]!, 0);
  });
  return projected(problem, moved).reduce((most, value, i) => Math.max(most, Math.abs(value - x[i]!)), 0);
}

/** The function of a problem that others of the collection use, too. */
export const evaluateOf = (problems: readonly Problem[], name: string): Evaluate => problemOf(problems, name).evaluate;

/** A problem by its name. */
export function problemOf(problems: readonly Problem[], name: string): Problem {
  const problem = problems.find((candidate) => candidate.name === name);
  if (!problem) throw new RangeError(`Expected a problem of the collection but received ${name}`);
  return problem;
}
