// npx tsx bench/large.ts [n]: a whole solve of 2e8 float32 parameters with a history of 3, about 11 GB, checked entry
// by entry.
//
// f = sum_i c_i (x_i - a_i)^2 / 2 with c in {1, 2, 4}: three eigenvalues, so that L-BFGS converges in a few iterations.

import { LBFGS, Parameter } from 'lbfgs';
import { readOptions } from './output';

const n = Number(readOptions('npx tsx bench/large.ts [NUMBERS]', {}).words[0] ?? 2e8);
const x = new Float32Array(n);
const gradient = new Float32Array(n);
const minimumOf = (i: number): number => ((i % 7) - 3) / 4;

function closure(): number {
  let loss = 0;
  for (let i = 0; i < n; i++) {
    const distance = x[i]! - minimumOf(i);
    const slope = (1 << (i % 3)) * distance;
    gradient[i] = slope;
    loss += 0.5 * slope * distance;
  }
  return loss;
}

const parameter = new Parameter(x);
parameter.grad = gradient;
const optimizer = new LBFGS([parameter], { historySize: 3, maxIter: 30, maxEval: 60, lineSearchFn: 'strong_wolfe' });
const started = performance.now();
optimizer.step(closure);
const seconds = (performance.now() - started) / 1000;

let worst = 0;
for (let i = 0; i < n; i++) worst = Math.max(worst, Math.abs(x[i]! - minimumOf(i)));
const { status, iterations, evaluations, loss } = optimizer.lastStep!;
const bytes = process.resourceUsage().maxRSS * 1024;
console.log(`n = ${n}: ${status} after ${iterations} iterations, ${evaluations} evaluations, ${seconds.toFixed(1)} s`);
console.log(`loss ${loss.toExponential(3)}, largest distance from the minimum ${worst.toExponential(3)}`);
console.log(`peak resident memory ${(bytes / 1e9).toFixed(2)} GB, ${(bytes / 4 / n).toFixed(2)} numbers per parameter`);
if (!(worst < 1e-4)) process.exitCode = 1;
