import assert from 'node:assert/strict';
import { checkGradient, type Objective } from 'lbfgs';
import { logisticRegression32, network32 } from '../problems/float32';
import { randomNumbers } from '../problems/numbers';
import { extendedRosenbrock } from '../problems/objectives';
import { rangeRefusal, typeRefusal, untyped } from '../problems/refusal';

const FEATURES = 12;

function pointOf(size: number): number[] {
  const random = randomNumbers(4);
  return Array.from({ length: FEATURES }, () => size * random());
}

describe('checkGradient of a loss in single precision', () => {
  for (const samples of [50, 1000]) {
    const fun = logisticRegression32(FEATURES, samples);
    for (const size of [0, 0.1, 1, 3]) {
      it(`finds a right gradient right: logistic regression on ${samples} samples, weights up to ${size}`, () => {
        const check = checkGradient(fun, pointOf(size), { dtype: 'float32' });
        assert.equal(check.ok, true, JSON.stringify(check));
        assert.equal(checkGradient(fun, pointOf(size)).ok, false, 'in double precision it is not right');
      });

      it(`names the entry that is wrong: logistic regression on ${samples} samples, weights up to ${size}`, () => {
        for (const [index, wrong] of [
          [0, (value: number) => 2 * value],
          [1, (value: number) => -value],
          [FEATURES - 1, (value: number) => value + 0.01],
        ] as const) {
          const spoiled: Objective = (x, gradient) => {
            const loss = fun(x, gradient);
            gradient[index] = Math.fround(wrong(gradient[index]!));
            return loss;
          };
          const check = checkGradient(spoiled, pointOf(size), { dtype: 'float32' });
          assert.deepEqual([check.ok, check.worstIndex], [false, index], JSON.stringify(check));
        }
      });
    }
  }

  for (const activation of ['tanh', 'relu'] as const) {
    it(`finds the gradients of networks right, whose steps lead over kinks or not: ${activation}`, () => {
      for (const units of [4, 13, 30, 58]) {
        const { params, closure } = network32(units, activation);
        for (const seed of [0, 10, 20]) {
          const check = checkGradient(params, closure, { seed });
          assert.equal(check.ok, true, `${units} units, seed ${seed}: ${JSON.stringify(check)}`);
        }
      }
    });

    it(`names the parameter and the entry of a network that is wrong: ${activation}`, () => {
      const { params, closure } = network32(30, activation);
      for (const [parameter, entry] of [
        [0, 59],
        [1, 2],
        [2, 1],
        [3, 0],
      ] as const) {
        const spoiled = (): number => {
          const loss = closure();
          params[parameter].grad![entry]! += 0.05;
          return loss;
        };
        const check = checkGradient(params, spoiled);
        assert.deepEqual([check.ok, check.worstParameter, check.worstEntry], [false, parameter, entry]);
      }
    });
  }

  it('asks at points that float32 can hold, some 5e-3 away', () => {
    const x = [0.1, 30];
    const asked: number[][] = [];
    const watched: Objective = (point, gradient) => {
      asked.push([...point]);
      return extendedRosenbrock(point, gradient);
    };
    checkGradient(watched, x, { dtype: 'float32' });
    assert.ok(asked.flat().every((value) => Object.is(value, Math.fround(value))));
    const distances = asked.map(([first]) => Math.abs(first! - 0.1));
    assert.ok(Math.abs(Math.max(...distances) - Math.cbrt(2 ** -23)) < 1e-6, String(Math.max(...distances)));
  });

  it('takes a function in double precision too, and sees a mistake of one per cent', () => {
    const x = Array.from({ length: 10 }, (_, i) => 1 + i / 3);
    assert.equal(checkGradient(extendedRosenbrock, x, { dtype: 'float32' }).ok, true);
    const wrong: Objective = (point, gradient) => {
      const loss = extendedRosenbrock(point, gradient);
      gradient[6]! *= 1.01;
      return loss;
    };
    const check = checkGradient(wrong, x, { dtype: 'float32' });
    assert.deepEqual([check.ok, check.worstIndex], [false, 6]);
  });

  it('refuses a dtype that does not exist and a step that moves no number', () => {
    const refused: [object, object][] = [
      [{ dtype: 'float16' }, rangeRefusal('ERR_LBFGS_ARG_VALUE', /^Expected 'float32' or 'float64' for dtype but /)],
      [{ dtype: 32 }, typeRefusal('ERR_LBFGS_ARG_TYPE', /^Expected 'float32' or 'float64' for dtype but received 32$/)],
      [
        { dtype: null },
        typeRefusal('ERR_LBFGS_ARG_TYPE', /^Expected 'float32' or 'float64' for dtype but received null$/),
      ],
      [{ dtype: 'toString' }, rangeRefusal('ERR_LBFGS_ARG_VALUE', /^Expected 'float32' or 'float64' for dtype but /)],
      [
        { dtype: 'float32', step: 1e-9 },
        rangeRefusal('ERR_LBFGS_ARG_VALUE', /for step with float32 numbers but received 1e-9/),
      ],
      [{ step: 1e-18 }, rangeRefusal('ERR_LBFGS_ARG_VALUE', /for step with float64 numbers but received 1e-18/)],
    ];
    for (const [options, refusal] of refused) {
      assert.throws(() => checkGradient(extendedRosenbrock, [1, 2], untyped(options)), refusal);
    }
  });
});

describe('checkGradient of a function of a Float32Array', () => {
  it('takes the precision from x', () => {
    const single = (x: Float64Array, gradient: Float64Array): number => {
      let loss = 0;
      for (const [i, value] of x.entries()) {
        loss = Math.fround(loss + Math.fround(Math.fround(value) ** 3));
        gradient[i] = Math.fround(3 * value * value);
      }
      return loss;
    };
    assert.ok(checkGradient(single, Float32Array.of(3, 4, 5)).ok);
    assert.ok(!checkGradient(single, [3, 4, 5]).ok);
  });

  it('says what to do about a result that is no number', () => {
    assert.throws(() => checkGradient(() => undefined as unknown as number, [1]), /did you forget return\?/);
  });
});
