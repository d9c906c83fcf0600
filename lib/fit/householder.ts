// Linear least squares by Householder reflections: Golub and Van Loan, Matrix Computations, 4th edition, 5.2 and 5.4.
// A matrix is a list of its columns.

/** The columns of a matrix, all of the same length. */
export type Columns = readonly Float64Array[];

/**
 * A = Q R for a matrix of at least as many rows as columns. The columns that are handed over are overwritten: R above
 * the diagonal, the reflections below it.
 */
export class Factorisation {
  readonly #columns: Columns;
  readonly #diagonal: Float64Array;
  /** Which column of A is the k-th of A P. */
  readonly order: readonly number[];

  /** @param pivots whether the column that is longest in the remaining rows comes next: then |R_kk| does not grow */
  constructor(columns: Columns, pivots: boolean) {
    const size = columns.length;
    const ordered = [...columns];
    const order = columns.map((_, j) => j);
    this.#diagonal = new Float64Array(size);
    for (let k = 0; k < size; k++) {
      if (pivots) {
        const next = longestFrom(ordered, k);
        [ordered[k], ordered[next]] = [ordered[next]!, ordered[k]!];
        [order[k], order[next]] = [order[next]!, order[k]!];
      }
      this.#diagonal[k] = reflect(ordered[k]!, k);
      for (let j = k + 1; j < size; j++) applyReflection(ordered[k]!, k, ordered[j]!);
    }
    this.#columns = ordered;
    this.order = order;
  }

  /** R_ik, i <= k. */
  r(i: number, k: number): number {
    return i === k ? this.#diagonal[k]! : this.#columns[k]![i]!;
  }

  /** Overwrites b by Q^T b. */
  applyTransposed(b: Float64Array): void {
    for (const [k, column] of this.#columns.entries()) applyReflection(column, k, b);
  }

  /** How many diagonal entries of R are above `part` of the first; with pivots, the rank. */
  rank(part: number): number {
    const least = part * Math.abs(this.#diagonal[0] ?? 0);
    const end = this.#diagonal.findIndex((entry) => !(Math.abs(entry) > least));
    return end < 0 ? this.#diagonal.length : end;
  }

  /**
   * The least-squares solution of A d = b, by the columns that count towards the rank; the other entries of d are 0.
   *
   * @param part as for `rank`
   */
  solve(b: Float64Array, part: number): Float64Array {
    const rotated = b.slice();
    this.applyTransposed(rotated);
    const solution = new Float64Array(this.#columns.length);
    for (let k = this.rank(part) - 1; k >= 0; k--) {
      const value = rotated[k]! / this.r(k, k);
      for (let i = 0; i < k; i++) rotated[i]! -= this.r(i, k) * value;
      solution[this.order[k]!] = value;
    }
    return solution;
  }
}

/** A sum of squares between these has neither overflowed nor lost digits by underflow. */
const [LEAST_SQUARES, MOST_SQUARES] = [1e-280, 1e280];

/** The Euclidean length of the entries from `first` on; accurate also where squares would overflow or underflow. */
export function normOf(vector: Float64Array, first = 0): number {
  let squares = 0;
  for (let i = first; i < vector.length; i++) squares += vector[i]! * vector[i]!;
  if (squares > LEAST_SQUARES && squares < MOST_SQUARES) return Math.sqrt(squares);
  let largest = 0;
  for (let i = first; i < vector.length; i++) largest = Math.max(largest, Math.abs(vector[i]!));
  if (largest === 0 || !Number.isFinite(largest)) return largest;
  let sum = 0;
  for (let i = first; i < vector.length; i++) sum += (vector[i]! / largest) ** 2;
  return largest * Math.sqrt(sum);
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function longestFrom(columns: Columns, first: number): number {
  let longest = first;
  let most = -1;
  for (let j = first; j < columns.length; j++) {
    const length = normOf(columns[j]!, first);
    if (length > most) [longest, most] = [j, length];
  }
  return longest;
}

/** Overwrites the column from k on by the vector u, u_k = 1 + |a_k| / |a|, of its reflection; returns R_kk. */
function reflect(column: Float64Array, k: number): number {
  const length = normOf(column, k);
  if (length === 0) return 0;
  const signed = column[k]! > 0 ? length : -length;
  for (let i = k; i < column.length; i++) column[i]! /= signed;
  column[k]! += 1;
  return -signed;
}

/** b <- (I - u u^T / u_k) b. */
function applyReflection(u: Float64Array, k: number, b: Float64Array): void {
  const pivot = u[k]!;
  if (pivot === 0) return;
  let sum = 0;
  for (let i = k; i < b.length; i++) sum += u[i]! * b[i]!;
  const part = sum / pivot;
  for (let i = k; i < b.length; i++) b[i]! -= part * u[i]!;
}
