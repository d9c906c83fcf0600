import assert from 'node:assert/strict';
import type { Costs } from '../../bench/distributed/costs';
import { crossing, iterationOf, memoryOf, messagesOf, NETWORKS, type Setting } from '../../bench/distributed/model';

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
      { what: 'pair', count: 1, numbers: 47 },
      { what: 'direction', count: 1, numbers: 6 },
    ]);
    assert.deepEqual(messagesOf({ ...setting, ranks: 1 }), []);
  });

  it('adds up passes, closure, latencies of the stages, bytes and sums', () => {
    const numbers = 1.25 * 10 + 47 + 6;
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
