// Logistic curves of four and five parameters on a plate reader's standards (regression-js, issue 96), from a good start and
// from a poor one. The reader's own software finds 0.0831, 1.16, 2.44, 1.87 and 1.13 for the five.

import assert from 'node:assert/strict';
import { curveFit } from 'lbfgs';

const data = {
  x: [25, 12.5, 6.25, 3.125, 1.563, 0.781, 0.391, 0.195, 0.098],
  y: [1.7914, 1.682833, 1.500367, 1.179967, 0.822533, 0.501933, 0.301333, 0.187467, 0.130033],
};
const STARTS = [
  { a: 0.13, b: 1, c: 1.7, d: 1.79 },
  { a: 0, b: 1, c: 10, d: 3 },
] as const;

describe('a dose-response curve', () => {
  for (const start of STARTS) {
    it(`of four parameters, from c = ${start.c}`, () => {
      const fit = curveFit((x, { a, b, c, d }) => d + (a - d) / (1 + (x / c) ** b), data, start);
      assert.ok(fit.converged && Math.abs(fit.rss - 1.5237097437e-4) < 1e-13, fit.message);
      const { a, b, c, d } = fit.params;
      assert.deepEqual(
        [a, b, c, d].map((each) => Number(each.toPrecision(6))),
        [0.0882958, 1.19234, 2.13188, 1.88137],
      );
      assert.ok(fit.evaluations < 150, String(fit.evaluations));
    });

    it(`of five parameters, from c = ${start.c}`, () => {
      const fit = curveFit((x, { a, b, c, d, g }) => d + (a - d) / (1 + (x / c) ** b) ** g, data, { ...start, g: 1 });
      assert.ok(fit.converged && Math.abs(fit.rss - 1.3443695383e-4) < 1e-13, fit.message);
      const { a, b, c, d, g } = fit.params;
      assert.deepEqual(
        [a, b, c, d, g].map((each) => Number(each.toPrecision(3))),
        [0.0831, 1.16, 2.44, 1.87, 1.13],
      );
      assert.ok(fit.evaluations < 150, String(fit.evaluations));
    });
  }
});
