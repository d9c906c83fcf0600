// Fits of models and Jacobians whose numbers overflow, or are finite only here and there.

import assert from 'node:assert/strict';
import { curveFit, type CurveFitOptions } from 'lbfgs';
import { decay, POINTS, START, type Decay } from '../problems/curve';
import { lbfgsRefusal, typeRefusal, untyped } from '../problems/refusal';

const OVERFLOW = lbfgsRefusal(
  'ERR_LBFGS_NON_FINITE_START',
  'Expected a finite loss at start but received Infinity: squares of the residuals overflow; use larger units or sigma',
);

/** More than 100 parameters: the model is one of them at each point. */
const MANY = 101;
const names = Array.from({ length: MANY }, (_, i) => `p${i}`);
const MANY_POINTS = { x: [...names.keys()], y: Array.from(names, (_, i) => i / MANY) };
const MANY_ONES = Object.fromEntries(names.map((name) => [name, 1]));
const entry = (x: number, p: Readonly<Record<string, number>>): number => p[names[x]!]!;

describe('a fit whose squares overflow', () => {
  it('is refused at the start, whatever the method', () => {
    const y = POINTS.y.map((value) => 1e160 * value);
    assert.throws(() => curveFit(decay, { ...POINTS, y }, START), OVERFLOW);
    assert.throws(() => curveFit(decay, { ...POINTS, sigma: y.map(() => 1e-160) }, START), OVERFLOW);
    const far = { ...MANY_POINTS, y: MANY_POINTS.y.map(() => 1e160) };
    assert.throws(() => curveFit(entry, far, MANY_ONES), OVERFLOW);
  });
});

describe('a fit whose derivatives overflow', () => {
  it('ends as non_finite at the last point, and never calls the model with NaN', () => {
    let calls = 0;
    const jumping = (x: number, p: Decay): number => {
      assert.ok(Object.values(p).every(Number.isFinite));
      return ++calls > 40 ? (calls % 2 === 0 ? 1e305 : -1e305) : decay(x, p);
    };
    const { status, params } = curveFit(jumping, POINTS, START);
    assert.equal(status, 'non_finite');
    assert.ok(Object.values(params).every(Number.isFinite));
  });

  it('of a Jacobian of largest numbers never calls the model with NaN', () => {
    for (const largest of [1e154, 1e300, Number.MAX_VALUE]) {
      const jacobian: CurveFitOptions<'a' | 'k' | 'c'>['jacobian'] = (x, _, out) => {
        Object.assign(out, { a: largest, k: -largest / (1 + x), c: largest / (2 + x * x) });
      };
      const model = (x: number, p: Decay): number => {
        assert.ok(Object.values(p).every(Number.isFinite));
        return decay(x, p);
      };
      const { converged, params } = curveFit(model, POINTS, START, { jacobian });
      assert.equal(converged, false);
      assert.ok(Object.values(params).every(Number.isFinite));
    }
  });
});

describe('a fit that starts again', () => {
  it('keeps what it has found where the model or the Jacobian is not finite at the start any more', () => {
    // The rate is lost at once, so that there are more attempts.
    const start = { a: 1, k: 1, c: 0 };
    let calls = 0;
    const most = 9 * POINTS.x.length;
    const model = (x: number, p: Decay): number => (++calls > most ? NaN : decay(x, p));
    const { status, converged, rss } = curveFit(model, POINTS, start);
    assert.deepEqual([status, converged], ['non_finite', false]);
    assert.ok(rss < 27.49, String(rss));
  });
});

describe('a fit of more than 100 parameters', () => {
  it('names the point and the parameter where the model or the Jacobian is not finite at the start', () => {
    const broken = (x: number, p: Readonly<Record<string, number>>): number => (x === 7 ? NaN : entry(x, p));
    assert.throws(
      () => curveFit(broken, MANY_POINTS, MANY_ONES),
      lbfgsRefusal(
        'ERR_LBFGS_NON_FINITE_START',
        'Expected finite numbers from model at start but received NaN at data.x[7] = 7',
      ),
    );
    const jacobian = (x: number, _: unknown, out: Record<string, number>): void => {
      for (const name of names) out[name] = name === names[x] ? 1 : 0;
      if (x === 3) out['p5'] = Infinity;
    };
    assert.throws(
      () => curveFit(entry, MANY_POINTS, MANY_ONES, { jacobian }),
      typeRefusal(
        'ERR_LBFGS_CLOSURE_RESULT',
        'Expected jacobian to write a finite number into out.p5 at data.x[3] but received Infinity',
      ),
    );
  });

  it('makes its differences on the side where the model is finite', () => {
    for (const side of [1, -1]) {
      // The minimum is on the finite side of a start that is at the edge.
      const model = (x: number, p: Readonly<Record<string, number>>): number =>
        side * (p[names[x]!]! - 1) > 0 ? NaN : entry(x, p);
      const data = { ...MANY_POINTS, y: MANY_POINTS.y.map((value) => 1 - side * (0.1 + value)) };
      const { converged, params, message } = curveFit(model, data, MANY_ONES);
      assert.ok(converged, message);
      for (const [i, name] of names.entries()) assert.ok(Math.abs(params[name]! - data.y[i]!) < 1e-5, name);
    }
  });

  it('has no standard errors and is not converged where the model is not finite at the end any more', () => {
    let isBroken = false;
    const model = (x: number, p: Readonly<Record<string, number>>): number => (isBroken ? NaN : entry(x, p));
    const onIteration = (): boolean => !(isBroken = true);
    const { status, converged, rss, message, standardErrors } = curveFit(model, MANY_POINTS, MANY_ONES, {
      onIteration,
    });
    assert.deepEqual([status, converged, rss], ['non_finite', false, NaN]);
    assert.match(message, /; the model is not finite there any more; .*no derivatives at the end$/);
    assert.ok(Object.values(standardErrors).every(Number.isNaN));
  });
});

describe('a fit whose model once returns a number of another size', () => {
  const x = Array.from({ length: 12 }, (_, i) => i / 2);
  const y = x.map((t) => 3 * Math.exp(-t) + 0.5);

  for (const size of [1e100, 1e160, -1e250]) {
    it(`forgets what ${size} has made of its steps`, () => {
      for (const sweep of [1, 2, 3, 7, 9, 13]) {
        let calls = 0;
        const { converged, params, evaluations, message } = curveFit(
          (t, { a, k, c }) => (++calls === 12 * sweep + 3 ? size : a * Math.exp(-k * t) + c),
          { x, y },
          { a: { value: 0.7, min: 0, max: 9 }, k: { value: 1.3, min: 0, max: 9 }, c: { value: 0.2, min: 0, max: 9 } },
        );
        assert.ok(
          converged && Math.abs(params.k - 1) < 1e-6 && evaluations < 1000,
          `${message}, ${evaluations} sweeps`,
        );
      }
    });
  }
});

describe('a fit of very many parameters', () => {
  it('says that there is no memory for their covariance', () => {
    const start: Record<string, unknown> = { p: 1 };
    for (let i = 0; i < 1e5; i++) start[`q${i}`] = { value: 1, fixed: true };
    assert.throws(() => curveFit((_, p: Readonly<Record<string, number>>) => p['p']!, POINTS, untyped(start)), {
      code: 'ERR_LBFGS_OUT_OF_MEMORY',
    });
  });
});
