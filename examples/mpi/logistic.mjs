// Logistic regression whose rows are shared by the ranks: mpirun -n 2 node examples/mpi/logistic.mjs
//
// Every rank holds all weights and a part of the rows. dataParallel adds up the losses and the gradients of all ranks,
// so that every rank takes the same steps.

import { dataParallel, LBFGS, Parameter } from 'lbfgs';
import { connect } from 'lbfgs/mpi';
import { noise, shareOf } from './data.mjs';

const ROWS = 6000;
const COLUMNS = 40;
const PENALTY = 1e-3;

const comm = connect();
const [from, to] = shareOf(ROWS, comm);

// A row depends on its number alone, so that any number of ranks has the same data.
const rows = [];
for (let row = from; row < to; row++) {
  const features = Float64Array.from({ length: COLUMNS }, (_, column) => noise(row, column));
  const score = features.reduce((sum, value, column) => sum + value * Math.cos(column), 0);
  rows.push({ features, label: score + noise(row, COLUMNS) > 0 ? 1 : -1 });
}

const weights = new Parameter(new Float64Array(COLUMNS));
const gradient = new Float64Array(COLUMNS);
weights.grad = gradient;

const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);

/** The part of this rank in the mean loss of all rows, and in its gradient. */
const closure = dataParallel(comm, [weights], () => {
  const share = rows.length / ROWS;
  let loss = (share * PENALTY * dot(weights.data, weights.data)) / 2;
  for (const column of gradient.keys()) gradient[column] = share * PENALTY * weights.data[column];
  for (const { features, label } of rows) {
    const margin = label * dot(features, weights.data);
    loss += Math.log1p(Math.exp(-margin)) / ROWS;
    const slope = -label / (1 + Math.exp(margin)) / ROWS;
    for (const column of gradient.keys()) gradient[column] += slope * features[column];
  }
  return loss;
});

const optimizer = new LBFGS([weights], { lineSearchFn: 'strong_wolfe', maxIter: 200, toleranceGrad: 1e-9 });
await optimizer.stepAsync(closure);

const right = Float64Array.of(rows.filter(({ features, label }) => label * dot(features, weights.data) > 0).length);
comm.allReduce(right, 'sum');
if (comm.rank === 0) {
  const { converged, loss } = optimizer.lastStep;
  console.log(`${ROWS} rows, ${COLUMNS} columns: loss ${loss.toFixed(6)}, ${right[0]} rows are right`);
  console.log(converged ? 'converged' : optimizer.lastStep.status);
}
comm.finalize();
