// The optimiser among the weights of a saved model, and what comes back.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import { lbfgs, registerLBFGS } from 'lbfgs/tfjs';
import { nodeIn } from '../consumers/consumer';
import { withFolder } from '../docs/programs';
import { frameworks } from './framework';
import { BACKENDS, FULL, network, save, tensorflow, waves, weightsOf, type Artifacts, type Model } from './tfjs';

/** Trains the model of a file in a process of its own. */
const PROGRAM = `
const fs = require('node:fs');
const load = require('node:module').createRequire(process.argv[2]);
const core = load('@tensorflow/tfjs-core');
load('@tensorflow/tfjs-backend-cpu');
const layers = load('@tensorflow/tfjs-layers');
const { registerLBFGS } = require('lbfgs/tfjs');
(async () => {
  await core.setBackend('cpu');
  const { x, y, options, weightData, ...artifacts } = JSON.parse(fs.readFileSync('model.json', 'utf8'));
  const handler = { load: async () => ({ ...artifacts, weightData: Uint8Array.from(weightData).buffer }) };
  const unregistered = await layers.loadLayersModel(handler).catch(({ message }) => message.includes('LBFGS'));
  registerLBFGS(core);
  const model = await layers.loadLayersModel(handler);
  const { history } = await model.fit(core.tensor2d(x), core.tensor2d(y), options);
  const weights = model.getWeights().flatMap((each) => Array.from(each.dataSync()));
  console.log(JSON.stringify({ unregistered, history, weights, iterations: model.optimizer.iterations }));
})();`;

describe('a model with its optimiser of lbfgs(tf)', () => {
  const folder = frameworks('TensorFlow.js: saved models');
  if (folder === undefined) return;
  const { tf } = tensorflow(folder);
  const loss = 'meanSquaredError';
  const options = { ...FULL, epochs: 3, shuffle: false };
  const load = (artifacts: Artifacts): Promise<Model> => tf.loadLayersModel(tf.io.fromMemory(artifacts));

  for (const backend of BACKENDS) {
    describe(`on the backend ${backend}`, () => {
      let data: ReturnType<typeof waves>;
      before(async () => {
        await tf.setBackend(backend);
        data = waves(tf);
      });
      after(() => {
        tf.dispose([data.x, data.y]);
      });

      /** Trains both models further; their losses and weights have the same bits. */
      const assertSame = async (model: Model, other: Model): Promise<void> => {
        const [ours, theirs] = [await model.fit(data.x, data.y, options), await other.fit(data.x, data.y, options)];
        assert.deepEqual(theirs.history, ours.history);
        assert.deepEqual(weightsOf(other), weightsOf(model));
      };

      it('goes on to the bit after it has been saved and loaded, and leaks nothing', async () => {
        const before = tf.memory();
        const model = network(tf);
        model.compile({ optimizer: lbfgs(tf, { maxIter: 10 }), loss });
        await model.fit(data.x, data.y, options);
        const other = await load(await save(tf, model));
        assert.equal(other.optimizer.iterations, 3);
        await assertSame(model, other);
        const third = await load(await save(tf, other));
        const fourth = await load(await save(tf, third)); // before its first step
        await assertSame(other, fourth);
        for (const each of [model, other, third, fourth]) {
          each.optimizer.dispose();
          each.dispose();
        }
        assert.deepEqual(tf.memory(), before);
      });

      it('goes on to the bit if a layer was trained later than the others', async () => {
        const model = network(tf);
        const optimizer = lbfgs(tf);
        model.layers[0]!.trainable = false;
        model.compile({ optimizer, loss });
        await model.fit(data.x, data.y, options);
        model.layers[0]!.trainable = true;
        model.compile({ optimizer, loss });
        await model.fit(data.x, data.y, options);
        const other = await load(await save(tf, model));
        await assertSame(model, other);
        model.dispose();
        other.dispose();
      });
    });
  }

  it('goes on to the bit in another process, which has registered the class', async () => {
    await tf.setBackend('cpu');
    const { x, y } = waves(tf);
    const model = network(tf);
    model.compile({ optimizer: lbfgs(tf), loss });
    await model.fit(x, y, options);
    const { weightData, ...artifacts } = await save(tf, model);
    const values = Array.from(x.dataSync());
    const json = {
      ...artifacts,
      weightData: Array.from(new Uint8Array(weightData)),
      options,
      x: Array.from({ length: values.length / 4 }, (_, row) => values.slice(4 * row, 4 * row + 4)),
      y: Array.from(y.dataSync(), (value) => [value]),
    };
    const output = await withFolder((place) => {
      fs.writeFileSync(path.join(place, 'model.json'), JSON.stringify(json));
      fs.writeFileSync(path.join(place, 'program.cjs'), PROGRAM);
      return nodeIn(place, 'program.cjs', path.join(folder, 'package.json'));
    });
    const { history } = await model.fit(x, y, options);
    const expected = { unregistered: true, history, weights: weightsOf(model), iterations: 6 };
    assert.deepEqual(JSON.parse(output.split('\n').at(-1)!), JSON.parse(JSON.stringify(expected)));
    tf.dispose([x, y]);
    model.dispose();
  });

  it('keeps the options, also null and text, and leaves out functions', async () => {
    await tf.setBackend('cpu');
    const given = { lineSearchFn: 'noise_tolerant', historySize: 7, maxEval: null, noisyLoss: 'error' } as const;
    const model = network(tf);
    model.compile({ optimizer: lbfgs(tf, { ...given, onIteration: () => true, timeLimit: 1e6 }), loss });
    const other = await load(await save(tf, model));
    assert.deepEqual(other.optimizer.getConfig(), { ...given, timeLimit: 1e6 });
    const fixed = network(tf);
    fixed.compile({ optimizer: lbfgs(tf, { lineSearchFn: null, lr: 0.1 }), loss });
    const loaded = await load(await save(tf, fixed));
    assert.deepEqual(loaded.optimizer.getConfig(), { lineSearchFn: null, historySize: 10, lr: 0.1 });
    for (const each of [model, other, fixed, loaded]) each.dispose();
  });

  it('refuses a state for other variables, and bytes that are no state', async () => {
    await tf.setBackend('cpu');
    registerLBFGS(tf);
    const { x, y } = waves(tf);
    const model = network(tf);
    model.compile({ optimizer: lbfgs(tf), loss });
    await model.fit(x, y, options);
    const other = await load(await save(tf, model));
    other.layers[0]!.trainable = false;
    other.compile({ optimizer: other.optimizer, loss });
    const expected = { code: 'ERR_LBFGS_VARIABLES', message: /the 4 variables of the loaded state, of 64, 16, 16, 1/ };
    await assert.rejects(other.fit(x, y, options), expected);
    const weights = (words: number[]) => [
      { name: 'iter', tensor: tf.tensor1d([1], 'int32') },
      { name: 'lbfgs/state', tensor: tf.tensor1d(words, 'int32') },
    ];
    const optimizer = lbfgs(tf) as unknown as { setWeights(weights: object[]): Promise<void> };
    for (const words of [[], [8, 1, 2], [1e9, 1]]) {
      await assert.rejects(optimizer.setWeights(weights(words)), { code: 'ERR_LBFGS_CHECKPOINT' });
    }
    tf.dispose([x, y]);
    model.dispose();
    other.dispose();
  });
});
