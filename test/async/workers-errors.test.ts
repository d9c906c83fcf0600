// lbfgs/workers: errors of user code, and workers that end.

import assert from 'node:assert/strict';
import { MessageChannel } from 'node:worker_threads';
import { Parameter } from 'lbfgs';
import { createShards, type Shards, type ShardsOptions } from 'lbfgs/workers';
import { flags, moduleOf, MODULE, refuses, shardsThat, withShards, workersOf } from './shards';

const X = Float64Array.of(3, -1.5);
const evaluated = ({ evaluate }: Shards): Promise<number> => evaluate(X, new Float64Array(2));
const madeOf = (text: string, options: Partial<ShardsOptions> = {}): Promise<Shards> =>
  createShards({ module: moduleOf(text), length: 2, shards: 2, ...options });

describe('errors of shards', () => {
  it('pass through with their properties, and the shards stay usable', async () => {
    const words = flags();
    await withShards({ does: 'throws', of: 1, flags: words }, async (shards) => {
      for (let repeat = 1; repeat <= 2; repeat++) {
        await assert.rejects(evaluated(shards), (error: Error & { code?: string }) => {
          assert.ok(error instanceof Error);
          assert.deepEqual(
            [error.name, error.message, error.code, error.cause],
            ['FarError', 'too far', 'ERR_FAR', 'the cause'],
          );
          assert.match(error.stack ?? '', /shard\.mjs/);
          return true;
        });
        assert.equal(words[1], repeat, 'the other shard has ended its evaluation');
      }
    });
  });

  it('leave the gradient as it was', async () => {
    await withShards({ does: 'throws', of: 1 }, async ({ evaluate }) => {
      const gradient = Float64Array.of(7, 7);
      await assert.rejects(evaluate(X, gradient));
      assert.deepEqual([...gradient], [7, 7]);
    });
  });

  it('are that of the first shard that threw', async () => {
    const text = 'export default ({ shard }) => () => { if (shard > 0) throw new Error(`shard ${shard}`); return 0; }';
    const shards = await madeOf(text, { shards: 3 });
    await assert.rejects(evaluated(shards), { message: 'shard 1' });
    await shards.close();
  });

  it('may be values of any kind', async () => {
    await withShards({ does: 'throws a value' }, (shards) =>
      assert.rejects(evaluated(shards), (thrown) => {
        assert.deepEqual(thrown, { reason: 7 });
        return true;
      }),
    );
    await withShards({ does: 'throws a function' }, (shards) =>
      assert.rejects(evaluated(shards), /could not be cloned/),
    );
  });

  it('keep their class if that is of the language, and a DOMException its name and code', async () => {
    const shards = await madeOf(
      `const errors = [new RangeError('far'), new DOMException('late', 'AbortError')];
      export default () => () => { throw errors.shift(); }`,
    );
    await assert.rejects(evaluated(shards), (error) => error instanceof RangeError && error.name === 'RangeError');
    await assert.rejects(evaluated(shards), { name: 'AbortError', message: 'late', code: 20 });
    await shards.close();
  });

  it('that nobody caught pass through, and end the shards', async () => {
    await withShards({ does: 'fails later', of: 1 }, async (shards) => {
      for (let repeat = 0; repeat < 2; repeat++) {
        await assert.rejects(evaluated(shards), { message: 'nobody catches this', code: 'ERR_LATER' });
      }
    });
  });

  it('of the setup pass through, synchronous or not, and of the module', async () => {
    for (const text of [
      "export default () => { throw Object.assign(new Error('no data'), { code: 'ENODATA' }); }",
      `export default async ({ shard }) => {
        if (shard === 1) throw Object.assign(new Error('no data'), { code: 'ENODATA' });
        await new Promise(() => setInterval(() => 0, 1e6));
      }`,
      "throw Object.assign(new Error('no data'), { code: 'ENODATA' }); export default 1",
    ]) {
      await assert.rejects(madeOf(text), { message: 'no data', code: 'ENODATA' });
    }
    await assert.rejects(madeOf('export default ((('), { name: 'SyntaxError' });
    await assert.rejects(createShards({ module: `${MODULE}x`, length: 1 }), { code: 'ERR_MODULE_NOT_FOUND' });
  });

  it('that the module has made are sentences with a code', async () => {
    const cases = [
      [
        'export const setup = 1',
        'ERR_LBFGS_ARG_TYPE',
        /^Expected a function for the default export of the module data:.* but received undefined; export default \(/s,
      ],
      ['export default 7', 'ERR_LBFGS_ARG_TYPE', /but received a number; export default/],
      [
        'export default () => null',
        'ERR_LBFGS_ARG_TYPE',
        /for the result of the default export of .* but received null$/s,
      ],
    ] as const;
    for (const [text, code, message] of cases) await refuses(madeOf(text), code, message, 'TypeError');
    for (const [does, what] of [
      ['returns text', 'a string'],
      ['returns nothing', 'null'],
    ] as const) {
      const message = new RegExp(
        `^Expected a number for the loss of shard 0 of the module .*shard.mjs but received ${what}$`,
      );
      await withShards({ does }, (shards) =>
        refuses(evaluated(shards), 'ERR_LBFGS_CLOSURE_RESULT', message, 'TypeError'),
      );
    }
  });
});

describe('a worker that ends', () => {
  it('in mid-evaluation rejects it and all later ones, and the others end too', async () => {
    const workers = await workersOf(() =>
      withShards({ does: 'exits', of: 1 }, async (shards) => {
        const message = /^Expected the worker of shard 1 of 2 \(.*\) to run until close\(\) but it ended with code 3$/;
        for (let repeat = 0; repeat < 2; repeat++) {
          await refuses(evaluated(shards), 'ERR_LBFGS_WORKER_EXIT', message, 'LBFGSError');
        }
      }),
    );
    assert.ok(workers.every(({ threadId }) => threadId === -1));
  });

  it('by terminate() in mid-evaluation or between two does the same', async () => {
    for (const isPending of [true, false]) {
      let shards: Shards | undefined;
      const [worker] = await workersOf(async () => {
        shards = await shardsThat({ does: isPending ? 'waits' : '', flags: flags() });
      });
      const pending = isPending ? evaluated(shards!) : worker!.terminate().then(() => evaluated(shards!));
      if (isPending) void worker!.terminate();
      await refuses(pending, 'ERR_LBFGS_WORKER_EXIT', /worker of shard 0 of 2 .* ended with code 1$/, 'LBFGSError');
      await shards!.close();
    }
  });

  it('while it is set up rejects the shards', async () => {
    for (const text of ['process.exit(5)', 'export default () => new Promise(() => undefined)']) {
      const message = /^Expected the worker of shard \d of 2 .* but it ended with code (5|13|0)$/s;
      await refuses(madeOf(text), 'ERR_LBFGS_WORKER_EXIT', message, 'LBFGSError');
    }
  });

  it('by close() in mid-evaluation rejects it', async () => {
    const shards = await shardsThat({ does: 'waits', flags: flags() });
    const pending = refuses(evaluated(shards), 'ERR_LBFGS_WORKER_EXIT', /before close\(\)/, 'LBFGSError');
    await shards.close();
    await pending;
    await refuses(evaluated(shards), 'ERR_LBFGS_DISPOSED', /closed/, 'LBFGSError');
  });
});

describe('the signal of shards', () => {
  const reason = new Error('enough');
  const rejectsWithReason = (promise: Promise<unknown>): Promise<void> =>
    assert.rejects(promise, (error) => error === reason);

  it('that is aborted already starts nothing', async () => {
    const workers = await workersOf(() => rejectsWithReason(shardsThat({}, { signal: AbortSignal.abort(reason) })));
    assert.deepEqual(workers, []);
  });

  it('ends the setup', async () => {
    const controller = new AbortController();
    const workers = await workersOf(async () => {
      const text = 'export default () => new Promise(() => setInterval(() => 0, 1e6))';
      const pending = rejectsWithReason(madeOf(text, { signal: controller.signal }));
      controller.abort(reason);
      await pending;
    });
    assert.deepEqual(
      workers.map(({ threadId }) => threadId),
      [-1, -1],
    );
  });

  it('ends an evaluation, and is the answer to later ones until close()', async () => {
    const controller = new AbortController();
    const shards = await shardsThat({ does: 'waits', flags: flags() }, { signal: controller.signal });
    const pending = rejectsWithReason(evaluated(shards));
    controller.abort(reason);
    await pending;
    await rejectsWithReason(evaluated(shards));
    await shards.close();
    await refuses(evaluated(shards), 'ERR_LBFGS_DISPOSED', /closed/);
  });
});

describe('createShards', () => {
  const good = { module: MODULE, length: 2, shards: 1, data: {} };
  const refusals: [what: string, options: unknown, code: string, message: RegExp][] = [
    [
      'no options',
      undefined,
      'ERR_LBFGS_ARG_TYPE',
      /^Expected an object for the options of createShards but received undefined$/,
    ],
    [
      'an unknown option',
      { ...good, size: 2 },
      'ERR_LBFGS_UNKNOWN_OPTION',
      /received 'size'; it knows module, length, shards, data, signal$/,
    ],
    [
      'no module',
      { length: 2 },
      'ERR_LBFGS_ARG_TYPE',
      /^Expected a URL or a string for module but received undefined$/,
    ],
    [
      'a relative module',
      { ...good, module: './shard.mjs' },
      'ERR_LBFGS_ARG_VALUE',
      /new URL\('\.\/shard\.mjs', import\.meta\.url\)/,
    ],
    [
      'no length',
      { module: MODULE },
      'ERR_LBFGS_ARG_TYPE',
      /^Expected an integer >= 1 for length but received undefined$/,
    ],
    ['a length of 0', { ...good, length: 0 }, 'ERR_LBFGS_ARG_VALUE', /for length but received 0$/],
    [
      'shards of 0',
      { ...good, shards: 0 },
      'ERR_LBFGS_ARG_VALUE',
      /^Expected an integer from 1 to 1024 for shards but received 0$/,
    ],
    [
      'a controller',
      { ...good, signal: new AbortController() },
      'ERR_LBFGS_ARG_TYPE',
      /^Expected an AbortSignal for signal/,
    ],
    [
      'data that cannot be copied',
      { ...good, data: { fun: () => 1 } },
      'ERR_LBFGS_ARG_TYPE',
      /copied into a worker for data .* could not be cloned/,
    ],
  ];
  for (const [what, options, code, message] of refusals) {
    it(`refuses ${what}`, () => refuses(createShards(options as ShardsOptions), code, message));
  }

  it('refuses data with a port in it, which can only be given away', async () => {
    const { port1, port2 } = new MessageChannel();
    await refuses(
      createShards({ ...good, data: { port: port1 } }),
      'ERR_LBFGS_ARG_TYPE',
      /^Expected data that can be copied into a worker for data but the copy failed: /,
    );
    port2.close();
  });

  it('refuses arrays that do not fit, and those that are given away meanwhile', async () => {
    await withShards({}, async ({ evaluate }) => {
      const wrong = evaluate(new Float64Array(3), new Float64Array(2));
      await refuses(wrong, 'ERR_LBFGS_ARG_VALUE', /^Expected 2 numbers for x but received 3$/);
      const single = evaluate(X, new Float32Array(2) as never);
      await refuses(single, 'ERR_LBFGS_ARG_TYPE', /^Expected a Float64Array for gradient but received a Float32Array$/);
      const gradient = new Float64Array(2);
      const pending = evaluate(X, gradient);
      structuredClone(gradient, { transfer: [gradient.buffer] });
      await refuses(pending, 'ERR_LBFGS_ARG_VALUE', /^Expected 2 numbers for gradient but received 0$/);
      assert.ok((await evaluate(X, new Float64Array(2))) > 0);
    });
  });

  it('refuses parameters that do not fit', async () => {
    await withShards({}, async ({ closure }) => {
      const code = (parameters: unknown): unknown => {
        try {
          return closure(parameters as Parameter[]);
        } catch (error) {
          return (error as { code?: string }).code;
        }
      };
      assert.equal(code(new Parameter([1, 2])), 'ERR_LBFGS_ARG_TYPE');
      assert.equal(code([7]), 'ERR_LBFGS_ARG_TYPE');
      assert.equal(code([{ data: [1, 2] }]), 'ERR_LBFGS_ARG_TYPE');
      assert.throws(() => closure([new Parameter([1, 2, 3])]), {
        message: 'Expected 2 numbers in all, the length that createShards was given, for parameters but received 3',
      });
      await Promise.resolve();
    });
  });
});
