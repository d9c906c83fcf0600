import type { CurveFitResult } from 'lbfgs';
import type { AdamRun } from './adam';
import type { Name } from './curve-fit';
import type { Month } from './data';
import type { Findings } from './findings';
import type { Fit } from './fit';

/** The fit that counts as good enough when evaluations are compared, ppm. */
export const TARGET_RMSE = 0.75;

/** All that the report and the picture show. */
export interface Outcome {
  readonly record: readonly Month[];
  readonly fit: Fit;
  /** The same fit by `curveFit`, from the same start. */
  readonly curve: CurveFitResult<Name>;
  readonly findings: Findings;
  /** The best of Adam's runs, one for each of `learningRates`, from the same start. */
  readonly adam: AdamRun;
  readonly learningRates: readonly number[];
  /** How many evaluations each of Adam's runs had. */
  readonly maxEvaluations: number;
}

/** How many evaluations it took to see an RMSE of at most `rmse`; null if none did. */
export function evaluationsTo(rmse: number, losses: readonly number[]): number | null {
  const index = losses.findIndex((loss) => loss <= rmse * rmse);
  return index < 0 ? null : index + 1;
}

/** The lowest RMSE so far by evaluation, for curves over a logarithmic axis: points at most 1 % apart, and the last one. */
export function bestSoFar(losses: readonly number[]): { evaluation: number; rmse: number }[] {
  const points: { evaluation: number; rmse: number }[] = [];
  let best = Infinity;
  let next = 1;
  for (const [i, loss] of losses.entries()) {
    best = Math.min(best, loss);
    const evaluation = i + 1;
    if (evaluation >= next || evaluation === losses.length) {
      points.push({ evaluation, rmse: Math.sqrt(best) });
      next = evaluation * 1.01;
    }
  }
  return points;
}
