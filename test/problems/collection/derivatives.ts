// Gradients against differences of the sixth order.

import assert from 'node:assert/strict';
import { randomNumbers } from '../numbers';
import { largest } from './newton';
import type { Evaluate } from './problem';

/** Compares up to eight derivatives and one along all coordinates with differences; returns f. */
export function checkGradient(evaluate: Evaluate, x: Float64Array): number {
  const n = x.length;
  const gradient = new Float64Array(n).fill(NaN);
  const value = evaluate(x, gradient);
  assert.ok(Number.isFinite(value) && gradient.every(Number.isFinite));
  const random = randomNumbers(n);
  const some =
    n <= 8 ? [...x.keys()] : [0, n - 1, ...Array.from({ length: 6 }, () => Math.floor(n * Math.abs(random())))];
  const unit = largest(x) || 1;
  const directions = [
    ...some.map((j) => x.map((coordinate, k) => (k === j ? coordinate || 0.1 * unit : 0))),
    x.map((coordinate) => random() * (Math.abs(coordinate) + 1e-3 * unit)),
  ];
  for (const direction of directions) {
    const slope = gradient.reduce((sum, entry, j) => sum + entry * direction[j]!, 0);
    const size = gradient.reduce((sum, entry, j) => sum + Math.abs(entry * direction[j]!), 0);
    const fits = [1e-1, 1e-2, 1e-3, 1e-4].some((h) => {
      const { derivative, rounding } = difference(evaluate, x, direction, h);
      return Math.abs(derivative - slope) <= 1e-6 * size + rounding;
    });
    assert.ok(fits, `slope ${slope} along ${direction.slice(0, 12).join()}`);
  }
  return value;
}

/** The derivative along a direction by central differences of the sixth order, and what rounding may add to it. */
function difference(
  evaluate: Evaluate,
  x: Float64Array,
  direction: Float64Array,
  h: number,
): { derivative: number; rounding: number } {
  const scratch = new Float64Array(x.length);
  const at = (t: number): number =>
    evaluate(
      x.map((coordinate, j) => coordinate + t * direction[j]!),
      scratch,
    );
  const values = [3 * h, 2 * h, h, -h, -2 * h, -3 * h].map(at);
  const weights = [1, -9, 45, -45, 9, -1];
  const derivative = values.reduce((sum, value, k) => sum + weights[k]! * value, 0) / (60 * h);
  return { derivative, rounding: (2e-15 * Math.max(...values.map(Math.abs))) / h };
}
