// The covariance of fitted parameters from R of the Jacobian: (J^T J)^-1 = R^-1 R^-T.

import { newArray } from '../checks/arrays';
import { Factorisation, normOf, type Columns } from './householder';

/** The inverse of J^T J, n x n by rows, or which parameters the data do not determine. */
export interface Inverse {
  readonly inverse: Float64Array | undefined;
  readonly undetermined: readonly number[] | undefined;
}

/** A parameter belongs to a direction of no curvature if its entry is above this part of the direction's length. */
const LEAST_SHARE = 1e-3;

/**
 * (R^T R)^-1. Its columns are scaled to the length 1 before its rank is found, so that units do not matter.
 *
 * @param r upper triangular, n x n
 * @param singular a diagonal entry below this part of the largest one is zero
 */
export function inverseOf(r: Columns, singular: number): Inverse {
  const size = r.length;
  const lengths = r.map((column) => normOf(column));
  const zero = [...r.keys()].filter((k) => !(lengths[k]! > 0));
  if (zero.length > 0) return { inverse: undefined, undetermined: zero };
  const factors = new Factorisation(
    r.map((column, k) => column.map((entry) => entry / lengths[k]!)),
    true,
  );
  const rank = factors.rank(singular);
  if (rank < size) return { inverse: undefined, undetermined: undeterminedBy(factors, rank, size) };
  const half = inverseOfTriangle(factors, size);
  const inverse = new Float64Array(size * size);
  for (let a = 0; a < size; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = 0;
      for (let k = a; k < size; k++) sum += half[k]![a]! * half[k]![b]!;
      const [i, j] = [factors.order[a]!, factors.order[b]!];
      inverse[i * size + j] = sum / lengths[i]! / lengths[j]!;
      inverse[j * size + i] = inverse[i * size + j]!;
    }
  }
  return { inverse, undetermined: undefined };
}

/** The columns of R^-1. */
function inverseOfTriangle(factors: Factorisation, size: number): Float64Array[] {
  return Array.from({ length: size }, (_, k) => {
    const column = new Float64Array(size);
    column[k] = 1 / factors.r(k, k);
    backSubstitute(factors, k, column, (i) => -column[k]! * factors.r(i, k));
    return column;
  });
}

/** The rows above `count` of the solution of R x = right. */
function backSubstitute(factors: Factorisation, count: number, x: Float64Array, right: (i: number) => number): void {
  for (let i = count - 1; i >= 0; i--) {
    let sum = right(i);
    for (let k = i + 1; k < count; k++) sum -= factors.r(i, k) * x[k]!;
    x[i] = sum / factors.r(i, i);
  }
}

/** The parameters of the first direction along which the residuals do not change. */
function undeterminedBy(factors: Factorisation, rank: number, size: number): number[] {
  const direction = new Float64Array(size);
  backSubstitute(factors, rank, direction, (i) => -factors.r(i, rank));
  direction[rank] = 1;
  const length = normOf(direction);
  return factors.order.filter((_, k) => Math.abs(direction[k]!) > LEAST_SHARE * length).sort((a, b) => a - b);
}

/**
 * R of a matrix whose rows are filled in one after the other: blocks of rows are factorised together with the R so far.
 */
export function triangleOf(rows: number, size: number, fill: (i: number, row: Float64Array) => void): Float64Array[] {
  const block = Math.max(size, 256);
  const triangle = Array.from({ length: size }, () => newArray('float64', size + block) as Float64Array);
  const row = new Float64Array(size);
  for (let first = 0; first < rows; first += block) {
    const last = Math.min(first + block, rows);
    for (let i = first; i < last; i++) {
      fill(i, row);
      for (const [k, entry] of row.entries()) triangle[k]![size + i - first] = entry;
    }
    const factors = new Factorisation(triangle, false);
    const above = triangle.map((_, k) => Float64Array.from({ length: k + 1 }, (__, i) => factors.r(i, k)));
    for (const [k, column] of triangle.entries()) {
      column.fill(0);
      column.set(above[k]!);
    }
  }
  return triangle.map((column) => column.slice(0, size));
}
