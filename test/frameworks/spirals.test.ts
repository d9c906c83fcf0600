import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { makeFolder, ROOT } from '../consumers/consumer';
import { runExampleIn } from '../examples/run-example';
import { frameworks } from './framework';

const SIDE = 64;

/** The shade of each pixel of the plane, as examples/pixels.ts writes them: from -1, blue, to 1, orange. */
function shadesOf(svg: string): Float64Array {
  const shades = new Float64Array(SIDE * SIDE);
  for (const [, color, opacity, runs] of svg.matchAll(/<path fill="(\S+)" fill-opacity="(\S+)" d="(\S+ [^"]+)"\/>/g)) {
    for (const [, x, y, width] of runs!.matchAll(/M(\d+) (\d+)h(\d+)v1/g)) {
      const from = Number(y) * SIDE + Number(x);
      shades.fill((color === '#d9480f' ? 1 : -1) * Number(opacity), from, from + Number(width));
    }
  }
  return shades;
}

const dotsOf = (svg: string): string[] => svg.match(/<path stroke=[^>]*>/g) ?? [];

describe('examples/spirals with the network of PyTorch', () => {
  if (frameworks('examples/spirals with ONNX Runtime') === undefined) return;
  const folder = makeFolder();

  it('trains it until the spirals are apart, and draws what docs/images/spirals.svg shows', async () => {
    const svg = path.join(folder, 'spirals.svg');
    const environment = { TSX_TSCONFIG_PATH: path.join(ROOT, 'examples', 'spirals', 'tsconfig.json') };
    const { stdout } = await runExampleIn(environment, 'spirals/main.ts', '--onnx', '--out', svg);
    const [, right, loss] = /^(\d+) of 400 points right, loss (\S+) after \d+ iterations\n/.exec(stdout) ?? [];
    assert.ok(Number(right) > 380 && Number(loss) < 0.02, stdout);

    const drawn = readFileSync(svg, 'utf8');
    const committed = readFileSync(path.join(ROOT, 'docs', 'images', 'spirals.svg'), 'utf8');
    assert.deepEqual(dotsOf(drawn), dotsOf(committed));
    assert.equal(dotsOf(drawn).length, 2);
    // ONNX Runtime's last digits depend on the machine, and a thousand iterations enlarge them: borders move a little.
    const [now, then] = [shadesOf(drawn), shadesOf(committed)];
    const decided = then.filter((shade) => Math.abs(shade) > 0.5).length;
    assert.ok(decided > 0.8 * SIDE * SIDE, String(decided));
    const same = then.filter((shade, pixel) => Math.abs(shade - now[pixel]!) < 0.5).length;
    assert.ok(same > 0.85 * SIDE * SIDE, `${same} of ${SIDE * SIDE} pixels are the same`);
  });
});
