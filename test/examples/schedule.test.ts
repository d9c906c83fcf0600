import assert from 'node:assert/strict';
import { runExample } from './run-example';

describe('examples/schedule', () => {
  it('prints that lr 1 diverges, lr 0.1 is on its way after 60 steps, and the warm-up has arrived by then', async () => {
    const { stdout } = await runExample('schedule.ts');
    const lossesOf = (name: string): number[] => {
      const line = stdout.split('\n').find((each) => each.startsWith(name)) ?? '';
      return line.slice(12).trim().split(/ +/).map(Number);
    };
    assert.match(stdout, /^loss after +10 steps +30 steps +60 steps +120 steps$/m);
    const [full, short, warm] = ['lr 1 ', 'lr 0.1 ', 'warm-up '].map(lossesOf) as [number[], number[], number[]];
    assert.ok(
      full.every((loss) => loss > 1e6),
      stdout,
    );
    assert.deepEqual(short, [0.5654, 0.4561, 0.277, 0.2163]);
    assert.deepEqual(warm, [0.5217, 0.2925, 0.2163, 0.2163]);
  });
});
