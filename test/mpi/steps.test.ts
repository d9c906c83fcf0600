// LBFGS and minimize over the MPI libraries of this machine.

import assert from 'node:assert/strict';
import { joined, Rank, valuesOf } from '../distributed/problem';
import { simulate } from '../distributed/ranks';
import { launch, launchers } from './launch';

/** MPICH is allowed to add in another order on each rank. */
const UNLIKE = {
  MPIR_CVAR_IALLREDUCE_INTRA_ALGORITHM: 'tsp_recexch_single_buffer',
  MPIR_CVAR_IALLREDUCE_RECEXCH_KVAL: '4',
  MPIR_CVAR_IALLGATHER_INTRA_ALGORITHM: 'tsp_recexch_doubling',
  MPIR_CVAR_IALLGATHER_RECEXCH_KVAL: '4',
};

describe('steps over MPI', () => {
  for (const launcher of launchers('steps of an optimiser')) {
    for (const size of [1, 2, 3, 4]) {
      it(`${size} ranks go where simulated ones go, to the bit, under ${launcher.name}`, async () => {
        const variables = launcher.name === 'MPICH' && size === 4 ? UNLIKE : {};
        const { code, stdout, stderr } = await launch(launcher, size, 'steps.mjs', variables);
        assert.equal(code, 0, stderr);
        const settled = await simulate(size, async (comm) => {
          const rank = new Rank(comm, 24, { maxIter: 8, maxEval: 100, historySize: 5, lineSearchFn: 'strong_wolfe' });
          return { reports: [await rank.step(), await rank.step()], x: rank.x };
        });
        const ranks = valuesOf(settled);
        const x = [...joined(ranks.map((rank) => rank.x))];
        assert.deepEqual(JSON.parse(stdout), { reports: ranks[0]?.reports, x });
      });
    }

    for (const how of ['throw', 'throw later']) {
      it(`a closure that throws on one rank ends the step of all, who go on (${how}), under ${launcher.name}`, async () => {
        const { code, lines, stderr } = await launch(launcher, 3, 'steps.mjs', { HOW: how });
        assert.equal(code, 0, stderr);
        assert.equal(lines.length, 3);
        assert.equal(new Set(lines).size, 1);
      });
    }
  }
});
