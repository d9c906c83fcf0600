// Regressions on made data, for bounds and for penalties: linear, logistic, softmax, Poisson and Huber's.

import { randomNumbers } from '../../numbers';
import type { Evaluate } from '../problem';

/** Rows of features, row after row. */
export interface Design {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
}

/** Features between -2 and 2; each has `correlation` with its neighbour. */
export function designOf(rows: number, columns: number, seed: number, correlation = 0): Design {
  const random = randomNumbers(seed);
  const values = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < columns; j++) {
      const own = random() + random();
      const before = j > 0 ? values[row * columns + j - 1]! : own;
      values[row * columns + j] = correlation * before + Math.sqrt(1 - correlation ** 2) * own;
    }
  }
  return { rows, columns, values };
}

/** What the features make of coefficients of which every `every`-th is not 0, and of noise. */
export function responsesOf(
  { rows, columns, values }: Design,
  every: number,
  noise: number,
  seed: number,
): Float64Array {
  const random = randomNumbers(seed);
  return Float64Array.from({ length: rows }, (_, row) => {
    let sum = noise * (random() + random());
    for (let j = 0; j < columns; j += every) sum += (j % 2 === 0 ? 2 : -1.5) * values[row * columns + j]!;
    return sum;
  });
}

/** The loss of a row by its prediction z, and its derivative by z. */
export type RowLoss = (z: number, row: number) => readonly [number, number];

export const squared =
  (targets: Float64Array): RowLoss =>
  (z, row) => [(z - targets[row]!) ** 2 / 2, z - targets[row]!];

/** labels: 1 or -1. */
export const logistic =
  (labels: Float64Array): RowLoss =>
  (z, row) => {
    const margin = labels[row]! * z;
    const e = Math.exp(-Math.abs(margin));
    return [Math.log1p(e) + Math.max(-margin, 0), (-labels[row]! * (margin > 0 ? e : 1)) / (1 + e)];
  };

export const poisson =
  (counts: Float64Array): RowLoss =>
  (z, row) => [Math.exp(z) - counts[row]! * z, Math.exp(z) - counts[row]!];

export const huber =
  (targets: Float64Array): RowLoss =>
  (z, row) => {
    const residual = z - targets[row]!;
    return Math.abs(residual) <= 1 ? [residual ** 2 / 2, residual] : [Math.abs(residual) - 0.5, Math.sign(residual)];
  };

/** The mean loss of the rows, z = x_0 + features . x_1…, or without x_0; and ridge |x|^2 / 2 without x_0. */
export function mean({ rows, columns, values }: Design, loss: RowLoss, { bias = false, ridge = 0 } = {}): Evaluate {
  const first = bias ? 1 : 0;
  return (x, gradient) => {
    let sum = 0;
    gradient.fill(0);
    for (let row = 0; row < rows; row++) {
      const at = row * columns;
      let z = bias ? x[0]! : 0;
      for (let j = 0; j < columns; j++) z += values[at + j]! * x[first + j]!;
      const [value, slope] = loss(z, row);
      sum += value;
      if (bias) gradient[0]! += slope;
      for (let j = 0; j < columns; j++) gradient[first + j]! += slope * values[at + j]!;
    }
    let squares = 0;
    for (const j of x.keys()) {
      gradient[j]! /= rows;
      if (j < first) continue;
      gradient[j]! += ridge * x[j]!;
      squares += x[j]! ** 2;
    }
    return sum / rows + (ridge * squares) / 2;
  };
}

/**
 * The mean cross-entropy of classes 0 … k - 1: x has k biases, then k coefficients for each feature. Adding a number to
 * all biases changes nothing.
 */
export function softmax({ rows, columns, values }: Design, classes: Uint8Array, k: number): Evaluate {
  return (x, gradient) => {
    const z = new Float64Array(k);
    let sum = 0;
    gradient.fill(0);
    for (let row = 0; row < rows; row++) {
      const at = row * columns;
      for (let c = 0; c < k; c++) {
        z[c] = x[c]!;
        for (let j = 0; j < columns; j++) z[c]! += values[at + j]! * x[k * (j + 1) + c]!;
      }
      const most = Math.max(...z);
      const total = z.reduce((part, entry) => part + Math.exp(entry - most), 0);
      sum += Math.log(total) + most - z[classes[row]!]!;
      for (let c = 0; c < k; c++) {
        const slope = (Math.exp(z[c]! - most) / total - (c === classes[row] ? 1 : 0)) / rows;
        gradient[c]! += slope;
        for (let j = 0; j < columns; j++) gradient[k * (j + 1) + c]! += slope * values[at + j]!;
      }
    }
    return sum / rows;
  };
}
