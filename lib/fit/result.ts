// The result of a fit from where it ended.

import { newArray } from '../checks/arrays';
import { inverseOf } from './covariance';
import { SINGULAR } from './jacobian';
import type { FitProblem } from './problem';
import { lossOf } from './robust';
import type { CovarianceState } from './sentence';

export interface Statistics {
  /** Over all parameters, n x n by rows. */
  readonly covariance: Float64Array;
  /** The square roots of the covariance's diagonal. */
  readonly standardErrors: Float64Array;
  readonly rss: number;
  readonly r2: number;
  readonly state: CovarianceState;
}

/**
 * @param residuals the weighted ones
 * @param r of the Jacobian of the free parameters, if there is one
 */
export function statisticsOf(
  problem: FitProblem,
  residuals: Float64Array,
  r: readonly Float64Array[] | undefined,
  isAbsolute: boolean,
): Statistics {
  const { names, free, x, loss } = problem;
  const size = names.length;
  const covariance = newArray('float64', size * size) as Float64Array;
  const place = (valueAt: (a: number, b: number) => number): void => {
    for (const [a, i] of free.entries()) for (const [b, j] of free.entries()) covariance[i * size + j] = valueAt(a, b);
  };
  let state: CovarianceState = { is: 'known' };
  const found =
    r === undefined ? undefined : inverseOf(r, SINGULAR[problem.jacobian === undefined ? 'central' : 'exact']);
  if (free.length > 0) {
    const degrees = x.length - free.length;
    if (found === undefined) state = { is: 'unknown' };
    else if (found.undetermined !== undefined) state = { is: 'singular', undetermined: found.undetermined };
    else if (!isAbsolute && degrees === 0) state = { is: 'unscaled' };
    const scale = isAbsolute ? 1 : lossOf(loss, residuals) / degrees;
    place((a, b) =>
      state.is === 'known' && found?.inverse !== undefined ? scale * found.inverse[a * free.length + b]! : NaN,
    );
  }
  const standardErrors = Float64Array.from(names, (_, j) => Math.sqrt(covariance[j * size + j]!));
  const rss = lossOf('linear', residuals);
  return { covariance, standardErrors, rss, r2: 1 - rss / squaresAboutMean(problem), state };
}

/** The data hardly determine a parameter whose standard error is above this multiple of its value and of its size. */
const LOOSE = 100;

/** The parameters that the data hardly determine. @param p all parameters */
export function looseParameters({ free, sizes }: FitProblem, p: Float64Array, standardErrors: Float64Array): number[] {
  return free.filter((j) => standardErrors[j]! > LOOSE * Math.max(Math.abs(p[j]!), sizes[j]!));
}

/** The weighted sum of (y_i - mean)^2, mean the weighted mean of y. */
function squaresAboutMean({ y, weights }: FitProblem): number {
  const weightOf = (i: number): number => (weights?.[i] ?? 1) ** 2;
  let [sum, total] = [0, 0];
  for (const [i, value] of y.entries()) {
    sum += weightOf(i) * value;
    total += weightOf(i);
  }
  const mean = sum / total;
  return y.reduce((squares, value, i) => squares + weightOf(i) * (value - mean) ** 2, 0);
}
