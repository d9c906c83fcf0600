// The Jacobian of the weighted residuals by the free parameters: the user's, or finite differences within the box.

import { describe, typeError } from '../checks/errors';
import { normOf } from './householder';
import type { FitProblem } from './problem';
import type { Sweeps } from './sweeps';

/** How the derivatives are made. */
export type Derivatives = 'exact' | 'forward' | 'central';

/**
 * How long a column that depends on the others can be by errors of the derivatives alone, relative to its length: by
 * rounding for the user's derivatives, by a few times u / h for differences.
 */
export const SINGULAR: Readonly<Record<Derivatives, number>> = {
  exact: 2 ** -44,
  forward: 2 ** -23,
  central: 2 ** -33,
};

/**
 * The steps of the differences, relative to the parameter: the errors of f(p + h) - f(p), h f'' / 2 and 2 u |f| / h,
 * are alike near sqrt(u), those of f(p + h) - f(p - h) near the cube root of u (Nocedal and Wright 2006, section 8.1).
 */
const RELATIVE_STEP = { forward: 2 ** -26, central: 2 ** -17 };
/** Steps are relative to the parameter, or to this part of its size if that is larger. */
const LEAST_PART = 1e-5;
/** A step is so long that it changes the model by at least this part, which rounding does not hide. */
const LEAST_CHANGE = { forward: 2 ** -36, central: 2 ** -30 };
/** LEAST_CHANGE makes no step longer than this part of the parameter or of its size, whichever is larger. */
const LONGEST_STEP = 2 ** -10;
/** If the model is not finite beside p, the step is multiplied by SHORTER and tried again, up to MOST_SHORTER times. */
const SHORTER = 1 / 64;
const MOST_SHORTER = 4;

/**
 * The length of the difference step of a parameter.
 *
 * @param reach the move of the parameter that would change the model by its own size; 0: not known
 */
export function differenceStep(kind: 'forward' | 'central', value: number, size: number, reach: number): number {
  const usual = RELATIVE_STEP[kind] * Math.max(Math.abs(value), LEAST_PART * size);
  return Math.max(usual, Math.min(LEAST_CHANGE[kind] * reach, LONGEST_STEP * Math.max(Math.abs(value), size)));
}

export class Jacobian {
  readonly #problem: FitProblem;
  readonly #sweeps: Sweeps;
  /** The point that is evaluated, p with one parameter moved, and the residuals of a move up and of one down. */
  readonly #point: Float64Array;
  readonly #above: Float64Array;
  readonly #below: Float64Array;
  /** For each free parameter, its `reach` by the last Jacobian. */
  readonly #reaches: Float64Array;

  constructor(problem: FitProblem, sweeps: Sweeps) {
    this.#problem = problem;
    this.#sweeps = sweeps;
    this.#point = problem.start.slice();
    this.#above = new Float64Array(problem.x.length);
    this.#below = new Float64Array(problem.x.length);
    this.#reaches = new Float64Array(problem.free.length);
  }

  /**
   * The columns at p, of which `residuals` are the weighted residuals.
   *
   * @returns the index of the parameter whose derivatives are not finite instead, where there is one; undefined where
   * the time is over
   */
  at(p: Float64Array, residuals: Float64Array, derivatives: Derivatives): Float64Array[] | number | undefined {
    if (derivatives === 'exact') return this.#exact(p);
    const columns: Float64Array[] = [];
    this.#point.set(p);
    const size = this.#sizeOfModel(residuals);
    for (const [k, j] of this.#problem.free.entries()) {
      const column = this.#column(p[j]!, j, residuals, derivatives, this.#reaches[k]!);
      if (this.#sweeps.isOver) return undefined;
      if (column === undefined) return j;
      this.#reaches[k] = size === 0 ? 0 : size / normOf(column);
      columns.push(column);
    }
    return columns;
  }

  #exact(p: Float64Array): Float64Array[] | number {
    const { free, x, names } = this.#problem;
    const columns = free.map(() => new Float64Array(x.length));
    const row = new Float64Array(free.length);
    this.#sweeps.startPoints(p);
    for (let i = 0; i < x.length; i++) {
      this.#sweeps.derivativesAt(i, row);
      for (const [k, derivative] of row.entries()) columns[k]![i] = derivative;
    }
    this.#sweeps.endPoints(p, 'jacobian');
    const broken = columns.findIndex((column) => !column.every(Number.isFinite));
    if (broken < 0) this.#sweeps.hasDerivatives = true;
    else if (!this.#sweeps.hasDerivatives) throw refuseColumn(names[free[broken]!]!, columns[broken]!);
    return broken < 0 ? columns : free[broken]!;
  }

  /** The length of the vector of weighted values of the model. */
  #sizeOfModel(residuals: Float64Array): number {
    const { y, weights } = this.#problem;
    return normOf(residuals.map((r, i) => r + y[i]! * (weights?.[i] ?? 1)));
  }

  #column(
    value: number,
    j: number,
    residuals: Float64Array,
    kind: 'forward' | 'central',
    reach: number,
  ): Float64Array | undefined {
    const { sizes, lower, upper } = this.#problem;
    const isCentral = kind === 'central';
    let step = differenceStep(kind, value, sizes[j]!, reach);
    for (let attempt = 0; attempt <= MOST_SHORTER; attempt++, step *= SHORTER) {
      const right = Math.min(value + step, upper[j]!);
      const left = Math.max(value - step, lower[j]!);
      const isRightFirst = right - value >= value - left;
      let isAbove = (isCentral || isRightFirst) && this.#moved(j, value, right, this.#above);
      const isBelow = (isCentral || !isAbove) && this.#moved(j, value, left, this.#below);
      if (!isAbove && !isBelow && !isRightFirst) isAbove = this.#moved(j, value, right, this.#above);
      let column: Float64Array | undefined;
      if (isAbove && isBelow) column = threePoints(this.#above, residuals, this.#below, right - value, value - left);
      else if (isAbove) column = residuals.map((r, i) => (this.#above[i]! - r) / (right - value));
      else if (isBelow) column = residuals.map((r, i) => (r - this.#below[i]!) / (value - left));
      if (column?.every(Number.isFinite) === true) return column;
    }
    return undefined;
  }

  /** Whether the parameter can be moved there, and the residuals, which are filled in, are finite then. */
  #moved(j: number, from: number, to: number, residuals: Float64Array): boolean {
    if (to === from) return false;
    this.#point[j] = to;
    const broken = this.#sweeps.residuals(this.#point, residuals);
    this.#point[j] = from;
    return broken < 0;
  }
}

function refuseColumn(name: string, column: Float64Array): TypeError {
  const i = column.findIndex((entry) => !Number.isFinite(entry));
  return refuseEntry(name, i, column[i]!);
}

/** The error for a Jacobian that is not finite at the i-th point where a fit starts. */
export function refuseEntry(name: string, i: number, value: number): TypeError {
  return typeError(
    'ERR_LBFGS_CLOSURE_RESULT',
    `Expected jacobian to write a finite number into out.${name} at data.x[${i}] but received ${describe(value)}`,
  );
}

/** The derivatives of the parabolas through three points; of (above - below) / 2 h where they are equally far apart. */
function threePoints(
  above: Float64Array,
  at: Float64Array,
  below: Float64Array,
  right: number,
  left: number,
): Float64Array {
  const byAbove = left / (right * (right + left));
  const byBelow = right / (left * (right + left));
  return at.map((value, i) => (above[i]! - value) * byAbove + (value - below[i]!) * byBelow);
}
