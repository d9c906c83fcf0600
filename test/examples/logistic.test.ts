import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkGradient } from 'lbfgs';
import { fit } from '../../examples/logistic/fit';
import { accuracy, crossEntropy, indexOf, perCoefficient, SIZE } from '../../examples/logistic/model';
import { l1Path } from '../../examples/logistic/path';
import { MEASUREMENTS, readPenguins, SPECIES } from '../../examples/logistic/penguins';
import { assertIsPicture } from './pictures';
import { runExample } from './run-example';

describe('examples/logistic', () => {
  const penguins = readPenguins();
  const loss = (x: Float64Array, gradient: Float64Array): number => crossEntropy(penguins, x, gradient);

  it('reads 342 penguins, in mm and g', () => {
    assert.equal(penguins.length, 342);
    const first = { species: 'Adelie', sex: 'MALE', measured: [39.1, 18.7, 181, 3750] };
    assert.deepEqual(penguins[0], first);
    assert.equal(penguins.filter(({ sex }) => sex !== undefined).length, 333);
  });

  it('has a gradient that agrees with central differences', () => {
    const elsewhere = perCoefficient(0.3, (j) => [0.02, -0.05, 0.01, 0.0005][j]!).map(
      (value, i) => value * Math.cos(i),
    );
    for (const x of [new Float64Array(SIZE), elsewhere]) {
      const check = checkGradient(loss, x);
      assert.ok(check.ok, JSON.stringify(check));
    }
  });

  it('tells all penguins apart in raw units, within 200 evaluations', () => {
    const { allRightAfter, x, evaluations, converged } = fit(penguins);
    assert.ok(allRightAfter! <= 200, `${allRightAfter}`);
    assert.ok(converged && evaluations <= 400, `${evaluations}`);
    assert.equal(accuracy(penguins, x), 1);
  });

  it('walks an L1 path whose every point is a minimum', () => {
    const { knots, spreads } = l1Path(penguins, 20);
    assert.equal(knots.length, 20);
    assert.deepEqual([knots[0]!.count, knots[0]!.accuracy], [0, 151 / 342]);
    assert.ok(knots[1]!.count > 0 && knots.at(-1)!.count >= 6 && knots.at(-1)!.accuracy > 0.99);
    for (const { weight, x, converged } of knots) {
      assert.ok(converged);
      const gradient = new Float64Array(x.length);
      loss(x, gradient);
      for (const c of SPECIES.keys()) {
        assert.ok(Math.abs(gradient[c]!) < 1e-5, `a bias: ${gradient[c]!}`);
        for (const j of MEASUREMENTS.keys()) {
          const slope = gradient[indexOf(c, j)]! / spreads[j]!;
          const value = x[indexOf(c, j)]!;
          const violated = value === 0 ? Math.abs(slope) - weight : Math.abs(slope + weight * Math.sign(value));
          assert.ok(violated <= 1e-5, `${SPECIES[c]!}, ${MEASUREMENTS[j]!} at ${weight}: ${violated}`);
        }
      }
    }
  });

  it('prints the fit and the path, and draws how coefficients enter', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'logistic-'));
    try {
      const svg = join(folder, 'made', 'path.svg');
      const { stdout } = await runExample('logistic/main.ts', '--out', svg);
      assert.match(stdout, /^342 penguins of 3 species, 4 measurements in mm and g, from 0:$/m);
      assert.match(stdout, /^all told right after \d+ evaluations$/m);
      assert.match(stdout, /^ +weight +coefficients +right +evaluations$/m);
      assert.equal(stdout.match(/^ +\d\.\d\de[-+]\d+ +\d+ +\d+\.\d % +\d+$/gm)?.length, 20, stdout);
      const picture = readFileSync(svg, 'utf8');
      for (const name of [...SPECIES, ...MEASUREMENTS]) assert.ok(picture.includes(`>${name}</text>`), name);
      assert.equal(picture.match(/mark-line/g)?.length, SPECIES.length * MEASUREMENTS.length);
      assertIsPicture(picture, 'logistic.svg');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
