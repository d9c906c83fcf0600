// Run with --expose-gc: takes 10^5 steps and prints the megabytes in use along the way.

import { makeTraining } from './train.mjs';

const { optimizer, step } = makeTraining();
const [first, second] = optimizer.paramGroups[0].params;
/** @type {number[]} */
const megabytes = [];
for (let done = 1; done <= 100_000; done++) {
  step();
  if (done % 10 === 0) {
    first?.data.fill(-1.2);
    second?.data.fill(1);
  }
  if (done % 1000 === 0) {
    const state = optimizer.stateDict();
    optimizer.loadStateDict(state);
  }
  if (done % 10_000 === 0) {
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    megabytes.push((heapUsed + external) / 1e6);
  }
}
console.log(JSON.stringify(megabytes));
