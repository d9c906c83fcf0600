import assert from 'node:assert/strict';
import { LBFGS, Parameter } from 'lbfgs';
import type { Costs } from '../../bench/distributed/costs';
import { crossing, iterationOf, memoryOf, messagesOf, NETWORKS, type Setting } from '../../bench/distributed/model';
import { simulate, type Message } from '../distributed/ranks';

describe('the simulation of sharded iterations', () => {
  /** Passes of 20 ns a number. */
  const costs: Costs = {
    machine: 'made up',
    passes: [1e3, 1e6].map((n) => ({ n, m: 10, alone: n / 50, rank: n / 50 })),
    evaluations: 1,
    request: 2,
    number: 0.001,
  };
  const network = { label: 'made up', latency: 10, bandwidth: 1, source: '' };
  const setting: Setting = { n: 1e6, m: 10, ranks: 8, network, evaluations: 1.25, closure: 4 };

  it('counts the messages of an iteration, and none for one rank', () => {
    assert.deepEqual(messagesOf(setting), [
      { what: 'evaluation', count: 1.25, numbers: 10 },
      { what: 'pair', count: 1, numbers: 43 },
      { what: 'direction', count: 1, numbers: 6 },
    ]);
    assert.deepEqual(messagesOf({ ...setting, ranks: 1 }), []);
  });

  it('counts the messages that 64 ranks send once the history is full', async () => {
    const [ranks, m, size] = [64, 10, 50];
    const log: Message[][] = [];
    const begun = { messages: 0, iterations: 0, evaluations: 0 };
    const results = await simulate(
      ranks,
      async (comm) => {
        const x = new Parameter(new Float64Array(size).fill(1));
        const curvatures = x.data.map((_, i) => 10 ** ((-6 * (comm.rank * size + i)) / (ranks * size)));
        let evaluations = 0;
        const options = { historySize: m, maxIter: 60, toleranceGrad: 0, toleranceChange: 0 };
        const optimizer = new LBFGS([x], { ...options, comm, lineSearchFn: 'strong_wolfe' });
        const closure = (): number => {
          evaluations++;
          x.grad = x.data.map((value, i) => curvatures[i]! * value);
          return x.grad.reduce((sum, slope, i) => sum + (slope * x.data[i]!) / 2, 0);
        };
        await optimizer.stepAsync(closure, {
          onIteration: ({ iteration }) => {
            if (comm.rank > 0 || iteration !== m + 5) return;
            Object.assign(begun, { messages: log[0]!.length, iterations: iteration, evaluations });
          },
        });
        return optimizer.lastStep!;
      },
      { log },
    );
    const [report] = results.map((result) => (result.status === 'fulfilled' ? result.value : undefined));
    assert.ok(report !== undefined);
    for (const result of results) assert.deepEqual(result, { status: 'fulfilled', value: report });
    const iterations = report.iterations - begun.iterations;
    const evaluations = report.evaluations - begun.evaluations;
    const sent = log[0]!.slice(begun.messages).map(({ length }) => length);
    const expected = messagesOf({ ...setting, ranks, m, evaluations: evaluations / iterations });
    for (const { numbers, count } of expected) {
      assert.equal(sent.filter((length) => length === numbers).length, Math.round(count * iterations), `${numbers}`);
    }
    assert.equal(sent.length, evaluations + 2 * iterations);
  });

  it('adds up passes, closure, latencies of the stages, bytes and sums', () => {
    const numbers = 1.25 * 10 + 43 + 6;
    const { passes, closure, latency, transfer, combining, total } = iterationOf(setting, costs);
    assert.ok(Math.abs(passes - 2500) < 1e-6, String(passes));
    assert.equal(closure, 1.25 * 4 * 125);
    assert.equal(latency, 3.25 * 3 * 10);
    assert.ok(Math.abs(transfer - (7 * 8 * numbers) / 1e3) < 1e-9, String(transfer));
    assert.ok(Math.abs(combining - (3.25 * 2 + 8 * numbers * 0.001)) < 1e-9, String(combining));
    assert.equal(total, passes + closure + latency + transfer + combining);
  });

  it('rounds the stages up, and takes the rank with the most parameters', () => {
    assert.equal(iterationOf({ ...setting, ranks: 5 }, costs).latency, 3.25 * 3 * 10);
    assert.equal(memoryOf({ ...setting, n: 10, ranks: 3 }), 4 * 26 * 8);
  });

  it('is as fast as what was measured beyond both ends', () => {
    const alone = (n: number): number => iterationOf({ ...setting, n, ranks: 1, closure: 0 }, costs).total;
    assert.equal(alone(10), 20);
    assert.equal(alone(1e8), 2e6);
  });

  it('finds from which n on more ranks are faster', () => {
    for (const [ranks, beside] of [
      [2, 1],
      [64, 1],
      [64, 32],
    ] as const) {
      const n = crossing({ ...setting, ranks }, beside, costs);
      assert.ok(n !== null && n > 1e3, String(n));
      const total = (each: number, at: number): number => iterationOf({ ...setting, n: at, ranks: each }, costs).total;
      assert.ok(total(ranks, n) < total(beside, n));
      assert.ok(total(ranks, n / 1.02) >= total(beside, n / 1.02));
    }
    const slow = { ...network, latency: 1e12 };
    assert.equal(crossing({ ...setting, network: slow }, 1, costs), null);
  });

  it('says of each network where its figures are from', () => {
    for (const { source } of Object.values(NETWORKS)) assert.match(source, /^(measured|assumption: )/);
  });
});
