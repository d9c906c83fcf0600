// A function whose variables are shared by ranks, and what its ranks do.

import { LBFGS, Parameter, type Communicator, type LBFGSOptions, type StepOptions, type StepReport } from 'lbfgs';

/** Each variable has a term of its own; the approximation of the Hessian binds them. */
function termOf(variable: number, x: number, g: Float64Array, at: number): number {
  const weight = 1 + (variable % 7);
  const far = x - Math.sin(variable);
  g[at] = weight * Math.sinh(far) + 0.4 * far ** 3;
  return weight * (Math.cosh(far) - 1) + 0.1 * far ** 4;
}

/** The first variable of a rank's part; some have none where there are more ranks than variables. */
export function offsetOf(n: number, size: number, rank: number): number {
  return Math.floor((n * rank) / size);
}

export function startOf(from: number, to: number): Float64Array {
  return Float64Array.from({ length: to - from }, (_, at) => ((from + at) % 2 === 0 ? -1.2 : 1));
}

/** The loss of the variables from `from` on, and its gradient. */
export function evaluate(x: Float64Array, g: Float64Array, from: number): number {
  let loss = 0;
  for (let at = 0; at < x.length; at++) loss += termOf(from + at, x[at]!, g, at);
  return loss;
}

/** As the ranks add it: the parts, one after the other. */
export function evaluateInParts(x: Float64Array, g: Float64Array, size: number): number {
  let loss = 0;
  for (let rank = 0; rank < size; rank++) {
    const from = offsetOf(x.length, size, rank);
    const to = offsetOf(x.length, size, rank + 1);
    loss += evaluate(x.subarray(from, to), g.subarray(from, to), from);
  }
  return loss;
}

/** What a rank can do wrong at an evaluation, counted from 1. */
export type Fault = (evaluation: number, closure: () => number) => number;

export class Rank {
  readonly parameter: Parameter;
  readonly optimizer: LBFGS;
  readonly from: number;
  evaluations = 0;
  fault: Fault = (_, closure) => closure();
  /** The points and losses of the iterations. */
  readonly trail: number[] = [];

  constructor(comm: Communicator, n: number, options: LBFGSOptions) {
    this.from = offsetOf(n, comm.size, comm.rank);
    this.parameter = new Parameter(startOf(this.from, offsetOf(n, comm.size, comm.rank + 1)));
    this.optimizer = new LBFGS([this.parameter], { ...options, comm });
  }

  get x(): Float64Array {
    return this.parameter.data as Float64Array;
  }

  readonly closure = (): number => {
    this.evaluations += 1;
    return this.fault(this.evaluations, () => {
      const g = new Float64Array(this.x.length);
      const loss = evaluate(this.x, g, this.from);
      this.parameter.grad = g;
      return loss;
    });
  };

  /** One step; its report. */
  async step(options: StepOptions = {}): Promise<StepReport> {
    await this.optimizer.stepAsync(this.closure, {
      ...options,
      onIteration: (info) => {
        this.trail.push(info.loss, info.gradNorm, info.stepSize, info.evaluations);
        return options.onIteration?.(info);
      },
    });
    return this.optimizer.lastStep!;
  }
}

/** The values of settled programs, all of which must have ended well. */
export function valuesOf<T>(settled: readonly PromiseSettledResult<T>[]): T[] {
  return settled.map((each) => {
    if (each.status === 'rejected') throw each.reason;
    return each.value;
  });
}

export function joined(parts: readonly Float64Array[]): Float64Array {
  return Float64Array.from(parts.flatMap((part) => [...part]));
}

export function distance(a: Float64Array, b: Float64Array): number {
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);
}
