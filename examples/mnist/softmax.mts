// Softmax regression on images that are mostly empty: each class has a weight for every pixel, and a bias.

/** Images as compressed sparse rows: only the pixels that are not 0. In shared memory, so that workers read the same. */
export interface SparseImages {
  readonly count: number;
  /** Where the pixels of an image begin in `columns` and `values`; count + 1 entries. */
  readonly starts: Int32Array;
  /** Which pixel of the image it is, row by row. */
  readonly columns: Uint16Array;
  /** From 0 to 1. */
  readonly values: Float32Array;
  /** The digits, 0 to 9. */
  readonly labels: Uint8Array;
}

export const PIXELS = 28 * 28;
export const CLASSES = 10;
const BIAS = PIXELS * CLASSES;
/** Weights pixel by pixel, ten for each, and the ten biases behind them. */
export const SIZE = BIAS + CLASSES;

/** Writes the scores of an image, one for each class. */
function score({ starts, columns, values }: SparseImages, image: number, x: Float64Array, scores: Float64Array): void {
  for (let c = 0; c < CLASSES; c++) scores[c] = x[BIAS + c]!;
  const end = starts[image + 1]!;
  for (let k = starts[image]!; k < end; k++) {
    const at = columns[k]! * CLASSES;
    const value = values[k]!;
    for (let c = 0; c < CLASSES; c++) scores[c]! += value * x[at + c]!;
  }
}

/** Turns scores into probabilities, and returns the logarithm of the sum that they were divided by. */
function normalise(scores: Float64Array): number {
  let most = -Infinity;
  for (let c = 0; c < CLASSES; c++) most = Math.max(most, scores[c]!);
  let sum = 0;
  for (let c = 0; c < CLASSES; c++) sum += scores[c] = Math.exp(scores[c]! - most);
  for (let c = 0; c < CLASSES; c++) scores[c]! /= sum;
  return most + Math.log(sum);
}

/**
 * The cross-entropy of the images [from, to) at x, and its gradient, which is added to `gradient`. Sums, not means: those
 * of several ranges make that of all.
 */
export function crossEntropy(images: SparseImages, from: number, to: number) {
  const { starts, columns, values, labels } = images;
  const scores = new Float64Array(CLASSES);
  return (x: Float64Array, gradient: Float64Array): number => {
    let loss = 0;
    for (let image = from; image < to; image++) {
      const label = labels[image]!;
      score(images, image, x, scores);
      const ofLabel = scores[label]!;
      loss += normalise(scores) - ofLabel;
      scores[label]! -= 1;
      for (let c = 0; c < CLASSES; c++) gradient[BIAS + c]! += scores[c]!;
      const end = starts[image + 1]!;
      for (let k = starts[image]!; k < end; k++) {
        const at = columns[k]! * CLASSES;
        const value = values[k]!;
        for (let c = 0; c < CLASSES; c++) gradient[at + c]! += value * scores[c]!;
      }
    }
    return loss;
  };
}

/** Makes the mean of a sum over `count` images, and adds the penalty weight / 2 |w|^2 on the weights, not on the biases. */
export function penalisedMean(
  sum: number,
  count: number,
  weight: number,
  x: Float64Array,
  gradient: Float64Array,
): number {
  let squares = 0;
  for (let i = 0; i < SIZE; i++) {
    gradient[i]! /= count;
    if (i >= BIAS) continue;
    gradient[i]! += weight * x[i]!;
    squares += x[i]! ** 2;
  }
  return sum / count + (weight / 2) * squares;
}

/** How many images of each digit (the rows) are taken for each digit (the columns). */
export function confusion(images: SparseImages, x: Float64Array): number[][] {
  const counts = Array.from({ length: CLASSES }, () => new Array<number>(CLASSES).fill(0));
  const scores = new Float64Array(CLASSES);
  for (let image = 0; image < images.count; image++) {
    score(images, image, x, scores);
    counts[images.labels[image]!]![scores.indexOf(Math.max(...scores))]!++;
  }
  return counts;
}

/** The part of the images that is taken for the digit that it is. */
export function accuracy(images: SparseImages, x: Float64Array): number {
  return confusion(images, x).reduce((right, row, digit) => right + row[digit]!, 0) / images.count;
}
