// Steps of an optimiser whose parameters the ranks share, and a whole solve. Rank 0 prints what all ranks have come to,
// if that is the same on all of them.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { LBFGS, minimize, minimizeAsync, Parameter } from 'lbfgs';
import { connect } from 'lbfgs/mpi';
import { program } from '../../distributed/programs/step.mjs';

const comm = connect({ timeout: 30_000 });
const how = process.env['HOW'] ?? 'agree';

/** @type {import('lbfgs').LBFGSOptions} */
const options = { maxIter: 8, maxEval: 100, historySize: 5, lineSearchFn: 'strong_wolfe' };

/** The slice of a chain of cosh, and its part of the loss. @param {Float64Array} x @param {Float64Array} g */
const part = (x, g) =>
  x.reduce((loss, value, i) => {
    g[i] = (1 + i) * Math.sinh(value - comm.rank);
    return loss + (1 + i) * (Math.cosh(value - comm.rank) - 1);
  }, 0);

if (how === 'agree') {
  const { x, reports } = program(comm, { n: 24, options });
  const start = Float64Array.from({ length: comm.rank === 1 ? 0 : 5 }, () => 2);
  const solved = minimize((values, g) => part(values, g), start, { comm });
  const { x: point, gradient, ...others } = solved;
  const later = await minimizeAsync((values, g) => part(values, g), start, { comm });
  assert.deepEqual(later, { x: point, gradient, ...others });
  assert.ok(point.every((value) => Math.abs(value - comm.rank) < 1e-6));
  const text = JSON.stringify([reports, others]);
  // Numbers of 52 bits go from rank to rank as they are.
  const print = Float64Array.of(parseInt(createHash('sha256').update(text).digest('hex').slice(0, 13), 16));
  const prints = new Float64Array(comm.size);
  comm.allGather(print, prints);
  assert.ok(prints.every((each) => each === print[0]));
  const parts = new Float64Array(24 * comm.size);
  comm.allGather(
    Float64Array.from({ length: 24 }, (_, i) => x[i] ?? NaN),
    parts,
  );
  if (comm.rank === 0) {
    console.log(JSON.stringify({ reports, x: [...parts.filter((value) => !Number.isNaN(value))] }));
  }
} else {
  // A closure of rank 1 throws: the others hear of it, and all go on.
  const parameter = new Parameter([1, 2]);
  const gradient = new Float64Array(2);
  parameter.grad = gradient;
  const optimizer = new LBFGS([parameter], { ...options, comm });
  let evaluations = 0;
  const closure = () => {
    evaluations += 1;
    if (comm.rank === 1 && evaluations === 3) throw new Error('of rank 1');
    return part(/** @type {Float64Array} */ (parameter.data), gradient);
  };
  /** @type {unknown} */
  let thrown;
  try {
    if (how === 'throw') optimizer.step(closure);
    else await optimizer.stepAsync(closure);
  } catch (error) {
    thrown = error;
  }
  assert.equal(/** @type {{ code?: string }} */ (thrown).code, comm.rank === 1 ? undefined : 'ERR_LBFGS_PEER');
  optimizer.step(closure);
  console.log(JSON.stringify(optimizer.lastStep));
}
comm.finalize();
