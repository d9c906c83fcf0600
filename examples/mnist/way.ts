// The same regression, trained in three ways. Each starts at zeros, and ends when its evaluations are used up.
import type { SparseImages } from './softmax.mjs';

/** What a way is given. */
export interface Task {
  readonly images: SparseImages;
  /** How many evaluations of the loss and its gradient it makes, up to one line search more. */
  readonly evaluations: number;
  /** Called after each iteration. */
  readonly onProgress: (progress: { readonly evaluations: number; readonly loss: number }) => void;
}

/** What it has learnt: the weights pixel by pixel, and the biases behind them. */
export interface Learnt {
  readonly x: Float64Array;
  readonly loss: number;
  readonly evaluations: number;
}

/** The weight of the squared weights, halved, beside the mean of the cross-entropy. */
export const PENALTY = 1e-4;
/** Options with which nothing but the evaluations ends a training. */
export const NO_TOLERANCE = { historySize: 10, toleranceGrad: 0, toleranceChange: 0 };
