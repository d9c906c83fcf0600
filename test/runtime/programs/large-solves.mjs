// Run with --expose-gc: 150 short solves for a long vector; prints the resident megabytes along the way.

import { minimize } from 'lbfgs';

const size = 100_000;
const start = new Float64Array(size);

/** @type {import('lbfgs').Objective} */
function fun(x, gradient) {
  let loss = 0;
  for (let i = 0; i < size; i++) {
    const away = (x[i] ?? 0) - 1;
    gradient[i] = (1 + (i % 3)) * away;
    loss += 0.5 * (1 + (i % 3)) * away * away;
  }
  return loss;
}

/** @type {number[]} */
const megabytes = [];
for (let solved = 1; solved <= 150; solved++) {
  minimize(fun, start, { maxIter: 3 });
  if (solved % 15 === 0) {
    globalThis.gc?.(); // the arrays of the results are JavaScript's
    megabytes.push(process.memoryUsage().rss / 1e6);
  }
}
console.log(JSON.stringify(megabytes));
