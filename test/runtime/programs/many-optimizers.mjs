// Makes and drops optimisers and prints the resident megabytes along the way: `node many-optimizers.mjs <how many>`.

import { setImmediate } from 'node:timers/promises';
import { LBFGS, Parameter } from 'lbfgs';

const count = Number(process.argv[2]);
const size = 2000;
/** @type {number[]} */
const megabytes = [];
for (let made = 1; made <= count; made++) {
  const parameter = new Parameter(new Float64Array(size).fill(1));
  parameter.grad = new Float64Array(size).fill(1);
  new LBFGS([parameter], { maxIter: 2 }).step(() => 1);
  // The memory of dropped optimisers is freed between turns of the event loop, as Node-API does it.
  if (made % 20 === 0) await setImmediate();
  if (made % (count / 20) === 0) megabytes.push(process.memoryUsage().rss / 1e6);
}
console.log(JSON.stringify(megabytes));
