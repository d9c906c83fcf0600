import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { minimize, minimizeAsync, type MinimizeOptions, type Objective } from 'lbfgs';
import { NIST } from '../problems/collection/nist';
import { extendedRosenbrock, separableQuadratic } from '../problems/objectives';
import { rangeRefusal, typeRefusal, untyped, type Refusal } from '../problems/refusal';

const range = (message: string): Refusal => rangeRefusal('ERR_LBFGS_ARG_VALUE', message);

describe('scale', () => {
  /** Of NIST's certified values: b1, b2 and the residual sum of squares. */
  const MISRA1A = { x: [2.389421291e2, 5.5015643181e-4], loss: 1.2455138894e-1 };
  for (const start of [1, 2]) {
    for (const options of [{ scale: 'auto' }, { scale: [500, 1e-4] }] satisfies MinimizeOptions[]) {
      for (const gradient of [undefined, 'forward', 'central'] as const) {
        it(`fits misra1a from start ${start}: ${inspect(options)}, gradient ${gradient ?? 'given'}`, () => {
          const { evaluate, start: x0 } = NIST.find(({ name }) => name === `Misra1a, start ${start}`)!;
          const unused = new Float64Array(2);
          const { x, loss, converged, message } =
            gradient === undefined
              ? minimize(evaluate, x0, options)
              : minimize((at) => evaluate(at, unused), x0, { ...options, gradient });
          assert.equal(converged, true, message);
          const [ofLoss, ofX] = gradient === 'forward' ? [1e-7, 1e-4] : [1e-9, 1e-7];
          assert.ok(Math.abs(loss / MISRA1A.loss - 1) < ofLoss, String(loss));
          for (const [i, b] of MISRA1A.x.entries()) assert.ok(Math.abs(x[i]! / b - 1) < ofX, x.join());
        });
      }
    }
  }

  it('of powers of two makes the solve that of z = x / s, to the bit, told in the units of x', () => {
    const s = [2 ** 10, 2 ** -20];
    const z0 = [-1.2, 1];
    const points: number[][] = [];
    const expected = minimize(extendedRosenbrock, z0, { onIteration: (_, z) => void points.push([...z]) });
    const inX: Objective = (x, gradient) => {
      const loss = extendedRosenbrock(
        x.map((value, i) => value / s[i]!),
        gradient,
      );
      for (const [i, unit] of s.entries()) gradient[i]! /= unit;
      return loss;
    };
    const x0 = z0.map((value, i) => value * s[i]!);
    const seen: number[][] = [];
    const { x, gradient, ...result } = minimize(inX, x0, {
      scale: s,
      onIteration: (_, at) => void seen.push([...at].map((value, i) => value / s[i]!)),
    });
    const { x: z, gradient: gradientInZ, ...others } = expected;
    assert.deepEqual(result, others);
    assert.deepEqual(
      x.map((value, i) => value / s[i]!),
      z,
    );
    assert.deepEqual(
      gradient.map((value, i) => value * s[i]!),
      gradientInZ,
    );
    assert.deepEqual(seen, points);
  });

  it('rounds to the nearest power of two', () => {
    const solve = (scale: number[]) => minimize(extendedRosenbrock, [-1.2, 1], { scale });
    assert.deepEqual(solve([500, 1e-4]), solve([512, 2 ** -13]));
    assert.notDeepEqual(solve([500, 1e-4]), solve([1024, 2 ** -13]));
  });

  it("'auto' is |x0|, or 1 where that is 0", () => {
    const quadratic = separableQuadratic([1, 1e-6, 1e6], [5, 3000, 2e-3]);
    const x0 = [0, 1000, 1e-3];
    assert.deepEqual(minimize(quadratic, x0, { scale: 'auto' }), minimize(quadratic, x0, { scale: [1, 1000, 1e-3] }));
  });

  it('gives the same bits with promises', async () => {
    const later = async (x: Float64Array, gradient: Float64Array): Promise<number> => {
      await Promise.resolve();
      return extendedRosenbrock(x, gradient);
    };
    const options: MinimizeOptions = { scale: [8, 0.25] };
    assert.deepEqual(await minimizeAsync(later, [-1.2, 1], options), minimize(extendedRosenbrock, [-1.2, 1], options));
  });

  it('leaves the checks of the function in place', () => {
    const options: MinimizeOptions = { scale: [8, 4] };
    const unfilled: Objective = (x, gradient) => {
      gradient[0] = 1;
      return x[0]!;
    };
    assert.throws(
      () => minimize(unfilled, [1, 1], options),
      typeRefusal(
        'ERR_LBFGS_CLOSURE_RESULT',
        /^Expected fun to fill the gradient but it left gradient\[1\] as it was;/,
      ),
    );
    const writing: Objective = (x, gradient) => {
      x[1] = 7;
      return extendedRosenbrock(x, gradient);
    };
    assert.throws(
      () => minimize(writing, [1, 1], options),
      typeRefusal('ERR_LBFGS_CLOSURE_RESULT', /^Expected fun to leave x as it is but it wrote x\[1\];/),
    );
    let calls = 0;
    const writingLater: Objective = (x, gradient) => {
      const loss = extendedRosenbrock(x, gradient);
      if (++calls > 3) x[1] = 7;
      return loss;
    };
    const { converged, message } = minimize(writingLater, [-1.2, 1], { ...options, maxIter: 5 });
    assert.equal(converged, false);
    assert.match(message, /fun wrote x\[1\] at the last evaluation/);
    assert.throws(
      () =>
        minimize(
          (x, gradient) => {
            structuredClone(x.buffer, { transfer: [x.buffer as ArrayBuffer] });
            return gradient.fill(1).length;
          },
          [1, 1],
          options,
        ),
      { code: /ERR_LBFGS_(DATA_CHANGED|CLOSURE_RESULT)/ },
    );
  });

  const refused: readonly [scale: unknown, refusal: Refusal][] = [
    [0, range('Expected a finite number > 0 for scale but received 0')],
    [-1, range('Expected a finite number > 0 for scale but received -1')],
    [[1, Infinity], range('Expected a finite number > 0 for scale but received Infinity at index 1')],
    [[NaN, 1], range('Expected a finite number > 0 for scale but received NaN at index 0')],
    [[1], range('Expected 2 numbers for scale but received 1')],
    [{ length: 1e9 }, range('Expected 2 numbers for scale but received 1000000000')],
    ['best', range("Expected 'auto' or numbers for scale but received 'best'")],
    [
      null,
      typeRefusal('ERR_LBFGS_ARG_TYPE', "Expected 'auto', a number or an array of numbers for scale but received null"),
    ],
  ];
  for (const [scale, refusal] of refused) {
    it(`${inspect(scale)} is refused`, () => {
      assert.throws(() => minimize(extendedRosenbrock, [1, 2], { scale: untyped(scale) }), refusal);
    });
  }
});
