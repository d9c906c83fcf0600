import assert from 'node:assert/strict';
import { runProgram } from './processes';

/** The largest sample of the second half above the largest of the first. */
function growth(printed: string): number {
  const samples = JSON.parse(printed) as number[];
  const half = samples.length / 2;
  return Math.max(...samples.slice(half)) - Math.max(...samples.slice(0, half));
}

describe('memory', () => {
  it('stays flat while 10^4 optimisers are made and dropped', async () => {
    // Each has touched some 150 kB: kept, the second half would be 750 MB.
    assert.ok(growth(await runProgram('many-optimizers')) < 40);
  });

  it('stays flat over 10^5 steps of one optimiser', async () => {
    assert.ok(growth(await runProgram('many-steps', '--expose-gc')) < 1);
  });

  it('may be collected wherever user code runs: the numbers stay the same', async () => {
    assert.equal(await runProgram('forced-gc', '--expose-gc'), 'the same');
  });

  it('may be compacted at every collection', async () => {
    assert.equal(await runProgram('forced-gc', '--expose-gc', '--compact-on-every-full-gc'), 'the same');
  });
});
