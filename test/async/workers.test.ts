// lbfgs/workers: sums over shards.

import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { LBFGS, minimizeAsync, Parameter, type ParameterLike } from 'lbfgs';
import { createShards } from 'lbfgs/workers';
import { checkGradientAsync } from '../frameworks/asynchronous-check';
import { flags, moduleOf, refuses, shardsThat, WEIGHTS, withShards, workersOf } from './shards';

const X = Float64Array.of(3, -1.5);

describe('shards', () => {
  for (const shards of [1, 2, 3, 7]) {
    it(`sum loss and gradient of ${shards}`, async () => {
      const gradient = new Float64Array(2).fill(NaN);
      const loss = await withShards({ weights: WEIGHTS }, ({ evaluate }) => evaluate(X, gradient), { shards });
      assert.equal(loss, (31 * 9) / 2 + (31 * 2.5 ** 2) / 2);
      assert.deepEqual([...gradient], [31 * 3, 31 * -2.5]);
    });
  }

  it('sum in the order of the shards, so that a repeat has the same bits', async () => {
    const weights = Array.from({ length: 24 }, (_, row) => 1 / (row + 3) ** 5 + 10 ** (row % 7));
    const expected = [0, 1, 2].reduce<[number, number] | undefined>((sums, shard) => {
      let loss = 0;
      let slope = 0;
      for (let row = shard; row < weights.length; row += 3) {
        for (const away of [X[0]!, X[1]! - 1]) loss += (weights[row]! * away * away) / 2;
        slope += weights[row]! * X[0]!;
      }
      return sums === undefined ? [loss, slope] : [sums[0] + loss, sums[1] + slope];
    }, undefined);
    await withShards(
      { weights },
      async ({ evaluate }) => {
        for (let repeat = 0; repeat < 20; repeat++) {
          const gradient = new Float64Array(2);
          assert.deepEqual([await evaluate(X, gradient), gradient[0]], expected);
        }
      },
      { shards: 3 },
    );
  });

  it('are minimised', async () => {
    const result = await withShards({}, ({ evaluate }) => minimizeAsync(evaluate, [5, 5]));
    assert.ok(result.converged, result.message);
    assert.deepEqual(Array.from(result.x, Math.round), [0, 1]);
  });

  it('give an optimiser the gradients that checkGradient finds', async () => {
    const parameters = [new Parameter([3, -1.5], { shape: [2, 1] }), new Parameter([0.25])];
    const check = await withShards({}, ({ closure }) => checkGradientAsync(parameters, closure(parameters)), {
      length: 3,
    });
    assert.ok(check.ok, JSON.stringify(check));
    assert.deepEqual(check.withoutGradient, []);
  });

  it('evaluate for parameters of an optimiser, into the gradients that are there', async () => {
    const grad = new Float64Array(1);
    const first: ParameterLike = { data: Float64Array.of(X[0]!), grad };
    const second = new Parameter(Float32Array.of(X[1]!));
    await withShards({}, async ({ closure }) => {
      const evaluate = closure([first, second]);
      assert.equal(await evaluate(), (31 * 9) / 2 + (31 * 2.5 ** 2) / 2);
      assert.equal(first.grad, grad);
      assert.deepEqual([...grad], [93]);
      assert.deepEqual(second.grad, Float32Array.of(31 * -2.5));
      const optimizer = new LBFGS([first, second], { lineSearchFn: 'strong_wolfe' });
      await optimizer.stepAsync(evaluate);
      assert.ok(optimizer.lastStep?.converged, optimizer.lastStep?.message);
      assert.ok(Math.abs(first.data[0]!) < 1e-6 && Math.abs(second.data[0]! - 1) < 1e-6);
    });
  });

  it('leave the gradients of a step alone that was aborted', async () => {
    const parameter = new Parameter([1, 2]);
    const controller = new AbortController();
    const reason = new Error('enough');
    await withShards({}, async ({ closure }) => {
      const evaluation = Promise.resolve(closure([parameter])({ signal: controller.signal }));
      controller.abort(reason);
      await assert.rejects(evaluation, (error) => error === reason);
    });
    assert.equal(parameter.grad, null);
  });

  it('have a gradient of zeros and an x of their own at each call', async () => {
    await withShards({ does: 'writes into x', of: 0 }, async ({ evaluate }) => {
      const gradient = new Float64Array(2);
      for (let repeat = 0; repeat < 3; repeat++) {
        await evaluate(X, gradient);
        assert.deepEqual([...gradient], [31 * 3, 31 * -2.5]);
      }
    });
    assert.deepEqual([...X], [3, -1.5]);
  });

  it('get memory that is not shared', async () => {
    const text = `export default () => (x, gradient) => {
      for (const { buffer } of [x, gradient]) if (!(buffer instanceof ArrayBuffer)) throw new Error('shared');
      return 1;
    }`;
    const shards = await createShards({ module: moduleOf(text), length: 2, shards: 1 });
    assert.equal(await shards.evaluate(X, new Float64Array(2)), 1);
    await shards.close();
  });

  it('share the data that is shared memory and have copies of the rest', async () => {
    const words = flags();
    const weights = [1, 2];
    await withShards({ flags: words, weights }, async ({ evaluate }) => {
      weights.fill(0);
      assert.ok((await evaluate(X, new Float64Array(2))) > 0);
      assert.equal(words[1], 2);
    });
  });

  it('are as many as there are cores', async () => {
    const options = {
      module: moduleOf('export default ({ shards }) => () => shards'),
      length: 1,
    };
    const shards = await createShards(options);
    const cores = availableParallelism();
    assert.equal(await shards.evaluate(new Float64Array(1), new Float64Array(1)), cores * cores);
    await shards.close();
  });

  it('evaluate once at a time', async () => {
    const words = flags();
    await withShards({ does: 'waits', flags: words }, async ({ evaluate }) => {
      const first = evaluate(X, new Float64Array(2));
      await refuses(evaluate(X, new Float64Array(2)), 'ERR_LBFGS_BUSY', /await each of them$/, 'LBFGSError');
      Atomics.store(words, 0, 1);
      Atomics.notify(words, 0);
      assert.ok((await first) > 0);
      assert.ok((await evaluate(X, new Float64Array(2))) > 0);
    });
  });

  it('do not mistake messages of the module for answers', async () => {
    const loss = await withShards({ does: 'sends messages of its own' }, ({ evaluate }) =>
      evaluate(X, new Float64Array(2)),
    );
    assert.ok(loss > 0);
  });

  it('close more than once, and by Symbol.asyncDispose', async () => {
    let shards = await shardsThat();
    const workers = await workersOf(async () => {
      shards = await shardsThat();
    });
    assert.equal(workers.length, 2);
    await Promise.all([shards.close(), shards.close()]);
    assert.deepEqual(
      workers.map(({ threadId }) => threadId),
      [-1, -1],
    );
    await shards.close();
    const dispose = (Symbol as Partial<SymbolConstructor>).asyncDispose ?? Symbol.for('Symbol.asyncDispose');
    const other = await shardsThat();
    await (other as unknown as Record<symbol, () => Promise<void>>)[dispose]!();
    await refuses(other.evaluate(X, new Float64Array(2)), 'ERR_LBFGS_DISPOSED', /have been closed$/, 'LBFGSError');
  });
});
