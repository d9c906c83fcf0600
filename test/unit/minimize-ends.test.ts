// How a solve ends, and what its message says; and the way back to the numbers of 0.1.0.

import assert from 'node:assert/strict';
import { minimize, minimizeAsync, type MinimizeOptions, type Objective } from 'lbfgs';
import { extendedRosenbrock } from '../problems/objectives';

type Case = [what: string, fun: Objective, x0: number[], status: string, message: RegExp, options?: MinimizeOptions];

/** f(x) of one variable, with its derivative. */
const ofOne =
  (value: (x: number) => number, slope: (x: number) => number): Objective =>
  ([x], gradient) => {
    gradient[0] = slope(x!);
    return value(x!);
  };
/** Rosenbrock's function raised by 1 with errors that have no trend: 1e-4 of the loss, and 1e-4 in each slope. */
const noisy: Objective = (x, gradient) => {
  const error = (Math.sin(x[0]! * 12345.678 + x[1]! * 76543.21) * 43758.5453) % 1;
  const loss = (1 + extendedRosenbrock(x, gradient)) * (1 + 1e-4 * error);
  for (const [i, entry] of gradient.entries()) gradient[i] = entry + 1e-4 * Math.cos(error * (i + 1));
  return loss;
};
const saddle: Objective = ([a, b], gradient) => {
  gradient.set([2 * a!, -2 * b!]);
  return a! ** 2 - b! ** 2;
};

const FALLS = /^The loss falls without end/;
const CASES: Case[] = [
  [
    'a zero gradient',
    extendedRosenbrock,
    [-1.2, 1],
    'converged_gradient',
    /^Converged: max\|g\| = .* toleranceGrad = 1e-8$/,
  ],
  [
    'a gradient small beside the first',
    ofOne(
      (x) => (x - 3) ** 2,
      (x) => 2 * (x - 3),
    ),
    [1],
    'converged_gradient',
    /is not above 4e-10, 1e-10 of that at the start$/,
  ],
  [
    'no decrease left beside the loss',
    ofOne((x) => 1e9 + Math.cosh(x), Math.sinh),
    [2],
    'converged_slope',
    /^Converged: the decrease still to be had, \S+ of the loss, is within toleranceChange = 1e-13$/,
    { toleranceGrad: 0 },
  ],
  [
    'a noisy loss',
    noisy,
    [-1.2, 1],
    'converged_loss',
    /below \S+ of the loss are noise \(measured\)$/,
    { toleranceGrad: 0 },
  ],
  [
    'a line',
    ofOne(
      (x) => x,
      () => 1,
    ),
    [1],
    'unbounded',
    FALLS,
  ],
  [
    'a parabola that opens downwards',
    ofOne(
      (x) => -x * x,
      (x) => -2 * x,
    ),
    [1],
    'unbounded',
    FALLS,
  ],
  [
    'an exponential',
    ofOne(
      (x) => -Math.exp(x),
      (x) => -Math.exp(x),
    ),
    [1],
    'unbounded',
    FALLS,
  ],
  ['a saddle', saddle, [1, 1e-3], 'unbounded', FALLS],
  [
    'a wrong sign',
    ofOne(
      (x) => x * x,
      (x) => -2 * x,
    ),
    [1],
    'line_search_failed',
    /no lower loss: the gradient does not belong to the loss \(see checkGradient/,
  ],
  [
    'a wall',
    ofOne(
      (x) => (x < 2 ? -x : NaN),
      () => -1,
    ),
    [1],
    'line_search_failed',
    /a wall of values that are not finite/,
  ],
  [
    'a coarse tolerance',
    extendedRosenbrock,
    [-1.2, 1],
    'converged_loss',
    /five iterations changed the loss by less than toleranceChange = 0.5 of it$/,
    { toleranceChange: 0.5, toleranceGrad: 0 },
  ],
];

describe('how a solve ends', () => {
  for (const [what, fun, x0, status, message, options] of CASES) {
    it(`${what}: ${status}`, async () => {
      const result = minimize(fun, x0, options);
      assert.equal(result.status, status, result.message);
      assert.equal(result.converged, status.startsWith('converged_'));
      assert.match(result.message, message);
      assert.deepEqual(await minimizeAsync(fun, x0, options), result, 'minimizeAsync ends in the same way');
    });
  }

  it('units of the loss do not matter', () => {
    const ends = [-300, -40, 0, 40].map((power) => {
      const unit = 2 ** power;
      const result = minimize(
        (x, gradient) => {
          const loss = extendedRosenbrock(x, gradient) * unit;
          for (const [i, entry] of gradient.entries()) gradient[i] = entry * unit;
          return loss;
        },
        [-1.2, 1],
      );
      assert.ok(result.converged, result.message);
      assert.ok(result.loss / unit < 1e-15);
      return result.evaluations;
    });
    assert.ok(Math.max(...ends) <= 1.35 * Math.min(...ends), String(ends));
  });
});

describe("tolerances: 'torch'", () => {
  it('gives the numbers of 0.1.0 to the bit, with its other defaults', () => {
    const options = { tolerances: 'torch', lineSearchFn: 'strong_wolfe', historySize: 10, diagonal: false } as const;
    const { x, loss, status, evaluations } = minimize(
      ([a, b], gradient) => {
        gradient[0] = -400 * a! * (b! - a! * a!) - 2 * (1 - a!);
        gradient[1] = 200 * (b! - a! * a!);
        return 100 * (b! - a! * a!) ** 2 + (1 - a!) ** 2;
      },
      [-1.2, 1],
      options,
    );
    assert.deepEqual([...x], [0.99999933340764, 0.9999986743824543]);
    assert.deepEqual([loss, status, evaluations], [4.5007091453162787e-13, 'converged_slope', 44]);
  });

  it('is what a solve without a line search has', () => {
    const bowl = ofOne(
      (x) => x * x,
      (x) => 2 * x,
    );
    const [implied, said] = [undefined, 'torch' as const].map((tolerances) =>
      minimize(bowl, [1], { lineSearchFn: null, lr: 0.1, ...(tolerances && { tolerances }) }),
    );
    assert.deepEqual(implied, said);
    assert.throws(() => minimize(bowl, [1], { lineSearchFn: null, tolerances: 'relative' }), {
      code: 'ERR_LBFGS_ARG_VALUE',
    });
  });
});
