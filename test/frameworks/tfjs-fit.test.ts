// An optimiser of lbfgs(tf) in model.compile and model.fit, on the real packages.

import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import path from 'node:path';
import { lbfgs, stopWhenConverged, type Trainer } from 'lbfgs/tfjs';
import { withFolder } from '../docs/programs';
import { nodeIn } from '../consumers/consumer';
import { frameworks } from './framework';
import { BACKENDS, FULL, lossOf, network, ROWS, save, tensorflow, warningsOf, waves, weightsOf } from './tfjs';
import { writeFileSync } from 'node:fs';

describe('lbfgs(tf) in model.fit', () => {
  const folder = frameworks('TensorFlow.js: model.fit');
  if (folder === undefined) return;
  const { tf, core } = tensorflow(folder);
  const loss = 'meanSquaredError';

  for (const backend of BACKENDS) {
    describe(`on the backend ${backend}`, () => {
      before(() => tf.setBackend(backend));

      it('learns XOR below 1e-4 from 10 of 10 seeds in at most 45 evaluations, and leaves nothing behind', async () => {
        const before = tf.memory();
        const x = tf.tensor2d([[0, 0], [0, 1], [1, 0], [1, 1]]); // prettier-ignore
        const y = tf.tensor2d([[0], [1], [1], [0]]);
        for (let seed = 1; seed <= 10; seed++) {
          const dense = (units: number, activation: string, more: object) =>
            tf.layers['dense']!({ units, activation, ...more });
          const initializer = (of: number) => ({ kernelInitializer: tf.initializers.glorotNormal({ seed: of }) });
          const model = tf.sequential({
            layers: [
              dense(8, 'tanh', { inputShape: [2], ...initializer(seed) }),
              dense(1, 'sigmoid', initializer(seed + 100)),
            ],
          });
          const optimizer = lbfgs(tf);
          model.compile({ optimizer, loss });
          const callbacks = stopWhenConverged(optimizer);
          await model.fit(x, y, { ...FULL, epochs: 10, callbacks });
          assert.ok(lossOf(tf, model, x, y) < 1e-4);
          assert.ok(optimizer.evaluations <= 45, `${optimizer.evaluations} evaluations`);
          model.dispose();
          optimizer.dispose();
        }
        tf.dispose([x, y]);
        assert.deepEqual(tf.memory(), before);
      });

      it('leaks no tensor, buffer or byte over 100 epochs with metrics and validation', async () => {
        const { x, y } = waves(tf);
        const model = network(tf);
        const optimizer = lbfgs(tf, { maxIter: 5 });
        model.compile({ optimizer, loss, metrics: ['mae', 'mse'] });
        await model.fit(x, y, { ...FULL, epochs: 1 });
        const before = tf.memory();
        await model.fit(x, y, { ...FULL, epochs: 100, validationData: [x, y] });
        assert.deepEqual(tf.memory(), before);
        assert.ok(optimizer.evaluations > 200);
        tf.dispose([x, y]);
        model.dispose();
      });
    });
  }

  describe('on the backend cpu', () => {
    before(() => tf.setBackend('cpu'));
    let data: ReturnType<typeof waves>;
    before(() => {
      data = waves(tf);
    });
    after(() => {
      tf.dispose([data.x, data.y]);
    });

    for (const seed of [3, 13, 23]) {
      it(`fits 4-16-1 to 1e-4 in at most 450 evaluations from the seed ${seed}, with all pairs`, async () => {
        const model = network(tf, seed);
        const optimizer = lbfgs(tf, { historySize: 100 });
        model.compile({ optimizer, loss });
        const onEpochEnd = (_: number, { loss: now }: { loss: number }): void => {
          if (now < 1e-4) model.stopTraining = true;
        };
        const codes = await warningsOf(() =>
          model.fit(data.x, data.y, { ...FULL, epochs: 25, callbacks: { onEpochEnd } }),
        );
        assert.ok(lossOf(tf, model, data.x, data.y) < 1e-4);
        assert.ok(optimizer.evaluations <= 450, `${optimizer.evaluations} evaluations`);
        assert.deepEqual(codes, []);
        model.dispose();
      });
    }

    it('gives the loss and the metrics of the first evaluation of each step, as other optimisers', async () => {
      const [ours, theirs] = [lbfgs(tf, { maxIter: 3 }), tf.train['sgd']!(0.01)];
      const histories = [];
      for (const optimizer of [ours, theirs]) {
        const model = network(tf);
        model.compile({ optimizer, loss, metrics: ['mae'] });
        histories.push((await model.fit(data.x, data.y, { ...FULL, epochs: 1 })).history);
        model.dispose();
      }
      assert.deepEqual(histories[0], histories[1]);
      assert.equal(histories[0]!['loss']![0], ours.lastStep!.initialLoss);
      assert.ok(ours.lastStep!.loss < ours.lastStep!.initialLoss);
    });

    it('is an Optimizer with the class name LBFGS, and counts its steps', async () => {
      const optimizer = lbfgs(tf);
      const model = network(tf);
      model.compile({ optimizer, loss });
      assert.equal(optimizer.lastStep, null);
      await model.fit(data.x, data.y, { ...FULL, epochs: 3 });
      assert.equal(optimizer.iterations, 3);
      assert.equal(optimizer.lastStep!.status, 'max_iter');
      assert.equal((optimizer.constructor as unknown as { className: string }).className, 'LBFGS');
      model.dispose();
    });

    it('makes trainOnBatch work, with metrics, without a leak', async () => {
      const model = network(tf);
      const optimizer = lbfgs(tf, { maxIter: 4 });
      model.compile({ optimizer, loss, metrics: ['mae'] });
      const [first] = (await model.trainOnBatch(data.x, data.y)) as number[];
      assert.equal(first, optimizer.lastStep!.initialLoss);
      const before = tf.memory();
      for (let step = 0; step < 5; step++) await model.trainOnBatch(data.x, data.y);
      assert.deepEqual(tf.memory(), before);
      model.dispose();
    });

    it('makes fitDataset work, with metrics, without a leak once it is disposed', async () => {
      const before = tf.memory();
      const model = network(tf);
      const optimizer = lbfgs(tf, { maxIter: 4 });
      model.compile({ optimizer, loss, metrics: ['mae'] });
      const iterator = () => {
        let done = false;
        const next = () => {
          const value = done ? null : { xs: data.x.clone(), ys: data.y.clone() };
          [done] = [true, done];
          return Promise.resolve({ value, done: value === null });
        };
        return Promise.resolve({ next });
      };
      await model.fitDataset({ iterator, size: 1 }, { epochs: 3, verbose: 0 });
      assert.equal(optimizer.iterations, 3);
      model.dispose();
      optimizer.dispose();
      assert.deepEqual(tf.memory(), before);
    });

    it('keeps what it has learnt when a layer is trained again, and refuses fewer variables and another model', async () => {
      const model = network(tf);
      const optimizer = lbfgs(tf);
      const fit = () => model.fit(data.x, data.y, { ...FULL, epochs: 2 });
      model.layers[0]!.trainable = false;
      model.compile({ optimizer, loss });
      await fit();
      const frozen = Array.from(model.layers[0]!.getWeights()[0]!.dataSync());
      model.layers[0]!.trainable = true;
      model.compile({ optimizer, loss });
      await fit();
      assert.equal(optimizer.lastStep!.iterations, 20);
      assert.notDeepEqual(Array.from(model.layers[0]!.getWeights()[0]!.dataSync()), frozen);
      model.layers[1]!.trainable = false;
      model.compile({ optimizer, loss });
      await assert.rejects(fit(), { name: 'RangeError', code: 'ERR_LBFGS_VARIABLES', message: /without 'dense/ });
      const other = network(tf);
      other.compile({ optimizer, loss });
      await assert.rejects(other.fit(data.x, data.y, FULL), { code: 'ERR_LBFGS_VARIABLES' });
      model.dispose();
      other.dispose();
    });

    it('sees values that a program has set between steps', async () => {
      const model = network(tf);
      const optimizer = lbfgs(tf, { maxIter: 2 });
      model.compile({ optimizer, loss });
      await model.fit(data.x, data.y, { ...FULL, epochs: 2 });
      const zeros = model.layers[1]!.getWeights().map(({ shape }) => tf.zeros([...shape]));
      model.layers[1]!.setWeights(zeros);
      const codes = await warningsOf(() => model.fit(data.x, data.y, { ...FULL, epochs: 1 }));
      const squares = Array.from(data.y.dataSync(), (value) => value * value);
      const mean = squares.reduce((sum, value) => sum + value, 0) / ROWS;
      assert.ok(Math.abs(optimizer.lastStep!.initialLoss - mean) < 1e-5);
      assert.deepEqual(codes, []);
      tf.dispose(zeros);
      model.dispose();
    });

    it('works with regularisers, and with other options', async () => {
      const kernelRegularizer = tf.regularizers.l2({ l2: 0.01 });
      const hidden = tf.layers['dense']!({ units: 4, activation: 'tanh', kernelRegularizer });
      const model = network(tf, 3, hidden);
      const optimizer = lbfgs(tf, { lineSearchFn: 'noise_tolerant', historySize: 5 });
      model.compile({ optimizer, loss });
      const before = lossOf(tf, model, data.x, data.y);
      const codes = await warningsOf(() => model.fit(data.x, data.y, { ...FULL, epochs: 5 }));
      assert.ok(lossOf(tf, model, data.x, data.y) < before / 4);
      assert.deepEqual(codes, []);
      model.dispose();
    });

    it('is disposed by itself, not with the model, and says so afterwards', async () => {
      const model = network(tf);
      const optimizer = lbfgs(tf);
      model.compile({ optimizer, loss });
      await model.fit(data.x, data.y, { ...FULL, epochs: 1 });
      const weights = await save(tf, model);
      assert.ok(weights.weightData.byteLength > 0);
      model.dispose();
      const w = tf.variable(tf.scalar(3));
      const f = () => tf.square(w);
      assert.throws(() => optimizer.minimize(f, false, [w]), { code: 'ERR_LBFGS_VARIABLES' });
      optimizer[Symbol.dispose]();
      assert.throws(() => optimizer.minimize(f, false, [w]), { code: 'ERR_LBFGS_DISPOSED' });
      optimizer.dispose();
      assert.equal(optimizer.lastStep!.initialLoss > 0, true);
      w.dispose();
    });

    it('refuses gradients', () => {
      const optimizer = lbfgs(tf);
      const expected = { name: 'LBFGSError', code: 'ERR_LBFGS_NEEDS_CLOSURE', message: /optimizer\.minimize\(f/ };
      assert.throws(() => {
        optimizer.applyGradients({});
      }, expected);
    });

    for (const [name, options, expected] of [
      ['an unknown option', { learningRate: 0.1 }, { code: 'ERR_LBFGS_UNKNOWN_OPTION', message: /lr/ }],
      ['an option out of range', { historySize: 0 }, { code: 'ERR_LBFGS_ARG_VALUE' }],
      ['an option of steps that does not fit', { timeLimit: -1 }, { code: 'ERR_LBFGS_ARG_VALUE' }],
      ['a signal that is none', { signal: 3 }, { code: 'ERR_LBFGS_ARG_TYPE', message: /an AbortSignal for signal/ }],
      ['a signal in place of options', AbortSignal.abort(), { code: 'ERR_LBFGS_ARG_TYPE', message: /\{ signal \}$/ }],
      ['a callback in place of options', () => true, { code: 'ERR_LBFGS_ARG_TYPE', message: /\{ onIteration \}$/ }],
      ['another reaction', { noisyLoss: 'warning' }, { code: 'ERR_LBFGS_ARG_VALUE', message: /'error'/ }],
      ['a learning rate in place of options', 0.1, { code: 'ERR_LBFGS_ARG_TYPE', message: /\{ lr \}/ }],
    ] as const) {
      it(`refuses ${name} at once`, () => {
        assert.throws(() => lbfgs(tf, options as object), expected);
      });
    }

    it('makes no step where it is made or loaded', () => {
      const seen: unknown[] = [];
      const end = (context: unknown): void => void seen.push(context);
      subscribe('tracing:lbfgs:step:end', end);
      lbfgs(tf, { timeLimit: 1000, onIteration: () => true }).dispose();
      unsubscribe('tracing:lbfgs:step:end', end);
      assert.deepEqual(seen, []);
    });

    it('refuses what is not TensorFlow.js', () => {
      assert.throws(() => lbfgs({} as never), { code: 'ERR_LBFGS_ARG_TYPE', message: /import \* as tf/ });
    });

    describe('stopWhenConverged', () => {
      const settle = async (trainer: Trainer & object, callbacks: unknown): Promise<number> => {
        const x = tf.tensor2d([[0], [1], [2]]);
        const y = tf.tensor2d([[1], [3], [5]]);
        const model = tf.sequential({ layers: [tf.layers['dense']!({ units: 1, inputShape: [1] })] });
        model.compile({ optimizer: trainer as ReturnType<typeof lbfgs<typeof tf>>, loss });
        const chosen = typeof callbacks === 'function' ? (callbacks as (of: object) => unknown)(model) : callbacks;
        const { epoch } = await model.fit(x, y, { ...FULL, epochs: 30, callbacks: chosen });
        tf.dispose([x, y]);
        model.dispose();
        return epoch.length;
      };

      it('ends the training once a step converges', async () => {
        const optimizer = lbfgs(tf);
        assert.ok((await settle(optimizer, stopWhenConverged(optimizer))) < 5);
        assert.equal(optimizer.lastStep!.converged, true);
      });

      it('works beside early stopping, and after a plain object if it is told the model', async () => {
        const first = lbfgs(tf);
        const early = tf.callbacks.earlyStopping({ monitor: 'loss', patience: 50 });
        assert.ok((await settle(first, [early, stopWhenConverged(first)])) < 5);
        const second = lbfgs(core);
        const seen: number[] = [];
        const onEpochEnd = (epoch: number): void => void seen.push(epoch);
        const epochs = await settle(second, (model: { stopTraining: boolean }) => [
          { onEpochEnd },
          stopWhenConverged(second, model),
        ]);
        assert.ok(epochs < 5);
        assert.equal(seen.length, epochs);
      });

      it('says what it needs where it cannot know its model', async () => {
        const optimizer = lbfgs(tf);
        const expected = { code: 'ERR_LBFGS_ARG_TYPE', message: /stopWhenConverged\(optimizer, model\)/ };
        await assert.rejects(settle(optimizer, [{}, stopWhenConverged(optimizer)]), expected);
        assert.throws(() => stopWhenConverged({} as never), { code: 'ERR_LBFGS_ARG_TYPE' });
      });
    });
  });

  it('is the same class for import and for require, also with tfjs-core alone', async () => {
    const program = `
      import { createRequire } from 'node:module';
      import { lbfgs, stopWhenConverged } from 'lbfgs/tfjs';
      const require = createRequire(import.meta.url);
      const core = createRequire(${JSON.stringify(path.join(folder, 'package.json'))})('@tensorflow/tfjs-core');
      const [esm, cjs] = [lbfgs(core), require('lbfgs/tfjs').lbfgs({ ...core })];
      console.log(esm.constructor === cjs.constructor, esm instanceof core.Optimizer, cjs.getClassName());
      try {
        stopWhenConverged(esm);
      } catch ({ code, message }) {
        console.log(code, message.includes('stopWhenConverged(optimizer, model)'));
      }`;
    const output = await withFolder((place) => {
      writeFileSync(path.join(place, 'program.mjs'), program);
      return nodeIn(place, 'program.mjs');
    });
    assert.equal(output, 'true true LBFGS\nERR_LBFGS_ARG_TYPE true');
  });

  it('leaves the weights of a model as they were where the signal is aborted before', async () => {
    await tf.setBackend('cpu');
    const { x, y } = waves(tf);
    const model = network(tf);
    const reason = new Error('enough');
    model.compile({ optimizer: lbfgs(tf, { signal: AbortSignal.abort(reason) }), loss });
    const before = weightsOf(model);
    await assert.rejects(model.fit(x, y, { ...FULL, epochs: 1 }), reason);
    assert.deepEqual(weightsOf(model), before);
    tf.dispose([x, y]);
    model.dispose();
  });
});
