// Makes, steps and drops 400 large optimisers, and prints the resident megabytes along the way.

import { setImmediate } from 'node:timers/promises';
import { LBFGS, Parameter } from 'lbfgs';

const size = 100_000;
const parameter = new Parameter(new Float64Array(size));
parameter.grad = new Float64Array(size).fill(1);

/** @type {number[]} */
const megabytes = [];
for (let made = 1; made <= 400; made++) {
  new LBFGS([parameter], { historySize: 10, maxIter: 2 }).step(() => 1);
  await setImmediate();
  megabytes.push(process.memoryUsage.rss() / 1e6);
}
console.log(JSON.stringify(megabytes));
