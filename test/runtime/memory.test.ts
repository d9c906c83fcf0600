import assert from 'node:assert/strict';
import { SANITIZER } from '../problems/machine';
import { measureProgram, PROCESS, runProgram } from './processes';

/** The largest sample of the second half above the largest of the first. */
function growth(printed: string): number {
  const samples = JSON.parse(printed) as number[];
  const half = samples.length / 2;
  return Math.max(...samples.slice(half)) - Math.max(...samples.slice(0, half));
}

/** Three gradients, the point and two directions. */
const VECTORS = 6;
/** Under a sanitizer everything takes several times as long. */
const SHARE = SANITIZER === undefined ? 1 : 0.1;

describe('memory', () => {
  it('stays flat over 10^6 steps of one optimiser', async () => {
    const args = [String(1e6 * SHARE)];
    assert.ok(growth(await measureProgram('many-steps', { nodeOptions: ['--expose-gc'], args })) < 1);
  }).timeout(600_000); // on an instrumented addon

  it('may be collected wherever user code runs: the numbers stay the same', async () => {
    assert.equal(await runProgram('forced-gc', '--expose-gc'), 'the same');
  });

  it('may be compacted at every collection', async () => {
    assert.equal(await runProgram('forced-gc', '--expose-gc', '--compact-on-every-full-gc'), 'the same');
  });

  if (SANITIZER === 'tsan') {
    console.log("left out: what is resident (the thread sanitizer's shadow is several times as large)");
    return;
  }

  if (SANITIZER === 'asan') {
    console.log('left out: what a call keeps (the address sanitizer holds what was freed in a quarantine)');
  } else {
    // What waits for the event loop to turn, which a synchronous program never lets it do, adds up: 1 kB a call would be 300 MB.
    for (const [what, call] of [
      ['minimize', 'minimize'],
      ['step', 'construct, step and dispose'],
      ['loadStateDict', 'loadStateDict of one optimiser'],
      ['refused', 'a constructor that refuses its arguments'],
    ] as const) {
      it(`keeps at most 64 bytes a call without a turn of the event loop: ${call}`, async () => {
        const args = [what, String(3e5)];
        // V8's young generation, and what waits in it to be collected, would grow by up to 50 MB at no certain time.
        const nodeOptions = ['--expose-gc', '--max-semi-space-size=1'];
        const kept = Number(await measureProgram('kept-memory', { nodeOptions, args }));
        assert.ok(kept <= 64, `${kept} bytes`);
      }).timeout(120_000);
    }
  }

  it('stays flat while 10^5 optimisers are made and dropped', async () => {
    // Each has touched some 150 kB: kept, the second half would be 7.5 GB. V8's young generation, and with it what waits to be collected,
    // would grow by up to 100 MB at no certain time: it may not.
    const nodeOptions = ['--max-semi-space-size=1'];
    const grown = growth(await measureProgram('many-optimizers', { nodeOptions, args: [String(1e5 * SHARE)] }));
    assert.ok(grown < 20, `${grown} MB`);
  }).timeout(600_000); // on an instrumented addon

  it('is collected in time where large optimisers are dropped: V8 is told of what is resident', async () => {
    // Each has touched 5 MB that V8 has not allocated: left to its own objects alone, it would not collect before the 100th.
    assert.ok(Math.max(...(JSON.parse(await measureProgram('dropped-optimizers')) as number[])) < 400);
  });

  it('stays flat while 150 optimisers of 10^5 values are stepped and disposed of, one after the other', async () => {
    // Each has touched some 5 MB.
    assert.ok(growth(await measureProgram('large-optimizers')) < 60);
  });

  it('stays flat over 150 calls of minimize for 10^5 values', async () => {
    assert.ok(growth(await measureProgram('large-solves', { nodeOptions: ['--expose-gc'] })) < 60);
  });

  it('peaks at (2 m + 6) n numbers above the arrays of the user, the history full: n = 10^6, m = 10', async () => {
    const peak = Number(await measureProgram('peak-memory', { args: ['float64'] }));
    assert.ok(peak <= 8e6 * (2 * 10 + VECTORS) + PROCESS, `${peak / 1e6} MB`);
  });

  it('peaks at 2 m numbers of float32 and 6 of float64 for each value with historyDtype float32', async () => {
    const peak = Number(await measureProgram('peak-memory', { args: ['float32'] }));
    assert.ok(peak <= 4e6 * 2 * 10 + 8e6 * VECTORS + PROCESS, `${peak / 1e6} MB`);
  });
});
