// A user's program: whatever the package can do, once, in the main thread and in a worker. Prints one line of JSON, the same on every
// platform to the last bit. Runs in a folder where lbfgs is installed, with no argument.

import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { checkGradient, LBFGS, LBFGSError, minimize, Parameter } from 'lbfgs';
import { decodeCheckpoint, encodeCheckpoint } from 'lbfgs/safetensors';

/** A quadratic whose loss and gradient are exact to write down in any engine. @param {{ data: import('lbfgs').FloatArray, grad: import('lbfgs').FloatArray }[]} params */
const quadratic = (params) => () => {
  let loss = 0;
  for (const { data, grad } of params) {
    for (let i = 0; i < data.length; i++) {
      const value = data[i] ?? 0;
      const slope = (1 + (i & 7)) * value;
      grad[i] = slope;
      loss += 0.5 * slope * value;
    }
  }
  return loss;
};

/** @param {number} size @param {Float64ArrayConstructor | Float32ArrayConstructor} Array */
const paramsOf = (size, Array) => [
  { data: new Array(3).fill(1), grad: new Array(3) },
  { data: new Array(size - 3).fill(-1), grad: new Array(size - 3) },
];

/** @param {number} size @param {Float64ArrayConstructor | Float32ArrayConstructor} Array @param {import('lbfgs').LBFGSOptions} [options] */
function train(size, Array, options) {
  const params = paramsOf(size, Array);
  const optimizer = new LBFGS(params, { lineSearchFn: 'strong_wolfe', maxIter: 6, historySize: 3, ...options });
  optimizer.step(quadratic(params));
  optimizer.loadStateDict(optimizer.stateDict());
  optimizer.step(quadratic(params));
  return { params, state: optimizer.stateDict(), report: optimizer.lastStep };
}

async function trainAsync() {
  const params = paramsOf(20, Float64Array);
  const optimizer = new LBFGS(params, { lineSearchFn: 'strong_wolfe' });
  const loss = await optimizer.stepAsync(() => Promise.resolve(quadratic(params)()));
  return { loss, params };
}

function checkpoint() {
  const weights = new Parameter([3, 2, 1], { name: 'weights' });
  const optimizer = new LBFGS([weights], { maxIter: 2 });
  optimizer.step(() => {
    weights.grad = Float64Array.from(weights.data);
    return 0.5 * weights.grad.reduce((sum, value) => sum + value * value, 0);
  });
  const bytes = encodeCheckpoint({ state: optimizer.stateDict(), parameters: { weights } });
  return { bytes, again: decodeCheckpoint(bytes) };
}

/** Whether it is an LBFGSError that an attempt ends with, and its code. @param {() => unknown} attempt @returns {unknown} */
function refusal(attempt) {
  try {
    return attempt();
  } catch (error) {
    return error instanceof Error && 'code' in error ? [error instanceof LBFGSError, error.code] : undefined;
  }
}

function everything() {
  const rosenbrock = (/** @type {Float64Array} */ [a = 0, b = 0], /** @type {Float64Array} */ gradient) => {
    gradient[0] = -400 * a * (b - a * a) - 2 * (1 - a);
    gradient[1] = 200 * (b - a * a);
    return 100 * (b - a * a) * (b - a * a) + (1 - a) * (1 - a);
  };
  const { x, status, evaluations } = minimize(rosenbrock, [-1.2, 1]);
  const threads = [1, 2].map((count) => train(100_000, Float64Array, { threads: count, maxIter: 3 }).params);
  return {
    short: train(10, Float64Array),
    long: train(1003, Float64Array),
    float32: train(1003, Float32Array),
    float32History: train(1003, Float64Array, { historyDtype: 'float32' }),
    fixedSteps: train(1003, Float64Array, { lineSearchFn: null, lr: 0.1 }),
    threads:
      digest(threads[0]) === digest(threads[1]) ? digest(threads[0]) : 'the number of threads changes the numbers',
    minimize: { x, status, evaluations },
    gradient: checkGradient(rosenbrock, [0.5, 0.25]).ok,
    notFinite: refusal(() => new LBFGS(paramsOf(5, Float64Array)).step(() => NaN)),
    wrongOption: refusal(() => new LBFGS(paramsOf(5, Float64Array), { historySize: -1 })),
    checkpoint: checkpoint(),
  };
}

/** The bits of whatever there is. @param {unknown} value */
function digest(value) {
  const text = JSON.stringify(value, (_, /** @type {unknown} */ item) =>
    ArrayBuffer.isView(item) ? Buffer.from(item.buffer, item.byteOffset, item.byteLength).toString('hex') : item,
  );
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

async function main() {
  const parts = Object.entries({ ...everything(), async: await trainAsync() });
  const digests = Object.fromEntries(parts.map(([name, value]) => [name, digest(value)]));
  /** @type {{ LBFGS: unknown }} */
  const required = createRequire(import.meta.url)('lbfgs');
  return { ...digests, sameClass: required.LBFGS === LBFGS };
}

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url));
  const fromWorker = new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  const here = await main();
  console.log(JSON.stringify({ ...here, sameInWorker: JSON.stringify(await fromWorker) === JSON.stringify(here) }));
} else {
  parentPort?.postMessage(await main());
}
