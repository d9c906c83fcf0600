// Ridge regression with more weights than one machine may hold: mpirun -n 2 node examples/mpi/sharded.mjs
//
// Every rank holds a part of the columns, their weights, and the optimiser's vectors for these weights alone. What all
// ranks need are the products of the rows, 200 numbers here, which the closure adds up over the ranks.

import { LBFGS, Parameter } from 'lbfgs';
import { connect } from 'lbfgs/mpi';
import { noise, shareOf } from './data.mjs';

const ROWS = 200;
const COLUMNS = 20000;
const PENALTY = 1;

const comm = connect();
const [from, to] = shareOf(COLUMNS, comm);
const [firstRow, endRow] = shareOf(ROWS, comm);
const targets = Float64Array.from({ length: ROWS }, (_, row) => Math.sin(row));
/** Column by column; the weights of columns 0, 3, 6, … matter more. */
const columns = Array.from({ length: to - from }, (_, i) =>
  Float64Array.from({ length: ROWS }, (_, row) => noise(row, from + i) * ((from + i) % 3 === 0 ? 0.3 : 0.1)),
);

const weights = new Parameter(new Float64Array(to - from));
const gradient = new Float64Array(to - from);
weights.grad = gradient;
const errors = new Float64Array(ROWS);

/** The part of this rank: the penalty of its weights, and the losses of some rows. */
function closure() {
  errors.fill(0);
  for (const [i, column] of columns.entries()) {
    const weight = weights.data[i];
    for (let row = 0; row < ROWS; row++) errors[row] += weight * column[row];
  }
  // Every rank has to make this call at every evaluation, because each of them waits for all others here.
  comm.allReduce(errors, 'sum');
  for (let row = 0; row < ROWS; row++) errors[row] -= targets[row];

  let loss = 0;
  for (let row = firstRow; row < endRow; row++) loss += errors[row] ** 2 / 2;
  for (const [i, column] of columns.entries()) {
    const weight = weights.data[i];
    loss += (PENALTY * weight ** 2) / 2;
    let slope = PENALTY * weight;
    for (let row = 0; row < ROWS; row++) slope += errors[row] * column[row];
    gradient[i] = slope;
  }
  return loss;
}

const optimizer = new LBFGS([weights], { comm, lineSearchFn: 'strong_wolfe', maxIter: 300, toleranceGrad: 1e-9 });
optimizer.step(closure);

const largest = Float64Array.of(Math.max(...weights.data.map(Math.abs)));
comm.allReduce(largest, 'max');
if (comm.rank === 0) {
  const { converged, loss } = optimizer.lastStep;
  console.log(`${COLUMNS} weights: loss ${loss.toFixed(6)}, the largest weight is ${largest[0].toFixed(6)}`);
  console.log(converged ? 'converged' : optimizer.lastStep.status);
}
comm.finalize();
