// Every operation, compared with a plain computation of what all ranks have together. Prints one line for each rank.

import assert from 'node:assert/strict';
import { connect } from 'lbfgs/mpi';

const pieceLength = Number(process.env['PIECE'] ?? 2 ** 27);
const comm = connect(/** @type {{}} */ ({ timeout: 30_000, pieceLength }));
const { rank, size } = comm;
const ranks = Array.from({ length: size }, (_, index) => index);

/** What a rank contributes: integers, whose sums are exact in any order. @param {number} of @param {number} length */
const own = (of, length) => Float64Array.from({ length }, (_, index) => ((7 * of + 3 * index) % 11) - 5 + 100 * of);
/** @param {number} length @param {(...values: number[]) => number} combine */
const combined = (length, combine) => {
  const all = ranks.map((of) => own(of, length));
  return Float64Array.from({ length }, (_, index) => combine(...all.map((values) => values[index] ?? NaN)));
};
const sum = (/** @type {number[]} */ ...values) => values.reduce((total, value) => total + value);

/** @param {number} length @param {'' | 'Async'} suffix */
async function check(length, suffix) {
  const sums = own(rank, length);
  await comm[`allReduce${suffix}`](sums, 'sum');
  assert.deepEqual(sums, combined(length, sum));

  const maxima = own(rank, length);
  await comm[`allReduce${suffix}`](maxima, 'max');
  assert.deepEqual(maxima, combined(length, Math.max));

  const gathered = new Float64Array(size * length).fill(NaN);
  await comm[`allGather${suffix}`](own(rank, length), gathered);
  assert.deepEqual(gathered, Float64Array.from(ranks.flatMap((of) => [...own(of, length)])));

  const part = new Float64Array(length).fill(NaN);
  await comm[`reduceScatter${suffix}`](own(rank, size * length), part);
  assert.deepEqual(part, combined(size * length, sum).slice(rank * length, (rank + 1) * length));

  for (const root of ranks) {
    const values = own(rank, length);
    await comm[`broadcast${suffix}`](values, root);
    assert.deepEqual(values, own(root, length));
  }
  await comm[`barrier${suffix}`]();
}

for (const length of [0, 1, 2, 7, 1000]) {
  await check(length, '');
  await check(length, 'Async');
}

// Views, shared memory, and the bits of numbers that are not finite.
const memory = new Float64Array(new SharedArrayBuffer(80)).subarray(3, 5);
memory.set([rank, -rank]);
comm.allReduce(memory, 'sum');
assert.deepEqual([...memory], [sum(0, ...ranks), -sum(0, ...ranks)]);
const special = new Float64Array(2 * size);
comm.allGather(Float64Array.of(NaN, -0), special);
for (const of of ranks) assert.deepEqual(special.slice(2 * of, 2 * of + 2), Float64Array.of(NaN, -0));

console.log(comm.abi, comm.library, size);
if (process.env['FINALIZE'] !== 'no') comm.finalize();
