// Users' programs, compiled in strict mode against the types of the real packages, which need skipLibCheck.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { nodeIn, ROOT } from '../consumers/consumer';
import { withFolder } from '../docs/programs';
import { frameworks } from './framework';

const PROGRAM = `
import * as core from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { checkGradient, type StepReport } from 'lbfgs';
import {
  lbfgs, minimize, minimizeAsync, registerLBFGS, stopWhenConverged, trainable, type TfjsOptions, type Trainer,
} from 'lbfgs/tfjs';

const tf = { ...core, ...layers };
export async function train(): Promise<StepReport | null> {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
  const options: TfjsOptions = { historySize: 20, noisyLoss: 'error', onIteration: ({ loss }) => loss > 1e-3 };
  const optimizer = lbfgs(tf, options);
  const plain: core.Optimizer = lbfgs(core);
  const trainer: Trainer = optimizer;
  model.compile({ optimizer, loss: 'meanSquaredError', metrics: ['mae'] });
  model.compile({ optimizer: plain, loss: tf.losses.meanSquaredError });
  const [x, y] = [tf.ones([4, 2]), tf.ones([4, 1])];
  await model.fit(x, y, { batchSize: 4, callbacks: stopWhenConverged(optimizer) });
  await model.fit(x, y, { batchSize: 4, callbacks: [{ onTrainBegin: () => {} }, stopWhenConverged(trainer, model)] });
  const cost: core.Scalar | null = optimizer.minimize(() => tf.sum(x) as core.Scalar, true);
  const count: number = optimizer.evaluations + optimizer.iterations;
  const report: StepReport | null = optimizer.lastStep;
  optimizer.dispose();
  return count > 0 && cost !== null ? report : null;
}
export async function solve(): Promise<number> {
  const w = tf.variable(tf.zeros([3]));
  const b: core.Variable<core.Rank.R0> = tf.variable(tf.scalar(0));
  const f = (): core.Scalar => tf.add(tf.sum(tf.square(w)), tf.square(b));
  const { status, loss } = minimize(tf, f, [w, b], { maxIter: 5, bounds: { lower: -1, upper: 1 } });
  const later = await minimizeAsync(core, f, [w, b]);
  const { parameters, closure } = trainable(tf, f, [w, b]);
  const { ok } = checkGradient(parameters, closure);
  registerLBFGS(core);
  return ok && status === 'max_iter' ? loss : later.gradNorm;
}
// @ts-expect-error: an unknown option
lbfgs(tf, { learningRate: 1 });
// @ts-expect-error: TensorFlow.js computes the gradient
minimize(tf, () => tf.scalar(1), [], { gradient: 'central' });
// @ts-expect-error: an asynchronous loss
minimize(tf, async () => tf.scalar(1), []);
// @ts-expect-error: no module of TensorFlow.js
lbfgs(layers);
// @ts-expect-error: there are types, not any
export const wrong: string = lbfgs(tf).lastStep;
`;
const ALONE = `
import { lbfgs, type TensorFlowLike } from 'lbfgs/tfjs';
export const make = (tf: TensorFlowLike): void => lbfgs(tf).dispose();
`;

describe('lbfgs/tfjs in a bundle', () => {
  it('is traced, with the one index and the checkpoints that the package has', async () => {
    const metafile = await withFolder(async (place) => {
      const program = "import { lbfgs } from 'lbfgs/tfjs';\nimport { LBFGS } from 'lbfgs';\nconsole.log(lbfgs, LBFGS);";
      fs.writeFileSync(path.join(place, 'program.mjs'), program);
      const external = ['#addon', 'node-gyp-build'];
      const options = { bundle: true, write: false, metafile: true, platform: 'node', external } as const;
      return (await build({ ...options, absWorkingDir: ROOT, entryPoints: [path.join(place, 'program.mjs')] }))
        .metafile;
    });
    const names = Object.keys(metafile.inputs).filter((name) => name.startsWith('dist/'));
    const modules = ['fit.js', 'index.js', 'index.mjs', 'safetensors.js', 'tfjs.js', 'tfjs.mjs'];
    assert.deepEqual(
      names.sort(),
      modules.map((name) => `dist/${name}`),
    );
  });
});

describe('the types of lbfgs/tfjs', () => {
  const folder = frameworks('TensorFlow.js: types');
  if (folder === undefined) return;
  const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true };
  const common = { ...strict, noEmit: true, target: 'es2022', module: 'nodenext', types: [] };

  for (const [name, program, files, options] of [
    ['fit those of the real packages', PROGRAM, ['a.mts', 'a.cts'], { skipLibCheck: true, lib: ['es2022', 'dom'] }],
    ['need none of them', ALONE, ['b.mts'], { skipLibCheck: false, lib: ['es2022', 'dom'] }],
  ] as const) {
    it(`${name}, in strict mode`, async () => {
      const output = await withFolder((place) => {
        fs.symlinkSync(path.join(folder, 'node_modules'), path.join(place, 'node_modules'), 'junction');
        for (const file of files) fs.writeFileSync(path.join(place, file), program);
        const config = { compilerOptions: { ...common, ...options }, files };
        fs.writeFileSync(path.join(place, 'tsconfig.json'), JSON.stringify(config));
        return nodeIn(place, path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'));
      });
      assert.equal(output, '');
    });
  }
});
