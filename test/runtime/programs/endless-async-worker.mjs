// Steps asynchronously, the core on another thread, until it is terminated.

import { parentPort } from 'node:worker_threads';
import { LBFGS, Parameter } from 'lbfgs';

const parameter = new Parameter(new Float64Array(300_000).fill(1));
const optimizer = new LBFGS([parameter], {
  lineSearchFn: 'strong_wolfe',
  maxIter: 1e9,
  maxEval: 1e9,
  toleranceGrad: 0,
});
let calls = 0;
function closure() {
  parameter.grad = parameter.data.map((value, index) => 4 * value ** 3 + (index % 3) - calls);
  calls++;
  if (calls === 4) setImmediate(() => parentPort?.postMessage('at work'));
  return -calls * 1e6;
}
for (;;) await optimizer.stepAsync(closure);
