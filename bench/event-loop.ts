// npm run bench:event-loop: how long the event loop is held up while stepAsync trains 10^6 numbers with a full history of 100.
//
// The 99th percentile of the event loop's delay in training, less that of an idle loop, is to stay below 1/8 of the time that one
// direction takes. Needs 2 GB of memory.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { LBFGS, Parameter } from 'lbfgs';

const n = Number(process.argv[2] ?? 1e6);
const history = 100;
const parameter = new Parameter(new Float64Array(n));
const gradient = new Float64Array(n);
parameter.grad = gradient;
const optimizer = new LBFGS([parameter], {
  historySize: history,
  lr: 0.5,
  maxIter: 1,
  toleranceGrad: 0,
  toleranceChange: 0,
});

// A slowly turning quadratic, whose gradient comes as from elsewhere: piece by piece, the event loop turning in between.
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

/** What happens to the event loop meanwhile, in milliseconds. */
async function delayDuring(work: () => Promise<void>): Promise<{ p99: number; max: number }> {
  const monitor = monitorEventLoopDelay({ resolution: 1 });
  monitor.enable();
  await work();
  monitor.disable();
  return { p99: monitor.percentile(99) / 1e6, max: monitor.max / 1e6 };
}

async function main(): Promise<void> {
  while (optimizer.state.history_length < history) await optimizer.stepAsync(closure);

  // Of a step of one iteration, all but the closure is the direction and a few passes.
  const known = 1;
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    const started = performance.now();
    optimizer.step(() => known);
    times.push(performance.now() - started);
  }
  const direction = times.sort((a, b) => a - b)[2]!;

  const idle = await delayDuring(() => setTimeout(5000));
  const busy = await delayDuring(async () => {
    for (let round = 0; round < 40; round++) await optimizer.stepAsync(() => Promise.resolve(known));
  });
  const delay = busy.p99 - idle.p99;
  console.log(`n = ${n}, ${optimizer.state.history_length} pairs, threads: ${optimizer.paramGroups[0].threads}`);
  console.log(`one direction: ${direction.toFixed(1)} ms; an eighth of it: ${(direction / 8).toFixed(1)} ms`);
  console.log(`event loop, idle:     p99 ${idle.p99.toFixed(2)} ms, longest ${idle.max.toFixed(2)} ms`);
  console.log(`event loop, training: p99 ${busy.p99.toFixed(2)} ms, longest ${busy.max.toFixed(2)} ms`);
  console.log(
    `difference: ${delay.toFixed(2)} ms, ${delay < direction / 8 ? 'below' : 'NOT below'} an eighth of a direction`,
  );
  if (!(delay < direction / 8)) process.exitCode = 1;
}

void main();
