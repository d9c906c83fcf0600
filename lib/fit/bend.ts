// Geodesic acceleration: Transtrum and Sethna, Improvements to the Levenberg-Marquardt algorithm for nonlinear
// least-squares minimization, arXiv:1201.5885 (2012), section 3.

import { solveAlong, timesR, type BoxStep } from './box-step';
import type { LinearModel } from './linear-model';

/** The part of a step at whose end the curvature is measured. */
export const BEND_AT = 1 / 32;

/**
 * The acceleration a of a step v: the damped solution for the second derivative of the residuals along v, which is
 * 2 / h ((r(p + h v) - r(p)) / h - J v), h = BEND_AT. The bent step is v + a / 2.
 *
 * @param residuals r(p)
 * @param ahead r(p + h v), overwritten
 */
export function bendOf(model: LinearModel, step: BoxStep, residuals: Float64Array, ahead: Float64Array): Float64Array {
  const { rows } = model;
  for (let i = 0; i < ahead.length; i++) {
    ahead[i] = (ahead[i]! - residuals[i]!) * (rows === undefined ? 1 : rows[i]!);
  }
  model.factors.applyTransposed(ahead);
  const curvature = timesR(model, step.move).map((linear, k) => (2 / BEND_AT) * (ahead[k]! / BEND_AT - linear));
  return solveAlong(model, step, curvature);
}
