// Fits of many parameters: the loss and its gradient, added up by points, for a solver of large problems. The Jacobian
// is never held as a whole.

import { clamp } from './box-step';
import { triangleOf } from './covariance';
import { differenceStep, refuseEntry } from './jacobian';
import type { FitProblem } from './problem';
import { rowScaleOf, slopeOf, valueOf } from './robust';
import { refuseLoss, type Sweeps } from './sweeps';

/**
 * With more free parameters than this the loss is minimised by L-BFGS. A step of Levenberg-Marquardt factorises the
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
  #isFirst = true;

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

  /** The loss at z, NaN where the model is not finite; fills its gradient by z. */
  evaluate(z: Float64Array, gradient: Float64Array): number {
    const { x, y, weights, loss, free, sizes, jacobian } = this.#problem;
    const p = this.pointOf(z);
    this.#sweeps.startPoints(p);
    this.#sweeps.count++;
    gradient.fill(0);
    let sum = 0;
    for (let i = 0; i < x.length; i++) {
      const value = this.#sweeps.valueAt(i);
      const residual = (value - y[i]!) * (weights?.[i] ?? 1);
      if (!Number.isFinite(residual)) {
        if (this.#isFirst) throw this.#sweeps.refuseStart(i);
        this.#sweeps.endPoints(p, 'model');
        gradient.fill(NaN);
        return NaN;
      }
      sum += valueOf(loss, residual);
      const slope = 2 * slopeOf(loss, residual) * residual;
      this.#fillRow(i, value, 'forward');
      if (this.#isFirst) this.#checkRow(i);
      for (let k = 0; k < gradient.length; k++) gradient[k]! += slope * this.#row[k]! * sizes[free[k]!]!;
    }
    this.#sweeps.endPoints(p, jacobian === undefined ? 'model' : 'model and jacobian');
    this.#sweeps.count += jacobian === undefined ? free.length : 0;
    if (this.#isFirst && !Number.isFinite(sum)) throw refuseLoss(sum);
    this.#isFirst = false;
    return sum;
  }

  /**
   * The weighted residuals at z and, unless the time is over, R of the Jacobian there. Where the model is not finite
   * any more, the residuals are NaN, and there is no R.
   */
  ending(z: Float64Array): { p: Float64Array; residuals: Float64Array; r: Float64Array[] | undefined } {
    const { x, free, jacobian, loss } = this.#problem;
    const p = this.pointOf(z).slice();
    const residuals = new Float64Array(x.length);
    const broken = this.#sweeps.residuals(p, residuals);
    if (broken >= 0) return { p, residuals: residuals.fill(NaN), r: undefined };
    if (this.#sweeps.isOver) return { p, residuals, r: undefined };
    this.#sweeps.count += jacobian === undefined ? 2 * free.length + 1 : 0;
    const r = triangleOf(x.length, free.length, (i, row) => {
      this.#fillRow(i, jacobian === undefined ? this.#sweeps.valueAt(i) : NaN, 'central');
      row.set(this.#row);
      const scale = rowScaleOf(loss, residuals[i]!);
      for (let k = 0; k < row.length; k++) row[k]! *= scale;
    });
    this.#sweeps.endPoints(p, 'jacobian');
    return { p, residuals, r };
  }

  /** Refuses a Jacobian of the user that is not finite where the fit starts. */
  #checkRow(i: number): void {
    const { jacobian, names, free } = this.#problem;
    if (jacobian === undefined) return;
    const broken = this.#row.findIndex((entry) => !Number.isFinite(entry));
    if (broken >= 0) throw refuseEntry(names[free[broken]!]!, i, this.#row[broken]!);
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
      const [right, above] = this.#beside(i, j, Math.min(at + step, upper[j]!), value);
      const isLeftWanted = kind === 'central' || right === at;
      const [left, below] = isLeftWanted ? this.#beside(i, j, Math.max(at - step, lower[j]!), value) : [at, value];
      this.#row[k] = ((above - below) / (right - left)) * (weights?.[i] ?? 1);
    }
  }

  /**
   * The j-th parameter moved there and the model at the i-th point; unmoved, with its value, where that is not finite.
   */
  #beside(i: number, j: number, to: number, value: number): [parameter: number, value: number] {
    const at = this.#p[j]!;
    if (to === at) return [at, value];
    this.#sweeps.setParameter(j, to);
    const moved = this.#sweeps.valueAt(i);
    this.#sweeps.setParameter(j, at);
    return Number.isFinite(moved) ? [to, moved] : [at, value];
  }
}
