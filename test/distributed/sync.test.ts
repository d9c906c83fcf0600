// Synchronous steps, each rank in a thread of its own that waits for the others.

import assert from 'node:assert/strict';
import path from 'node:path';
import type { LBFGSOptions, StepReport } from 'lbfgs';
import { Rank, valuesOf } from './problem';
import { simulate, simulateSync } from './ranks';

const PROGRAM = path.join(__dirname, 'programs', 'step.mjs');
const N = 24;
const OPTIONS: LBFGSOptions = { maxIter: 8, maxEval: 100, historySize: 5, lineSearchFn: 'strong_wolfe' };

interface Steps {
  readonly x: Float64Array;
  readonly reports: readonly (StepReport | null)[];
  readonly codes: readonly string[];
}

describe('step() of several ranks', () => {
  for (const size of [1, 2, 4]) {
    it(`${size} of them: the bits of stepAsync`, async () => {
      const sync = valuesOf(await simulateSync<Steps>(size, PROGRAM, { n: N, options: OPTIONS }));
      const settled = await simulate(size, async (comm): Promise<Steps> => {
        const rank = new Rank(comm, N, OPTIONS);
        return { reports: [await rank.step(), await rank.step()], x: rank.x, codes: [] };
      });
      assert.deepEqual(sync, valuesOf(settled));
    });
  }

  it('without allGather has the same bits', async () => {
    const steps = { n: N, options: OPTIONS };
    const sums = await simulateSync<Steps>(3, PROGRAM, steps, { allGather: false, unlike: true });
    assert.deepEqual(valuesOf(sums), valuesOf(await simulateSync<Steps>(3, PROGRAM, steps)));
  });

  it('one of which throws: the others throw ERR_LBFGS_PEER, and all go on', async () => {
    for (const at of [1, 3, 6]) {
      const ranks = valuesOf(
        await simulateSync<Steps>(3, PROGRAM, { n: N, options: { ...OPTIONS, maxIter: 4 }, broken: 1, at }),
      );
      const codes = ranks.map((rank) => rank.codes.join());
      assert.deepEqual(codes, ['ERR_LBFGS_PEER', 'of the closure', 'ERR_LBFGS_PEER']);
      for (const { reports } of ranks) assert.deepEqual(reports, ranks[0]?.reports);
      assert.ok(ranks[0]?.reports[1] !== null);
    }
  });
});
