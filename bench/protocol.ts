// The messages between the parent process and the subjects: lines of JSON. README.md describes them.

/** A request to a subject, one line. */
export interface Request {
  /** "endless", whose iterations are timed; one of solves/problems.ts; or any name, where the parent has the values. */
  readonly problem: string;
  /** "parent": for an evaluation the subject prints {"x": [...]} and reads {"f": number, "g": [...]}. */
  readonly values?: 'own' | 'parent';
  readonly x0?: readonly number[];
  readonly n?: number; // where there is no x0: from x = 1
  readonly data?: object; // the data of a problem of problems.ts, for the subjects in C++
  /**
   * Bounds, null for none, and the weights of an L1 penalty: n numbers each. The values of the objective are without
   * it.
   */
  readonly lower?: readonly (number | null)[];
  readonly upper?: readonly (number | null)[];
  readonly weights?: readonly number[];
  /**
   * The most evaluations. Where it is given, all other options are the library's defaults: m, maxIter and toleranceGrad
   * do not count.
   */
  readonly maxEval?: number;
  readonly m?: number; // where it is absent in a solve with bounds or weights, the library's own
  readonly dtype?: string;
  readonly threads?: number;
  readonly seconds?: number; // solves are repeated for so long; where it is absent, there is one solve
  readonly warm?: number; // seconds of solves beforehand, which are not measured
  readonly step?: number; // iterations are timed, with steps of this length where the subject can; 0: whole solves
  readonly fill?: number; // iterations before the timed ones
  readonly iterations?: number; // the timed ones
  readonly maxIter?: number;
  readonly toleranceGrad?: number; // of max|g|
  readonly targets?: readonly number[]; // losses, falling
}

/** The answer of a subject; times are in nanoseconds. */
export interface Answer {
  readonly solve: number; // from the call to the result, the mean
  readonly construction?: number; // what is made for a solve and dropped after it, without the solve
  readonly timed: number; // of the timed iterations, the objective included, the median
  readonly timedEvaluations: number;
  readonly objective: number; // of an evaluation alone
  readonly first: number; // the loss of the first evaluation, to see that all subjects solve the same problem
  readonly reached: readonly number[]; // for each target that was met: the first evaluation that meets it
  readonly times: readonly number[]; // the time from the start of the solve to the end of that evaluation, the median
  readonly evaluations: number;
  readonly iterations: number;
  readonly loss: number; // loss and max|g| at the point that the library returns
  readonly gradNorm: number;
  readonly status: string; // in the library's own words
  readonly converged?: boolean; // whether the library says so, where it says anything
}
/** The machine's speed in GB/s: reading huge pages, reading pages of 4 KiB, copying. */
export interface Bandwidth {
  readonly huge: number;
  readonly small: number;
  readonly copy: number;
}
export type Refusal = { readonly unavailable: string } | { readonly failed: string };
export type Reply = Answer | Bandwidth | Refusal;

/** The middle value, the upper one of two. NaN of none. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}
