// What a minimiser makes of a problem in a box, counted where f is evaluated: the same for every minimiser.

import type { Evaluate } from '../problem';
import { isInside, penaltyAt, projected, valueAt, type BoundedProblem } from './problem';

/** What is looked at: F - m <= accuracy max(1, |m|), m the minimum. */
export const ACCURACIES = [1e-6, 1e-10] as const;

/** What a run came to. */
export interface BoundedOutcome {
  /** For each accuracy the number of the first evaluation that is as near as that to the minimum, or undefined. */
  readonly evaluations: readonly (number | undefined)[];
  readonly allEvaluations: number;
  /** How many evaluations were outside the box. */
  readonly outside: number;
  /** The index of the minimum that the solution is measured by; 0 is the lowest one. */
  readonly minimum: number;
  /** (F - m) / max(1, |m|) where the minimiser ended; negative below every minimum that the problem lists. */
  readonly gap: number;
}

/** A problem's function; keeps the values of F at the points of the box where it was evaluated. */
export class RecordedInBox {
  readonly #problem: BoundedProblem;
  readonly #values: number[] = [];
  readonly #isOutside: boolean[] = [];

  constructor(problem: BoundedProblem) {
    this.#problem = problem;
  }

  /** f and its gradient, without the penalty. A value outside the box is never near a minimum. */
  readonly evaluate: Evaluate = (x, gradient) => {
    const value = this.#problem.evaluate(x, gradient);
    const isIn = isInside(this.#problem, x);
    this.#isOutside.push(!isIn);
    this.#values.push(isIn ? value + penaltyAt(this.#problem, x) : Infinity);
    return value;
  };

  /**
   * What the first `count` evaluations came to, after which the minimiser ended at x. Of the problem's minima the solution is measured by the
   * highest one that is not above the lowest value of the run: a run that went below a minimum did not end in it.
   */
  outcome(x: ArrayLike<number>, count = this.#values.length): BoundedOutcome {
    const values = this.#values.slice(0, count);
    const end = Float64Array.from(x);
    const isIn = isInside(this.#problem, end);
    const value = isIn ? valueAt(this.#problem, end, new Float64Array(end.length)) : Infinity;
    const lowest = values.reduce((low, entry) => (entry < low ? entry : low), value);
    const minimum = indexOfMinimum(this.#problem, lowest);
    const m = this.#problem.minima[minimum]!.value;
    const unit = Math.max(1, Math.abs(m));
    return {
      evaluations: ACCURACIES.map((accuracy) => {
        const index = values.findIndex((entry) => entry - m <= accuracy * unit);
        return index < 0 ? undefined : index + 1;
      }),
      allEvaluations: values.length,
      outside: this.#isOutside.slice(0, count).filter(Boolean).length,
      minimum,
      gap: (value - m) / unit,
    };
  }
}

function indexOfMinimum({ minima }: BoundedProblem, lowest: number): number {
  let found = 0;
  for (const [i, { value }] of minima.entries()) {
    if (lowest >= value - 1e-9 * Math.max(1, Math.abs(value)) && value > minima[found]!.value) found = i;
  }
  return found;
}

/** Runs the minimiser, from the projected start, and counts its evaluations. */
export function solveInBox<Result extends { readonly x: ArrayLike<number> }>(
  problem: BoundedProblem,
  minimizer: (evaluate: Evaluate, x0: Float64Array) => Result,
): BoundedOutcome & { readonly result: Result } {
  const recorded = new RecordedInBox(problem);
  const result = minimizer(recorded.evaluate, projected(problem, problem.start));
  return { ...recorded.outcome(result.x), result };
}
