// npx tsx bench/tfjs.ts: the time of lbfgs/tfjs besides the evaluations, and the loss after as many evaluations as Adam
// has.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { lbfgs, trainable } from 'lbfgs/tfjs';
import { frameworks } from '../test/frameworks/framework';
import {
  BACKENDS,
  FULL,
  lossOf,
  network,
  tensorflow,
  waves,
  type Model,
  type Optimizer,
  type Tensor,
  type Tf,
} from '../test/frameworks/tfjs';
import { machineName, readOptions, say, table, time, writeBetween } from './output';
import { median } from './protocol';

const USAGE = `npx tsx bench/tfjs.ts [options]
  --docs  writes the tables into docs/tfjs.md`;
const RATES = [1e-3, 3e-3, 1e-2, 3e-2, 1e-1];
const EVALUATIONS = 450;

/**
 * The nanoseconds of the adapter's copies in an evaluation: parameters into a new tensor and into the variable,
 * gradients out of their tensors. The evaluation itself is replaced by one that returns the same tensors each time.
 */
function copies(tf: Tf, size: number): number {
  const w = tf.variable(tf.zeros([size]));
  const gradient = tf.zeros([size]);
  const lasting = Object.assign(Object.create(gradient) as Tensor, { dispose: () => undefined });
  const variableGrads: Tf['variableGrads'] = () => ({ value: tf.scalar(1), grads: { [w.name]: lasting } });
  const { closure } = trainable({ ...tf, variableGrads }, () => tf.scalar(1), [w]);
  const times: number[] = [];
  for (let round = 0; round < 300; round++) {
    const begun = process.hrtime.bigint();
    closure();
    times.push(Number(process.hrtime.bigint() - begun));
  }
  tf.dispose([w, gradient]);
  return median(times);
}

async function copiesTable(tf: Tf): Promise<string> {
  const rows: string[][] = [];
  for (const backend of BACKENDS) {
    await tf.setBackend(backend);
    rows.push([`\`${backend}\``, ...[1e5, 1e6].map((size) => time(copies(tf, size)))]);
  }
  return table(['copies in an evaluation', 'n = 1e5', 'n = 1e6'], rows);
}

type Data = ReturnType<typeof waves>;

async function fit(tf: Tf, model: Model, optimizer: Optimizer, data: Data, epochs: number): Promise<number> {
  model.compile({ optimizer, loss: 'meanSquaredError' });
  const { x, y } = data;
  await model.fit(x, y, { ...FULL, epochs });
  return lossOf(tf, model, x, y);
}

/** The loss of L-BFGS after so many evaluations, at the end of the step that reaches them. */
async function lossOfLbfgs(tf: Tf, seed: number, historySize: number, data: Data): Promise<number> {
  const model = network(tf, seed);
  const optimizer = lbfgs(tf, { historySize });
  let loss = Infinity;
  while (optimizer.evaluations + 25 <= EVALUATIONS) loss = await fit(tf, model, optimizer, data, 1);
  assert.ok(optimizer.evaluations <= EVALUATIONS);
  model.dispose();
  return loss;
}

async function comparison(tf: Tf): Promise<string> {
  await tf.setBackend('cpu');
  const data = waves(tf);
  const rows: string[][] = [];
  for (const seed of [3, 13, 23]) {
    say(`seed ${seed}`);
    const ours = [await lossOfLbfgs(tf, seed, 100, data), await lossOfLbfgs(tf, seed, 10, data)];
    let best = { loss: Infinity, rate: 0 };
    for (const rate of RATES) {
      const model = network(tf, seed);
      const loss = await fit(tf, model, tf.train['adam']!(rate), data, EVALUATIONS);
      model.dispose();
      if (loss < best.loss) best = { loss, rate };
    }
    const short = (loss: number): string => loss.toExponential(1);
    rows.push([
      String(seed),
      ...ours.map(short),
      `${short(best.loss)} (${best.rate})`,
      (best.loss / ours[0]!).toFixed(0),
    ]);
  }
  tf.dispose([data.x, data.y]);
  const head = ['seed', '`historySize: 100`', '`historySize: 10`', 'the best Adam (its rate)', 'Adam / the first'];
  return table(head, rows);
}

async function main(): Promise<void> {
  const { values } = readOptions(USAGE, { docs: false });
  const folder = frameworks('TensorFlow.js');
  if (folder === undefined) return;
  const { tf } = tensorflow(folder);
  const text = [
    `The loss of 4-16-1 after at most ${EVALUATIONS} evaluations, on the backend \`cpu\`:`,
    await comparison(tf),
    `The copies, on ${machineName()}, medians of 300 rounds:`,
    await copiesTable(tf),
  ].join('\n\n');
  console.log(text);
  if (values.docs) writeBetween(join(__dirname, '..', 'docs', 'tfjs.md'), 'npx tsx bench/tfjs.ts', text);
}

void main();
