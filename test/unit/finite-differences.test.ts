import assert from 'node:assert/strict';
import {
  checkGradient,
  finiteDifferences,
  minimize,
  minimizeAsync,
  type Bounds,
  type DifferenceOrder,
  type FiniteDifferencesOptions,
  type MinimizeOptions,
} from 'lbfgs';
import { MGH } from '../problems/collection';
import { solve } from '../problems/collection/solve';
import { randomNumbers } from '../problems/numbers';
import { extendedRosenbrock } from '../problems/objectives';
import { rangeRefusal, typeRefusal, untyped } from '../problems/refusal';

const ORDERS: readonly DifferenceOrder[] = ['forward', 'central'];
/** Relative errors of derivatives of functions whose derivatives are all about 1. */
const ERRORS = { forward: 1e-6, central: 1e-8 };
const rosenbrock = (x: Float64Array): number => extendedRosenbrock(x, new Float64Array(x.length));

/** The points that the function was called at, each a copy. */
function recorded(fun: (x: Float64Array) => number): { fun: (x: Float64Array) => number; points: Float64Array[] } {
  const points: Float64Array[] = [];
  return {
    points,
    fun: (x) => {
      points.push(x.slice());
      return fun(x);
    },
  };
}

function gradientAt(fun: (x: Float64Array) => number, x: number[], options: FiniteDifferencesOptions): Float64Array {
  const gradient = new Float64Array(x.length).fill(7);
  assert.equal(finiteDifferences(fun, options)(Float64Array.from(x), gradient), fun(Float64Array.from(x)));
  return gradient;
}

for (const order of ORDERS) {
  const error = ERRORS[order];
  const sum = (x: Float64Array): number => x.reduce((total, value, i) => total + Math.exp(value) * (i + 1), 0);
  const slopes = (x: number[]): number[] => x.map((value, i) => Math.exp(value) * (i + 1));
  const assertNear = (gradient: Float64Array, expected: number[]): void => {
    for (const [i, slope] of expected.entries()) {
      assert.ok(Math.abs(gradient[i]! / slope - 1) < error, `${gradient[i]!} at ${i}, not ${slope}`);
    }
  };

  describe(`finiteDifferences, ${order}`, () => {
    it('finds a gradient, which checkGradient finds right', () => {
      const x = [0.3, -0.5, 0.1, 0];
      assertNear(gradientAt(sum, x, { order }), slopes(x));
      assert.equal(checkGradient(finiteDifferences(sum, { order }), x).ok, true);
    });

    it(`calls the function at x first, and ${order === 'forward' ? 'n' : '2 n'} times more, each time at one entry changed`, () => {
      const { fun, points } = recorded((x) => x.reduce((total, value) => total + value, 0));
      const x = [1, 1e6, -1e6, 1e-6];
      finiteDifferences(fun, { order, step: 1e-5 })(Float64Array.from(x), new Float64Array(4));
      assert.deepEqual([...points[0]!], x);
      assert.equal(points.length, 1 + (order === 'forward' ? 4 : 8));
      for (const point of points.slice(1)) {
        const moved = x.flatMap((value, i) => (point[i] === value ? [] : [i]));
        assert.equal(moved.length, 1);
        const [i] = moved as [number];
        const step = Math.abs(point[i]! - x[i]!) / Math.max(1, Math.abs(x[i]!));
        assert.ok(Math.abs(step / 1e-5 - 1) < 1e-6, `${step}`);
      }
    });

    it('never leaves the box, at its corners, in narrow ones and anywhere in 2000 random ones', () => {
      const random = randomNumbers(11);
      for (let round = 0; round < 2000; round++) {
        const width = 10 ** (8 * random() - 8);
        const lower = Float64Array.from({ length: 3 }, () => 2 * random() - 1);
        const upper = lower.map((value) => value + width * Math.abs(random()));
        const x = lower.map(
          (value, i) => [value, upper[i]!, value + Math.abs(random()) * (upper[i]! - value)][(round + i) % 3]!,
        );
        for (const i of x.keys()) x[i] = Math.min(x[i]!, upper[i]!);
        const { fun, points } = recorded(sum);
        const gradient = new Float64Array(3);
        finiteDifferences(fun, { order, bounds: { lower, upper } })(x, gradient);
        for (const point of points) {
          assert.ok(
            point.every((value, i) => value >= lower[i]! && value <= upper[i]!),
            `${point.join()} in ${lower.join()}, ${upper.join()}`,
          );
        }
        const rounding = gradient.map((value, i) => Math.abs(value / slopes([...x])[i]! - 1) * (upper[i]! - lower[i]!));
        assert.ok(
          rounding.every((value) => value < 1e-8 || order === 'forward'),
          rounding.join(),
        );
      }
    });

    it('is as accurate at a bound as elsewhere', () => {
      const x = [0, 1, 0.5];
      const bounds: Bounds = [
        [0, 2],
        [-1, 1],
        [0.5, null],
      ];
      assertNear(gradientAt(sum, x, { order, bounds }), slopes(x));
    });

    it('does not move fixed variables', () => {
      const { fun, points } = recorded(sum);
      const bounds: Bounds = [
        [2, 2],
        [null, null],
      ];
      const gradient = gradientAt(fun, [2, 0], { order, bounds });
      assert.equal(gradient[0], 0);
      assertNear(gradient.subarray(1), [2]);
      assert.ok(points.every(([first]) => first === 2));
    });

    it('goes to the other side of a point where the function is not finite', () => {
      const wall = (x: Float64Array): number => (x[0]! > 1 || x[1]! < 1 ? NaN : sum(x));
      assertNear(gradientAt(wall, [1, 1], { order }), slopes([1, 1]));
    });

    it('leaves NaN where the function is finite on neither side', () => {
      const needle = (x: Float64Array): number => (x[1] === 1 ? x[0]! : Infinity);
      const gradient = gradientAt(needle, [1, 1], { order });
      assert.ok(Math.abs(gradient[0]! - 1) < error);
      assert.ok(Number.isNaN(gradient[1]));
      assert.throws(
        () => minimize(needle, [1, 1], { gradient: order }),
        /received NaN for the finite difference by x\[1\]; nothing was moved$/,
      );
    });

    it('makes one call where the function is not finite at x', () => {
      const { fun, points } = recorded(() => NaN);
      const gradient = new Float64Array(5);
      assert.ok(Number.isNaN(finiteDifferences(fun, { order })(gradient.slice(), gradient)));
      assert.ok(gradient.every(Number.isNaN));
      assert.equal(points.length, 1);
    });

    it('finds the slope from a start that is tiny and says nothing of its size', () => {
      const { x, converged } = minimize((at) => (at[0]! - 1) ** 2 + (at[1]! - 2) ** 2, [1e-12, 1], { gradient: order });
      assert.equal(converged, true);
      assert.ok(Math.abs(x[0]! - 1) + Math.abs(x[1]! - 2) < 1e-6, x.join());
    });

    it('gives the same bits with promises, also with some', async () => {
      const always = finiteDifferences(async (x) => Promise.resolve(sum(x)), { order });
      let calls = 0;
      const sometimes = finiteDifferences((x) => (++calls % 3 === 0 ? Promise.resolve(sum(x)) : sum(x)), { order });
      const x = [1, 2, 3];
      const expected = gradientAt(sum, x, { order });
      for (const objective of [always, sometimes]) {
        const gradient = new Float64Array(3);
        assert.equal(await objective(Float64Array.from(x), gradient), sum(Float64Array.from(x)));
        assert.deepEqual(gradient, expected);
      }
    });

    it('keeps its points from a function that writes into x', () => {
      const writing = (x: Float64Array): number => {
        const value = sum(x);
        x.fill(1e9);
        return value;
      };
      assert.deepEqual(gradientAt(writing, [1, 2, 3], { order }), gradientAt(sum, [1, 2, 3], { order }));
    });
  });

  describe(`minimize with the gradient '${order}'`, () => {
    it('solves all problems of Moré, Garbow and Hillstrom, and says so', () => {
      const unused = new Float64Array(40);
      for (const problem of MGH) {
        const options: MinimizeOptions & { gradient: DifferenceOrder } = { gradient: order, maxEval: 300_000 };
        const { gap, result, allEvaluations } = solve(problem, (evaluate, x0) =>
          minimize((x) => evaluate(x, unused.subarray(0, x.length)), x0, options),
        );
        assert.equal(result.converged, true, `${problem.name}: ${result.message}`);
        assert.ok(gap <= 1e-6, `${problem.name}: ${gap}`);
        assert.equal(result.evaluations, allEvaluations);
      }
    });

    it('counts every call, and ends between iterations once there are maxEval', () => {
      let calls = 0;
      const counted = (x: Float64Array): number => {
        calls++;
        return rosenbrock(x);
      };
      const counts: number[][] = [];
      const { status, evaluations, message } = minimize(counted, [-1.2, 1], {
        gradient: order,
        maxEval: 60,
        onIteration: (info) => void counts.push([info.evaluations, calls]),
      });
      assert.equal(status, 'max_eval');
      assert.equal(evaluations, calls);
      assert.ok(calls >= 60 && counts.at(-2)![0]! < 60, String(calls));
      assert.ok(counts.every(([told, made]) => told === made));
      assert.equal(message, `Stopped after ${calls} evaluations, maxEval = 60`);
    });

    it('makes the same bits with promises', async () => {
      const options = { gradient: order, scale: 'auto' } as const;
      const later = async (x: Float64Array): Promise<number> => Promise.resolve(rosenbrock(x));
      assert.deepEqual(await minimizeAsync(later, [-1.2, 1], options), minimize(rosenbrock, [-1.2, 1], options));
    });

    it('stops when onIteration says so, and passes errors and reasons through', async () => {
      const { status } = minimize(rosenbrock, [-1.2, 1], { gradient: order, onIteration: () => false });
      assert.equal(status, 'stopped');
      const error = new Error('no data');
      let calls = 0;
      const failing = (x: Float64Array): number => {
        if (++calls === 12) throw error;
        return rosenbrock(x);
      };
      assert.throws(
        () => minimize(failing, [-1.2, 1], { gradient: order }),
        (thrown) => thrown === error,
      );
      const controller = new AbortController();
      let made = 0;
      const aborting = (x: Float64Array): number => {
        if (++made === 2) controller.abort(error);
        return rosenbrock(x);
      };
      const { signal } = controller;
      await assert.rejects(
        minimizeAsync(aborting, new Float64Array(10), { gradient: order, signal }),
        (thrown) => thrown === error,
      );
      assert.equal(made, 2);
    });

    it('ends at the time limit', () => {
      const { status, evaluations } = minimize(rosenbrock, [-1.2, 1], { gradient: order, timeLimit: 1e-9 });
      assert.equal(status, 'time_limit');
      assert.equal(evaluations, order === 'forward' ? 3 : 5);
    });

    it('refuses what is no number, at x and beside it', () => {
      for (const wrong of [1, 2]) {
        let calls = 0;
        const fun = (x: Float64Array): number => (++calls === wrong ? untyped(undefined) : rosenbrock(x));
        assert.throws(
          () => minimize(fun, [-1.2, 1], { gradient: order }),
          typeRefusal(
            'ERR_LBFGS_CLOSURE_RESULT',
            'Expected a number from fun but received undefined; did you forget return?',
          ),
        );
      }
      let calls = 0;
      const later = async (x: Float64Array): Promise<number> => Promise.resolve(++calls && rosenbrock(x));
      assert.throws(() => minimize(untyped(later), [-1.2, 1], { gradient: order }), /use minimizeAsync/);
      assert.equal(calls, 1);
    });

    it('takes the function without calling it with a gradient', () => {
      const given: unknown[][] = [];
      minimize(
        (...args: unknown[]) => {
          given.push(args.slice(1));
          return 0;
        },
        [1],
        { gradient: order },
      );
      assert.ok(
        given.every(([call, ...others]) => Object.keys(call as object).join() === 'signal' && others.length === 0),
      );
    });
  });
}

describe('minimize with a gradient of forward differences that are too coarse', () => {
  it('goes on with central ones: iterations, counts and onFailure are those of one solve', () => {
    const { evaluate, start } = MGH.find(({ name }) => name === 'helical valley')!;
    const iterations: number[] = [];
    const helix = (x: Float64Array): number => evaluate(x, new Float64Array(3));
    const result = minimize(helix, start, {
      gradient: 'forward',
      onIteration: ({ iteration }) => void iterations.push(iteration),
      onFailure: () => assert.fail('not at the end'),
    });
    assert.equal(result.converged, true, result.message);
    assert.deepEqual(
      iterations,
      iterations.map((_, i) => i + 1),
    );
    assert.equal(result.iterations, iterations.length);
    const coarse = minimize(finiteDifferences(helix, { order: 'forward' }), start);
    assert.equal(coarse.status, 'line_search_failed');
    assert.ok(result.loss < coarse.loss / 100, `${result.loss} and ${coarse.loss}`);
  });

  it('says that they are differences where the line search fails for another reason', () => {
    const jump = (x: Float64Array): number => (x[0]! - 3) ** 2 + Math.floor(4 * x[0]!) / 7 + x[1]! ** 2;
    const { status, message } = minimize(jump, [1.1, 1], { gradient: 'forward' });
    assert.equal(status, 'line_search_failed');
    assert.match(message, /; the gradient is made of central differences$/);
  });
});

describe('finiteDifferences', () => {
  it('takes steps for the noise of a function', () => {
    const noisy = (x: Float64Array): number => {
      const value = 1 + (x[0]! - 1) ** 2 + 4 * (x[1]! + 2) ** 2;
      return Math.fround(value);
    };
    const { x, loss } = minimize(finiteDifferences(noisy, { order: 'central', step: Math.cbrt(6e-8) }), [3, 3], {
      noise: 6e-8,
    });
    assert.ok(loss - 1 < 1e-6, String(loss));
    assert.ok(Math.abs(x[0]! - 1) + Math.abs(x[1]! + 2) < 2e-3, x.join());
  });

  it('refuses x outside of the bounds, and of another size', () => {
    const objective = finiteDifferences(() => 0, { bounds: [[0, 1]] });
    assert.throws(
      () => objective(Float64Array.of(2), new Float64Array(1)),
      rangeRefusal(
        'ERR_LBFGS_ARG_VALUE',
        'Expected a number <= 1 for x but received 2 at index 0; x must lie in the bounds',
      ),
    );
    assert.throws(
      () => objective(new Float64Array(2), new Float64Array(2)),
      rangeRefusal('ERR_LBFGS_ARG_VALUE', 'Expected 1 numbers for x but received 2'),
    );
  });

  it('copies the bounds', () => {
    const bounds: [number, number][] = [[0, 1]];
    const { fun, points } = recorded((x) => x[0]!);
    const objective = finiteDifferences(fun, { bounds });
    bounds[0] = [5, 6];
    objective(Float64Array.of(1), new Float64Array(1));
    assert.ok(points.every(([x]) => x! <= 1));
  });

  for (const [options, refusal] of [
    [
      { order: 'backward' },
      rangeRefusal('ERR_LBFGS_ARG_VALUE', "Expected 'forward' or 'central' for order but received 'backward'"),
    ],
    [
      { step: 0 },
      rangeRefusal('ERR_LBFGS_ARG_VALUE', `Expected a finite number >= ${2 ** -48} for step but received 0`),
    ],
    [
      { step: NaN },
      rangeRefusal('ERR_LBFGS_ARG_VALUE', `Expected a finite number >= ${2 ** -48} for step but received NaN`),
    ],
    [
      { step: '1' },
      typeRefusal('ERR_LBFGS_ARG_TYPE', `Expected a finite number >= ${2 ** -48} for step but received '1'`),
    ],
    [
      { eps: 1 },
      typeRefusal(
        'ERR_LBFGS_UNKNOWN_OPTION',
        "Expected a known option for finiteDifferences but received 'eps'; did you mean step?",
      ),
    ],
  ] as const) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      assert.throws(() => finiteDifferences(() => 0, untyped(options)), refusal);
    });
  }

  it('refuses what is no function, and minimize what is no order', () => {
    assert.throws(
      () => finiteDifferences(untyped(1)),
      typeRefusal('ERR_LBFGS_ARG_TYPE', 'Expected a function for fun but received 1'),
    );
    assert.throws(
      () => minimize(rosenbrock, [1, 2], { gradient: untyped('2-point') }),
      rangeRefusal('ERR_LBFGS_ARG_VALUE', "Expected 'forward' or 'central' for gradient but received '2-point'"),
    );
    assert.throws(
      () => minimize(rosenbrock, [1, 2], { gradient: untyped(() => 0) }),
      typeRefusal('ERR_LBFGS_ARG_TYPE', "Expected 'forward' or 'central' for gradient but received a function"),
    );
  });
});
