import assert from 'node:assert/strict';
import { curveFit, type CurveFitParameter } from 'lbfgs';
import { decay, POINTS } from '../problems/curve';
import { hat, jacobian, KNOTS, names, polyline, wave } from '../problems/knots';
import { randomNumbers } from '../problems/numbers';

type Limited = Record<'a' | 'k' | 'c', { value: number; min: number; max: number }>;

describe('a fit between bounds', () => {
  it('ends converged at the least sum of squares from any start: 150 random boxes, of which many hold the minimum off', () => {
    const random = randomNumbers(5);
    const MINIMISER = { a: 3, k: 0.5, c: 1 };
    let atBounds = 0;
    for (let box = 0; box < 150; box++) {
      const begin = Object.fromEntries(
        Object.entries(MINIMISER).map(([name, value]) => {
          const middle = value * (1 + 0.5 * random());
          return [name, { value: middle, min: middle - Math.abs(random()), max: middle + Math.abs(random()) }];
        }),
      ) as Limited;
      const fits = Array.from({ length: 3 }, () => {
        for (const each of Object.values(begin)) each.value = each.min + ((each.max - each.min) * (random() + 1)) / 2;
        return curveFit(decay, POINTS, begin);
      });
      const least = Math.min(...fits.map(({ rss }) => rss));
      for (const { converged, rss, message } of fits) {
        assert.ok(converged, message);
        assert.ok(rss <= least * (1 + 1e-6), `${rss} where ${least} can be had: ${message}`);
      }
      if (fits[0]!.message.includes('bound')) atBounds++;
    }
    assert.ok(atBounds > 50, String(atBounds));
  });
});

const data = wave(2 * KNOTS);
const { x } = data;
/** The curve reaches 3 and -3, so that knots end at both bounds; the bounds are no sums of powers of two. */
const [MIN, MAX] = [-2.1, 1.7];
const start: Record<string, CurveFitParameter> = Object.fromEntries(
  names.map((name, i) => [name, i % 5 === 0 ? { value: 9, min: MIN } : { value: 0.3, min: MIN, max: MAX }]),
);

/**
 * The heights of least squares between the bounds, by coordinate descent: each height in turn is the best one for the
 * others, clamped. The matrix is tridiagonal and well conditioned, so that this converges in few rounds.
 */
function byCoordinates(): Float64Array {
  const heights = new Float64Array(KNOTS);
  const basis = (k: number, at: number): number => hat(at - k);
  for (let round = 0; round < 400; round++) {
    for (let k = 0; k < KNOTS; k++) {
      let [slope, curvature] = [0, 0];
      for (const [i, at] of x.entries()) {
        const value = basis(k, at);
        if (value === 0) continue;
        const left = Math.min(Math.floor(at), KNOTS - 2);
        const model = heights[left]! * basis(left, at) + heights[left + 1]! * basis(left + 1, at);
        slope += value * (data.y[i]! - model);
        curvature += value * value;
      }
      const upper = start[names[k]!]!.max ?? Infinity;
      heights[k] = Math.min(Math.max(heights[k]! + slope / curvature, MIN), upper);
    }
  }
  return heights;
}

describe('a fit of more than 100 parameters between bounds', () => {
  const expected = byCoordinates();

  it('ends at the minimum, with knots at both bounds and no call outside, to the bit', () => {
    const model: typeof polyline = (at, p) => {
      for (const name of names) {
        if (!(p[name]! >= MIN && p[name]! <= (start[name]!.max ?? Infinity))) assert.fail(`${name} = ${p[name]}`);
      }
      return polyline(at, p);
    };
    const { params, converged, message, standardErrors } = curveFit(model, data, start, { jacobian });
    assert.ok(converged, message);
    for (const [k, name] of names.entries()) {
      const value = params[name]!;
      assert.ok(Math.abs(value - expected[k]!) < 2e-5, `${name} = ${value}, ${expected[k]}`);
      if (expected[k] === MIN || expected[k] === MAX) assert.equal(value, expected[k], name);
    }
    const held = (bound: number): number => names.filter((name) => params[name] === bound).length;
    assert.ok(held(MIN) > 10 && held(MAX) > 10, `${held(MIN)} and ${held(MAX)}`);
    assert.match(message, / more at the lower bound, which the standard errors ignore; .* more at the upper bound/);
    assert.ok(Object.values(standardErrors).every((each) => each > 0));
  });
});
