// Steps of an optimiser whose parameters several ranks hold.

import assert from 'node:assert/strict';
import { LBFGS, Parameter, type LBFGSOptions } from 'lbfgs';
import { distance, evaluateInParts, joined, Rank, startOf, valuesOf } from './problem';
import { simulate, type Message, type SimulateOptions } from './ranks';

const N = 24;
const SEARCHES: readonly LBFGSOptions[] = [
  { lineSearchFn: 'strong_wolfe' },
  { lineSearchFn: 'noise_tolerant' },
  { lineSearchFn: null, lr: 0.2 },
];

/** Iterations in two steps. */
const OPTIONS: LBFGSOptions = { maxIter: 20, maxEval: 200, historySize: 5, toleranceGrad: 0, toleranceChange: 0 };

async function run(size: number, options: LBFGSOptions, engine: SimulateOptions = {}) {
  return valuesOf(
    await simulate(
      size,
      async (comm) => {
        const rank = new Rank(comm, N, { ...OPTIONS, ...options });
        const reports = [await rank.step(), await rank.step()];
        return { x: rank.x, reports, trail: rank.trail, state: rank.optimizer.state };
      },
      engine,
    ),
  );
}

/** The same in one process, with the loss added in the same parts. */
function alone(parts: number, options: LBFGSOptions) {
  process.env['LBFGS_RECURSION'] = 'compact';
  try {
    const parameter = new Parameter(startOf(0, N));
    const optimizer = new LBFGS([parameter], { ...OPTIONS, ...options });
    const trail: number[] = [];
    const reports = [0, 1].map(() => {
      optimizer.step(
        () => {
          const g = new Float64Array(N);
          const loss = evaluateInParts(parameter.data, g, parts);
          parameter.grad = g;
          return loss;
        },
        { onIteration: (info) => void trail.push(info.loss, info.gradNorm, info.stepSize, info.evaluations) },
      );
      return optimizer.lastStep!;
    });
    return { x: parameter.data, reports, trail, state: optimizer.state };
  } finally {
    delete process.env['LBFGS_RECURSION'];
  }
}

for (const options of SEARCHES) {
  describe(`ranks with lineSearchFn ${String(options.lineSearchFn)}`, () => {
    it('one rank has the bits of the compact form in one process', async () => {
      assert.deepEqual(await run(1, options), [alone(1, options)]);
    });

    for (const size of [2, 3, 4, 64]) {
      it(`${size} ranks go alike to the bit, and where one process goes`, async () => {
        const ranks = await run(size, options);
        const [{ reports, trail, state }] = ranks as [(typeof ranks)[0]];
        for (const rank of ranks) {
          assert.deepEqual(rank.reports, reports);
          assert.deepEqual(rank.trail, trail);
          assert.deepEqual(rank.state, state);
        }
        const expected = alone(size, options);
        assert.equal(reports[1]?.evaluations, expected.reports[1]?.evaluations);
        assert.ok(distance(joined(ranks.map(({ x }) => x)), expected.x) <= 1e-11);
      });
    }

    it('an engine that only sums, each rank in an order of its own, gives the same bits', async () => {
      assert.deepEqual(await run(3, options, { allGather: false, unlike: true }), await run(3, options));
    });
  });
}

describe('messages between ranks', () => {
  it('there is one for an evaluation, one for a pair, one for a direction', async () => {
    const log: Message[][] = [];
    const [{ reports }] = (await run(3, { lineSearchFn: 'strong_wolfe', maxIter: 7 }, { log })) as [
      Awaited<ReturnType<typeof run>>[0],
    ];
    const evaluations = reports.reduce((sum, report) => sum + report.evaluations, 0);
    const iterations = reports.reduce((sum, report) => sum + report.iterations, 0);
    for (const messages of log) {
      assert.equal(messages.length, evaluations + 2 * iterations - 1); // the first direction is made of no pair
      const most = 4 * OPTIONS.historySize! + 12;
      assert.ok(messages.every(({ operation, length }) => operation === 'gather' && length <= most));
    }
  });

  it('a step asks the engine for promises, and step() refuses them', async () => {
    const settled = await simulate(2, (comm) => {
      const rank = new Rank(comm, N, OPTIONS);
      const before = rank.x.slice();
      assert.throws(() => rank.optimizer.step(rank.closure), { code: 'ERR_LBFGS_COMM', message: /use stepAsync/ });
      assert.deepEqual(rank.x, before);
    });
    valuesOf(settled);
  });

  it('an engine that answers at once serves step() and stepAsync', async () => {
    const comm = { rank: 0, size: 1, allReduce: () => undefined };
    const one = new Rank(comm, N, { ...OPTIONS, lineSearchFn: 'strong_wolfe' });
    one.optimizer.step(one.closure);
    const other = new Rank(comm, N, { ...OPTIONS, lineSearchFn: 'strong_wolfe' });
    await other.step();
    assert.deepEqual(one.x, other.x);
    assert.deepEqual(one.optimizer.lastStep, other.optimizer.lastStep);
  });

  it('long vectors are worked on by another thread, with the same bits', async () => {
    const n = 60_000;
    const steps = await simulate(2, async (comm) => {
      const rank = new Rank(comm, n, { ...OPTIONS, historySize: 10, lineSearchFn: 'strong_wolfe', maxIter: 4 });
      await rank.step();
      return rank.x;
    });
    const shorter = await simulate(2, async (comm) => {
      const rank = new Rank(comm, n, { ...OPTIONS, historySize: 8, lineSearchFn: 'strong_wolfe', maxIter: 4 });
      await rank.step(); // 30000 times 8 numbers: on this thread
      return rank.x;
    });
    assert.deepEqual(valuesOf(steps), valuesOf(shorter));
  });
});
