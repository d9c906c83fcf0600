import assert from 'node:assert/strict';
import { measureProgram, runProgram } from './processes';

/** The largest sample of the second half above the largest of the first. */
function growth(printed: string): number {
  const samples = JSON.parse(printed) as number[];
  const half = samples.length / 2;
  return Math.max(...samples.slice(half)) - Math.max(...samples.slice(0, half));
}

describe('memory', () => {
  it('stays flat while 10^4 optimisers are made and dropped', async () => {
    // Each has touched some 150 kB: kept, the second half would be 750 MB.
    assert.ok(growth(await measureProgram('many-optimizers')) < 40);
  });

  it('stays flat over 10^5 steps of one optimiser', async () => {
    assert.ok(growth(await measureProgram('many-steps', '--expose-gc')) < 1);
  });

  it('stays flat while 150 optimisers of 10^5 values are stepped and disposed of, one after the other', async () => {
    // Each has touched some 5 MB.
    assert.ok(growth(await measureProgram('large-optimizers')) < 60);
  });

  it('stays flat over 150 calls of minimize for 10^5 values', async () => {
    assert.ok(growth(await measureProgram('large-solves', '--expose-gc')) < 60);
  });

  it('may be collected wherever user code runs: the numbers stay the same', async () => {
    assert.equal(await runProgram('forced-gc', '--expose-gc'), 'the same');
  });

  it('may be compacted at every collection', async () => {
    assert.equal(await runProgram('forced-gc', '--expose-gc', '--compact-on-every-full-gc'), 'the same');
  });
});
