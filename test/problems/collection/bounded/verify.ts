// A minimiser to verify minima in a box and under an L1 penalty with: projected Newton (Bertsekas 1982) with the second
// derivatives of ../newton.ts. It shares nothing with the package.

import { directionsAt } from '../newton';
import { penaltyAt, projected, residualAt, type BoundedProblem } from './problem';

/** A damping beyond which a step goes down the slope where no damped matrix has been positive definite. */
const STEEP = 1e3;

/** Where a descent ends. */
export interface BoundedEnding {
  readonly x: Float64Array;
  /** F there. */
  readonly value: number;
  /** max |P(soft(x - g, w)) - x| */
  readonly residual: number;
  readonly iterations: number;
}

/**
 * The part of the box on which the penalty is linear: `slopes` is the gradient of F there. A coordinate that is to stay
 * has equal limits.
 */
interface Face {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly slopes: Float64Array;
  /** The coordinates that can lower F. */
  readonly free: readonly number[];
}

/** Descends from `start` until rounding ends it. */
export function projectedNewton(
  problem: BoundedProblem,
  start: ArrayLike<number> = problem.start,
  maxIterations = 500,
): BoundedEnding {
  let x = projected(problem, start);
  let gradient: Float64Array = new Float64Array(x.length);
  let value = problem.evaluate(x, gradient) + penaltyAt(problem, x);
  let residual = residualAt(problem, x, gradient);
  let damping = 0;
  let [iterations, still] = [0, 0];
  for (; still < 4 && iterations < maxIterations && residual > 0; iterations++) {
    const face = faceAt(problem, x, gradient);
    if (face.free.length === 0) break;
    const stepOf = stepsOn(problem, face, x, gradient);
    let next: Float64Array | undefined;
    for (let trial = 0; trial < 100 && !next; trial++) {
      const step = stepOf(damping);
      if (step) {
        const moved = x.map((entry, i) => Math.min(Math.max(entry + step[i]!, face.lower[i]!), face.upper[i]!) + 0);
        const slopes = new Float64Array(x.length);
        const there = problem.evaluate(moved, slopes) + penaltyAt(problem, moved);
        const left = residualAt(problem, moved, slopes);
        if ((there < value || (there === value && left < residual)) && slopes.every(Number.isFinite)) {
          next = moved;
          still = value - there <= 1e-15 * Math.abs(value) ? still + 1 : 0;
          [value, gradient, residual] = [there, slopes, left];
        }
      }
      if (!next) damping = Math.max(10 * damping, 1e-8);
    }
    if (!next) break;
    x = next;
    damping = damping < 1e-8 ? 0 : damping / 30;
  }
  return { x, value, residual, iterations };
}

function faceAt(problem: BoundedProblem, x: Float64Array, gradient: Float64Array): Face {
  const [lower, upper, slopes] = [problem.lower.slice(), problem.upper.slice(), gradient.slice()];
  const free: number[] = [];
  for (const [i, weight] of problem.weights.entries()) {
    const sign = weight === 0 ? 0 : signOf(x[i]!, gradient[i]!, weight);
    slopes[i]! += sign * weight;
    if (weight > 0 && sign >= 0) lower[i] = Math.max(lower[i]!, 0);
    if (weight > 0 && sign <= 0) upper[i] = Math.min(upper[i]!, 0);
    const isHeld = (x[i]! <= lower[i]! && slopes[i]! >= 0) || (x[i]! >= upper[i]! && slopes[i]! <= 0);
    if (!isHeld && !(weight > 0 && sign === 0)) free.push(i);
  }
  return { lower, upper, slopes, free };
}

/** The side of 0 on which a penalised coordinate is or to which it wants to go; 0: it stays there. */
function signOf(value: number, slope: number, weight: number): number {
  if (value !== 0) return Math.sign(value);
  return Math.abs(slope) > weight ? -Math.sign(slope) : 0;
}

/** The Newton step of the free coordinates by its damping; down the slope where that does not descend. */
function stepsOn(
  problem: BoundedProblem,
  { lower, upper, slopes, free }: Face,
  x: Float64Array,
  gradient: Float64Array,
): (damping: number) => Float64Array | undefined {
  const slopesOf = Float64Array.from(free, (i) => slopes[i]!);
  const at = x.slice();
  const there = new Float64Array(x.length);
  const directionOf = directionsAt(
    (part, partSlopes) => {
      for (const [k, i] of free.entries()) at[i] = part[k]!;
      const value = problem.evaluate(at, there);
      for (const [k, i] of free.entries()) partSlopes[k] = there[i]! + slopes[i]! - gradient[i]!;
      return value;
    },
    Float64Array.from(free, (i) => x[i]!),
    slopesOf,
  );
  const downhill = (divisor: number): Float64Array => slopesOf.map((slope) => -slope / divisor);
  return (damping) => {
    const direction = directionOf(damping) ?? (damping > STEEP ? downhill(damping / STEEP) : undefined);
    if (!direction) return undefined;
    const step = new Float64Array(x.length);
    let descent = 0;
    for (const [k, i] of free.entries()) {
      const entry = direction[k]!;
      const isOutward = (x[i]! <= lower[i]! && entry < 0) || (x[i]! >= upper[i]! && entry > 0);
      if (!isOutward) step[i] = entry;
      descent += slopes[i]! * step[i]!;
    }
    if (descent >= 0) for (const [k, i] of free.entries()) step[i] = downhill(1 + 1e8 * damping)[k]!;
    return step;
  };
}
