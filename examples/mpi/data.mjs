// What both examples use: made-up data, shares, and two loops over vectors.

/** The part of this rank, [from, to), of `count` things. @type {(count: number, ranks: Ranks) => Share} */
export const shareOf = (count, { rank, size }) => ({
  from: Math.floor((count * rank) / size),
  to: Math.floor((count * (rank + 1)) / size),
});

/**
 * A number from -1 to 1 for a place in a table, a hash of row and column: any number of ranks has the same data.
 *
 * @type {(row: number, column: number) => number}
 */
export function noise(row, column) {
  let hash = Math.imul(row + 1, 0x9e3779b1) ^ Math.imul(column + 7, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 31 - 1;
}

/** @type {(a: Float64Array, b: Float64Array) => number} */
export const dot = (a, b) => a.reduce((sum, value, i) => sum + value * Number(b[i]), 0);

/** sum <- sum + factor * vector. @type {(sum: Float64Array, factor: number, vector: Float64Array) => void} */
export function add(sum, factor, vector) {
  for (const [i, value] of vector.entries()) sum[i] = Number(sum[i]) + factor * value;
}

/**
 * @typedef {{ readonly rank: number, readonly size: number }} Ranks
 * @typedef {{ readonly from: number, readonly to: number }} Share
 */
