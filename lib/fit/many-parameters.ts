// Fits of many parameters: the loss and its gradient, added up by points, for a solver of large problems. The Jacobian is
// never held as a whole.

import { clamp } from './box-step';
import { triangleOf } from './covariance';
import { differenceStep } from './jacobian';
import type { FitProblem } from './problem';
import { rowScaleOf, slopeOf, valueOf } from './robust';
import type { Sweeps } from './sweeps';

/**
 * With more free parameters than these the loss is minimised by L-BFGS. A step of Levenberg-Marquardt factorises the
 * Jacobian, which takes about 2 n times as long as to add up a gradient from it: for n = 100 as long as the few hundred
 * gradients that L-BFGS may need more.
 */
export const MANY = 100;

/** The fit as a function of the free parameters divided by their sizes. */
export class ManyParameters {
  readonly #problem: FitProblem;
  readonly #sweeps: Sweeps;
  readonly #p: Float64Array;
  readonly #row: Float64Array;

  constructor(problem: FitProblem, sweeps: Sweeps) {
    this.#problem = problem;
    this.#sweeps = sweeps;
    this.#p = problem.start.slice();
    this.#row = new Float64Array(problem.free.length);
  }

  /** The start, and the bounds where there are any. */
  get scaled(): { start: Float64Array; bounds: [number, number][] | undefined } {
    const { free, sizes, start, lower, upper } = this.#problem;
    const scaled = (values: Float64Array, j: number): number => values[j]! / sizes[j]!;
    const isBounded = free.some((j) => Number.isFinite(lower[j]) || Number.isFinite(upper[j]));
    return {
      start: Float64Array.from(free, (j) => scaled(start, j)),
      bounds: isBounded ? free.map((j) => [scaled(lower, j), scaled(upper, j)]) : undefined,
    };
  }

  /** All parameters at z, within the bounds to the bit. The array is the same for all calls. */
  pointOf(z: Float64Array): Float64Array {
    const { free, sizes } = this.#problem;
    for (const [k, j] of free.entries()) this.#p[j] = clamp(z[k]! * sizes[j]!, j, this.#problem);
    return this.#p;
  }

  /** The loss at z; fills its gradient by z. */
  evaluate(z: Float64Array, gradient: Float64Array): number {
    const { x, y, weights, loss, free, sizes, jacobian } = this.#problem;
    const p = this.pointOf(z);
    this.#sweeps.startPoints(p);
    this.#sweeps.count += jacobian === undefined ? free.length + 1 : 1;
    gradient.fill(0);
    let sum = 0;
    for (let i = 0; i < x.length; i++) {
      const value = this.#sweeps.valueAt(i);
      const residual = (value - y[i]!) * (weights?.[i] ?? 1);
      sum += valueOf(loss, residual);
      const slope = 2 * slopeOf(loss, residual) * residual;
      this.#fillRow(i, value, 'forward');
      for (let k = 0; k < gradient.length; k++) gradient[k]! += slope * this.#row[k]! * sizes[free[k]!]!;
    }
    this.#sweeps.endPoints(p, jacobian === undefined ? 'model' : 'model and jacobian');
    return sum;
  }

  /** The weighted residuals at z and, unless the time is over, R of the Jacobian there. */
  ending(z: Float64Array): { p: Float64Array; residuals: Float64Array; r: Float64Array[] | undefined } {
    const { x, free, jacobian, loss } = this.#problem;
    const p = this.pointOf(z).slice();
    const residuals = new Float64Array(x.length);
    this.#sweeps.residuals(p, residuals);
    if (this.#sweeps.isOver) return { p, residuals, r: undefined };
    this.#sweeps.count += jacobian === undefined ? 2 * free.length : 0;
    const r = triangleOf(x.length, free.length, (i, row) => {
      this.#fillRow(i, NaN, 'central');
      row.set(this.#row);
      const scale = rowScaleOf(loss, residuals[i]!);
      for (let k = 0; k < row.length; k++) row[k]! *= scale;
    });
    this.#sweeps.endPoints(p, 'jacobian');
    return { p, residuals, r };
  }

  /** The derivatives of the i-th weighted residual by the free parameters. @param value of the model there */
  #fillRow(i: number, value: number, kind: 'forward' | 'central'): void {
    const { jacobian, free, sizes, weights, lower, upper } = this.#problem;
    if (jacobian !== undefined) {
      this.#sweeps.derivativesAt(i, this.#row);
      return;
    }
    for (const [k, j] of free.entries()) {
      const at = this.#p[j]!;
      const step = differenceStep(kind, at, sizes[j]!, 0);
      const right = Math.min(at + step, upper[j]!);
      const left = kind === 'central' || right === at ? Math.max(at - step, lower[j]!) : at;
      const above = this.#moved(i, j, right, at, value);
      const below = this.#moved(i, j, left, at, value);
      this.#row[k] = ((above - below) / (right - left)) * (weights?.[i] ?? 1);
    }
  }

  #moved(i: number, j: number, to: number, at: number, value: number): number {
    if (to === at && !Number.isNaN(value)) return value;
    this.#sweeps.setParameter(j, to);
    const moved = this.#sweeps.valueAt(i);
    this.#sweeps.setParameter(j, at);
    return moved;
  }
}
