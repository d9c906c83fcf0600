import assert from 'node:assert/strict';
import { curveFit, type CurveFitResult } from 'lbfgs';
import { decay, decayJacobian, POINTS, START, type Decay } from '../problems/curve';

/** Numbers that agree to a part of the largest. */
function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  const scale = Math.max(...Array.from(expected, Math.abs));
  assert.equal(actual.length, expected.length);
  for (const [i, value] of Array.from(expected).entries()) {
    assert.ok(Math.abs(actual[i]! - value) <= tolerance * scale, `[${i}]: ${actual[i]}, expected ${value}`);
  }
}

/** curve_fit of SciPy 1.17.1 with ftol, xtol and gtol 1e-15 and the analytic Jacobian. */
const SCIPY = {
  plain: {
    params: [3.008298700511, 0.505539757037, 1.003977204124],
    covariance: [
      0.000950131201, -0.000115882982, -0.000442654216, -0.000115882982, 0.000193159432, 0.000283562831,
      -0.000442654216, 0.000283562831, 0.000589252478,
    ],
  },
  sigma: {
    params: [2.989547916148, 0.518691730567, 1.029155329407],
    covariance: [
      0.001563230236, -0.000479680383, -0.001525418296, -0.000479680383, 0.000208448423, 0.000504760713,
      -0.001525418296, 0.000504760713, 0.001554979673,
    ],
  },
  absolute: {
    params: [2.989547916148, 0.518691730567, 1.029155329407],
    covariance: [
      0.00230030046, -0.000705851883, -0.002244660016, -0.000705851883, 0.00030673281, 0.000742757703, -0.002244660016,
      0.000742757703, 0.002288159718,
    ],
  },
  huber: {
    params: [3.008639175577, 0.490197695142, 0.994403709069],
    covariance: [
      0.054301597302, -0.007185378772, -0.026796504054, -0.007185378772, 0.012141082997, 0.017494145247,
      -0.026796504054, 0.017494145247, 0.036268151357,
    ],
  },
  soft_l1: {
    params: [3.015427670279, 0.485862282183, 0.99007641886],
    covariance: [
      0.07111742241, -0.011942774528, -0.036832271952, -0.011942774528, 0.014467715897, 0.021500933653, -0.036832271952,
      0.021500933653, 0.044967448028,
    ],
  },
  bounds: {
    params: [2.962490838669, 0.6, 1.121007850747],
    covariance: [
      0.008071120278, -0.000624625755, -0.00280236936, -0.000624625755, 0.002218552458, 0.002248365683, -0.00280236936,
      0.002248365683, 0.003690760949,
    ],
  },
};

function assertAsSciPy(fit: CurveFitResult<'a' | 'k' | 'c'>, name: keyof typeof SCIPY, tolerance = 1e-6): void {
  const { params, covariance } = SCIPY[name];
  assert.ok(fit.converged, fit.message);
  assertClose(Object.values(fit.params), params, tolerance);
  assertClose(fit.covariance, covariance, tolerance);
  const roots = [0, 4, 8].map((entry) => Math.sqrt(covariance[entry]!));
  assertClose(Object.values(fit.standardErrors), roots, tolerance);
}

const sigma = POINTS.x.map((x) => 0.01 * (1 + x));
/** The fourth point is far off. */
const spoiled = { ...POINTS, y: POINTS.y.map((y, i) => (i === 3 ? y + 2 : y)), sigma: POINTS.y.map(() => 0.05) };

describe('curveFit', () => {
  it('finds the parameters, their errors and the covariance in the order of start, as SciPy does', () => {
    const fit = curveFit(decay, POINTS, START);
    assertAsSciPy(fit, 'plain');
    assert.deepEqual(Object.keys(fit.params), ['a', 'k', 'c']);
    const rss = POINTS.x.reduce((sum, x, i) => sum + (decay(x, fit.params) - POINTS.y[i]!) ** 2, 0);
    const mean = POINTS.y.reduce((sum, y) => sum + y, 0) / 8;
    const spread = POINTS.y.reduce((sum, y) => sum + (y - mean) ** 2, 0);
    assertClose([fit.rss, fit.r2], [rss, 1 - rss / spread], 1e-14);
    assert.equal(fit.degreesOfFreedom, 5);
    assert.match(fit.message, /^Converged: .*; 8 points, 3 free parameters, 5 degrees of freedom$/);
    const reordered = curveFit(decay, POINTS, { c: 0, a: 1, k: 1 });
    assert.deepEqual(Object.keys(reordered.params), ['c', 'a', 'k']);
    assertClose(
      [reordered.covariance[0]!, reordered.covariance[5]!],
      [SCIPY.plain.covariance[8]!, -0.000115882982],
      1e-6,
    );
  });

  it('takes typed arrays, and leaves what it is given as it was', () => {
    const data = { x: Float64Array.from(POINTS.x), y: Float64Array.from(POINTS.y) };
    const start = Object.freeze({ a: 1, k: Object.freeze({ value: 1, min: 0 }), c: 0 });
    assertAsSciPy(curveFit(decay, data, start), 'plain');
    assert.deepEqual([[...data.x], [...data.y]], [POINTS.x, POINTS.y]);
  });

  it('divides by sigma, whose size counts with absoluteSigma alone', () => {
    assertAsSciPy(curveFit(decay, { ...POINTS, sigma }, START), 'sigma');
    const larger = sigma.map((each) => 7 * each);
    assertAsSciPy(curveFit(decay, { ...POINTS, sigma: larger }, START), 'sigma');
    const fit = curveFit(decay, { ...POINTS, sigma }, START, { absoluteSigma: true });
    assertAsSciPy(fit, 'absolute');
    const weighted = POINTS.x.map((x, i) => (decay(x, fit.params) - POINTS.y[i]!) / sigma[i]!);
    assertClose([fit.rss], [weighted.reduce((sum, r) => sum + r * r, 0)], 1e-12);
    assert.ok(fit.r2 > 0.99 && fit.r2 < 1, String(fit.r2));
  });

  it('resists an outlier with a robust loss', () => {
    const plain = curveFit(decay, spoiled, START);
    assert.ok(Math.abs(plain.params.k - 0.5055) > 0.1, String(plain.params.k));
    assertAsSciPy(curveFit(decay, spoiled, START, { loss: 'huber' }), 'huber', 1e-4);
    assertAsSciPy(curveFit(decay, spoiled, START, { loss: 'soft_l1' }), 'soft_l1', 1e-4);
  });

  it('needs no sweeps for derivatives where there is a Jacobian, and finds the same', () => {
    const without = curveFit(decay, POINTS, START);
    const fit = curveFit(decay, POINTS, START, { jacobian: decayJacobian });
    assertAsSciPy(fit, 'plain', 1e-8);
    assert.ok(fit.evaluations < without.evaluations / 2, `${fit.evaluations} and ${without.evaluations}`);
    assertAsSciPy(curveFit(decay, spoiled, START, { jacobian: decayJacobian, loss: 'huber' }), 'huber', 1e-5);
  });

  it('counts the sweeps of the model', () => {
    let calls = 0;
    const { evaluations } = curveFit((x, p) => (calls++, decay(x, p)), POINTS, START);
    assert.equal(calls, 8 * evaluations);
  });

  it('stops exactly at a bound, and says that the standard errors ignore it', () => {
    const start = { a: 1, k: { value: 1, min: 0.6, max: 2 }, c: { value: 0, min: 0 } };
    const fit = curveFit(decay, POINTS, start);
    assertAsSciPy(fit, 'bounds', 3e-5); // SciPy's method of interior points ends beside the bound
    assert.equal(fit.params.k, 0.6);
    assert.match(fit.message, /; k at the lower bound, which the standard errors ignore$/);
    const above = curveFit(decay, POINTS, { a: { value: 1, max: 2 }, k: 1, c: { value: 0, max: 1 } });
    assert.deepEqual([above.params.a, above.params.c], [2, 1]);
    assert.match(above.message, /; a and c at the upper bound/);
  });

  it('moves a start into its bounds without a word', () => {
    const seen: number[] = [];
    const start = { a: { value: 99, max: 5 }, k: { value: -3, min: 0.1 }, c: 0 };
    const model = (x: number, p: Decay): number => (seen.push(p.a, p.k), decay(x, p));
    assertAsSciPy(curveFit(model, POINTS, start), 'plain');
    assert.deepEqual(seen.slice(0, 2), [5, 0.1]);
  });

  it('leaves fixed parameters where they are, with the standard error 0', () => {
    for (const c of [
      { value: 1, fixed: true },
      { value: 7, min: 1, max: 1 },
    ]) {
      const fit = curveFit(decay, POINTS, { a: 1, c, k: 1 });
      assert.ok(fit.converged, fit.message);
      assert.deepEqual([fit.params.c, fit.standardErrors.c, fit.degreesOfFreedom], [1, 0, 6]);
      assert.deepEqual(
        [1, 3, 4, 5, 7].map((entry) => fit.covariance[entry]),
        [0, 0, 0, 0, 0],
      );
      const alone = curveFit((x, p) => decay(x, { ...p, c: 1 }), POINTS, { a: 1, k: 1 });
      assertClose(
        fit.covariance.filter((entry) => entry !== 0),
        alone.covariance,
        1e-6,
      );
    }
    const fixed = curveFit(decay, POINTS, {
      a: { value: 1, fixed: true },
      k: { value: 1, fixed: true },
      c: { value: 0, fixed: true },
    });
    assert.deepEqual([fixed.evaluations, fixed.converged], [1, true]);
    assert.match(fixed.message, /^All parameters are fixed; 8 points, 0 free parameters/);
    assert.deepEqual([...fixed.covariance], Array(9).fill(0));
  });

  it('fits parameters of any size, with sizes of scale as without', () => {
    const model = (x: number, { big, small }: Record<'big' | 'small', number>): number =>
      big * (1 - Math.exp(-small * x));
    const x = POINTS.x.map((each) => 100 * each);
    const data = { x, y: x.map((each) => model(each, { big: 2e8, small: 3e-3 })) };
    for (const scale of ['auto', { big: 1e8, small: 1e-3 }, { small: 1e-3 }, {}] as const) {
      const { params, message } = curveFit(model, data, { big: 1e8, small: 1e-3 }, { scale });
      assertClose([params.big / 2e8, params.small / 3e-3], [1, 1], 1e-9);
      assert.match(message, /^Converged/);
    }
  });
});
