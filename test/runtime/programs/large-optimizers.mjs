// Makes, steps and disposes of 150 large optimisers, one alive at a time, and prints the resident megabytes along the way.

import { LBFGS, Parameter } from 'lbfgs';

const size = 100_000;
const parameter = new Parameter(new Float64Array(size));
const gradient = new Float64Array(size);
parameter.grad = gradient;

function closure() {
  let loss = 0;
  for (let i = 0; i < size; i++) {
    const away = (parameter.data[i] ?? 0) - 1;
    gradient[i] = (1 + (i % 3)) * away;
    loss += 0.5 * (1 + (i % 3)) * away * away;
  }
  return loss;
}

/** @type {number[]} */
const megabytes = [];
for (let made = 1; made <= 150; made++) {
  parameter.data.fill(0);
  const optimizer = new LBFGS([parameter], { historySize: 10, maxIter: 3 });
  optimizer.step(closure);
  optimizer[Symbol.dispose]();
  if (made % 15 === 0) megabytes.push(process.memoryUsage().rss / 1e6);
}
console.log(JSON.stringify(megabytes));
