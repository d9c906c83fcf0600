// A loss and its gradient around one point: derivatives as the gradient has them beside those of central differences.

import { newArray, type Dtype, type FloatArray } from '../checks/arrays';
import { native } from '../native/native';
import { project } from '../solve/region';
import type { Surroundings } from './surroundings';

/** The loss whose gradient is checked, as a function of one vector. */
export interface Subject {
  /** Where its gradient is compared, n numbers. */
  readonly x: Float64Array;
  /** Moves to the point, and rounds it there to numbers that the loss can be computed at. */
  moveTo(point: Float64Array): void;
  /** The loss at the point of the last moveTo; with an array, which is NaN throughout, also the gradient there. */
  evaluate(gradient?: Float64Array): number;
}

/** Coordinates [from, to). */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Both derivatives in one direction. */
export interface Derivative {
  readonly range: Range;
  readonly analytic: number;
  readonly numeric: number;
  readonly relativeError: number;
}

/** The largest relative error of a gradient that is right. */
export const TOLERANCE = 1e-4;
/** Rounding of a loss is taken to be up to this many units in its last place. */
const LOSS_ULPS = 16;
/** In single precision, rounding of a loss is also taken to be up to this many standard deviations of its scatter. */
const DEVIATIONS = 6;
/** A residual of more than this multiple of its spread over the steps cannot come from kinks. */
const SPREADS = 3;

/** What follows from the precision in which loss and gradient are computed. */
export const PRECISIONS: Readonly<Record<Dtype, { epsilon: number; leastStep: number }>> = {
  float32: { epsilon: 2 ** -23, leastStep: 2 ** -20 },
  float64: { epsilon: 2 ** -52, leastStep: 2 ** -48 },
};

/** The derivative that is further off. */
export function worseOf(a: Derivative, b: Derivative): Derivative {
  return b.relativeError > a.relativeError ? b : a;
}

/** The loss around one point. */
export class Probe {
  readonly #subject: Subject;
  readonly #step: number;
  readonly #epsilon: number;
  readonly #isSingle: boolean;
  readonly #gradient: Float64Array;
  readonly #direction: Float64Array;
  readonly #right: Float64Array;
  readonly #left: Float64Array;
  readonly #loss: number;
  /** The standard deviation of the loss's scatter; 0 in double precision, where LOSS_ULPS is enough. */
  readonly #noise: number;

  /** Where points may be; undefined: anywhere. */
  readonly #surroundings: Surroundings | undefined;
  /** x as moveTo has rounded it. */
  readonly #origin: Float64Array;

  /** @param dtype the precision in which loss and gradient are computed */
  constructor(subject: Subject, step: number, seed: number, dtype: Dtype, surroundings?: Surroundings) {
    const { x } = subject;
    this.#subject = subject;
    this.#step = step;
    this.#epsilon = PRECISIONS[dtype].epsilon;
    this.#isSingle = dtype === 'float32';
    this.#gradient = new Float64Array(x.length).fill(NaN);
    this.#direction = new Float64Array(x.length);
    this.#right = Float64Array.from(x);
    this.#left = new Float64Array(x.length);
    subject.moveTo(this.#right);
    this.#origin = surroundings === undefined ? x : Float64Array.from(this.#right);
    this.#surroundings = surroundings;
    this.#loss = subject.evaluate(this.#gradient);
    for (const index of x.keys()) if (this.isFixed(index)) this.#gradient[index] = 0;
    this.#noise = this.#isSingle ? this.#scatter(seed) : 0;
  }

  get size(): number {
    return this.#subject.x.length;
  }

  /** Whether the coordinate cannot be moved. */
  isFixed(index: number): boolean {
    return this.#surroundings?.isFixed(index) === true;
  }

  /** The first entry of the gradient that is not finite, or -1. */
  firstNonFinite(): number {
    return this.#gradient.findIndex((entry) => !Number.isFinite(entry));
  }

  /** Both derivatives along the coordinates in the range, with signs from the seed; of one coordinate, partial ones. */
  along(range: Range, seed: number): Derivative {
    this.#turnTo(seed, range);
    const coarse = this.#difference(this.#step, range);
    const fine = this.#difference(this.#step / 2, range);
    // The uncertainty of the difference: its curvature error, seen by halving the step, and rounding of the loss.
    let relative = relativeError(fine, Math.abs(fine.residual - coarse.residual));
    if (relative > TOLERANCE && this.#isSingle)
      relative = relativeError(fine, SPREADS * this.#spread(range, [fine, coarse]));
    const single = range.to - range.from === 1;
    return {
      range,
      analytic: single ? this.#gradient[range.from]! : fine.analytic,
      numeric: fine.numeric / ((single && fine.displacement) || 1),
      relativeError: Number.isFinite(relative) ? relative : Infinity,
    };
  }

  /** Both derivatives in a random direction; if they disagree, those of the coordinate to blame, found by bisection. */
  locate(seed: number): Derivative {
    let worst = this.along({ from: 0, to: this.size }, seed);
    while (worst.relativeError > TOLERANCE && worst.range.to - worst.range.from > 1) {
      const middle = Math.floor((worst.range.from + worst.range.to) / 2);
      const left = this.along({ from: worst.range.from, to: middle }, seed);
      const right = this.along({ from: middle, to: worst.range.to }, seed);
      const next = worseOf(left, right);
      if (next.relativeError <= TOLERANCE) break;
      worst = next;
    }
    if (worst.range.to - worst.range.from === 1) return worst;
    return { ...worst, relativeError: worst.relativeError > TOLERANCE ? worst.relativeError : 0 };
  }

  /**
   * The change of the loss between x - h v and x + h v over 2 h, as the gradient says and as the losses say, and how
   * much of the latter may be rounding. Both points are taken as moveTo rounded them: rounding them to float32 moves
   * them by more than the tolerance.
   */
  #difference(h: number, range: Range): Difference {
    if (this.#surroundings?.isOneSided(range) === true) return this.#oneSidedDifference(h, range);
    const left = this.#lossAt(-h, this.#left);
    const right = this.#lossAt(h, this.#right);
    native.perturb(this.#right, -1, this.#left, this.#right);
    const isSingle = range.to - range.from === 1; // beside another entry that is NaN the product would be NaN
    const displacement = this.#right[range.from]! / (2 * h);
    const analytic = isSingle
      ? this.#gradient[range.from]! * displacement
      : native.dot(this.#gradient, this.#right) / (2 * h);
    const numeric = (right - left) / (2 * h);
    const size = Math.max(Math.abs(right), Math.abs(left));
    const rounding = Math.max(LOSS_ULPS * this.#epsilon * size, DEVIATIONS * this.#noise) / h;
    return { analytic, numeric, residual: analytic - numeric, displacement, rounding };
  }

  /**
   * As #difference, one-sided of the second order, at x, x + h v and x + 2 h v. Its weights add up to four times as
   * much.
   */
  #oneSidedDifference(h: number, range: Range): Difference {
    const losses = [this.#loss, this.#lossAt(h, this.#right), this.#lossAt(2 * h, this.#left)] as const;
    native.perturb(this.#left, -4, this.#right, this.#right);
    native.perturb(this.#right, 3, this.#origin, this.#right);
    const isSingle = range.to - range.from === 1;
    const displacement = this.#right[range.from]! / (-2 * h);
    const analytic = isSingle
      ? this.#gradient[range.from]! * displacement
      : native.dot(this.#gradient, this.#right) / (-2 * h);
    const numeric = (3 * losses[0] - 4 * losses[1] + losses[2]) / (-2 * h);
    const size = Math.max(...losses.map(Math.abs));
    const rounding = (4 * Math.max(LOSS_ULPS * this.#epsilon * size, DEVIATIONS * this.#noise)) / h;
    return { analytic, numeric, residual: analytic - numeric, displacement, rounding };
  }

  /** Sets the direction: the coordinates in the range, each with a sign from the seed. */
  #turnTo(seed: number, { from, to }: Range): void {
    native.fillDirection(this.#direction, this.#subject.x, seed, from, to);
    this.#surroundings?.bend(this.#direction);
  }

  /**
   * By how much the residual depends on the step, over a wide range of steps. A step of single precision is so long
   * that it may lead over kinks, those of relu for instance: they show at every step, and at each by another amount. A
   * wrong gradient shows by the same amount.
   */
  #spread(range: Range, seen: readonly Difference[]): number {
    const others = [4, 2, 0.25].map((factor) => this.#difference(factor * this.#step, range));
    const residuals = [...seen, ...others].map(({ residual }) => residual).filter(Number.isFinite);
    return Math.max(...residuals) - Math.min(...residuals);
  }

  #lossAt(h: number, point: Float64Array): number {
    native.perturb(this.#origin, h, this.#direction, point);
    if (this.#surroundings !== undefined) project(point, this.#surroundings.box);
    this.#subject.moveTo(point);
    return this.#subject.evaluate();
  }

  /**
   * The standard deviation of the loss's rounding, from third differences at eight points so close together that a
   * smooth loss has none. Source: More & Wild, "Estimating computational noise" (2011), equation 2.3.
   */
  #scatter(seed: number): number {
    this.#turnTo(seed, { from: 0, to: this.size });
    const spacing = 32 * this.#epsilon;
    const losses = [this.#loss];
    for (let at = 1; at < 8; at++) losses.push(this.#lossAt(at * spacing, this.#right));
    let differences = losses;
    for (let order = 0; order < 3; order++) {
      differences = differences.slice(1).map((value, index) => value - differences[index]!);
    }
    const meanSquare = differences.reduce((sum, value) => sum + value * value, 0) / differences.length;
    const noise = Math.sqrt(meanSquare / 20); // (3!)^2 / 6! = 1 / 20
    return Number.isFinite(noise) ? noise : 0;
  }
}

interface Difference {
  readonly analytic: number;
  readonly numeric: number;
  readonly residual: number;
  /** The move of the range's first coordinate, over 2 h. */
  readonly displacement: number;
  readonly rounding: number;
}

/** What is left of the residual beyond its uncertainty, relative to the larger of the two derivatives. */
function relativeError({ analytic, numeric, residual, rounding }: Difference, uncertainty: number): number {
  const difference = Math.max(0, Math.abs(residual) - uncertainty - rounding);
  return difference === 0 ? 0 : difference / Math.max(Math.abs(analytic), Math.abs(numeric));
}

/** Rounds the numbers to the dtype, by way of an array of it that is kept. */
export class Rounding {
  readonly #narrow: FloatArray | undefined;

  constructor(dtype: Dtype, size: number) {
    this.#narrow = dtype === 'float32' ? newArray(dtype, size) : undefined;
  }

  apply(point: Float64Array): void {
    if (this.#narrow === undefined) return;
    this.#narrow.set(point);
    point.set(this.#narrow);
  }
}
