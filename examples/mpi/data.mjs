// The made-up data of the examples: each number depends on its place alone, so any number of ranks has the same data.

/** Where the part of this rank begins and ends, of `count` things in the order of the ranks. */
export const shareOf = (count, { rank, size }) =>
  [rank, rank + 1].map((part) => Math.floor((count * part) / size));

/** A number from -1 to 1 for a place in a table: a hash of row and column. */
export function noise(row, column) {
  let hash = Math.imul(row + 1, 0x9e3779b1) ^ Math.imul(column + 7, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 31 - 1;
}
