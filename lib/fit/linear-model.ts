// The model of the loss around a point, from the Jacobian there.

import { stepInBox, type Box, type QuadraticModel } from './box-step';
import { dot, Factorisation, normOf } from './householder';
import { robustRows, type FitLoss } from './robust';

export interface LinearModel extends QuadraticModel {
  /** The factors of the Jacobian whose rows are multiplied by `rows`. */
  readonly factors: Factorisation;
  readonly rows: Float64Array | undefined;
  /** The parameters that may move: the others are at a bound, and the loss falls beyond it. */
  readonly candidates: readonly number[];
  /** The largest derivative of the loss by one of them. */
  readonly gradNorm: number;
  /** The largest cosine between the residuals and one of their columns. */
  readonly cosine: number;
  /** The decrease of the loss that the model promises within the box. */
  readonly promised: number;
}

/**
 * @param columns the Jacobian of the residuals by the free parameters, overwritten
 * @param scale the diagonal of the trust region so far; if `adapts`, each entry is overwritten by the length of its
 * column where that is larger
 * @param singular as in QuadraticModel
 */
export function linearModel(
  columns: readonly Float64Array[],
  residuals: Float64Array,
  loss: FitLoss,
  p: Float64Array,
  box: Box,
  scale: Float64Array,
  adapts: boolean,
  singular: number,
): LinearModel {
  const right = residuals.slice();
  const rows = robustRows(loss, right);
  if (rows !== undefined) for (const column of columns) for (const [i, row] of rows.entries()) column[i]! *= row;
  const slopes = columns.map((column) => dot(column, right));
  const isHeld = (value: number, j: number): boolean =>
    (value <= box.lower[j]! && slopes[j]! >= 0) || (value >= box.upper[j]! && slopes[j]! <= 0);
  const candidates = [...p.keys()].filter((j) => !isHeld(p[j]!, j));
  const length = normOf(right);
  const cosines = columns.map((column, j) => {
    const columnLength = normOf(column);
    if (adapts) scale[j] = Math.max(scale[j]!, columnLength);
    return Math.abs(slopes[j]!) / (columnLength * length || 1);
  });
  const factors = new Factorisation(columns, false);
  factors.applyTransposed(right);
  const r = columns.map((_, k) => Float64Array.from(columns, (__, i) => (i <= k ? factors.r(i, k) : 0)));
  const model = { r, q: right.slice(0, columns.length), scale: scale.map((entry) => entry || 1), singular };
  return {
    ...model,
    factors,
    rows,
    candidates,
    gradNorm: Math.max(0, ...candidates.map((j) => 2 * Math.abs(slopes[j]!))),
    cosine: Math.max(0, ...candidates.map((j) => cosines[j]!)),
    promised: stepInBox(model, p, box, candidates, Infinity).predicted,
  };
}
