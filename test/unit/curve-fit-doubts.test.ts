import assert from 'node:assert/strict';
import { curveFit, type CurveFitOptions } from 'lbfgs';
import { randomNumbers } from '../problems/numbers';
import { decay, decayJacobian, POINTS, START } from '../problems/curve';

describe('curveFit, where something is doubtful', () => {
  it('has a covariance of NaN where parameters stand for each other, and names them', () => {
    type Line = Readonly<Record<'a' | 'b' | 'c', number>>;
    const model = (x: number, { a, b, c }: Line): number => (a + b) * x + c;
    const jacobian = (x: number, _: Line, out: Record<'a' | 'b' | 'c', number>): void =>
      void Object.assign(out, { a: x, b: x, c: 1 });
    for (const options of [{}, { jacobian }]) {
      const fit = curveFit(model, POINTS, { a: 1, b: 1, c: 0 }, options);
      assert.ok(fit.converged);
      assert.ok([...fit.covariance, ...Object.values(fit.standardErrors)].every(Number.isNaN));
      assert.match(fit.message, /the covariance is singular and therefore NaN: a and b are not determined by the data/);
    }
  });

  it('names a parameter that the model does not use', () => {
    const fit = curveFit((x, { a }) => a * x, POINTS, { a: 1, unused: 3 });
    assert.equal(fit.params.unused, 3);
    assert.match(fit.message, /singular and therefore NaN: unused is not determined by the data/);
  });

  it('names a parameter that the data hardly determine', () => {
    const data = { x: [-2, -1, 1, 2], y: [1.1, 0.9, 0.9, 1.1] };
    const fit = curveFit((x, { a, slope }) => a + 1e-9 * slope * x, data, { a: 0, slope: 1 });
    assert.ok(fit.converged && fit.standardErrors.slope > 1e7, fit.message);
    assert.match(fit.message, /; the data hardly determine slope$/);
  });

  it('has no errors where there are as many parameters as points, unless sigma is absolute', () => {
    const line = (x: number, { a, b }: Readonly<Record<'a' | 'b', number>>): number => a + b * x;
    const data = { x: [1, 3], y: [2, 8], sigma: [0.1, 0.2] };
    const fit = curveFit(line, data, { a: 0, b: 0 });
    assert.ok(Math.abs(fit.params.a + 1) < 1e-9 && Math.abs(fit.params.b - 3) < 1e-9);
    assert.ok(fit.covariance.every(Number.isNaN));
    assert.match(fit.message, /0 degrees of freedom; as many free parameters as points: the covariance is NaN/);
    const absolute = curveFit(line, data, { a: 0, b: 0 }, { absoluteSigma: true });
    assert.ok(Math.abs(absolute.standardErrors.b - Math.hypot(0.1, 0.2) / 2) < 1e-8);
  });

  it('says where a robust loss without sigma takes no point or most of them for outliers', () => {
    const level = (x: number, { a }: Readonly<Record<'a', number>>): number => a + 0 * x;
    const messageOf = (y: readonly number[], options: CurveFitOptions<'a'>, sigma?: readonly number[]): string =>
      curveFit(level, { x: y, y, ...(sigma && { sigma }) }, { a: 3 }, options).message;
    const [small, mixed, large] = [
      [0.1, 0.3, 0.2, 0.4],
      [0.1, 0.3, 0.2, 9],
      [10, 30, 20, 40],
    ] as const;
    for (const loss of ['huber', 'soft_l1'] as const) {
      const without = `without sigma '${loss}' takes residuals above 1 for outliers, and here`;
      assert.ok(messageOf(small, { loss }).includes(`; ${without} none are`));
      assert.ok(messageOf(large, { loss }).includes(`; ${without} 4 of 4 are`));
      assert.ok(!messageOf(mixed, { loss }).includes('outliers'));
      assert.ok(!messageOf(small, { loss }, [1, 1, 1, 1]).includes('outliers'));
    }
    assert.ok(!messageOf(small, {}).includes('outliers'));
  });

  it('says that it has not converged', () => {
    const fit = curveFit(decay, POINTS, START, { maxIter: 1 });
    assert.deepEqual([fit.status, fit.converged, fit.iterations], ['max_iter', false, 1]);
    assert.match(fit.message, /^Stopped after maxIter = 1 iterations; .*; the fit has not converged/);
    assert.ok(fit.covariance.every(Number.isFinite), 'the covariance is that of the point');
  });

  it('tells a Jacobian that does not belong to the model', () => {
    const jacobian: typeof decayJacobian = (x, p, out) => {
      decayJacobian(x, p, out);
      out.k = -out.k;
      out.a = -out.a;
      out.c = -out.c;
    };
    const fit = curveFit(decay, POINTS, START, { jacobian });
    assert.deepEqual([fit.status, fit.converged], ['line_search_failed', false]);
    assert.match(fit.message, /^No step lowered the loss, .* a jacobian that does not belong to the model/);
  });

  it('ends at the noise of a model that has some', () => {
    const random = randomNumbers(7);
    const noisy = (x: number, p: typeof START): number => decay(x, p) * (1 + 1e-9 * random());
    const fit = curveFit(noisy, POINTS, START, { jacobian: decayJacobian });
    assert.ok(fit.converged, fit.message);
    assert.ok(Math.abs(fit.params.k - 0.505539757037) < 1e-5);
  });

  it('keeps away from where the model is not finite', () => {
    const y = [0.1, 1, 1.4, 1.7, 2, 2.2, 2.4, 2.6];
    const model = (x: number, { a, b }: Readonly<Record<'a' | 'b', number>>): number => a * Math.sqrt(x - b);
    const fit = curveFit(model, { x: POINTS.x, y }, { a: 1, b: -1 });
    assert.ok(fit.converged && fit.params.b < 0 && fit.params.b > -0.1, fit.message);
  });

  it('starts again where the first step led to a plateau', () => {
    // The valley is narrow: a width of 1 around 50, begun at 43.
    const x = Array.from({ length: 101 }, (_, i) => i);
    const peak = (t: number, { h, m, w }: Readonly<Record<'h' | 'm' | 'w', number>>): number =>
      h * Math.exp(-(((t - m) / w) ** 2));
    const data = { x, y: x.map((t) => peak(t, { h: 5, m: 50, w: 4 })) };
    const fit = curveFit(peak, data, { h: 1, m: 40, w: 2 });
    assert.ok(Math.abs(fit.params.m - 50) < 1e-6, fit.message);
  });
});
