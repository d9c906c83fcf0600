// Trains one model after another until it ends in the middle of it: workerData says of what kind, and at which evaluation it says so.

import { parentPort, workerData } from 'node:worker_threads';
import { LBFGS, Parameter } from 'lbfgs';

/** @typedef {'waits in it' | 'goes on' | 'leaves by itself'} Ending */

const { size, asynchronous, threads, lineSearchFn, evaluation, ending } =
  /** @type {{ size: number, asynchronous: boolean, threads: number, lineSearchFn: 'strong_wolfe' | null, evaluation: number, ending: Ending }} */ (
    workerData
  );
let evaluations = 0;

/** Pairs of variables, each Rosenbrock's function. */
function makeTraining() {
  const parameter = new Parameter(new Float64Array(size).map((_, i) => (i % 2 === 0 ? -1.2 : 1)));
  const gradient = new Float64Array(size);
  parameter.grad = gradient;
  const closure = () => {
    const x = parameter.data;
    let loss = 0;
    for (let i = 0; i < size; i += 2) {
      const [a = 0, b = 0] = [x[i], x[i + 1]];
      const valley = b - a * a;
      gradient[i] = -400 * a * valley - 2 * (1 - a);
      gradient[i + 1] = 200 * valley;
      loss += 100 * valley ** 2 + (1 - a) ** 2;
    }
    return loss;
  };
  const options = { historySize: 10, maxIter: 10, threads, lineSearchFn, lr: lineSearchFn === null ? 1e-3 : 1 };
  return { optimizer: new LBFGS([parameter], options), closure };
}

/** @returns {number | Promise<number>} the loss, or a promise that never settles */
function evaluate(/** @type {() => number} */ closure) {
  const loss = closure();
  if (++evaluations !== evaluation) return loss;
  if (ending === 'leaves by itself') process.exit(7);
  parentPort?.postMessage(evaluations);
  if (ending === 'goes on') return loss;
  if (asynchronous) return new Promise(() => undefined);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  return loss;
}

// Without a listener nothing would keep a worker whose promise never settles.
parentPort?.on('message', () => undefined);
for (;;) {
  const { optimizer, closure } = makeTraining();
  for (let step = 0; step < 3; step++) {
    if (asynchronous) await optimizer.stepAsync(() => evaluate(closure));
    else optimizer.step(() => /** @type {number} */ (evaluate(closure)));
  }
}
