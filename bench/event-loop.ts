// npm run bench:event-loop: how long the event loop is held up while stepAsync trains 10^6 numbers with a full history
// of 100.
//
// The 99th percentile of the event loop's delay in training, less that of an idle loop, is to stay below 1/8 of the
// time that one direction takes. Needs 2 GB of memory.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { LBFGS, Parameter } from 'lbfgs';
import { readOptions } from './output';
import { median } from './protocol';

const { words } = readOptions('npm run bench:event-loop [-- NUMBERS]', {});
const n = Number(words[0] ?? 1e6);
const historySize = 100;
const parameter = new Parameter(new Float64Array(n));
const gradient = new Float64Array(n);
parameter.grad = gradient;
const optimizer = new LBFGS([parameter], { historySize, lr: 0.5, maxIter: 1, toleranceGrad: 0, toleranceChange: 0 });

// A slowly turning quadratic, whose gradient comes as from elsewhere: piece by piece, the event loop turning in
// between.
let evaluations = 0;
async function closure(): Promise<number> {
  const piece = 1 << 14;
  let loss = 0;
  for (let from = 0; from < n; from += piece) {
    for (let i = from; i < Math.min(from + piece, n); i++) {
      const scale = 1 + (i % 97);
      const distance = parameter.data[i]! - Math.sin(i);
      gradient[i] = scale * distance + 1e-3 * Math.sin(i + evaluations);
      loss += (scale * distance * distance) / 2;
    }
    if (from % (piece * 8) === 0) await setTimeout(0);
  }
  evaluations++;
  return loss;
}

/** The 99th percentile of the event loop's delay meanwhile, in milliseconds. */
async function delayDuring(what: string, work: () => Promise<unknown>): Promise<number> {
  const monitor = monitorEventLoopDelay({ resolution: 1 });
  monitor.enable();
  await work();
  monitor.disable();
  const [p99, longest] = [monitor.percentile(99) / 1e6, monitor.max / 1e6];
  console.log(`event loop, ${what} p99 ${p99.toFixed(2)} ms, longest ${longest.toFixed(2)} ms`);
  return p99;
}

async function main(): Promise<void> {
  while (optimizer.state.history_length < historySize) await optimizer.stepAsync(closure);
  // Of a step of one iteration, all but the closure is the direction and a few passes.
  const times = Array.from({ length: 5 }, () => {
    const started = performance.now();
    optimizer.step(() => 1);
    return performance.now() - started;
  });
  const direction = median(times);
  console.log(`n = ${n}, ${optimizer.state.history_length} pairs, threads: ${optimizer.paramGroups[0].threads}`);
  console.log(`one direction: ${direction.toFixed(1)} ms; an eighth of it: ${(direction / 8).toFixed(1)} ms`);
  const idle = await delayDuring('idle:    ', () => setTimeout(5000));
  const busy = await delayDuring('training:', async () => {
    for (let round = 0; round < 40; round++) await optimizer.stepAsync(() => Promise.resolve(1));
  });
  const isBelow = busy - idle < direction / 8;
  console.log(
    `difference: ${(busy - idle).toFixed(2)} ms, ${isBelow ? 'below' : 'NOT below'} an eighth of a direction`,
  );
  if (!isBelow) process.exitCode = 1;
}

void main();
