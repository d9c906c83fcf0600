// Run with --expose-gc: collects garbage wherever user code may run, and says whether the numbers stayed the same.

import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { makeTraining, train } from './train.mjs';

const gc = /** @type {NonNullable<typeof globalThis.gc>} */ (globalThis.gc);
let calls = 0;
/** Mostly the young generation alone, where small arrays live and move; now and then everything. */
function collect() {
  if (calls++ % 16 === 0) gc();
  else gc({ type: 'minor', execution: 'sync' });
}
const calm = train();
assert.deepEqual(train(collect), calm);
assert.deepEqual(train(collect, { lineSearchFn: null, lr: 1e-3 }), train(undefined, { lineSearchFn: null, lr: 1e-3 }));

// Nobody but the running step holds the optimiser.
for (let round = 0; round < 20; round++) makeTraining(collect).step();

// Optimisers dropped before, between and after steps, their finalisers run.
for (let round = 0; round < 30; round++) {
  makeTraining();
  makeTraining().step();
  collect();
  await setImmediate();
}
assert.deepEqual(train(collect), calm);
console.log('the same');
