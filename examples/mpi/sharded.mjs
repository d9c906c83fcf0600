// Ridge regression whose weights are shared by the ranks: mpirun -n 2 node examples/mpi/sharded.mjs
//
// Every rank holds a part of the columns, their weights, and the optimiser's vectors for these weights alone. What all
// ranks need are the errors of the rows, 200 numbers here, which the closure adds up over the ranks.

import { LBFGS, Parameter } from 'lbfgs';
import { connect } from 'lbfgs/mpi';
import { add, dot, noise, shareOf } from './data.mjs';

const [ROWS, COLUMNS, PENALTY] = /** @type {const} */ ([200, 5000, 1]);

const comm = connect();
const { from, to } = shareOf(COLUMNS, comm);
const columns = Array.from({ length: to - from }, (_, i) => {
  const scale = (from + i) % 3 === 0 ? 0.3 : 0.1;
  return Float64Array.from({ length: ROWS }, (_, row) => scale * noise(row, from + i));
});
const targets = Float64Array.from({ length: ROWS }, (_, row) => Math.sin(row));

const weights = new Parameter(new Float64Array(to - from));
const x = /** @type {Float64Array} */ (weights.data);
const gradient = new Float64Array(to - from);
weights.grad = gradient;
const errors = new Float64Array(ROWS);

/** This rank's part of the loss: the penalty of its weights, and the squares of some rows. */
function closure() {
  errors.fill(0);
  if (comm.rank === 0) add(errors, -1, targets);
  for (const [i, column] of columns.entries()) add(errors, Number(x[i]), column);
  // Every rank has to make this call at every evaluation, because each of them waits here for all others.
  comm.allReduce(errors, 'sum');

  for (const [i, column] of columns.entries()) gradient[i] = PENALTY * Number(x[i]) + dot(column, errors);
  const { from: first, to: end } = shareOf(ROWS, comm);
  const part = errors.subarray(first, end);
  return (PENALTY * dot(x, x) + dot(part, part)) / 2;
}

const optimizer = new LBFGS([weights], { comm, lineSearchFn: 'strong_wolfe', maxIter: 300, toleranceGrad: 1e-9 });
optimizer.step(closure);

const largest = Float64Array.of(Math.max(...x.map(Math.abs)));
comm.allReduce(largest, 'max');
if (comm.rank === 0) {
  console.log(`${ROWS} rows, ${COLUMNS} weights: loss ${optimizer.lastStep?.loss.toFixed(6)}`);
  console.log(`the largest weight is ${largest.map((weight) => Number(weight.toFixed(6))).join()}`);
  console.log(`converged: ${optimizer.lastStep?.converged}`);
}
comm.finalize();
