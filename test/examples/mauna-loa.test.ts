import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { checkGradient } from 'lbfgs';
import { adam, bestOf } from '../../examples/mauna-loa/adam';
import { readRecord } from '../../examples/mauna-loa/data';
import { findings } from '../../examples/mauna-loa/findings';
import { fit } from '../../examples/mauna-loa/fit';
import { meanSquaredResidual, startFromData } from '../../examples/mauna-loa/model';
import { evaluationsTo } from '../../examples/mauna-loa/outcome';
import { columnsOf, hasColor, wrap } from '../../examples/mauna-loa/terminal';
import { assertIsPicture } from './pictures';
import { runExample, runExampleIn } from './run-example';

describe('examples/mauna-loa', () => {
  const record = readRecord();
  const start = startFromData(record);
  const loss = (x: Float64Array, gradient: Float64Array): number => meanSquaredResidual(record, x, gradient);

  it('reads all 741 months of the record, March 1958 to April 2020', () => {
    assert.equal(record.length, 741);
    assert.deepEqual(record[0], { t: 2 / 12, ppm: 315.7 });
    assert.deepEqual(record.at(-1), { t: 62 + 3 / 12, ppm: 416.18 });
  });

  it('starts on the trend, with zero amplitudes and one season a year', () => {
    assert.deepEqual([...start.subarray(3)], [0, 0, 0, 0, 0, 0, 1]);
    assert.ok(Math.sqrt(loss(start, new Float64Array(10))) < 2.5);
  });

  it('has a gradient that agrees with central differences, at the start and elsewhere', () => {
    const moved = start.map((value, i) => (i > 2 && i < 9 ? i - 5.5 : 1.001 * value));
    for (const x of [start, moved]) {
      const check = checkGradient(loss, x);
      assert.ok(check.ok, JSON.stringify(check));
    }
  });

  it('fits to an RMSE of 0.733 ppm, and sees 0.75 within 150 evaluations', () => {
    const { report, losses } = fit(record, start);
    assert.ok(report.converged, report.message);
    assert.ok(Math.sqrt(report.loss) <= 0.733, String(Math.sqrt(report.loss)));
    assert.ok((evaluationsTo(0.75, losses) ?? Infinity) <= 150);
    assert.equal(losses.length, report.evaluations);
    assert.ok(report.evaluations <= 250);
  });

  it('reaches 0.75 ppm from starts that are off by up to 2 % as well', () => {
    for (const factor of [0.98, 0.99, 1.01, 1.02]) {
      const { report } = fit(
        record,
        start.map((value, i) => (i < 3 ? value * factor : value)),
      );
      assert.ok(Math.sqrt(report.loss) <= 0.75, `${factor}: ${report.message}`);
    }
  });

  it('leaves the start as it was and tells of every iteration in turn', () => {
    const before = start.slice();
    const iterations: number[] = [];
    const { report } = fit(record, start, ({ iteration }) => iterations.push(iteration));
    assert.deepEqual(start, before);
    // An iteration that ends the step before its line search is counted but has nothing to tell.
    assert.ok(iterations.length >= report.iterations - 1);
    assert.deepEqual(
      iterations,
      Array.from(iterations, (_, i) => i + 1),
    );
  });

  it('finds what is known of the air: 2 to 3 ppm more a year by 2020, a season of 5 to 8 ppm that is high in May', () => {
    const found = findings(record, fit(record, start).x);
    assert.ok(found.slopeAtEnd > 2 && found.slopeAtEnd < 3);
    assert.ok(found.rate > 0.014 && found.rate < 0.019);
    assert.ok(found.level > 245 && found.level < 285);
    assert.ok(found.seasonPeakToPeak > 5 && found.seasonPeakToPeak < 8);
    assert.equal(found.seasonHigh, 'May');
    assert.match(found.seasonLow, /September|October/);
    assert.equal(found.lastMonth, 'April 2020');
    assert.ok(Math.abs(found.frequency - 1) < 0.002);
  });

  describe('the Adam it is compared with', () => {
    const bowl = ([x = 0]: Float64Array, gradient: Float64Array): number => {
      gradient[0] = 2 * x;
      return x * x;
    };

    it("moves by Adam's formulas: the first step is lr long, and so is the second on a slope that hardly changes", () => {
      const { losses } = adam(bowl, Float64Array.of(1000), 0.5, { target: 0, maxEvaluations: 3 });
      const visited = losses.map(Math.sqrt);
      assert.ok(
        Math.abs((visited[1] ?? NaN) - 999.5) < 1e-6 && Math.abs((visited[2] ?? NaN) - 999) < 1e-3,
        String(visited),
      );
    });

    it('ends at the target, at the limit, and where the loss is no longer finite', () => {
      const limits = { target: 1e-2, maxEvaluations: 2000 };
      const good = adam(bowl, Float64Array.of(1), 0.1, limits);
      assert.ok(good.reached && good.losses.length < 2000 && (good.losses.at(-1) ?? 1) <= 1e-2);
      const slow = adam(bowl, Float64Array.of(1), 1e-6, limits);
      assert.ok(!slow.reached && slow.losses.length === 2000);
      const wild = adam(bowl, Float64Array.of(1), 1e200, limits);
      assert.deepEqual([wild.reached, wild.losses], [false, [1]]);
      assert.equal(bestOf([wild, slow, good]), good);
      assert.equal(bestOf([wild, slow]), slow);
    });
  });

  describe('run as a program', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mauna-loa-'));
    const svg = join(folder, 'made', 'here', 'chart.svg');
    let out = { stdout: '', stderr: '' };
    before(async () => {
      out = await runExample('mauna-loa/main.ts', '--out', svg);
    });
    after(() => {
      rmSync(folder, { recursive: true });
    });

    it('says the figures and what they mean', () => {
      const [, rmse] = /^ {2}RMSE +(\S+) ppm over 741 months$/m.exec(out.stdout) ?? [];
      assert.ok(Number(rmse) > 0.7 && Number(rmse) <= 0.75, out.stdout);
      assert.match(out.stdout, /^ {2}growth rate +1\.\d\d % a year: that part doubles every \d\d\.\d years$/m);
      assert.match(out.stdout, /^ {2}season +6\.\d ppm from the low in \w+ to the high in May$/m);
      assert.match(
        out.stdout,
        /^ {2}curveFit +RMSE 0\.73\d ppm from the model alone, without a gradient: growth rate/m,
      );
      assert.match(out.stdout, /^ {2}frequency +1\.00\d\d per year/m);
    });

    it('compares the evaluations: Adam needs more, or says that it did not get there', () => {
      const [, comparison = ''] = out.stdout.split('Evaluations to reach an RMSE of 0.75 ppm');
      const ours = Number(/^ {2}L-BFGS +(\d+)$/m.exec(comparison)?.[1]);
      const [, reached, best] =
        /^ {2}Adam +(?:([\d,]+) at|not reached in 20,000 .*: (\S+) ppm)/m.exec(comparison) ?? [];
      assert.ok(ours <= 150, comparison);
      if (reached) assert.ok(Number(reached.replaceAll(',', '')) > ours, comparison);
      else assert.ok(Number(best) > 0.75, comparison);
    });

    it('draws both charts in the terminal without control codes where there is no terminal', () => {
      assert.match(out.stdout, /CO2 at Mauna Loa/);
      assert.match(out.stdout, /RMSE, ppm, by evaluations/);
      assert.ok((out.stdout.match(/o/g) ?? []).length > 100);
      assert.ok(!`${out.stdout}${out.stderr}`.includes('\u001b'));
      assert.match(out.stderr, /✔ L-BFGS: Converged/);
    });

    it('shows the last iteration in its last line of progress', () => {
      const { report } = fit(record, start);
      assert.match(
        out.stderr,
        new RegExp(`; iteration ${report.iterations}, ${report.evaluations} evaluations, RMSE 0\\.7`),
      );
    });

    it('writes the picture: 741 months, the fit and both curves', () => {
      const picture = readFileSync(svg, 'utf8');
      assert.match(picture, /^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
      const circles = picture.match(/fill="#8a94a3"/g) ?? [];
      assert.ok(circles.length > 741, String(circles.length)); // all of the record, and the last years again
      assert.equal((picture.match(/stroke="#d9480f"/g) ?? []).length, 3); // the fit twice, and the curve of L-BFGS
      assert.equal((picture.match(/stroke="#1864ab"/g) ?? []).length, 1); // Adam's
      assert.match(picture, /L-BFGS: 0\.75 ppm after \d+ evaluations/);
      assert.ok(!picture.includes('NaN'));
      assertIsPicture(picture, 'mauna-loa.svg');
    });
  });

  describe('on a narrow terminal', () => {
    let out = { stdout: '', stderr: '' };
    before(async () => {
      const folder = mkdtempSync(join(tmpdir(), 'mauna-loa-'));
      out = await runExampleIn(
        { COLUMNS: '40', FORCE_COLOR: '1' },
        'mauna-loa/main.ts',
        '--out',
        join(folder, 'a.svg'),
      );
      rmSync(folder, { recursive: true });
    });

    it('writes no line longer than that, but for a path', () => {
      const plain = stripVTControlCharacters(out.stdout);
      for (const line of [...plain.split('\n'), ...out.stderr.split('\n')]) {
        assert.ok(line.length <= 40 || line.trim().endsWith('.svg'), line);
      }
      assert.match(plain, /2011 +2013 +2015/, 'years that do not touch');
    });

    it('has both charts and all of the figures there', () => {
      const words = stripVTControlCharacters(out.stdout).replaceAll(/\s+/g, ' ');
      assert.match(words, /RMSE 0\.7\d+ ppm over 741 months/);
      assert.match(words, /CO2 at Mauna Loa, ppm, the last ten years \(o a month of the record, line the fit\)/);
      assert.match(words, /the left curve is L-BFGS, the right one Adam/);
      assert.ok(out.stdout.includes('\u001b[36m'), 'in colour, as FORCE_COLOR says');
    });
  });

  it('has colours on a terminal that has them, and where FORCE_COLOR says so, but never with NO_COLOR', () => {
    const terminal = { isTTY: true };
    for (const [stream, environment, expected] of [
      [terminal, {}, true],
      [{}, {}, false],
      [terminal, { TERM: 'dumb' }, false],
      [terminal, { NO_COLOR: '1' }, false],
      [terminal, { NO_COLOR: '' }, true],
      [terminal, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
      [terminal, { FORCE_COLOR: '0' }, false],
      [terminal, { FORCE_COLOR: 'false' }, false],
      [{}, { FORCE_COLOR: '1' }, true],
      [{}, { FORCE_COLOR: '' }, true],
    ] as const) {
      assert.equal(hasColor(stream, environment), expected, JSON.stringify([stream, environment]));
    }
  });

  it('takes the width of the terminal, else that of COLUMNS, and breaks lines between words', () => {
    assert.deepEqual([columnsOf({ columns: 50 }, { COLUMNS: '90' }), columnsOf({}, { COLUMNS: '90' })], [50, 90]);
    assert.deepEqual(
      [columnsOf({}, {}), columnsOf({}, { COLUMNS: 'wide' }), columnsOf({ columns: 5 }, {})],
      [Infinity, Infinity, 24],
    );
    assert.deepEqual(wrap('one two three', 7), ['one two', 'three']);
    assert.deepEqual(wrap('a/long/path b', 4), ['a/long/path', 'b']);
    assert.deepEqual(wrap('as it is', Infinity), ['as it is']);
  });

  it('explains itself with --help and computes nothing, and names an option that it does not know', async () => {
    const { stdout, stderr } = await runExampleIn({ COLUMNS: '40' }, 'mauna-loa/main.ts', '--help');
    assert.match(stdout, /^Usage: npm start -- \[options\]\n[^]*--out FILE\.svg[^]*--help/);
    assert.ok(
      stdout.split('\n').every((line) => line.length <= 40),
      stdout,
    );
    assert.equal(stderr, '');
    await assert.rejects(runExample('mauna-loa/main.ts', '--colour'), (error: Error & { stderr: string }) => {
      assert.match(error.stderr, /'--colour'[^]*Usage: npm start/);
      return !error.stderr.includes('    at ');
    });
  });
});
