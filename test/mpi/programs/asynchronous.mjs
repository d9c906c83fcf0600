// What holds while operations are pending. Prints one line for each rank.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { connect } from 'lbfgs/mpi';

const comm = connect({ timeout: 30_000 });
const { rank, size } = comm;
const said = process.env['SAID'] ?? '';

// The event loop of rank 0 is free: the other ranks do not join before it has turned 100 times since the call.
const late = new Float64Array(1000).fill(rank);
if (rank === 0) {
  let ended = false;
  const pending = comm.allReduceAsync(late, 'sum').then(() => (ended = true));
  for (let turn = 0; turn < 100; turn++) await setImmediate();
  assert.equal(ended, false);
  assert.deepEqual(late, new Float64Array(1000)); // not before the end
  fs.writeFileSync(said, '');
  await pending;
} else {
  while (!fs.existsSync(said)) await setImmediate();
  await comm.allReduceAsync(late, 'sum');
}
assert.deepEqual(late, new Float64Array(1000).fill((size * (size - 1)) / 2));

// They end in the order of the calls, and the arrays that they read are those of the time of the call.
/** @type {number[]} */
const order = [];
const x = Float64Array.of(1);
const all = new Float64Array(size);
const calls = [
  comm.allReduceAsync(x, 'sum').then(() => order.push(0)),
  comm.allGatherAsync(x, all).then(() => order.push(1)),
  comm.broadcastAsync(new Float64Array(2), 0).then(() => order.push(2)),
  comm.barrierAsync().then(() => order.push(3)),
];
x[0] = 5;
for (const call of [
  () => {
    comm.barrier();
  },
  () => {
    comm.allReduce(x, 'sum');
  },
  () => {
    comm.finalize();
  },
]) {
  assert.throws(call, { name: 'LBFGSError', code: 'ERR_LBFGS_MPI', message: /^Expected the asynchronous operations/ });
}
await Promise.all(calls);
assert.deepEqual(order, [0, 1, 2, 3]);
assert.deepEqual([...x, ...all], [size, ...new Array(size).fill(1)]);

// An array that is given away meanwhile.
const given = new Float64Array(4);
const pending = comm.allReduceAsync(given, 'sum');
structuredClone(given, { transfer: [given.buffer] });
await assert.rejects(pending, { code: 'ERR_LBFGS_MPI', message: /detached or resized/ });
await assert.rejects(comm.allReduceAsync(given, 'sum'), { code: 'ERR_LBFGS_ARG_TYPE', message: /detached/ });
const both = new Float64Array(2 * size);
await assert.rejects(comm.allGatherAsync(both.subarray(0, 2), both), { code: 'ERR_LBFGS_MPI', message: /in common/ });

console.log('asynchronous', size);
