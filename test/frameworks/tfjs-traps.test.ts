// What goes wrong where an optimiser evaluates a loss of TensorFlow.js several times in a step.

import assert from 'node:assert/strict';
import { lbfgs, minimize, minimizeAsync } from 'lbfgs/tfjs';
import { frameworks } from './framework';
import {
  BACKENDS,
  FULL,
  network,
  tensorflow,
  variableOf,
  warningsOf,
  withSameChance,
  waves,
  weightsOf,
  type Layer,
  type Model,
  type Tensor,
} from './tfjs';

describe('traps of TensorFlow.js', () => {
  const folder = frameworks('TensorFlow.js: its traps');
  if (folder === undefined) return;
  const { tf } = tensorflow(folder);
  const loss = 'meanSquaredError';

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

      /** Trains 4-16-1 with a layer in between; the codes of the warnings. */
      const train = async (layers: Layer[], options: object, ofOptimizer: object = {}): Promise<string> => {
        const model = network(tf, 3, ...layers);
        const optimizer = lbfgs(tf, ofOptimizer);
        model.compile({ optimizer, loss });
        const fit = () => model.fit(data.x, data.y, { ...FULL, epochs: 4, ...options });
        const codes = await warningsOf(() => withSameChance(fit));
        model.dispose();
        optimizer.dispose();
        return codes.join();
      };

      it('batches of 32 rows, the default of fit, are told once', async () => {
        assert.equal(await train([], { batchSize: undefined, shuffle: true }), 'ERR_LBFGS_NOISY_LOSS');
      });

      it('all rows are told nothing, shuffled or not, also where the loss has become tiny', async () => {
        assert.equal(await train([], { shuffle: true, epochs: 30 }, { historySize: 100 }), '');
        assert.equal(await train([], {}), '');
      });

      it('dropout without a seed is told once, dropout with one never where rows keep their places', async () => {
        const { dropout } = tf.layers;
        assert.equal(await train([dropout!({ rate: 0.3 })], {}), 'ERR_LBFGS_NOISY_LOSS');
        assert.equal(await train([dropout!({ rate: 0.3, seed: 7 })], { epochs: 10 }), '');
      });

      it('BatchNormalization is told once, with a small momentum or as layerNormalization never', async () => {
        const { batchNormalization, layerNormalization } = tf.layers;
        assert.equal(await train([batchNormalization!()], {}), 'ERR_LBFGS_MOVING_VARIABLE');
        for (const momentum of [0, 0.5]) assert.equal(await train([batchNormalization!({ momentum })], {}), '');
        assert.equal(await train([layerNormalization!()], {}), '');
      });

      it("noisyLoss: 'ignore' tells nothing", async () => {
        const between = [tf.layers['batchNormalization']!(), tf.layers['dropout']!({ rate: 0.3 })];
        assert.equal(await train(between, { batchSize: 32 }, { noisyLoss: 'ignore' }), '');
      });

      it("noisyLoss: 'error' throws, with the accepted values in the variables, and leaks nothing", async () => {
        const model = network(tf);
        const optimizer = lbfgs(tf, { noisyLoss: 'error' });
        model.compile({ optimizer, loss });
        let before: number[] = [];
        const onBatchBegin = (): void => {
          before = weightsOf(model);
        };
        const fit = (x: typeof data.x, y: typeof data.y, batchSize: number) =>
          model.fit(x, y, { ...FULL, batchSize, callbacks: { onBatchBegin } });
        await fit(data.x, data.y, 200);
        const other = tf.tidy(() => tf.square(data.y));
        const expected = { name: 'LBFGSError', code: 'ERR_LBFGS_NOISY_LOSS', message: /batchSize: <number of rows>/ };
        await assert.rejects(fit(data.x, other, 200), expected);
        assert.deepEqual(weightsOf(model), before);
        const moving = network(tf, 3, tf.layers['batchNormalization']!());
        moving.compile({ optimizer: lbfgs(tf, { noisyLoss: 'error' }), loss });
        const { code } = { code: 'ERR_LBFGS_MOVING_VARIABLE' };
        await assert.rejects(moving.fit(data.x, data.y, FULL), {
          code,
          message: /'batch_normalization.*moving_variance'/,
        });
        other.dispose();
        model.dispose();
        moving.dispose();
      });

      it('a variable that the loss does not depend on is told once, by name, and stays as it is', async () => {
        const [w, idle] = [tf.variable(tf.tensor1d([1, 2])), tf.variable(tf.scalar(5), true, `idle-${backend}`)];
        const f = () => tf.sum(tf.square(w));
        const messages: string[] = [];
        const listen = ({ message }: Error): void => void messages.push(message);
        process.on('warning', listen);
        const optimizer = lbfgs(tf);
        const codes = await warningsOf(() => {
          for (let step = 0; step < 3; step++) optimizer.minimize(f, false, [w, idle]);
        });
        const [code] = await warningsOf(() => minimize(tf, f, [w, idle]));
        process.off('warning', listen);
        assert.deepEqual(codes, ['ERR_LBFGS_NO_GRADIENT']);
        assert.equal(code, 'ERR_LBFGS_NO_GRADIENT');
        assert.ok(messages[0]!.includes(`'idle-${backend}'`), messages[0]);
        assert.equal(idle.dataSync()[0], 5);
        assert.ok(Math.abs(w.dataSync()[0]!) < 1e-6);
        tf.dispose([w, idle]);
      });

      it('arrays that a program has handed over or received stay as they are', () => {
        // The gradient of sum(x w) by w is x itself: on the cpu backend its array is that of the program.
        const given = Float32Array.of(1, 2, 3);
        const start = Float32Array.of(4, 5, 6);
        const x = tf.tensor1d(given);
        const w = tf.variable(tf.tensor1d(start));
        const received = w.dataSync();
        const copy = Array.from(received);
        const f = () => tf.add(tf.square(tf.sub(tf.sum(tf.mul(x, w)), tf.scalar(1))), tf.sum(tf.mul(x, w)));
        const optimizer = lbfgs(tf);
        for (let step = 0; step < 3; step++) optimizer.minimize(f, false, [w]);
        const trained = w.dataSync();
        const after = Array.from(trained);
        minimize(tf, f, [w], { maxIter: 2 });
        w.assign(tf.tensor1d(start));
        optimizer.minimize(f, false, [w]);
        assert.deepEqual([...given, ...start], [1, 2, 3, 4, 5, 6]);
        assert.deepEqual(Array.from(received), copy);
        assert.deepEqual(Array.from(trained), after);
        tf.dispose([x, w]);
      });

      it('a loss that throws passes its error on, with the accepted values back and no tensor left', async () => {
        const model = network(tf);
        const problem = new Error('out of luck');
        let calls = 0;
        let last = Infinity;
        const mean = (a: typeof data.x, b: typeof data.x) => {
          calls += 1;
          const value = tf.losses.meanSquaredError(a, b);
          if (calls > last) throw problem;
          return value;
        };
        const iterations: number[][] = [];
        const onIteration = (): void => void iterations.push(weightsOf(model));
        const optimizer = lbfgs(tf, { onIteration });
        model.compile({ optimizer, loss: mean, metrics: ['mae'] });
        const fit = () => model.fit(data.x, data.y, FULL);
        await fit();
        last = calls + 7;
        const before = tf.memory();
        await assert.rejects(fit(), problem);
        const after = tf.memory();
        // fit itself does not dispose the batch's indices after an error: one tensor of 200 float32 numbers.
        assert.deepEqual(after.numTensors - before.numTensors, 1);
        assert.deepEqual(weightsOf(model), iterations.at(-1));
        last = Infinity;
        await fit();
        assert.ok(optimizer.lastStep!.loss < optimizer.lastStep!.initialLoss);
        model.dispose();
      });

      it('the states of a recurrent layer stay, though it keeps them as metrics are kept, and are told once', async () => {
        const init = (seed: number) => tf.initializers.glorotNormal({ seed });
        const shape = { units: 3, stateful: true, batchInputShape: [4, 2, 2] };
        const recurrent = { ...shape, kernelInitializer: init(1), recurrentInitializer: init(2) };
        const dense = tf.layers['dense']!({ units: 1, kernelInitializer: init(3) });
        const model: Model = tf.sequential({ layers: [tf.layers['simpleRNN']!(recurrent), dense] });
        const optimizer = lbfgs(tf, { maxIter: 4 });
        model.compile({ optimizer, loss, metrics: ['mae'] });
        const x = tf.tidy(() => tf.add(tf.zeros([4, 2, 2]), tf.scalar(0.5)));
        const y = tf.tidy(() => tf.add(tf.zeros([4, 1]), tf.scalar(1)));
        const codes = await warningsOf(() => model.fit(x, y, { ...FULL, batchSize: 4, epochs: 4 }));
        assert.deepEqual([codes, optimizer.iterations], [['ERR_LBFGS_NOISY_LOSS'], 4]);
        tf.dispose([x, y]);
        model.dispose();
      });
    });
  }

  describe('in functions and variables', () => {
    before(() => tf.setBackend('cpu'));
    const cases = [
      ['an asynchronous loss', () => Promise.resolve(tf.scalar(1)), /scalar tensor .* received a Promise; .*await/],
      ['an asynchronous loss that is rejected', () => Promise.reject(new Error('no')), /received a Promise/],
      ['a loss that is no scalar', () => tf.tensor1d([1, 2]), /of shape \[2\]; add tf\.mean or tf\.sum/],
      ['a number', () => 3, /a scalar tensor for the result of f but received 3/],
      ['nothing', () => undefined, /received undefined/],
    ] as const;
    for (const [name, f, message] of cases) {
      it(`${name} is refused in a sentence, and leaves no tensor behind`, async () => {
        const w = variableOf(tf, 1, 2); // which shares its memory with no tensor: an assignment would part them
        const before = tf.memory();
        const expected = { name: 'TypeError', code: 'ERR_LBFGS_CLOSURE_RESULT', message };
        const run = [() => void lbfgs(tf).minimize(f as never, false, [w]), () => void minimize(tf, f as never, [w])];
        for (const each of run)
          assert.throws(() => {
            tf.tidy(each);
          }, expected);
        await assert.rejects(minimizeAsync(tf, f as never, [w]), expected);
        assert.deepEqual(tf.memory(), before);
        w.dispose();
      });
    }

    it('a variable of another dtype, a disposed one, one twice and none at all are refused by name', () => {
      const whole = tf.variable(tf.tensor1d([1, 2], 'int32'), true, 'whole');
      const gone = tf.variable(tf.scalar(1), true, 'gone');
      const frozen = tf.variable(tf.scalar(1), false);
      const w = tf.variable(tf.scalar(1));
      gone.dispose();
      const f = () => tf.square(w);
      const refused: [unknown, object][] = [
        [[w, whole], { name: 'TypeError', code: 'ERR_LBFGS_VARIABLES', message: /'float32' .* 'whole' .* 'int32'/ }],
        [[gone], { name: 'LBFGSError', code: 'ERR_LBFGS_VARIABLES', message: /'gone'/ }],
        [[frozen], { name: 'RangeError', code: 'ERR_LBFGS_VARIABLES' }],
        [[w, w], { name: 'RangeError', code: 'ERR_LBFGS_DUPLICATE_PARAMETER' }],
        [w, { name: 'TypeError', code: 'ERR_LBFGS_ARG_TYPE' }],
        [[tf.scalar(1)], { name: 'TypeError', code: 'ERR_LBFGS_ARG_TYPE', message: /a tf\.Variable for variable 0/ }],
        [[{ read: () => w }], { name: 'TypeError', code: 'ERR_LBFGS_ARG_TYPE', message: /take weight\.read\(\)/ }],
      ];
      for (const [variables, expected] of refused) {
        assert.throws(() => lbfgs(tf).minimize(f, false, variables as never), expected);
        assert.throws(() => minimize(tf, f, variables as never), expected);
      }
      tf.dispose([whole, frozen, w]);
    });

    it('without a list the trainable variables that the loss depends on are trained', async () => {
      const model = network(tf); // of another part of the program
      const [w, later] = [variableOf(tf, 1, 2), variableOf(tf, 3)];
      const before = tf.memory();
      const optimizer = lbfgs(tf);
      let f = () => tf.sum(tf.square(w));
      const codes = await warningsOf(() => {
        const cost = optimizer.minimize(() => f(), true)!;
        assert.equal(cost.dataSync()[0], 5);
        cost.dispose();
        optimizer.minimize(() => f());
      });
      model.dispose();
      f = () => tf.add(tf.sum(tf.square(w)), tf.sum(tf.square(added)));
      const added = variableOf(tf, 4);
      optimizer.minimize(() => f());
      for (const variable of [w, added]) assert.ok(Math.abs(variable.dataSync()[0]!) < 1e-6);
      assert.deepEqual([codes, later.dataSync()[0]], [[], 3]);
      tf.dispose(added);
      assert.ok(tf.memory().numTensors < before.numTensors); // the model is gone
      tf.dispose([w, later]);
    });

    it('a variable that is the loss itself is not disposed', () => {
      const w = tf.variable(tf.scalar(3));
      const optimizer = lbfgs(tf, { maxIter: 2 });
      optimizer.minimize(() => w, false, [w]);
      assert.ok(w.dataSync()[0]! < 3);
      w.dispose();
    });

    it('of the scalars that a loss keeps those of the first evaluation stay kept, larger tensors of all', () => {
      const w = variableOf(tf, 5, 3);
      const scalars: Tensor[] = [];
      const larger: Tensor[] = [];
      const optimizer = lbfgs(tf, { maxIter: 3 });
      const f = () => {
        const loss = tf.sum(tf.square(tf.square(w)));
        scalars.push(tf.keep(tf.mul(loss, tf.scalar(1))));
        larger.push(tf.keep(tf.square(w)));
        return loss;
      };
      tf.tidy(() => optimizer.minimize(f, false, [w]));
      assert.ok(scalars.length > 2);
      assert.deepEqual(
        scalars.map(({ isDisposed }) => isDisposed),
        scalars.map((_, index) => index > 0),
      );
      assert.ok(larger.every(({ isDisposed }) => !isDisposed));
      optimizer.dispose();
      tf.dispose([w, scalars[0], ...larger]);
    });

    it('a loss that trains by the same optimiser is refused', () => {
      const w = tf.variable(tf.scalar(1));
      const optimizer = lbfgs(tf);
      for (const list of [[w], undefined]) {
        const f = (): ReturnType<typeof tf.square> => optimizer.minimize(f, true, list)!;
        assert.throws(() => tf.tidy(() => optimizer.minimize(f, false, list)), { code: 'ERR_LBFGS_BUSY' });
      }
      optimizer.minimize(() => tf.square(w));
      assert.equal(w.dataSync()[0], 0);
      w.dispose();
    });

    it('minimize blocks the event loop, minimizeAsync lets it turn between evaluations', async () => {
      const w = tf.variable(tf.tensor1d([1, 2]));
      const f = () => tf.sum(tf.square(tf.square(w)));
      let turns = 0;
      const turn = (): void => {
        turns += 1;
        timer = setImmediate(turn);
      };
      let timer = setImmediate(turn);
      minimize(tf, f, [w], { maxIter: 5 });
      assert.equal(turns, 0);
      const controller = new AbortController();
      const onIteration = ({ iteration }: { iteration: number }): void => {
        if (iteration === 3) controller.abort(new Error('enough'));
      };
      await assert.rejects(minimizeAsync(tf, f, [w], { onIteration, signal: controller.signal }), /enough/);
      clearImmediate(timer);
      w.dispose();
    });
  });
});
