// What a minimiser makes of a problem, counted where the function is evaluated: the same for every minimiser.

import type { Evaluate, Problem } from './problem';

/** Looks for a minimum from x0, which it may overwrite; the result has the point where the search ended. */
export type Minimizer<Result> = (evaluate: Evaluate, x0: Float64Array) => Result;

/** What is looked at: (f - m) / (f0 - m), f0 at the start and m the minimum. */
export const ACCURACIES = [1e-3, 1e-6, 1e-9] as const;

/** What a run came to. */
export interface Outcome {
  /** For each accuracy the number of the first evaluation that is as near as that to the minimum, or undefined. */
  readonly evaluations: readonly (number | undefined)[];
  readonly allEvaluations: number;
  /** The index of the minimum that the solution is measured by; 0 is the lowest one, f*. */
  readonly minimum: number;
  /**
   * (f - m) / (f0 - m) where the minimiser ended; negative where that is below every minimum that the problem lists.
   */
  readonly gap: number;
}

export interface Solution<Result> extends Outcome {
  /** What the minimiser returned. */
  readonly result: Result;
}

/** Runs the minimiser and counts its evaluations. f is the exact one, without a problem's noise. */
export function solve<Result extends { readonly x: ArrayLike<number> }>(
  problem: Problem,
  minimizer: Minimizer<Result>,
): Solution<Result> {
  const recorded = new Recorded(problem);
  const result = minimizer(recorded.evaluate, problem.start.slice());
  return { ...recorded.outcome(result.x), result };
}

/** A problem's function, and its exact values at the points where it was evaluated. */
export class Recorded {
  readonly #problem: Problem;
  readonly #values: number[] = [];

  constructor(problem: Problem) {
    this.#problem = problem;
  }

  readonly evaluate: Evaluate = (x, gradient) => {
    const { evaluate, exact } = this.#problem;
    const value = evaluate(x, gradient);
    this.#values.push(exact ? this.#truth(x) : value);
    return value;
  };

  /**
   * What the first `count` evaluations came to, after which the minimiser ended at x. Of the problem's minima the
   * solution is measured by the highest one that is not above the lowest value of the run: a run that went below a
   * minimum did not end in it.
   */
  outcome(x: ArrayLike<number>, count = this.#values.length): Outcome {
    const values = this.#values.slice(0, count);
    const f0 = this.#truth(this.#problem.start);
    const lowest = values.reduce((low, value) => (value < low ? value : low), f0);
    const minimum = indexOfMinimum(this.#problem, f0, lowest);
    const { value } = this.#problem.minima[minimum]!;
    const reached = ACCURACIES.map((accuracy) => values.findIndex((f) => f - value <= accuracy * (f0 - value)));
    return {
      evaluations: reached.map((index) => (index < 0 ? undefined : index + 1)),
      allEvaluations: values.length,
      minimum,
      gap: (this.#truth(Float64Array.from(x)) - value) / (f0 - value),
    };
  }

  #truth(x: Float64Array): number {
    const { evaluate, exact, start } = this.#problem;
    return (exact ?? evaluate)(x, new Float64Array(start.length));
  }
}

function indexOfMinimum({ minima }: Problem, f0: number, lowest: number): number {
  let found = 0;
  for (const [i, { value }] of minima.entries()) {
    if (lowest >= value - 1e-9 * (f0 - value) && value > minima[found]!.value) found = i;
  }
  return found;
}
