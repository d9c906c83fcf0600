import { minimize, type MinimizeResult } from 'lbfgs';
import { accuracy, crossEntropy, SIZE } from './model';
import type { Penguin } from './penguins';

export interface Fit extends MinimizeResult {
  /** The evaluations after which every penguin was told right, or undefined. */
  readonly allRightAfter: number | undefined;
}

/** Fits all coefficients from 0, in the units of the measurements. */
export function fit(penguins: readonly Penguin[]): Fit {
  let allRightAfter: number | undefined;
  const result = minimize((x, gradient) => crossEntropy(penguins, x, gradient), new Float64Array(SIZE), {
    onIteration: ({ evaluations }, x) => {
      if (accuracy(penguins, x) === 1) allRightAfter ??= evaluations;
    },
  });
  return { ...result, allRightAfter };
}
