// Run by paths.test.ts, in a process for each instruction set: the recorded traces and long trainings by each recursion that
// LBFGS_RECURSION can name. It is looked at when an optimiser is made. The last line that is printed is a digest of all long trainings.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describeLongVectors } from './long-vectors';
import { describeTraces } from './traces';

const RECURSIONS = ['two_loop', 'compact'] as const;
const trained = new Map<string, string>();

for (const recursion of RECURSIONS) {
  describe(`by ${recursion}`, () => {
    before(() => {
      process.env['LBFGS_RECURSION'] = recursion;
    });

    for (const threads of [1, 4]) {
      describe(`torch's recorded traces, ${threads} threads`, () => {
        describeTraces({ threads });
      });
    }

    describe('long vectors', () => {
      describeLongVectors((name, steps) => {
        trained.set(`${recursion}, ${name}`, JSON.stringify(steps));
      });
    });
  });
}

describe('the two recursions', () => {
  it('round differently: each has been run', () => {
    const [twoLoop, compact] = RECURSIONS.map((recursion) =>
      Array.from(trained).flatMap(([name, steps]) => (name.startsWith(recursion) ? steps : [])),
    );
    assert.ok(twoLoop!.length > 0);
    assert.equal(twoLoop!.length, compact!.length);
    for (const [index, steps] of twoLoop!.entries()) assert.notEqual(steps, compact![index]);
  });
});

after(() => {
  console.log(
    createHash('sha256')
      .update(JSON.stringify(Array.from(trained)))
      .digest('hex'),
  );
});
