// Run with --expose-gc: prints, for several kinds of optimisers, the bytes that estimateMemory tells, and those by which the process has grown with the
// optimiser just made, with its history full, and with it disposed of.

import { estimateMemory, LBFGS } from 'lbfgs';

const size = 500_000;
const historySize = 12;

/** @param {Required<Pick<import('lbfgs').MemoryInit, 'dtype' | 'historyDtype' | 'threads' | 'async'>>} init */
async function compare({ async, ...init }) {
  const make = init.dtype === 'float32' ? Float32Array : Float64Array;
  const [data, grad] = [new make(size).fill(2), new make(size).fill(1)];
  const closure = () => {
    let loss = 0;
    for (let i = 0; i < size; i++) {
      const value = data[i] ?? 0;
      grad[i] = (1 + (i % 100)) * value;
      loss += ((1 + (i % 100)) * value * value) / 2;
    }
    return loss;
  };
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  const optimizer = new LBFGS([{ data, grad }], {
    historySize,
    historyDtype: init.historyDtype ?? init.dtype,
    threads: init.threads,
    lineSearchFn: 'strong_wolfe',
    maxIter: 4,
  });
  const empty = process.memoryUsage.rss() - before;
  while (optimizer.state.history_length < historySize) {
    if (async) await optimizer.stepAsync(closure);
    else optimizer.step(closure);
  }
  const full = process.memoryUsage.rss() - before;
  optimizer[Symbol.dispose]();
  const disposed = process.memoryUsage.rss() - before;
  return { told: estimateMemory({ size, historySize, async, ...init }), empty, full, disposed };
}

const usual = /** @type {const} */ ({ dtype: 'float64', historyDtype: null, threads: 1, async: false });
await compare({ ...usual, async: true }); // compiles and starts what stays
console.log(
  JSON.stringify([
    await compare(usual),
    await compare({ ...usual, threads: 2 }),
    await compare({ ...usual, dtype: 'float32' }),
    await compare({ ...usual, historyDtype: 'float32' }),
    await compare({ ...usual, async: true }),
  ]),
);
