import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { nodeIn, ROOT } from '../consumers/consumer';
import { runExampleIn } from '../examples/run-example';
import { frameworks } from './framework';

describe('examples/mnist', () => {
  if (frameworks('examples/mnist') === undefined) return;
  const project = path.join(ROOT, 'examples', 'mnist', 'tsconfig.json');

  it('has types that agree with those of the frameworks', async () => {
    const tsc = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    assert.equal(await nodeIn(ROOT, tsc, '--noEmit', '-p', project), '');
  });

  for (const [option, value, message] of [
    ['--images', 'abc', "Expected an integer from 1 to 60000 for --images but received 'abc'"],
    ['--images', '60001', "Expected an integer from 1 to 60000 for --images but received '60001'"],
    ['--evaluations', '0', "Expected an integer from 1 to 1000000 for --evaluations but received '0'"],
    ['--cores', '1.5', "Expected an integer from 1 to 1024 for --cores but received '1.5'"],
    ['--ways', 'sparse,foo', "Expected sparse, onnx or tfjs for --ways but received 'foo'"],
  ] as const) {
    it(`says what ${option} takes instead of ${value}, before it trains`, async () => {
      const run = runExampleIn({ TSX_TSCONFIG_PATH: project }, 'mnist/main.ts', '--images', '600', option, value);
      await assert.rejects(run, (error: Error & { stdout?: string; stderr?: string }) => {
        assert.equal(error.stdout, '');
        const [first, , usage] = error.stderr!.split('\n');
        assert.equal(first, message);
        assert.match(usage!, /^Usage: /);
        return true;
      });
    });
  }

  it('learns 6,000 digits in three ways to the same accuracy, and draws the weights', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'mnist-'));
    try {
      const svg = path.join(folder, 'made', 'weights.svg');
      const budget = ['--images', '6000', '--evaluations', '20', '--cores', '2'];
      const { stdout } = await runExampleIn({ TSX_TSCONFIG_PATH: project }, 'mnist/main.ts', ...budget, '--out', svg);

      const ends = Array.from(
        stdout.matchAll(/^(\w+): loss (\S+) after (\d+) evaluations, .* (\S+) % of 10000 test images right$/gm),
        ([, way, ...numbers]) => [way, ...numbers.map(Number)] as const,
      );
      assert.deepEqual(
        ends.map(([way]) => way),
        ['sparse', 'onnx', 'tfjs'],
        stdout,
      );
      for (const [way, loss, evaluations, accuracy] of ends) {
        assert.ok(loss! < 0.28 && accuracy! > 89 && evaluations! >= 20 && evaluations! <= 26, `${way} ${stdout}`);
        assert.match(stdout, new RegExp(`^${way}: \\d+ evaluations, loss \\d\\.\\d{4}$`, 'm'));
      }

      const rows = stdout.match(/^ {4}\d(?: +(?:\d+|\.)){10}$/gm)!.map((row) => row.trim().split(/ +/).slice(1));
      const counts = rows.map((row) => row.map((cell) => (cell === '.' ? 0 : Number(cell))));
      const sum = (numbers: readonly number[]): number => numbers.reduce((all, number) => all + number, 0);
      assert.equal(sum(counts.map(sum)), 10000);
      assert.ok(Math.abs(sum(counts.map((row, digit) => row[digit]!)) - 100 * ends[2]![3]!) < 0.5);

      const picture = readFileSync(svg, 'utf8');
      for (let digit = 0; digit < 10; digit++) assert.ok(picture.includes(`>${digit}</text>`));
      assert.ok(picture.match(/<path /g)!.length >= 60);
      assert.ok(picture.length < 100_000);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
