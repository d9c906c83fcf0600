// Steps until it is terminated. workerData.where: 'closure' waits inside a closure; 'anywhere' keeps the core busy with long vectors.

import { parentPort, workerData } from 'node:worker_threads';
import { LBFGS, Parameter } from 'lbfgs';

const { where } = /** @type {{ where: 'closure' | 'anywhere' }} */ (workerData);
const size = where === 'closure' ? 10 : 300_000;
const parameter = new Parameter(new Float64Array(size).fill(1));
const optimizer = new LBFGS([parameter], {
  lineSearchFn: 'strong_wolfe',
  maxIter: 1e9,
  maxEval: 1e9,
  toleranceGrad: 0,
});
let calls = 0;

function closure() {
  calls++;
  if (calls === 3) {
    parentPort?.postMessage('stepping');
    if (where === 'closure') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
  parameter.grad = parameter.data.map((value, index) => 4 * value ** 3 + (index % 3) - calls);
  return -calls * 1e6;
}
for (;;) optimizer.step(closure);
