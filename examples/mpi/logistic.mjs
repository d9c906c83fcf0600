// Logistic regression whose rows are shared by the ranks: mpirun -n 2 node examples/mpi/logistic.mjs
//
// Every rank holds all weights and a part of the rows. dataParallel adds up the losses and the gradients of all ranks,
// so that every rank takes the same steps.

import { dataParallel, LBFGS, Parameter } from 'lbfgs';
import { connect } from 'lbfgs/mpi';
import { add, dot, noise, shareOf } from './data.mjs';

const [ROWS, COLUMNS, PENALTY] = /** @type {const} */ ([6000, 40, 1e-3]);

const comm = connect();
const { from, to } = shareOf(ROWS, comm);
const rows = Array.from({ length: to - from }, (_, i) => {
  const features = Float64Array.from({ length: COLUMNS }, (_, column) => noise(from + i, column));
  const score = features.reduce((sum, value, column) => sum + value * Math.cos(column), 0);
  return { features, label: score + noise(from + i, COLUMNS) > 0 ? 1 : -1 };
});

const weights = new Parameter(new Float64Array(COLUMNS));
const x = /** @type {Float64Array} */ (weights.data);
const gradient = new Float64Array(COLUMNS);
weights.grad = gradient;

/** The part of this rank in the loss, which is the mean over all rows, and in its gradient. */
const closure = dataParallel(comm, [weights], () => {
  const share = rows.length / ROWS;
  let loss = (share * PENALTY * dot(x, x)) / 2;
  gradient.fill(0);
  add(gradient, share * PENALTY, x);
  for (const { features, label } of rows) {
    const margin = label * dot(features, x);
    loss += Math.log1p(Math.exp(-margin)) / ROWS;
    add(gradient, -label / (1 + Math.exp(margin)) / ROWS, features);
  }
  return loss;
});

const optimizer = new LBFGS([weights], { lineSearchFn: 'strong_wolfe', maxIter: 200, toleranceGrad: 1e-9 });
/** @type {number[]} */
const losses = []; // one for each iteration
await optimizer.stepAsync(closure, { onIteration: ({ loss }) => void losses.push(loss) });

const right = Float64Array.of(rows.filter(({ features, label }) => label * dot(features, x) > 0).length);
comm.allReduce(right, 'sum');
if (comm.rank === 0) {
  console.log(`${ROWS} rows, ${COLUMNS} weights: loss ${optimizer.lastStep?.loss.toFixed(6)}`);
  console.log(`${right.join()} rows are right, converged: ${optimizer.lastStep?.converged}`);
}
if (process.argv.includes('--losses')) console.log(JSON.stringify({ rank: comm.rank, rows: rows.length, losses }));
comm.finalize();
