// The programs of each page, put together as the page says, and what they print. The tests of the pages run them in this repository, `npm run
// rehearse` in projects where the packed package is installed.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import { assertSameFigures, blocksOf } from './blocks';
import { beside, commandOf, printedBy, printedIn, writeInto, type Place } from './place';

/** The line that a program has at its end: a comment of what it prints. */
export function shownBy(program: string): string {
  const shown = /\n\/\/ ([^\n]*)\n$/.exec(program)?.[1];
  assert.ok(shown !== undefined, `Expected a last line with what is printed but received\n${program}`);
  return shown;
}

/** The programs of a page that have a name in their first line. */
export const programsOf = (page: string, info = 'js'): Map<string, string> =>
  new Map(
    blocksOf(page, info).flatMap((text) => {
      const name = /^\/\/ ([\w-]+\.m[jt]s)/.exec(text)?.[1];
      return name === undefined ? [] : [[name, text]];
    }),
  );

/** The program of this name. */
export function programOf(page: string, name: string, info?: string): string {
  const program = programsOf(page, info).get(name);
  assert.ok(program !== undefined, `Expected a program ${name} on ${page} but received none`);
  return program;
}

/** Pages whose programs show in their last comments what they print. */
export const SHOWN: Readonly<Record<string, readonly string[]>> = {
  'docs/minimize.md': ['bounds.mjs', 'differences.mjs', 'bounded.mts'],
  'docs/async.md': ['pause.mjs', 'stop.mjs', 'background.mjs'],
  'docs/from-scipy.md': ['scipy.mjs'],
  'docs/.vitepress/pages/index.md': ['oxygen.mjs'],
};

/** A program prints what its last comment shows. */
export async function checkShown(place: Place, page: string, name: string): Promise<void> {
  const program = programOf(page, name, name.endsWith('.mts') ? 'ts' : 'js');
  writeInto(place, { [name]: program });
  assert.equal(await printedBy(place, name), shownBy(program));
}

/** The last line of the small program of docs/from-pytorch.md, to the last digit. */
export async function checkLinear(place: Place): Promise<void> {
  const program = programOf('docs/from-pytorch.md', 'linear.mjs');
  writeInto(place, { 'linear.mjs': program });
  const lines = (await printedBy(place, 'linear.mjs')).split('\n');
  assert.equal(`The last line: ${lines.at(-1)}`, shownBy(program));
}

export async function checkCurveFit(place: Place): Promise<void> {
  const page = 'docs/curve-fit.md';
  const programs = new Map<string, string>();
  for (const block of blocksOf(page, 'ts run')) {
    const name = /^\/\/ ([\w-]+)\.ts(?:, continued)?\n/.exec(block)?.[1];
    assert.ok(name !== undefined, `Expected a first line with the name of a file but received\n${block}`);
    programs.set(`${name}.mts`, (programs.get(`${name}.mts`) ?? '') + block);
  }
  writeInto(place, Object.fromEntries(programs));
  const printed: string[] = [];
  for (const name of programs.keys()) printed.push(await printedBy(place, name));
  // What is left to gain, in a message, is rounding.
  assertSameFigures(printed.join('\n'), blocksOf(page, 'text output').join(''), 1e-9, 1e-3);
}

/** Sixty iterations on a loss that is not convex enlarge rounding; the page prints six decimals. */
export const assertFromPyTorch = (printed: string): void => {
  assertSameFigures(printed, blocksOf('docs/from-pytorch.md', 'text output').join(''), 1e-4, 0.01);
};

export async function checkFromPyTorch(place: Place): Promise<void> {
  writeInto(place, { 'train.mts': blocksOf('docs/from-pytorch.md', 'ts run').join('\n') });
  assertFromPyTorch(await printedBy(place, 'train.mts'));
}

/** The programs of docs/checkpoints.md: a training, a process that goes on with it, and those for several processes. */
export async function checkCheckpoints(place: Place): Promise<void> {
  const page = 'docs/checkpoints.md';
  assert.equal(shownBy(programOf(page, 'train.mjs')), shownBy(programOf(page, 'resume.mjs')));
  for (const name of ['train.mjs', 'resume.mjs']) await checkShown(place, page, name);
  await checkShards(place);
}

/** The programs of docs/checkpoints.md for several processes, with one rank. */
export async function checkShards(place: Place): Promise<void> {
  const [shards, whole] = ['shards.mjs', 'whole.mjs'].map((name) => programOf('docs/checkpoints.md', name)) as [
    string,
    string,
  ];
  writeInto(place, { 'shards.mjs': shards, 'whole.mjs': whole, 'ranks.mjs': RANKS_OF_ONE });
  assert.equal(await printedBy(place, 'ranks.mjs'), 'true 7');
}
const RANKS_OF_ONE = `
import * as fs from 'node:fs';
import { LBFGS, Parameter } from 'lbfgs';
import { decodeCheckpoint } from 'lbfgs/safetensors';
import { load, save } from './shards.mjs';
const comm = { rank: 0, size: 1, allReduce() {} };
const weights = new Parameter([3, -2]);
const optimizer = new LBFGS([weights], { comm, maxIter: 2 });
optimizer.step(() => ((weights.grad = weights.data.slice()), weights.data.reduce((sum, value) => sum + value ** 2 / 2, 0)));
await save(comm, optimizer, weights, 7);
const again = new Parameter([0, 0]);
const loaded = new LBFGS([again], { comm, maxIter: 2 });
const epoch = await load(comm, loaded, again);
await import('./whole.mjs');
const { state } = decodeCheckpoint(fs.readFileSync('model.safetensors'));
const texts = [optimizer.stateDict(), loaded.stateDict(), state].map((each) => JSON.stringify(each));
console.log(new Set(texts).size === 1 && String(again.data) === String(weights.data), epoch);
`;

/** The two files of docs/workers.md fit a plane, with fewer rows. */
export async function checkWorkers(place: Place): Promise<void> {
  const [main, shard] = ['main.mjs', 'shard.mjs'].map((name) => programOf('docs/workers.md', name)) as [string, string];
  const fill = 'for (let i = 0; i < rows.length; i += 3) rows.set([i % 7, i % 11, 2 * (i % 7) - (i % 11)], i);';
  const filled = main.replace('// … fill rows …', fill).replace('1e6', '1e3');
  assert.ok(filled.includes(fill) && filled.includes('1e3'));
  writeInto(place, { 'main.mjs': `${filled}\nconsole.log(Array.from(x, Math.round).join());`, 'shard.mjs': shard });
  assert.equal(await printedBy(place, 'main.mjs'), '2,-1');
}

export async function checkObserving(place: Place): Promise<void> {
  const [channel, tensorboard] = blocksOf('docs/observing.md', 'js') as [string, string];
  writeInto(place, { 'channel.mjs': channel, 'tensorboard.mjs': tensorboard });
  assert.match(
    await printedBy(place, 'channel.mjs'),
    /^minimize 1 converged_gradient \d+\nminimizeAsync 1 converged_gradient \d+$/,
  );
  await printedBy(place, 'tensorboard.mjs');
  const logs = path.join(place.folder, 'logs');
  const [name] = fs.readdirSync(logs);
  assert.match(name!, /tfevents/);
  assert.ok(fs.statSync(path.join(logs, name!)).size > 60);
}

/** docs/recipes.md: the gradient service behind HTTP. */
export async function checkService(place: Place): Promise<void> {
  const page = 'docs/recipes.md';
  const [service, train] = ['service.mjs', 'train.mjs'].map((name) => programOf(page, name)) as [string, string];
  writeInto(place, { 'service.mjs': service, 'train.mjs': train });
  await beside(place, ['service.mjs'], async (url) => {
    assert.equal(await printedBy(place, 'train.mjs', url), shownBy(train));
  });
}

/** docs/distributed.md: a driver and three workers that speak HTTP. */
export async function checkDriver(place: Place): Promise<void> {
  const [driver, worker] = ['driver.mjs', 'worker.mjs'].map((name) => programOf('docs/distributed.md', name)) as [
    string,
    string,
  ];
  writeInto(place, { 'driver.mjs': driver, 'worker.mjs': worker });
  const serve = (shard: number, urls: readonly string[]): Promise<void> =>
    shard === 3
      ? printedBy(place, 'driver.mjs', ...urls).then((printed) => {
          assert.equal(printed, shownBy(driver));
        })
      : beside(place, ['worker.mjs', String(shard), '3'], (url) => serve(shard + 1, [...urls, url]));
  await serve(0, []);
}

/** docs/distributed.md: worker threads as ranks, by the communicator of the page. */
export async function checkThreads(place: Place): Promise<void> {
  writeInto(place, { 'threads.mjs': programOf('docs/distributed.md', 'threads.mjs'), 'main.mjs': RANKS });
  assert.equal(await printedBy(place, 'main.mjs'), new Array(3).fill('true 0,1,2').join('\n'));
}
/** Each of three worker threads has one of three parameters. */
const RANKS = `
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { LBFGS, Parameter } from 'lbfgs';
import { communicator } from './threads.mjs';

if (isMainThread) {
  const memory = new SharedArrayBuffer(8 + 8 * 3 * 1024);
  for (const rank of [0, 1, 2]) new Worker(new URL(import.meta.url), { workerData: { rank, size: 3, memory } });
} else {
  const comm = communicator(workerData);
  const { rank } = comm;
  const x = new Parameter([5]);
  const optimizer = new LBFGS([x], { comm, lineSearchFn: 'strong_wolfe' });
  optimizer.step(() => {
    x.grad = [(rank + 1) * (x.data[0] - rank)];
    return (x.grad[0] * (x.data[0] - rank)) / 2;
  });
  const all = new Float64Array(3);
  all[rank] = x.data[0];
  comm.allReduce(all, 'sum');
  console.log(optimizer.lastStep.converged, all.map(Math.round).join());
}
`;

/** docs/distributed.md: ranks of MPI scatter the gradient. */
export async function checkMpi(place: Place, launcher: readonly string[]): Promise<void> {
  const scatter = programOf('docs/distributed.md', 'scatter.mjs', 'js run');
  writeInto(place, { 'scatter.mjs': scatter });
  assert.equal(await printedIn(place, [...launcher, ...commandOf(place, 'scatter.mjs')]), shownBy(scatter));
}
