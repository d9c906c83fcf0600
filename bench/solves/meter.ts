import type { Objective } from 'lbfgs';
import type { SolveProblem } from './problems';

/** One timed solve, as every subject prints it: a line of JSON. */
export interface Measurement {
  /** The loss at the start, to see that all subjects solve the same problem. */
  readonly first: number;
  /** For each target: the number of the first evaluation whose loss is not above it; 0 if there is none. */
  readonly evaluations: readonly number[];
  /** And the time from the start of the solve to the end of that evaluation. */
  readonly ms: readonly number[];
  readonly allEvaluations: number;
  readonly iterations: number;
  /** Loss and max|g| at the point that the library returns. */
  readonly loss: number;
  readonly gradNorm: number;
  /** The library's own words. */
  readonly status: string;
  /** What one evaluation costs on its own, measured after the solves. */
  readonly evaluationMs: number;
}

/** What a library returns. */
export interface Ending {
  readonly x: Float64Array;
  readonly iterations: number;
  readonly status: string;
}

type Solve = Omit<Measurement, 'evaluationMs'>;

const WARM_UP_MS = 200; // a compiler that works while the program runs has done so by then
const TIMED_MS = 200;

/** Counts the evaluations of a solve and notes when each target is reached; meter.hpp is the same in C++. */
export class Meter {
  readonly #problem: SolveProblem;
  readonly #targets: readonly number[];
  #calls = 0;
  #met = 0;
  #first = NaN;
  #began = 0;
  #evaluations: number[] = [];
  #ms: number[] = [];
  #end: Float64Array = new Float64Array();

  /** @param targets losses, falling */
  constructor(problem: SolveProblem, targets: readonly number[]) {
    this.#problem = problem;
    this.#targets = targets;
  }

  readonly evaluate: Objective = (x, gradient) => {
    const loss = this.#problem.fun(x, gradient);
    if (this.#calls++ === 0) this.#first = loss;
    while (this.#met < this.#targets.length && loss <= this.#targets[this.#met]!) {
      this.#evaluations[this.#met] = this.#calls;
      this.#ms[this.#met++] = performance.now() - this.#began;
    }
    return loss;
  };

  /** Solves until the process is warm, then for the record: at least once each. */
  run(solve: () => Ending): Measurement[] {
    this.#repeat(WARM_UP_MS, solve);
    const measured = this.#repeat(TIMED_MS, solve);
    const evaluationMs = this.#evaluationMs(measured[0]!.allEvaluations);
    return measured.map((measurement) => ({ ...measurement, evaluationMs }));
  }

  #repeat(ms: number, solve: () => Ending): Solve[] {
    const began = performance.now();
    const measured: Solve[] = [];
    do measured.push(this.#measure(solve));
    while (performance.now() - began < ms);
    return measured;
  }

  #measure(solve: () => Ending): Solve {
    this.#calls = this.#met = 0;
    this.#evaluations = this.#targets.map(() => 0);
    this.#ms = this.#targets.map(() => 0);
    this.#began = performance.now();
    const { x, iterations, status } = solve();
    const gradient = new Float64Array(x.length);
    const loss = this.#problem.fun((this.#end = x), gradient);
    const gradNorm = gradient.reduce((norm, g) => Math.max(norm, Math.abs(g)), 0);
    const reached = { evaluations: this.#evaluations, ms: this.#ms, allEvaluations: this.#calls };
    return { first: this.#first, ...reached, iterations, loss, gradNorm, status };
  }

  #evaluationMs(repeats: number): number {
    const gradient = new Float64Array(this.#end.length);
    const began = performance.now();
    for (let i = 0; i < repeats; i++) this.#problem.fun(this.#end, gradient);
    return (performance.now() - began) / repeats;
  }
}
