// A minimiser to verify minima with: damped Newton, second derivatives by differences. It shares nothing with the
// package.

import type { Evaluate } from './problem';

/** Where a descent ends. */
export interface Ending {
  readonly x: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
  readonly iterations: number;
}

const DENSE = 64; // variables; with more of them conjugate gradients find the step

/** Descends from `start` until rounding ends it. */
export function newton(evaluate: Evaluate, start: ArrayLike<number>, maxIterations = 500): Ending {
  let x: Float64Array = Float64Array.from(start);
  let gradient: Float64Array = new Float64Array(x.length);
  let value = evaluate(x, gradient);
  let damping = 0;
  let [iterations, still] = [0, 0];
  for (; still < 4 && iterations < maxIterations && largest(gradient) > 0; iterations++) {
    const direction = directionsAt(evaluate, x, gradient);
    let next: Float64Array | undefined;
    for (let trial = 0; trial < 100 && !next; trial++) {
      const step = direction(damping);
      if (step) {
        const moved = x.map((coordinate, j) => coordinate + step[j]!);
        const slopes = new Float64Array(x.length);
        const there = evaluate(moved, slopes);
        const isLower = there < value || (there === value && largest(slopes) < largest(gradient));
        if (isLower && slopes.every(Number.isFinite)) {
          next = moved;
          still = value - there <= 1e-15 * Math.abs(value) ? still + 1 : 0;
          [value, gradient] = [there, slopes];
        }
      }
      if (!next) damping = Math.max(10 * damping, 1e-8);
    }
    if (!next) break;
    x = next;
    damping = damping < 1e-8 ? 0 : damping / 30;
  }
  return { x, value, gradient, iterations };
}

export function largest(vector: Float64Array): number {
  return vector.reduce((most, entry) => Math.max(most, Math.abs(entry)), 0);
}

/** The Newton step by its damping, or undefined where the damped matrix is not positive definite. */
export type Directions = (damping: number) => Float64Array | undefined;

/** The steps from x, where the gradient is given: they solve with second derivatives by differences. */
export function directionsAt(evaluate: Evaluate, x: Float64Array, gradient: Float64Array): Directions {
  if (x.length > DENSE) return conjugateGradients(evaluate, x, gradient);
  const hessian = hessianAt(evaluate, x);
  const floor = 1e-12 * Math.max(...hessian.map((row, i) => Math.abs(row[i]!)), Number.MIN_VALUE);
  return (damping) => {
    const damped = hessian.map((row, i) => {
      const copy = row.slice();
      copy[i]! += damping * Math.max(Math.abs(row[i]!), floor);
      return copy;
    });
    return solve(damped, gradient);
  };
}

function hessianAt(evaluate: Evaluate, x: Float64Array): Float64Array[] {
  const floor = 1e-3 * (largest(x) || 1);
  const rows = Array.from(x, (coordinate, j) => {
    const h = 1e-5 * (Math.abs(coordinate) + floor);
    const [above, below] = [x.slice(), x.slice()];
    above[j]! += h;
    below[j]! -= h;
    const [up, down] = [new Float64Array(x.length), new Float64Array(x.length)];
    evaluate(above, up);
    evaluate(below, down);
    return up.map((slope, i) => (slope - down[i]!) / (above[j]! - below[j]!));
  });
  return rows.map((row, i) => row.map((entry, j) => (entry + rows[j]![i]!) / 2));
}

/** -A^-1 b by Cholesky's factor, or undefined. */
function solve(a: Float64Array[], b: Float64Array): Float64Array | undefined {
  const x = b.map((entry) => -entry);
  for (let i = 0; i < x.length; i++) {
    const row = a[i]!;
    for (let j = 0; j <= i; j++) {
      const other = a[j]!;
      let sum = row[j]!;
      for (let k = 0; k < j; k++) sum -= row[k]! * other[k]!;
      if (i === j && !(sum > 0)) return undefined;
      row[j] = i === j ? Math.sqrt(sum) : sum / other[j]!;
    }
    for (let k = 0; k < i; k++) x[i]! -= row[k]! * x[k]!;
    x[i]! /= row[i]!;
  }
  for (let i = x.length - 1; i >= 0; i--) {
    for (let k = i + 1; k < x.length; k++) x[i]! -= a[k]![i]! * x[k]!;
    x[i]! /= a[i]![i]!;
  }
  return x;
}

/** Steihaug's method: ends at negative curvature; the damping shortens the step. */
function conjugateGradients(evaluate: Evaluate, x: Float64Array, gradient: Float64Array): Directions {
  const norm = Math.sqrt(dot(gradient, gradient));
  const step = new Float64Array(x.length);
  const residual = gradient.map((slope) => -slope);
  let direction = residual.slice();
  let square = dot(residual, residual);
  const size = largest(x) || 1;
  for (let i = 0; i < 5 * x.length && Math.sqrt(square) > Math.min(0.1, norm) * 1e-2 * norm; i++) {
    const h = (1e-6 * size) / largest(direction);
    const there = new Float64Array(x.length);
    evaluate(
      x.map((coordinate, j) => coordinate + h * direction[j]!),
      there,
    );
    const product = there.map((slope, j) => (slope - gradient[j]!) / h);
    const curvature = dot(direction, product);
    if (!(curvature > 0)) {
      if (i === 0) step.set(direction);
      break;
    }
    const length = square / curvature;
    for (let j = 0; j < x.length; j++) {
      step[j]! += length * direction[j]!;
      residual[j]! -= length * product[j]!;
    }
    const before = square;
    square = dot(residual, residual);
    direction = direction.map((entry, j) => residual[j]! + (square / before) * entry);
  }
  return (damping) => step.map((entry) => entry / (1 + 1e8 * damping));
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, entry, i) => sum + entry * b[i]!, 0);
}
