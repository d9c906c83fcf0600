import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { nodeIn, ROOT } from '../consumers/consumer';
import { runExampleIn } from '../examples/run-example';
import { frameworks } from './framework';

describe('examples/pinn', () => {
  if (frameworks('examples/pinn') === undefined) return;
  const project = path.join(ROOT, 'examples', 'pinn', 'tsconfig.json');

  it('has types that agree with those of jax-js', async () => {
    const tsc = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    assert.equal(await nodeIn(ROOT, tsc, '--noEmit', '-p', project), '');
  });

  it('comes a hundred times lower by L-BFGS than by Adam alone, and draws both', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'pinn-'));
    try {
      const svg = path.join(folder, 'made', 'pinn.svg');
      const budget = ['--adam', '500', '--more', '500'];
      const { stdout } = await runExampleIn({ TSX_TSCONFIG_PATH: project }, 'pinn/main.ts', ...budget, '--out', svg);

      const ends = Array.from(
        stdout.matchAll(/^(.+?) +loss (\S+), largest error of u (\S+)$/gm),
        ([, ...words]) => words,
      );
      assert.deepEqual(
        ends.map(([name]) => name),
        ['Adam, 500 evaluations', 'and 500 more by Adam', 'or 500 more by L-BFGS'],
        stdout,
      );
      const [handedOn, adam, lbfgs] = ends.map(([, loss, error]) => ({ loss: Number(loss), error: Number(error) }));
      assert.ok(adam!.loss < handedOn!.loss, stdout);
      assert.ok(lbfgs!.loss < adam!.loss / 100 && lbfgs!.error < adam!.error / 10, stdout);

      const picture = readFileSync(svg, 'utf8');
      for (const label of ['>Adam</text>', '>L-BFGS</text>', 'evaluations of loss and gradient'])
        assert.ok(picture.includes(label), label);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
