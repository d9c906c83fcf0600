// The step of one iteration: the damped Gauss-Newton step of a trust region, within the box.

import { Factorisation, normOf, type Columns } from './householder';

/**
 * The model of the loss around a point, |R d + q|^2 and a constant, from a QR factorisation of the Jacobian. Vectors
 * are over the n free parameters.
 */
export interface QuadraticModel {
  /** R, n x n, zero below the diagonal. */
  readonly r: Columns;
  /** The first n entries of Q^T times the residuals. */
  readonly q: Float64Array;
  /** The diagonal D of the trust region |D d| <= radius. */
  readonly scale: Float64Array;
  /** Columns of the length 1 depend on each other if a diagonal entry of their R is below this part of the largest. */
  readonly singular: number;
}

/** The bounds of the parameters; infinite where there is none. */
export interface Box {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

export interface BoxStep {
  readonly move: Float64Array;
  /** The point that it leads to, in the box to the bit. */
  readonly target: Float64Array;
  /** The parameters that no bound stops. */
  readonly moving: readonly number[];
  /** The damping mu of the step. */
  readonly damping: number;
  /** The decrease of the loss that the model predicts. */
  readonly predicted: number;
  /** The derivative of the loss along the move where it begins. */
  readonly slope: number;
  /** |D d|. */
  readonly length: number;
}

/**
 * The step from p within the radius and the box. A parameter that the step would carry past a bound stops there, and
 * the step of the others is solved again. Where this does not lower the model, the step goes from bound to bound
 * instead.
 *
 * @param candidates the parameters that may move
 */
export function stepInBox(
  model: QuadraticModel,
  p: Float64Array,
  box: Box,
  candidates: readonly number[],
  radius: number,
): BoxStep {
  const move = new Float64Array(p.length);
  const target = p.slice();
  let moving = candidates;
  for (;;) {
    const { step, damping } = dampedStep(model, moving, residualOf(model, move), radius);
    const stopped: number[] = [];
    for (const [k, j] of moving.entries()) {
      move[j] = step[k]!;
      target[j] = p[j]! + step[k]!;
      const bound = clamp(target[j], j, box);
      if (bound === target[j]) continue;
      target[j] = bound;
      move[j] = bound - p[j]!;
      stopped.push(j);
    }
    if (stopped.length === 0) {
      const found = { move, target, moving, damping, ...foretold(model, move) };
      return moving === candidates || found.predicted > 0 ? found : stepByBounds(model, p, box, candidates, radius);
    }
    moving = moving.filter((j) => !stopped.includes(j));
    for (const j of moving) move[j] = 0;
  }
}

/**
 * A step along which the model falls all the way: it goes as far as the first bound, and from there on along the
 * solution for the other parameters.
 */
function stepByBounds(
  model: QuadraticModel,
  p: Float64Array,
  box: Box,
  candidates: readonly number[],
  radius: number,
): BoxStep {
  const move = new Float64Array(p.length);
  const target = p.slice();
  let moving = candidates;
  for (;;) {
    const radiusLeft = Math.max(radius - lengthIn(model.scale, move), Number.MIN_VALUE);
    const { step, damping } = dampedStep(model, moving, residualOf(model, move), radiusLeft);
    const parts = moving.map((j, k) => partWithin(target[j]!, step[k]!, j, box));
    const part = Math.min(1, ...parts);
    for (const [k, j] of moving.entries()) {
      const bound = step[k]! < 0 ? box.lower[j]! : box.upper[j]!;
      target[j] = parts[k] === part && part < 1 ? bound : clamp(target[j]! + part * step[k]!, j, box);
      move[j] = target[j] - p[j]!;
    }
    const isWhole = !(part < 1);
    if (!isWhole) moving = moving.filter((_, k) => parts[k] !== part);
    if (isWhole || moving.length === 0) return { move, target, moving, damping, ...foretold(model, move) };
  }
}

/** The part of a parameter's step that stays within its bounds. */
function partWithin(from: number, step: number, j: number, { lower, upper }: Box): number {
  if (step === 0) return 1;
  return Math.min(1, ((step < 0 ? lower[j]! : upper[j]!) - from) / step);
}

/** The number nearest to the value in the box; the value itself where it is NaN. */
export function clamp(value: number, j: number, { lower, upper }: Box): number {
  if (value < lower[j]!) return lower[j]!;
  return value > upper[j]! ? upper[j]! : value;
}

/** |D d|. */
export function lengthIn(scale: Float64Array, move: Float64Array): number {
  return normOf(move.map((entry, j) => entry * scale[j]!));
}

/** R d. */
export function timesR({ r }: Pick<QuadraticModel, 'r'>, move: Float64Array): Float64Array {
  const product = new Float64Array(move.length);
  for (const [j, column] of r.entries()) for (let i = 0; i <= j; i++) product[i]! += column[i]! * move[j]!;
  return product;
}

/** q + R d. */
function residualOf(model: QuadraticModel, move: Float64Array): Float64Array {
  return timesR(model, move).map((entry, i) => entry + model.q[i]!);
}

/** What the model says of a move: |q|^2 - |q + R d|^2 without its cancellation, and 2 q . R d. */
function foretold(model: QuadraticModel, move: Float64Array): Pick<BoxStep, 'predicted' | 'slope' | 'length'> {
  let [predicted, slope] = [0, 0];
  for (const [i, change] of timesR(model, move).entries()) {
    predicted -= change * (2 * model.q[i]! + change);
    slope += 2 * model.q[i]! * change;
  }
  return { predicted, slope, length: lengthIn(model.scale, move) };
}

/** A step is as long as the radius if it is so to this part, as in MINPACK. */
const RADIUS_SLACK = 0.1;
/** The most trials of mu: more than bisections of the exponents and the digits of a double. */
const MOST_SEARCHES = 200;

/**
 * The d of least |R d + b|^2 with |D d| <= radius over some of the columns: the Gauss-Newton step with mu = 0 where it
 * is short enough, else (R^T R + mu D^2) d = -R^T b, with mu by bisection of its logarithm below |D^-1 R^T b| / radius
 * (Moré 1978, section 5).
 */
function dampedStep(
  model: QuadraticModel,
  columns: readonly number[],
  b: Float64Array,
  radius: number,
): { step: Float64Array; damping: number } {
  const scale = Float64Array.from(columns, (j) => model.scale[j]!);
  const undamped = solveDamped(model, columns, b, 0);
  if (columns.length === 0 || lengthIn(scale, undamped) <= (1 + RADIUS_SLACK) * radius) {
    return { step: undamped, damping: 0 };
  }
  const slopes = Float64Array.from(columns, (j, k) => {
    let sum = 0;
    for (let i = 0; i <= j; i++) sum += model.r[j]![i]! * b[i]!;
    return sum / scale[k]!;
  });
  let [low, high] = [0, normOf(slopes) / radius];
  let damping = high / 1000;
  let step = undamped;
  for (let search = 0; search < MOST_SEARCHES; search++) {
    step = solveDamped(model, columns, b, damping);
    const length = lengthIn(scale, step);
    if (Math.abs(length - radius) <= RADIUS_SLACK * radius) break;
    if (length > radius) low = damping;
    else high = damping;
    damping = low === 0 ? high / 10 : Math.sqrt(low) * Math.sqrt(high);
  }
  return { step, damping };
}

/** The d of least |R d + b|^2 + mu |D d|^2 over some of the columns, which are scaled to the length 1 for it. */
function solveDamped(
  { r, scale, singular }: QuadraticModel,
  columns: readonly number[],
  b: Float64Array,
  mu: number,
): Float64Array {
  const rows = b.length + (mu > 0 ? columns.length : 0);
  const lengths = columns.map((j) => normOf(r[j]!) || 1);
  const stacked = columns.map((j, k) => {
    const column = new Float64Array(rows);
    for (let i = 0; i <= j; i++) column[i] = r[j]![i]! / lengths[k]!;
    if (mu > 0) column[b.length + k] = (Math.sqrt(mu) * scale[j]!) / lengths[k]!;
    return column;
  });
  const right = new Float64Array(rows);
  for (const [i, entry] of b.entries()) right[i] = -entry;
  const solution = new Factorisation(stacked, true).solve(right, singular);
  return solution.map((entry, k) => entry / lengths[k]!);
}

/** The a of least |R a + b|^2 + mu |D a|^2 over the parameters that a step moves freely, with its damping. */
export function solveAlong(model: QuadraticModel, { moving, damping }: BoxStep, b: Float64Array): Float64Array {
  const solution = solveDamped(model, moving, b, damping);
  const whole = new Float64Array(b.length);
  for (const [k, j] of moving.entries()) whole[j] = solution[k]!;
  return whole;
}
