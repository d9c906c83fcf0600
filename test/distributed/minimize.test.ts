// Whole solves of several ranks.

import assert from 'node:assert/strict';
import { minimize, minimizeAsync, type Communicator, type MinimizeOptions, type MinimizeResult } from 'lbfgs';
import { distance, evaluate, evaluateInParts, joined, offsetOf, startOf, valuesOf } from './problem';
import { simulate, type Message } from './ranks';

const N = 24;

function solve(comm: Communicator, options: MinimizeOptions, n = N): Promise<MinimizeResult> {
  const from = offsetOf(n, comm.size, comm.rank);
  const start = startOf(from, offsetOf(n, comm.size, comm.rank + 1));
  return minimizeAsync((x, g) => evaluate(x, g, from), start, { ...options, comm });
}

/** The same in one process, with the loss added in the same parts. */
function alone(parts: number, options: MinimizeOptions): MinimizeResult {
  process.env['LBFGS_RECURSION'] = 'compact';
  try {
    const fun = (x: Float64Array, g: Float64Array): number => evaluateInParts(x, g, parts);
    return minimize(fun, startOf(0, N), { diagonal: false, ...options });
  } finally {
    delete process.env['LBFGS_RECURSION'];
  }
}

const OPTIONS: Readonly<Record<string, MinimizeOptions>> = {
  'the defaults': {},
  'eight iterations': { maxIter: 8 },
  'a loose tolerance of the loss': { toleranceChange: 1e-3 },
  'no tolerances': { toleranceGrad: 0, toleranceChange: 0 },
  "torch's tolerances": { tolerances: 'torch', lineSearchFn: 'strong_wolfe', historySize: 5 },
  'no line search': { lineSearchFn: null, lr: 0.2, maxIter: 40 },
  'a history of 3': { historySize: 3 },
};

/** What all ranks have in common. */
function common({ x, gradient, ...others }: MinimizeResult): Omit<MinimizeResult, 'x' | 'gradient'> {
  assert.equal(x.length, gradient.length);
  return others;
}

for (const [name, options] of Object.entries(OPTIONS)) {
  describe(`minimize of several ranks with ${name}`, () => {
    it('one rank has the bits of the compact form in one process', async () => {
      assert.deepEqual(valuesOf(await simulate(1, (comm) => solve(comm, options))), [alone(1, options)]);
    });

    for (const size of [2, 3, 64]) {
      it(`${size} ranks end alike to the bit, where one process ends`, async () => {
        const results = valuesOf(await simulate(size, (comm) => solve(comm, options)));
        const expected = alone(size, options);
        for (const result of results) assert.deepEqual(common(result), common(results[0]!));
        assert.equal(results[0]?.status, expected.status);
        assert.ok(distance(joined(results.map(({ x }) => x)), expected.x) <= 1e-7);
      });
    }
  });
}

describe('minimize of several ranks', () => {
  it('sends one message for an evaluation, one for a pair and one for a direction', async () => {
    const log: Message[][] = [];
    const results = await simulate(3, (comm) => solve(comm, { maxIter: 8 }), { log });
    const { evaluations, iterations } = valuesOf(results)[0]!;
    for (const messages of log) {
      assert.ok(messages.length >= evaluations + 2 * iterations - 1);
      assert.ok(messages.length <= evaluations + 2 * iterations + 1); // the norms of the first trial, the end
    }
  });

  it('throws on all ranks where one throws, is aborted, or is not finite at the start', async () => {
    for (const [fault, code] of [
      ['throws', 'ERR_LBFGS_PEER'],
      ['NaN', 'ERR_LBFGS_NON_FINITE_START'],
    ] as const) {
      const settled = await simulate(3, (comm) => {
        const fun = (x: Float64Array, g: Float64Array): number => {
          const loss = evaluate(x, g, 0);
          if (comm.rank !== 1) return loss;
          if (fault === 'NaN') return NaN;
          throw Object.assign(new Error('of fun'), { code: 'ERR_OF_FUN' });
        };
        return minimizeAsync(fun, [1, 2], { comm });
      });
      const codes = settled.map((each) => (each as { reason?: { code?: string } }).reason?.code);
      assert.deepEqual(codes, [code, fault === 'NaN' ? code : 'ERR_OF_FUN', code]);
    }
  });

  it('throws on all ranks where one has a wrong option of the step, and all can solve again', async () => {
    const settled = await simulate(3, async (comm) => {
      let code: string | undefined;
      try {
        await solve(comm, comm.rank === 1 ? { timeLimit: -1 } : {});
      } catch (error) {
        ({ code } = error as { code?: string });
      }
      return [code, (await solve(comm, {})).converged];
    });
    const codes = ['ERR_LBFGS_PEER', 'ERR_LBFGS_ARG_VALUE', 'ERR_LBFGS_PEER'];
    assert.deepEqual(
      valuesOf(settled),
      codes.map((code) => [code, true]),
    );
  });

  it('refuses what only one process can do, with a code', () => {
    const comm: Communicator = { rank: 0, size: 1, allReduce: () => undefined };
    const refused: readonly MinimizeOptions[] = [
      { bounds: [[0, 1]] },
      { l1: 1 },
      { scale: 'auto' },
      { gradient: 'central' },
      { diagonal: true },
    ];
    for (const options of refused) {
      const [name] = Object.keys(options) as [string];
      assert.throws(() => minimize((x, g) => evaluate(x, g, 0), [1], { ...options, comm }), {
        code: 'ERR_LBFGS_COMM',
        message: new RegExp(`^Expected no other option for ${name} beside comm but received `),
      });
    }
  });

  it('takes an empty part, and refuses one without comm', async () => {
    const results = valuesOf(await simulate(3, (comm) => solve(comm, {}, 2)));
    assert.deepEqual(
      results.map(({ x }) => x.length),
      [0, 1, 1],
    );
    assert.ok(results.every(({ converged }) => converged));
    assert.throws(() => minimize(() => 0, []), { code: 'ERR_LBFGS_ARG_VALUE' });
  });
});
