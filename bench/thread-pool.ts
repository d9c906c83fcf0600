// npm run bench:thread-pool: how long a read of a file waits while four long trainings run by stepAsync.
//
// Both use the threads of libuv's pool, four unless UV_THREADPOOL_SIZE says otherwise before the pool starts. Needs 1
// GB of memory.

import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { LBFGS, Parameter } from 'lbfgs';

const n = 2e5;
const options = { historySize: 50, lr: 0.5, maxIter: 1, toleranceGrad: 0, toleranceChange: 0, threads: 1 };
const READS = 300;

/** A training that goes on until it is told to stop: a quadratic whose minimum moves. */
async function train(isOver: () => boolean): Promise<void> {
  const parameter = new Parameter(new Float64Array(n));
  const gradient = new Float64Array(n);
  parameter.grad = gradient;
  const optimizer = new LBFGS([parameter], options);
  let evaluations = 0;
  const closure = (): number => {
    const scale = 1 + (++evaluations % 7);
    for (let i = 0; i < n; i++) gradient[i] = scale * parameter.data[i]! - Math.sin(i % 97);
    return 1 / evaluations;
  };
  while (!isOver()) await optimizer.stepAsync(closure);
  optimizer[Symbol.dispose]();
}

/** Milliseconds that reads of this file take: the median, the 95th percentile, the longest. */
async function reads(): Promise<string> {
  const times: number[] = [];
  for (let read = 0; read < READS; read++) {
    const started = performance.now();
    await readFile(__filename);
    times.push(performance.now() - started);
    await setTimeout(1);
  }
  times.sort((a, b) => a - b);
  const [median, p95, longest] = [0.5, 0.95, 1].map((part) => times[Math.ceil(part * READS) - 1]!.toFixed(1));
  return `median ${median} ms, 95th percentile ${p95} ms, longest ${longest} ms`;
}

async function main(): Promise<void> {
  const size = process.env['UV_THREADPOOL_SIZE'] ?? 'not set';
  console.log(`UV_THREADPOOL_SIZE: ${size}; n = ${n}, ${options.historySize} pairs`);
  console.log(`a read beside nothing:        ${await reads()}`);
  let over = false;
  const trainings = Array.from({ length: 4 }, () => train(() => over));
  await setTimeout(5000); // until the histories have filled a little
  console.log(`a read beside four trainings: ${await reads()}`);
  over = true;
  await Promise.all(trainings);
}

void main();
