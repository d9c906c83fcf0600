// Solves with bounds and L1. How their options are checked: test/unit/bounds-options.test.ts.

import assert from 'node:assert/strict';
import { minimize, minimizeAsync, type Bounds, type MinimizeOptions, type MinimizeResult, type Objective } from 'lbfgs';
import { randomNumbers } from '../problems/numbers';
import { extendedRosenbrock, separableQuadratic } from '../problems/objectives';

interface Case {
  readonly name: string;
  readonly fun: Objective;
  readonly x0: ArrayLike<number>;
  readonly options: MinimizeOptions;
  readonly lower: (i: number) => number;
  readonly upper: (i: number) => number;
}

const none = (): number => Infinity;
const below = (): number => -Infinity;
const SIZE = 40;
/** A convex quadratic with a chain of couplings. */
const chain: Objective = (x, gradient) => {
  let loss = 0;
  gradient.fill(0);
  for (let i = 0; i < x.length; i++) {
    const away = x[i]! - Math.sin(3 * i);
    loss += away ** 2;
    gradient[i]! += 2 * away;
    if (i === 0) continue;
    const step = x[i]! - x[i - 1]!;
    loss += 5 * step ** 2;
    gradient[i]! += 10 * step;
    gradient[i - 1]! -= 10 * step;
  }
  return loss;
};

const CASES: readonly Case[] = [
  {
    name: 'Rosenbrock with its minimum at a corner',
    fun: extendedRosenbrock,
    x0: [-1.2, 1],
    options: {
      bounds: [
        [-2, 0.5],
        [-2, 0.1],
      ],
    },
    lower: () => -2,
    upper: (i) => [0.5, 0.1][i]!,
  },
  {
    name: 'the chain in a box for all',
    fun: chain,
    x0: new Float64Array(SIZE),
    options: { bounds: { lower: -0.1, upper: 0.3 } },
    lower: () => -0.1,
    upper: () => 0.3,
  },
  {
    name: 'the chain with bounds on one side, and fixed variables',
    fun: chain,
    x0: new Float64Array(SIZE).fill(5),
    options: {
      bounds: Array.from({ length: SIZE }, (_, i) => (i % 5 === 0 ? ([0.2, 0.2] as const) : ([0, null] as const))),
    },
    lower: (i) => (i % 5 === 0 ? 0.2 : 0),
    upper: (i) => (i % 5 === 0 ? 0.2 : Infinity),
  },
  {
    name: 'the chain with an L1 penalty',
    fun: chain,
    x0: new Float64Array(SIZE).fill(1),
    options: { l1: Float64Array.from({ length: SIZE }, (_, i) => (i === 0 ? 0 : 0.4)) },
    lower: below,
    upper: none,
  },
  {
    name: 'the chain with both',
    fun: chain,
    x0: new Float64Array(SIZE).fill(-3),
    options: { l1: 0.3, bounds: { lower: -0.2, upper: null } },
    lower: () => -0.2,
    upper: none,
  },
  {
    name: 'the chain with bounds and a scale',
    fun: chain,
    x0: new Float64Array(SIZE).fill(0.07),
    options: { bounds: { lower: 0.05, upper: 0.3 }, scale: 'auto' },
    lower: () => 0.05,
    upper: () => 0.3,
  },
];

/** l1_i of the options. */
function weightOf({ l1 = 0 }: MinimizeOptions, i: number): number {
  return typeof l1 === 'number' ? l1 : l1[i]!;
}

/** The largest entry of P(soft(x - g, w)) - x: 0 at a minimum. */
function residualOf({ lower, upper, options }: Case, { x, gradient }: MinimizeResult): number {
  return x.reduce((most, value, i) => {
    const moved = value - gradient[i]!;
    const soft = Math.sign(moved) * Math.max(Math.abs(moved) - weightOf(options, i), 0);
    return Math.max(most, Math.abs(Math.min(Math.max(soft, lower(i)), upper(i)) - value));
  }, 0);
}

for (const each of CASES) {
  const { name, fun, x0, options, lower, upper } = each;

  describe(`minimize: ${name}`, () => {
    const points: Float64Array[] = [];
    const recorded: Objective = (x, gradient) => {
      points.push(x.slice());
      return fun(x, gradient);
    };
    let result: MinimizeResult;
    before(() => {
      result = minimize(recorded, x0, options);
    });

    it('ends converged at a point where nothing is left', () => {
      assert.equal(result.converged, true, result.message);
      assert.ok(residualOf(each, result) < 1e-5, String(residualOf(each, result)));
      if (options.scale === undefined) {
        const residual = residualOf(each, result);
        assert.ok(Math.abs(result.gradNorm - residual) <= 1e-12 + 1e-9 * residual, `${result.gradNorm}, ${residual}`);
      }
    });

    it('calls the function within the box only, to the bit, and never at -0', () => {
      assert.ok(points.length > 1);
      for (const point of points) {
        for (const [i, value] of point.entries()) {
          assert.ok(value >= lower(i) && value <= upper(i) && !Object.is(value, -0), `x[${i}] = ${value}`);
        }
      }
    });

    it('returns a loss with the penalty and a gradient without', () => {
      const gradient = new Float64Array(x0.length);
      const loss = fun(result.x, gradient);
      const penalty = result.x.reduce((sum, value, i) => sum + weightOf(options, i) * Math.abs(value), 0);
      assert.ok(Math.abs(result.loss - loss - penalty) <= 1e-12 * (1 + Math.abs(loss)), `${result.loss}`);
      assert.deepEqual(result.gradient, gradient);
    });

    it('gives the same bits with promises, and at another number of threads', async () => {
      const later = async (x: Float64Array, gradient: Float64Array): Promise<number> =>
        Promise.resolve(fun(x, gradient));
      assert.deepEqual(await minimizeAsync(later, x0, options), result);
      assert.deepEqual(minimize(fun, x0, { ...options, threads: 2 }), result);
    });

    for (const order of ['forward', 'central'] as const) {
      it(`finds the same minimum by ${order} differences, within the box`, () => {
        const alone = (x: Float64Array): number => {
          for (const [i, value] of x.entries()) assert.ok(value >= lower(i) && value <= upper(i), `x[${i}] = ${value}`);
          return fun(x, new Float64Array(x.length));
        };
        const { x, converged, message } = minimize(alone, x0, { ...options, gradient: order });
        assert.equal(converged, true, message);
        for (const [i, value] of x.entries()) assert.ok(Math.abs(value - result.x[i]!) < 1e-4, `${i}: ${value}`);
      });
    }
  });
}

describe('minimize with bounds', () => {
  it('ends at a corner exactly', () => {
    const { x, converged, gradNorm } = minimize(separableQuadratic([1, 10, 3], [5, -5, 0.5]), [0.1, 0.2, 0.3], {
      bounds: { lower: 0, upper: 1 },
    });
    assert.equal(converged, true);
    assert.deepEqual([...x].slice(0, 2), [1, 0]);
    assert.ok(Math.abs(x[2]! - 0.5) < 1e-7 && gradNorm < 1e-6);
  });

  it('moves a start outside of the box into it', () => {
    const points: number[][] = [];
    minimize(
      (x, gradient) => {
        points.push([...x]);
        return separableQuadratic([1, 1], [0, 0])(x, gradient);
      },
      [-7, 9],
      { bounds: { lower: [-1, -1], upper: [1, 2] } },
    );
    assert.deepEqual(points[0], [-1, 2]);
  });

  it('does not move fixed variables, whatever their gradient says', () => {
    for (const entry of [NaN, Infinity, 1e300, undefined]) {
      const fun: Objective = (x, gradient) => {
        gradient[0] = 2 * (x[0]! - x[1]!);
        if (entry !== undefined) gradient[1] = entry;
        return (x[0]! - x[1]!) ** 2;
      };
      const bounds: Bounds = [
        [null, null],
        [3, 3],
      ];
      for (const scale of [undefined, [8, 0.25]]) {
        const result: MinimizeResult = minimize(fun, [0, 1], { bounds, ...(scale && { scale }) });
        const { x, converged, gradient, message } = result;
        assert.equal(converged, true, message);
        assert.ok(Math.abs(x[0]! - 3) < 1e-7);
        assert.equal(x[1], 3);
        assert.ok(Number.isFinite(gradient[1]), String(gradient[1]));
      }
    }
  });

  it('evaluates once where all variables are fixed, and has converged', () => {
    const { x, status, evaluations } = minimize(extendedRosenbrock, [5, 5], {
      bounds: [
        [1, 1],
        [2, 2],
      ],
    });
    assert.deepEqual([...x], [1, 2]);
    assert.deepEqual([status, evaluations], ['converged_gradient', 1]);
  });

  it('still names an entry of a free variable that was not written, or is not finite', () => {
    const bounds: Bounds = [
      [0, 0],
      [0, 5],
    ];
    assert.throws(() => minimize((x) => x[1]!, [0, 1], { bounds }), {
      code: 'ERR_LBFGS_CLOSURE_RESULT',
      message: /left gradient\[1\] as it was/,
    });
    assert.throws(
      () =>
        minimize(
          (x, gradient) => {
            gradient.fill(NaN);
            return x[1]!;
          },
          [0, 1],
          { bounds },
        ),
      { code: 'ERR_LBFGS_NON_FINITE_START', message: /received NaN for gradient\[1\]/ },
    );
  });

  it('never calls the function outside of any of 500 random boxes', () => {
    const random = randomNumbers(3);
    for (let round = 0; round < 500; round++) {
      const lower = Float64Array.from({ length: 6 }, () => 3 * random());
      const upper = lower.map((value) => value + Math.max(0, 4 * random()));
      const scale = lower.map(() => 10 ** (3 * random()));
      const fun: Objective = (x, gradient) => {
        for (const [i, value] of x.entries()) assert.ok(value >= lower[i]! && value <= upper[i]!, `x[${i}] = ${value}`);
        return extendedRosenbrock(x, gradient);
      };
      const x0 = lower.map(() => 5 * random());
      const options: MinimizeOptions = { bounds: { lower, upper }, l1: Math.max(0, random()) };
      minimize(fun, x0, round % 2 === 0 ? options : { ...options, scale });
    }
  });

  it('copies the bounds', () => {
    const lower = Float64Array.of(0, 0);
    const fun = separableQuadratic([1, 2], [-1, -1]);
    const { x } = minimize(
      (at, gradient) => {
        lower.fill(-5);
        return fun(at, gradient);
      },
      [1, 1],
      { bounds: { lower } },
    );
    assert.deepEqual([...x], [0, 0]);
  });

  it('tells onIteration points of the box, in the units of x', () => {
    minimize(chain, new Float64Array(SIZE).fill(0.07), {
      bounds: { lower: 0.05, upper: 0.3 },
      scale: 1e-3,
      onIteration: (_, x) => {
        assert.ok(x.every((value) => value >= 0.05 && value <= 0.3));
      },
    });
  });
});

describe('minimize with l1', () => {
  const x0 = [1, 1, 1, 1];
  const fun = separableQuadratic([1, 2, 1, 1], [3, 0.4, -0.2, 2]);

  it('makes zeros exact, +0, and leaves weights of 0 alone: x = soft(minimiser, l1 / curvature)', () => {
    const { x, loss, converged, message } = minimize(fun, x0, { l1: [0, 1, 1, 1] });
    assert.equal(converged, true, message);
    for (const [i, expected] of [3, 0, 0, 1].entries()) {
      assert.ok(expected === 0 ? Object.is(x[i], 0) : Math.abs(x[i]! - expected) < 1e-7, x.join());
    }
    assert.ok(Math.abs(loss - (0.16 + 0.02 + 0.5 + 1)) < 1e-12, String(loss));
  });

  it('large enough makes all zero at once', () => {
    const { x, converged } = minimize(fun, x0, { l1: 1e3 });
    assert.equal(converged, true);
    assert.ok(
      x.every((value) => Object.is(value, 0)),
      x.join(),
    );
  });

  it('gives the same minimum whatever the units are', () => {
    const one = minimize(chain, new Float64Array(SIZE), { l1: 0.4 });
    const other = minimize(chain, new Float64Array(SIZE), { l1: 0.4, scale: 1e-2 });
    assert.ok(Math.abs(one.loss - other.loss) <= 1e-9 * Math.abs(one.loss));
    assert.deepEqual(
      one.x.map((value) => Number(value === 0)),
      other.x.map((value) => Number(value === 0)),
    );
  });
});
