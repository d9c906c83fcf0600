import assert from 'node:assert/strict';
import { checkGradient, type Objective } from 'lbfgs';
import { randomNumbers } from '../problems/numbers';
import { extendedRosenbrock, PROBLEMS, separableQuadratic } from '../problems/objectives';
import { rangeRefusal, typeRefusal, untyped } from '../problems/refusal';

/** The same function with one entry of its gradient wrong. */
function wrongAt(fun: Objective, index: number, wrong: (value: number) => number): Objective {
  return (x, gradient) => {
    const loss = fun(x, gradient);
    gradient[index] = wrong(gradient[index]!);
    return loss;
  };
}

describe('checkGradient', () => {
  for (const { name, fun, x0 } of PROBLEMS) {
    it(`finds the gradient of ${name} right`, () => {
      const check = checkGradient(fun, x0);
      assert.equal(check.ok, true, JSON.stringify(check));
      assert.ok(check.maxRelativeError <= 1e-4);
    });
  }

  const mistakes: Record<string, (value: number) => number> = {
    'the wrong sign': (value) => -value,
    'a factor of 2': (value) => 2 * value,
    'one per mille too much': (value) => 1.001 * value,
    nothing: () => 0,
    NaN: () => NaN,
  };
  for (const [mistake, wrong] of Object.entries(mistakes)) {
    it(`names the entry that has ${mistake}`, () => {
      const right = new Float64Array(10);
      const x = Array.from({ length: 10 }, (_, i) => 1 + i / 3);
      extendedRosenbrock(Float64Array.from(x), right);
      const check = checkGradient(wrongAt(extendedRosenbrock, 6, wrong), x);
      assert.equal(check.ok, false);
      assert.equal(check.worstIndex, 6);
      const entry = wrong(right[6]!);
      assert.ok(Object.is(check.analytic, entry) || Math.abs(check.analytic - entry) <= 1e-12 * Math.abs(entry));
      assert.ok(Math.abs(check.numeric / right[6]! - 1) < 1e-4);
    });
  }

  it('locates one wrong entry among 10^5', () => {
    const random = randomNumbers(7);
    const curvatures = Float64Array.from({ length: 1e5 }, () => 2 + random());
    const minimiser = curvatures.map(() => random());
    const x = curvatures.map(() => random());
    const fun = separableQuadratic(curvatures, minimiser);
    for (const index of [0, 31_415, 99_998]) {
      const check = checkGradient(
        wrongAt(fun, index, (value) => value + 40),
        x,
      );
      assert.deepEqual([check.ok, check.worstIndex], [false, index]);
    }
    assert.equal(checkGradient(fun, x).ok, true);
  });

  it('takes the rounding of the loss for what it is, at a minimum and beside a large constant', () => {
    const raised: Objective = (x, gradient) => 1e9 + separableQuadratic([1, 2], [3, 4])(x, gradient);
    for (const x of [
      [3, 4],
      [3.001, 4],
      [5, 6],
    ]) {
      const check = checkGradient(raised, x);
      assert.equal(check.ok, true, JSON.stringify(check));
    }
    assert.equal(checkGradient(separableQuadratic([1, 2], [3, 4]), [3, 4]).ok, true);
  });

  it('gives the same answer for the same seed and leaves x alone', () => {
    const x = Float64Array.from({ length: 500 }, (_, i) => i / 100);
    const before = Float64Array.from(x);
    const fun = wrongAt(extendedRosenbrock, 77, (value) => value + 1000);
    assert.deepEqual(checkGradient(fun, x, { seed: 3, samples: 10 }), checkGradient(fun, x, { seed: 3, samples: 10 }));
    assert.deepEqual(x, before);
  });

  it('looks at a sample of many coordinates: the calls grow with the sample, not with x', () => {
    let calls = 0;
    const counted: Objective = (x, gradient) => {
      calls++;
      return extendedRosenbrock(x, gradient);
    };
    checkGradient(counted, new Float64Array(10_000).fill(2), { samples: 20 });
    assert.ok(calls >= 40 && calls <= 400, String(calls));
  });

  it('passes an error of the function through', () => {
    const error = new Error('no data');
    const failing = (): number => {
      throw error;
    };
    assert.throws(
      () => checkGradient(failing, [1]),
      (thrown) => thrown === error,
    );
  });

  it('takes a gradient that is zero everywhere for filled where the function fills it with zeros', () => {
    const level: Objective = (_, gradient) => {
      gradient.fill(0);
      return 3;
    };
    assert.equal(checkGradient(level, [1, 2]).ok, true);
  });

  const type = (message: string) => typeRefusal('ERR_LBFGS_ARG_TYPE', message);
  const range = (message: string) => rangeRefusal('ERR_LBFGS_ARG_VALUE', message);
  const refused: readonly [string, () => unknown, object][] = [
    [
      'no function',
      () => checkGradient(untyped(1), [1]),
      type('Expected a function for fun but received 1; checkGradient takes (fun, x) or (params, closure)'),
    ],
    [
      'no numbers',
      () => checkGradient(extendedRosenbrock, []),
      range(untyped(/^Expected at least one number for x0? /)),
    ],
    [
      'a loss that is no number',
      () => checkGradient(() => untyped('1'), [1]),
      typeRefusal('ERR_LBFGS_CLOSURE_RESULT', "Expected a number from fun but received '1'; convert it: Number(loss)"),
    ],
    [
      'options null',
      () => checkGradient(extendedRosenbrock, [1, 2], untyped(null)),
      type(untyped(/^Expected an object for .*received null$/)),
    ],
    [
      'step 0',
      () => checkGradient(extendedRosenbrock, [1, 2], { step: 0 }),
      range('Expected a finite number > 0 for step but received 0'),
    ],
    [
      "step 'a'",
      () => checkGradient(extendedRosenbrock, [1, 2], { step: untyped('a') }),
      type("Expected a finite number > 0 for step but received 'a'"),
    ],
    [
      'a function that ignores the gradient',
      () => checkGradient(([x]) => x! ** 2, [3]),
      typeRefusal('ERR_LBFGS_CLOSURE_RESULT', /^Expected fun to fill the gradient but it left it as it was/),
    ],
    [
      'samples 0',
      () => checkGradient(extendedRosenbrock, [1, 2], { samples: 0 }),
      range('Expected an integer >= 1 for samples but received 0'),
    ],
    [
      'seed -1',
      () => checkGradient(extendedRosenbrock, [1, 2], { seed: -1 }),
      range('Expected an integer >= 0 for seed but received -1'),
    ],
  ];
  for (const [name, action, refusal] of refused) {
    it(`refuses ${name}`, () => {
      assert.throws(action, refusal);
    });
  }
});
