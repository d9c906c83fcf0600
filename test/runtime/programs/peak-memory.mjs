// Prints by how many bytes the process's peak of resident memory rises while an optimiser trains a million values until its history
// is full and turns over: `node peak-memory.mjs <historyDtype>`.

import { readFileSync } from 'node:fs';
import { LBFGS } from 'lbfgs';

/** The most kilobytes that were resident. Linux counts in maxRSS what the process was forked from, however large that was. */
function peak() {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS;
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
}

/** @param {number} size @param {import('lbfgs').LBFGSOptions} options @param {number} steps */
function train(size, options, steps) {
  const data = new Float64Array(size).fill(2);
  const grad = new Float64Array(size).fill(1); // filled, so that its pages are resident
  const closure = () => {
    let loss = 0;
    for (let i = 0; i < size; i++) {
      const value = data[i] ?? 0;
      const curvature = 1 + (i % 100);
      grad[i] = curvature * value;
      loss += 0.5 * curvature * value * value;
    }
    return loss;
  };
  closure();
  const before = peak();
  const optimizer = new LBFGS([{ data, grad }], {
    lineSearchFn: 'strong_wolfe',
    maxIter: 8,
    maxEval: 100,
    threads: 2,
    ...options,
  });
  for (let step = 0; step < steps; step++) optimizer.step(closure);
  return { kilobytes: peak() - before, state: optimizer.state };
}

const historyDtype = process.argv[2] === 'float32' ? 'float32' : 'float64';
const options = /** @type {const} */ ({ historySize: 10, historyDtype, toleranceGrad: 0, toleranceChange: 0 });
train(20_000, options, 2); // code is loaded and compiled, and the threads are there
const { kilobytes, state } = train(1_000_000, options, 2);
if (state.history_length !== 10 || state.n_iter < 12) throw new Error(JSON.stringify(state));
console.log(kilobytes * 1024);
