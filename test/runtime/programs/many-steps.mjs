// Takes steps and prints the megabytes in use along the way: `node --expose-gc many-steps.mjs <how many>`.

import { setImmediate } from 'node:timers/promises';
import { makeTraining } from './train.mjs';

const count = Number(process.argv[2]);
const { optimizer, step } = makeTraining(undefined, { lineSearchFn: 'strong_wolfe', maxIter: 2 });
const [first, second] = optimizer.paramGroups[0].params;
/** @type {number[]} */
const megabytes = [];
for (let done = 1; done <= count; done++) {
  step();
  if (done % 10 === 0) {
    first?.data.fill(-1.2);
    second?.data.fill(1);
  }
  if (done % 1000 === 0) {
    const state = optimizer.stateDict();
    optimizer.loadStateDict(state);
  }
  if (done % (count / 10) === 0) {
    globalThis.gc?.();
    await setImmediate(); // frees what went with the states loaded
    const { heapUsed, external } = process.memoryUsage();
    megabytes.push((heapUsed + external) / 1e6);
  }
}
console.log(JSON.stringify(megabytes));
