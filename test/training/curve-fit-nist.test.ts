// curveFit on the 27 nonlinear regressions of NIST's Statistical Reference Datasets, from both of NIST's starts, with its
// defaults and without a Jacobian.

import assert from 'node:assert/strict';
import { curveFit } from 'lbfgs';
import { NIST_SETS, startOf, type NistSet } from '../problems/nist';

/**
 * Where the standard errors have fewer than four digits. Of Lanczos1 the residuals are 8e-14 at values up to 2.5, about
 * 200 units in the last place of the values: rounding of the model alone changes the residual sum of squares by up to
 * 3e-3 of itself, and the standard errors by half of that.
 */
const FEWER_DIGITS: Readonly<Record<string, number>> = { Lanczos1: 2e-3 };

const relative = (value: number, certified: number): number => Math.abs(value / certified - 1);

describe("NIST's nonlinear regressions", () => {
  it('are 27, of 6 to 250 points and 2 to 9 parameters', () => {
    assert.equal(NIST_SETS.length, 27);
    for (const { data, values, standardErrors, starts } of NIST_SETS) {
      assert.ok(data.x.length === data.y.length && data.x.length >= 6 && data.x.length <= 250);
      for (const list of [standardErrors, ...starts]) assert.equal(list.length, values.length);
    }
  });

  for (const set of NIST_SETS) {
    it(`${set.name}: the data give the certified residual sum of squares at the certified parameters`, () => {
      const { model, data, values, rss } = set;
      const p = Object.fromEntries(values.map((value, j) => [`b${j + 1}`, value])) as Parameters<typeof model>[1];
      const sum = data.x.reduce((squares, x, i) => squares + (model(x, p) - data.y[i]!) ** 2, 0);
      // The parameters have 11 digits: for Lanczos1, whose sum is 1e-25, and next to its rounding, these are too few.
      if (set.name === 'Lanczos1') assert.ok(sum < 1e-20, String(sum));
      else assert.ok(relative(sum, rss) < 2e-7, `${sum}, certified ${rss}`);
    });

    for (const which of [0, 1] as const) {
      it(`${set.name}, start ${which + 1}: 6 digits of the parameters, 4 of their standard errors`, () => {
        checkFit(set, which);
      });
    }
  }
});

function checkFit(set: NistSet, which: 0 | 1): void {
  const { name, model, data, values, standardErrors, rss } = set;
  const fit = curveFit(model, data, startOf(set, which));
  assert.ok(fit.converged, fit.message);
  for (const [j, value] of Object.values(fit.params).entries()) {
    assert.ok(relative(value, values[j]!) < 1e-6, `b${j + 1} = ${value}, certified ${values[j]!}; ${fit.message}`);
  }
  for (const [j, value] of Object.values(fit.standardErrors).entries()) {
    const error = relative(value, standardErrors[j]!);
    assert.ok(error < (FEWER_DIGITS[name] ?? 1e-4), `of b${j + 1}: ${value}, certified ${standardErrors[j]!}`);
  }
  assert.ok(relative(fit.rss, rss) < (name === 'Lanczos1' ? 4e-3 : 1e-7), `${fit.rss}, certified ${rss}`);
  assert.doesNotMatch(fit.message, /NaN|hardly|bound/);
}
