import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runExampleIn } from './run-example';

const TSX_TSCONFIG_PATH = join(__dirname, '..', '..', 'examples', 'spirals', 'tsconfig.json');

describe('examples/spirals', () => {
  it('trains the network in JavaScript by the trainer of the Electron app, and draws the plane', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'spirals-'));
    try {
      const svg = join(folder, 'made', 'spirals.svg');
      const { stdout } = await runExampleIn({ TSX_TSCONFIG_PATH }, 'spirals/main.ts', '--out', svg);
      const [caption = ''] = stdout.split('\n');
      const [, right, loss] = /^(\d+) of 400 points right, loss (\S+) after \d+ iterations$/.exec(caption) ?? [];
      assert.ok(Number(right) > 380 && Number(loss) < 0.02, stdout);

      const picture = readFileSync(svg, 'utf8');
      assert.ok(picture.includes(`>${caption}</text>`));
      assert.equal(picture.match(/h0(?=[M"])/g)?.length, 400);
      assert.ok(!picture.includes('NaN'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
