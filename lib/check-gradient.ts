// Is the gradient the gradient of the loss?

import { lengthOf } from './arrays';
import { describe, LBFGSError, rangeError, typeError } from './errors';
import { copyStart } from './minimize';
import { native } from './native';
import { NO_STEP, type Objective } from './objective';
import { checkKeys } from './options';
import { isFunction } from './own';

/** Options of `checkGradient`. */
export interface CheckGradientOptions {
  /** Relative step: coordinate i moves by step * max(1, |x[i]|). Default cbrt(2^-52), about 6e-6; > 0. */
  step?: number;
  /** Coordinates looked at where there are more; the first and last among them. Default 100, an integer >= 1. */
  samples?: number;
  /** Of the random directions, an integer >= 0. Default 0. */
  seed?: number;
}

/** What `checkGradient` found. */
export interface GradientCheck {
  /** maxRelativeError <= 1e-4. */
  ok: boolean;
  /** The largest difference beyond what the finite difference leaves open, relative to the larger of the two derivatives. */
  maxRelativeError: number;
  /** The coordinate where it was found. */
  worstIndex: number;
  /** The derivative there as the gradient has it. */
  analytic: number;
  /** The derivative there as the central difference has it. */
  numeric: number;
}

const TOLERANCE = 1e-4;
const DIRECTIONS = 4;
/** Rounding of a loss is taken to be up to this many units in its last place. */
const LOSS_ULPS = 16;

/**
 * Compares the gradient with central differences: along coordinates (all of them up to `samples`, else a sample), and along random
 * directions, which see every coordinate at once. A direction that disagrees is halved until the coordinate is found.
 *
 * @param fun fills the gradient and returns the value
 * @param x where to look, n >= 1 numbers; best not at a minimum, where every gradient is small
 * @throws TypeError, RangeError for arguments that do not fit
 */
export function checkGradient(fun: Objective, x: ArrayLike<number>, options: CheckGradientOptions = {}): GradientCheck {
  const { step, samples, seed } = checkOptions(fun, options);
  const probe = new Probe(fun, copyStart(x, 'x'), step);
  const broken = probe.firstNonFinite();
  let worst = probe.along({ from: Math.max(0, broken), to: Math.max(0, broken) + 1 }, seed);
  for (const index of sampledCoordinates(probe.size, samples)) {
    worst = worseOf(worst, probe.along({ from: index, to: index + 1 }, seed));
  }
  for (let direction = 0; direction < DIRECTIONS; direction++) {
    worst = worseOf(worst, probe.locate(seed + direction));
  }
  const { relativeError: maxRelativeError, range, analytic, numeric } = worst;
  return { ok: maxRelativeError <= TOLERANCE, maxRelativeError, worstIndex: range.from, analytic, numeric };
}

interface Range {
  readonly from: number;
  readonly to: number;
}
interface Derivative {
  readonly range: Range;
  readonly analytic: number;
  readonly numeric: number;
  readonly relativeError: number;
}

function worseOf(a: Derivative, b: Derivative): Derivative {
  return b.relativeError > a.relativeError ? b : a;
}

/** The function around one point. */
class Probe {
  readonly #fun: Objective;
  readonly #x: Float64Array;
  readonly #step: number;
  readonly #gradient: Float64Array;
  readonly #direction: Float64Array;
  readonly #trial: Float64Array;
  readonly #scratch: Float64Array;

  constructor(fun: Objective, x: Float64Array, step: number) {
    this.#fun = fun;
    this.#x = x;
    this.#step = step;
    this.#gradient = new Float64Array(x.length);
    this.#direction = new Float64Array(x.length);
    this.#trial = Float64Array.from(x);
    this.#scratch = new Float64Array(x.length);
    this.#gradient.fill(NaN);
    this.#evaluate(this.#gradient);
    if (this.#gradient.every(Number.isNaN)) {
      throw typeError(
        'ERR_LBFGS_CLOSURE_RESULT',
        'Expected fun to fill the gradient but it left it as it was; fun takes (x, gradient), unlike a closure over parameters',
      );
    }
  }

  get size(): number {
    return this.#x.length;
  }

  /** The first entry of the gradient that is not finite, or -1. */
  firstNonFinite(): number {
    return this.#gradient.findIndex((entry) => !Number.isFinite(entry));
  }

  /** Both derivatives along the coordinates in the range, each with a sign from the seed; along one coordinate, its partial derivative. */
  along(range: Range, seed: number): Derivative {
    native.fillDirection(this.#direction, this.#x, seed, range.from, range.to);
    const single = range.to - range.from === 1;
    const scale = single ? this.#direction[range.from]! : 1;
    const coarse = this.#slope(this.#step);
    const fine = this.#slope(this.#step / 2);
    const analytic = single ? this.#gradient[range.from]! * scale : native.dot(this.#gradient, this.#direction);
    // What the finite difference itself leaves open: its curvature error, seen by halving the step, and rounding of the loss.
    const uncertainty = Math.abs(fine.slope - coarse.slope) + fine.rounding;
    const difference = Math.max(0, Math.abs(analytic - fine.slope) - uncertainty);
    const relative = difference === 0 ? 0 : difference / Math.max(Math.abs(analytic), Math.abs(fine.slope));
    return {
      range,
      analytic: single ? this.#gradient[range.from]! : analytic,
      numeric: fine.slope / scale,
      relativeError: Number.isFinite(relative) ? relative : Infinity,
    };
  }

  /** Along a random direction of all coordinates; where it disagrees, the coordinate that is to blame, by halving. */
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

  /** The central difference along the direction, and how much of it may be rounding. */
  #slope(h: number): { slope: number; rounding: number } {
    const right = this.#lossAt(h);
    const left = this.#lossAt(-h);
    const rounding = (LOSS_ULPS * Number.EPSILON * Math.max(Math.abs(right), Math.abs(left))) / h;
    return { slope: (right - left) / (2 * h), rounding };
  }

  #lossAt(h: number): number {
    native.perturb(this.#x, h, this.#direction, this.#trial);
    return this.#evaluate(this.#scratch);
  }

  #evaluate(gradient: Float64Array): number {
    const loss: unknown = this.#fun(this.#trial, gradient, NO_STEP);
    for (const array of [this.#trial, gradient, this.#gradient]) {
      if (lengthOf(array) === this.#x.length) continue;
      throw new LBFGSError(
        'ERR_LBFGS_DATA_CHANGED',
        `Expected ${this.#x.length} entries for x and gradient of fun, as before its call, but received ${lengthOf(array)} (detached)`,
      );
    }
    if (typeof loss === 'number') return loss;
    throw typeError('ERR_LBFGS_CLOSURE_RESULT', `Expected a number from fun but received ${describe(loss)}`);
  }
}

/** All coordinates, or `samples` of them at equal distances. */
function sampledCoordinates(size: number, samples: number): number[] {
  const count = Math.min(size, samples);
  const last = Math.max(1, count - 1);
  return Array.from({ length: count }, (_, index) => Math.floor((index * (size - 1)) / last));
}

function checkOptions(fun: Objective, options: CheckGradientOptions): Required<CheckGradientOptions> {
  if (!isFunction(fun)) {
    throw typeError('ERR_LBFGS_ARG_TYPE', `Expected a function for fun but received ${describe(fun)}`);
  }
  const own = checkKeys(options, ['step', 'samples', 'seed'], 'checkGradient');
  const { step = Math.cbrt(Number.EPSILON), samples = 100, seed = 0 } = own;
  const isCount = (value: number, least: number): boolean => Number.isSafeInteger(value) && value >= least;
  const rules = [
    ['step', step, Number.isFinite(step) && step > 0, 'a finite number > 0'],
    ['samples', samples, isCount(samples, 1), 'an integer >= 1'],
    ['seed', seed, isCount(seed, 0), 'an integer >= 0'],
  ] as const;
  for (const [name, value, accepted, expected] of rules) {
    if (accepted) continue;
    const message = `Expected ${expected} for ${name} but received ${describe(value)}`;
    throw typeof value === 'number'
      ? rangeError('ERR_LBFGS_ARG_VALUE', message)
      : typeError('ERR_LBFGS_ARG_TYPE', message);
  }
  return { step, samples, seed };
}
