// A rank that dies, or leaves a message out, at each message of a step: no rank waits for ever, and none believes that the
// step has gone well.

import assert from 'node:assert/strict';
import type { LBFGSOptions } from 'lbfgs';
import { Rank } from './problem';
import { simulate, type Message } from './ranks';

const N = 12;
const SIZE = 3;
const OPTIONS: LBFGSOptions = { maxIter: 5, maxEval: 100, historySize: 3, lineSearchFn: 'strong_wolfe' };

/** What becomes of a step where this rank does this at this message. */
async function stepWith(broken: number, at: number, fault: 'dies' | 'skips') {
  return simulate(SIZE, (comm) => new Rank(comm, N, OPTIONS).step(), {
    spoil: ({ rank, index }) => {
      if (rank !== broken || index !== at) return undefined;
      if (fault === 'skips') return 'skip';
      throw new Error('the rank is gone');
    },
  });
}

describe('every message of a step', () => {
  for (const broken of [0, 1, 2]) {
    for (const fault of ['dies', 'skips'] as const) {
      it(`rank ${broken} ${fault}: the step fails on all ranks`, async () => {
        const log: Message[][] = [];
        await simulate(SIZE, (comm) => new Rank(comm, N, OPTIONS).step(), { log });
        const count = log[0]!.length;
        assert.ok(count > 12);
        for (let at = 0; at < count; at++) {
          const settled = await stepWith(broken, at, fault);
          // Who skips the last message does not hear of the others any more.
          const others = settled.filter((_, rank) => rank !== broken || fault === 'dies' || at < count - 1);
          for (const each of others) assert.equal(each.status, 'rejected', `message ${at}`);
        }
      });
    }
  }
});
