import assert from 'node:assert/strict';
import { curveFit, type CurveFitOptions, type CurveFitParameter } from 'lbfgs';
import { jacobian, KNOTS, names, polyline, wave } from '../problems/knots';

const data = wave(4 * KNOTS);
const start = (fixed: number): Record<string, number | CurveFitParameter> =>
  Object.fromEntries(names.map((name, i) => [name, i < fixed ? { value: 3 * Math.sin(i / 7), fixed: true } : 0]));

describe('curveFit of many parameters', () => {
  it('fits more than 100 by L-BFGS to what Levenberg-Marquardt finds for the last 100 of them', () => {
    const whole = curveFit(polyline, data, start(0), { jacobian });
    assert.ok(whole.converged, whole.message);
    const pinned = Object.fromEntries(
      names.map((name, i) => [name, i < 20 ? { value: whole.params[name]!, fixed: true } : 0]),
    );
    const part = curveFit(polyline, data, pinned, { jacobian });
    assert.ok(part.converged && part.iterations < 10 && whole.iterations > 10);
    for (const name of names) assert.ok(Math.abs(part.params[name]! - whole.params[name]!) < 1e-5, name);
    // The first knots are pinned where the whole fit has them: far from there the errors are the same but for the scale.
    const scale = Math.sqrt(part.degreesOfFreedom / whole.degreesOfFreedom);
    assert.ok(Math.abs((part.standardErrors['c100']! * scale) / whole.standardErrors['c100']! - 1) < 1e-6);
  });

  it('finds the same by differences, and counts the sweeps', () => {
    let calls = 0;
    const model: typeof polyline = (at, p) => (calls++, polyline(at, p));
    const exact = curveFit(polyline, data, start(0), { jacobian, loss: 'huber' });
    const fit = curveFit(model, data, start(0), { loss: 'huber', toleranceGrad: 1e-6 });
    assert.ok(fit.converged, fit.message);
    for (const name of names) assert.ok(Math.abs(fit.params[name]! - exact.params[name]!) < 1e-4, name);
    assert.ok(Math.abs(fit.standardErrors['c50']! / exact.standardErrors['c50']! - 1) < 1e-4);
    assert.ok(Math.abs(calls / data.x.length - fit.evaluations) < 1, `${calls / data.x.length} and ${fit.evaluations}`);
  });

  it('has the limits and the errors of a small fit', () => {
    const options: CurveFitOptions = { jacobian, maxIter: 3 };
    const seen: number[] = [];
    const fit = curveFit(polyline, data, start(0), {
      ...options,
      onIteration: ({ iteration }, p) => {
        assert.equal(p.length, KNOTS);
        seen.push(iteration);
      },
    });
    assert.deepEqual([fit.status, fit.converged, seen], ['max_iter', false, [1, 2, 3]]);
    assert.match(fit.message, /; 480 points, 120 free parameters, 360 degrees of freedom; the fit has not converged/);
    const error = new Error('mine');
    const model = (): never => {
      throw error;
    };
    assert.throws(
      () => curveFit(model, data, start(0)),
      (thrown) => thrown === error,
    );
    assert.throws(
      () => curveFit(polyline, data, start(0), { signal: AbortSignal.abort(error) }),
      (thrown) => thrown === error,
    );
  });
});
