// A shard of a sum of squares: entry i of the gradient is (x[i] - i) times the weights of the shard's rows. `data` says
// what it does besides.

/* eslint-disable @typescript-eslint/only-throw-error -- a program may throw anything */

import { parentPort } from 'node:worker_threads';

/** @typedef {{ weights?: number[], flags?: Int32Array, does?: string, of?: number }} Data */

/** @type {Record<string, (flags: Int32Array, gradient: Float64Array) => unknown>} */
const deeds = {
  throws: () => {
    throw Object.assign(new RangeError('too far', { cause: 'the cause' }), { code: 'ERR_FAR', name: 'FarError' });
  },
  'throws a value': () => {
    throw { reason: 7 };
  },
  'throws a function': () => {
    throw () => undefined;
  },
  exits: () => process.exit(3),
  'fails later': () =>
    new Promise(() => {
      setImmediate(() => {
        throw Object.assign(new Error('nobody catches this'), { code: 'ERR_LATER' });
      });
    }),
  waits: (flags) => Atomics.wait(flags, 0, 0),
  'returns text': () => '1',
  'returns nothing': () => null,
};

/** @param {import('lbfgs/workers').ShardInit<Data>} init @returns {Promise<import('lbfgs/workers').ShardFunction>} */
// eslint-disable-next-line no-restricted-syntax -- a worker calls the default export
export default async function setup({ shard, shards, data: { weights = [1, 2, 4, 8, 16], flags, does = '', of } }) {
  if (does === 'sends messages of its own') parentPort?.postMessage({ kind: 'loss', loss: NaN });
  await Promise.resolve();
  const words = flags ?? new Int32Array(2);
  return async (x, gradient) => {
    await Promise.resolve();
    const deed = of === undefined || of === shard ? deeds[does] : undefined;
    const done = await deed?.(words, gradient);
    if (does.startsWith('returns')) return /** @type {number} */ (done);
    Atomics.add(words, 1, 1);
    let loss = 0;
    for (const [row, weight] of weights.entries()) {
      if (row % shards !== shard) continue;
      for (const [i, at] of x.entries()) {
        const away = at - i;
        loss += (weight * away * away) / 2;
        gradient[i] = (gradient[i] ?? NaN) + weight * away;
      }
    }
    if (does === 'writes into x') x.fill(NaN);
    return loss;
  };
}
