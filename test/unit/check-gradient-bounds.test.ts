import assert from 'node:assert/strict';
import { checkGradient, finiteDifferences, Parameter, type Bounds, type GradientCheck, type Objective } from 'lbfgs';
import { randomNumbers } from '../problems/numbers';
import { rangeRefusal } from '../problems/refusal';

/** sum of log(x_i) + i x_i: not defined for x_i < 0, -Infinity at 0. */
const logarithms: Objective = (x, gradient) => {
  let loss = 0;
  for (const [i, value] of x.entries()) {
    loss += Math.log(value) + i * value;
    gradient[i] = 1 / value + i;
  }
  return loss;
};

/** The same function, which refuses to be called outside of the box. */
const within =
  (fun: Objective, lower: ArrayLike<number>, upper: ArrayLike<number>): Objective =>
  (x, gradient) => {
    for (const [i, value] of x.entries()) assert.ok(value >= lower[i]! && value <= upper[i]!, `x[${i}] = ${value}`);
    return fun(x, gradient);
  };

const wrongAt =
  (fun: Objective, index: number, wrong: (value: number) => number): Objective =>
  (x, gradient) => {
    const loss = fun(x, gradient);
    gradient[index] = wrong(gradient[index]!);
    return loss;
  };

for (const dtype of ['float64', 'float32'] as const) {
  describe(`checkGradient with bounds, ${dtype}`, () => {
    const size = 8;
    const lower = Float64Array.from({ length: size }, (_, i) => 0.7 + i / 10);
    const upper = lower.map((value, i) => value + [1, 0.5, 1e-3, 2][i % 4]!);
    const bounds: Bounds = { lower, upper };
    const points = {
      'at the lower corner': lower,
      'at the upper corner': upper,
      'at a mixed corner': lower.map((value, i) => (i % 2 === 0 ? value : upper[i]!)),
      'inside, near bounds': lower.map((value, i) => value + (upper[i]! - value) * [0.5, 1e-7, 0.3, 1 - 1e-7][i % 4]!),
    };
    for (const [where, x] of Object.entries(points)) {
      it(`finds a right gradient right, and stays in the box: ${where}`, () => {
        const check = checkGradient(within(logarithms, lower, upper), x, { bounds, dtype });
        assert.equal(check.ok, true, JSON.stringify(check));
      });

      for (const [mistake, wrong] of Object.entries<(value: number) => number>({
        'the wrong sign': (value) => -value,
        'a half too much': (value) => 1.5 * value,
        NaN: () => NaN,
      })) {
        it(`names the entry that has ${mistake}, ${where}`, () => {
          for (const index of [0, 3, 7]) {
            const fun: Objective = wrongAt(within(logarithms, lower, upper), index, wrong);
            const check: GradientCheck = checkGradient(fun, x, { bounds, dtype });
            assert.deepEqual([check.ok, check.worstIndex], [false, index]);
            const slope = 1 / x[index]! + index;
            assert.ok(Math.abs(check.numeric / slope - 1) < 1e-3, `${check.numeric}, not ${slope}`);
          }
        });
      }
    }

    it('never leaves any of 300 random boxes', () => {
      const random = randomNumbers(5);
      for (let round = 0; round < 300; round++) {
        const low = Float64Array.from({ length: 4 }, () => 1.5 + random() / 2);
        const high = low.map((value) => value + Math.max(1e-5, 10 ** (3 * random() - 3)));
        const x = low.map((value, i) => value + (high[i]! - value) * [0, 1, 0.5, 1e-6][(round + i) % 4]!);
        const fun = within(logarithms, low, high);
        const check = checkGradient(fun, x, { bounds: { lower: low, upper: high }, dtype, seed: round });
        assert.equal(check.ok, true, `${round}: ${JSON.stringify(check)}`);
      }
    });

    it('ignores fixed variables, whatever their gradient is', () => {
      const fun = within(
        wrongAt(logarithms, 1, () => NaN),
        [0.5, 2, 0.5],
        [4, 2, 4],
      );
      const check = checkGradient(fun, [1, 2, 3], {
        bounds: [
          [0.5, 4],
          [2, 2],
          [0.5, 4],
        ],
        dtype,
      });
      assert.equal(check.ok, true, JSON.stringify(check));
    });
  });
}

describe('checkGradient with bounds', () => {
  it('moves x into the box', () => {
    const check = checkGradient(within(logarithms, [1, 1], [2, 2]), [-5, 9], { bounds: { lower: 1, upper: 2 } });
    assert.equal(check.ok, true);
  });

  it('changes nothing where there is room', () => {
    const wrong = wrongAt(logarithms, 1, (value) => 1.5 * value);
    const x = [3, 4, 5];
    assert.deepEqual(checkGradient(wrong, x, { bounds: { lower: 0, upper: 100 } }), checkGradient(wrong, x));
  });

  it('takes those of all parameters, one behind the other', () => {
    const a = new Parameter(Float32Array.of(0.1, 2));
    const b = new Parameter([0]);
    const closure = (): number => {
      assert.ok(a.data[0]! >= 0.1 && b.data[0]! >= 0, `${a.data[0]!}, ${b.data[0]!}`);
      a.grad = [1 / (2 * Math.sqrt(a.data[0]!)), 2 * a.data[1]!];
      b.grad = [Math.exp(b.data[0]!)];
      return Math.sqrt(a.data[0]!) + a.data[1]! ** 2 + Math.exp(b.data[0]!);
    };
    const bounds: Bounds = [
      [0.1, 5],
      [null, null],
      [0, 1],
    ];
    const check = checkGradient([a, b], closure, { bounds });
    assert.equal(check.ok, true, JSON.stringify(check));
    assert.deepEqual([...a.data, ...b.data], [Math.fround(0.1), 2, 0]);
  });

  it('finds the differences of finiteDifferences right, in the same box', () => {
    const bounds: Bounds = { lower: 0 };
    const root = (x: Float64Array): number => {
      assert.ok(x.every((value) => value >= 0));
      return x.reduce((sum, value) => sum + Math.exp(value), 0);
    };
    assert.equal(checkGradient(finiteDifferences(root, { bounds }), [0, 1], { bounds }).ok, true);
  });

  it('refuses bounds of another size', () => {
    assert.throws(
      () => checkGradient(logarithms, [1, 2], { bounds: [[0, 1]] }),
      rangeRefusal('ERR_LBFGS_ARG_VALUE', 'Expected 2 pairs for bounds but received 1'),
    );
  });
});
