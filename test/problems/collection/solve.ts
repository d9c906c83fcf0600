// What a minimiser makes of a problem, counted where the function is evaluated: the same for every minimiser.

import type { Evaluate, Problem } from './problem';

/** Looks for a minimum from x0, which it may overwrite; the result has the point where the search ended. */
export type Minimizer<Result> = (evaluate: Evaluate, x0: Float64Array) => Result;

/** What is looked at: (f - m) / (f0 - m), f0 at the start and m the minimum. */
export const ACCURACIES = [1e-3, 1e-6, 1e-9] as const;

export interface Solution<Result> {
  /** For each accuracy the number of the first evaluation that is as near as that to the minimum, or undefined. */
  readonly evaluations: readonly (number | undefined)[];
  readonly allEvaluations: number;
  /** The index of the minimum that the solution is measured by; 0 is the lowest one, f*. */
  readonly minimum: number;
  /**
   * (f - m) / (f0 - m) where the minimiser ended; negative where that is below every minimum that the problem lists.
   */
  readonly gap: number;
  /** What the minimiser returned. */
  readonly result: Result;
}

/**
 * Runs the minimiser and counts its evaluations. f is the exact one, without a problem's noise. Of the problem's minima
 * the solution is measured by the highest one that is not above the lowest value of the run: a run that went below a
 * minimum did not end in it.
 */
export function solve<Result extends { readonly x: ArrayLike<number> }>(
  problem: Problem,
  minimizer: Minimizer<Result>,
): Solution<Result> {
  const { start, evaluate, exact } = problem;
  const scratch = new Float64Array(start.length);
  const truth = (x: Float64Array): number => (exact ?? evaluate)(x, scratch);
  const values: number[] = [];
  const result = minimizer((x, gradient) => {
    const value = evaluate(x, gradient);
    values.push(exact ? truth(x) : value);
    return value;
  }, start.slice());

  const f0 = truth(start);
  const lowest = values.reduce((low, value) => (value < low ? value : low), f0);
  const minimum = indexOfMinimum(problem, f0, lowest);
  const { value } = problem.minima[minimum]!;
  const reached = ACCURACIES.map((accuracy) => values.findIndex((f) => f - value <= accuracy * (f0 - value)));
  return {
    evaluations: reached.map((index) => (index < 0 ? undefined : index + 1)),
    allEvaluations: values.length,
    minimum,
    gap: (truth(Float64Array.from(result.x)) - value) / (f0 - value),
    result,
  };
}

function indexOfMinimum({ minima }: Problem, f0: number, lowest: number): number {
  let found = 0;
  for (const [i, { value }] of minima.entries()) {
    if (lowest >= value - 1e-9 * (f0 - value) && value > minima[found]!.value) found = i;
  }
  return found;
}
