// What is measured: sizes, history sizes, dtypes; and what is left out, by a rule that is computed beforehand.

export const SIZES: readonly number[] = [2, 4, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7];
export const HISTORIES: readonly number[] = [10, 100];
export const DTYPES = ['float64', 'float32'] as const;
export type Dtype = (typeof DTYPES)[number];

export interface Cell {
  readonly n: number;
  readonly m: number;
  readonly dtype: Dtype;
}

/** Whether this is the cell that whole solves are measured beside. A run without this cell measures none. */
export const isShortSolve = ({ n, m, dtype }: Cell): boolean => n === 2 && m === 10 && dtype === 'float64';

/** The request of the whole solves: Rosenbrock's function of two variables. */
export const SHORT_SOLVE = { problem: 'rosenbrock', x0: [-1.2, 1], m: 10, maxIter: 10_000, toleranceGrad: 1e-7 };

const MOST_BYTES = 4e9;
const MOST_SECONDS = 120;
const SLOW_BYTES_PER_SECOND = 4e9; // the slowest subjects move the history at about this speed

export const bytesOf = (dtype: Dtype): number => (dtype === 'float64' ? 8 : 4);

/** Iterations timed in each solve, once the history is full. */
export const timedIterations = ({ n }: Cell): number => (n < 1e6 ? 30 : 10);

/**
 * Why the cell is left out: more than 4 GB for (2 m + 16) n numbers, or more than 2 minutes for a slow subject's solve;
 * or null.
 */
export function leftOut(cell: Cell): string | null {
  const { n, m, dtype } = cell;
  const bytes = (2 * m + 16) * n * bytesOf(dtype);
  if (bytes > MOST_BYTES) return `would need ${(bytes / 1e9).toFixed(1)} GB`;
  // The history fills up over the first m iterations: half of it on average.
  const seconds = ((m / 2 + timedIterations(cell)) * 4 * m * n * bytesOf(dtype)) / SLOW_BYTES_PER_SECOND;
  if (seconds > MOST_SECONDS) return `would take ${Math.round(seconds)} s a solve`;
  return null;
}

/** The cell as a text, dtype first. */
export const nameOf = ({ n, m, dtype }: Cell): string => `${dtype}, m = ${m}, n = ${sizeName(n)}`;

export const sizeName = (n: number): string => (n < 1e3 ? String(n) : n.toExponential(0).replace('+', ''));
