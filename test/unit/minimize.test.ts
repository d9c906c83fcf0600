import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { minimize, type MinimizeOptions, type Objective } from 'lbfgs';
import { distance } from '../problems/model';
import { extendedRosenbrock, linear, PROBLEMS, separableQuadratic } from '../problems/objectives';
import { lbfgsRefusal, rangeRefusal, typeRefusal, untyped } from '../problems/refusal';

const START = [-1.2, 1];

describe('minimize with its defaults', () => {
  for (const { name, fun, x0, minimum } of PROBLEMS) {
    it(`converges to f* = ${minimum} on ${name}`, () => {
      const result = minimize(fun, x0);
      assert.equal(result.converged, true, result.message);
      assert.match(result.status, /^converged_/);
      assert.ok(Math.abs(result.loss - minimum) <= 1e-8 * Math.max(1, Math.abs(minimum)), String(result.loss));
    });
  }

  it('returns loss, gradient and gradNorm at x, and the counts', () => {
    let calls = 0;
    const result = minimize((x, gradient) => {
      calls++;
      return extendedRosenbrock(x, gradient);
    }, START);
    const gradient = new Float64Array(2);
    assert.equal(result.loss, extendedRosenbrock(result.x, gradient));
    assert.deepEqual(result.gradient, gradient);
    assert.equal(result.gradNorm, Math.max(...gradient.map(Math.abs)));
    assert.equal(result.evaluations, calls);
    assert.ok(result.iterations > 10 && result.iterations < calls);
  });

  it('solves a separable quadratic of 10^6 variables without growing memory per iteration', () => {
    const size = 1e6;
    const curvatures = Float64Array.from({ length: size }, (_, i) => 1 + 9 * ((i * 0.618) % 1));
    const minimiser = Float64Array.from({ length: size }, (_, i) => (i % 7) - 3);
    const history = 4;
    const memory: number[] = [];
    const result = minimize(separableQuadratic(curvatures, minimiser), new Float64Array(size), {
      historySize: history,
      onIteration: ({ iteration }) => {
        const { rss, external, arrayBuffers } = process.memoryUsage();
        if (iteration > history + 1) memory.push(Math.max(rss, external + arrayBuffers));
      },
    });
    assert.equal(result.converged, true, result.message);
    assert.ok(distanceBetween(result.x, minimiser) < 1e-5);
    const grown = memory.at(-1)! - memory[0]!;
    assert.ok(memory.length >= 10, String(memory.length));
    // One vector is 8 MB: not one was kept in all these iterations.
    assert.ok(grown < 4e6, `${grown / 1e6} MB in ${memory.length} iterations`);
  });
});

describe('minimize: its start', () => {
  it('is copied', () => {
    const x0 = Float64Array.from(START);
    const { x } = minimize(extendedRosenbrock, x0);
    assert.deepEqual(x0, Float64Array.from(START));
    assert.notEqual(x, x0);
  });

  it('may be any array of numbers', () => {
    const expected = minimize(extendedRosenbrock, [-1, 1]).x;
    for (const x0 of [Float32Array.of(-1, 1), Int8Array.of(-1, 1), { 0: -1, 1: 1, length: 2 }]) {
      assert.deepEqual(minimize(extendedRosenbrock, x0).x, expected);
    }
  });

  const refused: readonly [unknown, object][] = [
    [[], rangeRefusal('ERR_LBFGS_ARG_VALUE', 'Expected at least one number for x0 but received none')],
    [undefined, typeRefusal('ERR_LBFGS_ARG_TYPE', 'Expected an array of numbers for x0 but received undefined')],
    [3, typeRefusal('ERR_LBFGS_ARG_TYPE', 'Expected an array of numbers for x0 but received 3; wrap it: [3]')],
    ['12', typeRefusal('ERR_LBFGS_ARG_TYPE', "Expected an array of numbers for x0 but received '12'")],
    [
      [1, '2'],
      typeRefusal(
        'ERR_LBFGS_ARG_TYPE',
        "Expected an array of numbers for x0 but received '2' at index 1; convert it: Number(entry)",
      ),
    ],
    [
      [[1], [2]],
      typeRefusal(
        'ERR_LBFGS_ARG_TYPE',
        'Expected an array of numbers for x0 but received an array of 1 at index 0; x0 is one flat vector: numbers.flat(Infinity)',
      ),
    ],
    [new BigInt64Array(2), { name: 'TypeError', code: 'ERR_LBFGS_ARG_TYPE' }],
    [new DataView(new ArrayBuffer(8)), { name: 'TypeError', code: 'ERR_LBFGS_ARG_TYPE' }],
  ];
  for (const [x0, refusal] of refused) {
    it(`${inspect(x0)} is refused`, () => {
      assert.throws(() => minimize(extendedRosenbrock, untyped(x0)), refusal);
    });
  }

  it('where the function is not finite is refused', () => {
    assert.throws(
      () => minimize(() => NaN, [1]),
      lbfgsRefusal('ERR_LBFGS_NON_FINITE_START', /received the loss NaN; nothing was moved$/),
    );
    assert.throws(
      () => minimize(extendedRosenbrock, [NaN, 1]),
      lbfgsRefusal('ERR_LBFGS_NON_FINITE_START', /^Expected a finite loss and gradient at x0 but/),
    );
  });
});

describe('minimize: its function', () => {
  it('must be one', () => {
    assert.throws(
      () => minimize(untyped('x => x'), [1]),
      typeRefusal('ERR_LBFGS_ARG_TYPE', "Expected a function for fun but received 'x => x'"),
    );
  });

  it('must return a number', () => {
    for (const [returned, shown] of [
      [undefined, 'undefined'],
      [Promise.resolve(1), 'a Promise'],
    ] as const) {
      assert.throws(
        () => minimize(() => untyped(returned), [1]),
        typeRefusal('ERR_LBFGS_CLOSURE_RESULT', new RegExp(`received ${shown}`)),
      );
    }
  });

  it('is not suspected of a gradient of zero where that is only small', () => {
    const filled = minimize(extendedRosenbrock, [0.5, 0.5], { toleranceGrad: 1e9 });
    assert.doesNotMatch(filled.message, /exactly zero/);
  });

  it('may throw: the very same error comes out', () => {
    const error = new Error('no data');
    let calls = 0;
    const fun: Objective = (x, gradient) => {
      if (++calls === 5) throw error;
      return extendedRosenbrock(x, gradient);
    };
    assert.throws(
      () => minimize(fun, START),
      (thrown) => thrown === error,
    );
  });
});

describe('minimize: its options', () => {
  const iterations = (options: MinimizeOptions): number => minimize(extendedRosenbrock, START, options).iterations;

  it('reach the optimiser: maxIter, maxEval, tolerances, historySize, lr, maxLs', () => {
    assert.equal(iterations({ maxIter: 3 }), 3);
    assert.ok(minimize(extendedRosenbrock, START, { maxEval: 5 }).status === 'max_eval');
    assert.equal(minimize(extendedRosenbrock, START, { toleranceGrad: 1e9 }).evaluations, 1);
    assert.equal(minimize(extendedRosenbrock, START, { toleranceChange: 1e9 }).status, 'converged_slope');
    assert.notEqual(iterations({ historySize: 1 }), iterations({}));
    assert.equal(minimize(extendedRosenbrock, START, { lr: 0 }).status, 'line_search_failed');
    assert.equal(minimize(linear([1]), [0], { maxIter: 1, maxLs: 3 }).evaluations, 5);
  });

  it('no convergence is claimed where no trial could be made: squares that underflow or overflow, lr 0', () => {
    const scaled =
      (unit: number) =>
      (x: Float64Array, gradient: Float64Array): number => {
        const loss = separableQuadratic([1, 1], [3, 3])(x, gradient);
        for (let i = 0; i < x.length; i++) gradient[i] = gradient[i]! * unit;
        return loss * unit;
      };
    for (const unit of [1e-300, 1e300]) {
      const { status, converged, evaluations } = minimize(scaled(unit), [0, 0]);
      assert.deepEqual([status, converged, evaluations], ['line_search_failed', false, 1]);
    }
    const nearlyThere = minimize(scaled(1), [3 + 1e-7, 3], { lr: 0, noise: 1 });
    assert.deepEqual([nearlyThere.status, nearlyThere.converged], ['line_search_failed', false]);
  });

  it('without a limit of evaluations, maxLs null falls back to 25', () => {
    for (const maxEval of [null, undefined]) {
      const options = untyped({ maxIter: 1, maxLs: null, maxEval });
      assert.equal(minimize(linear([1]), [0], options).evaluations, 27);
    }
    assert.equal(minimize(linear([1]), [0], { maxIter: 1, maxLs: null, maxEval: 5 }).evaluations, 6);
  });

  it('without a line search the last move is evaluated too', () => {
    const result = minimize(separableQuadratic([1], [0]), [0.5], { lineSearchFn: null, maxIter: 1 });
    assert.deepEqual(
      [result.x[0], result.loss, result.gradNorm, result.evaluations, result.status, result.converged],
      [0, 0, 0, 2, 'max_iter', false],
    );
  });

  it('without a line search a last move into nowhere is taken back', () => {
    const cliff: Objective = (x, gradient) => (x[0] === 0.5 ? separableQuadratic([1], [0])(x, gradient) : Infinity);
    const result = minimize(cliff, [0.5], { lineSearchFn: null, maxIter: 1 });
    assert.deepEqual([result.x[0], result.loss, result.gradNorm], [0.5, 0.125, 0.5]);
    assert.deepEqual([result.status, result.converged], ['non_finite', false]);
    assert.deepEqual(result.gradient, Float64Array.of(0.5));
  });

  it('onIteration hears of every iteration and stops the solve', () => {
    const heard: number[] = [];
    const result = minimize(extendedRosenbrock, START, {
      onIteration: ({ iteration }) => {
        heard.push(iteration);
        return iteration < 4;
      },
    });
    assert.deepEqual([heard, result.status, result.converged], [[1, 2, 3, 4], 'stopped', false]);
  });

  it('timeLimit ends it', () => {
    const result = minimize(extendedRosenbrock, START, { timeLimit: Number.MIN_VALUE });
    assert.deepEqual([result.status, Array.from(result.x)], ['time_limit', START]);
  });

  it('of wrong types are refused', () => {
    assert.throws(
      () => minimize(extendedRosenbrock, START, untyped(null)),
      typeRefusal('ERR_LBFGS_ARG_TYPE', 'Expected an object for the options of minimize but received null'),
    );
    assert.throws(
      () => minimize(extendedRosenbrock, START, { onIteration: untyped(null) }),
      typeRefusal('ERR_LBFGS_ARG_TYPE', 'Expected a function for onIteration but received null'),
    );
  });

  it('that are undefined count as absent', () => {
    const absent = untyped({ lineSearchFn: undefined, maxIter: undefined, historySize: undefined, lr: undefined });
    assert.deepEqual(minimize(extendedRosenbrock, START, absent), minimize(extendedRosenbrock, START));
  });
});

/** max |a - b| of long vectors. */
function distanceBetween(a: Float64Array, b: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < a.length; i += 1000)
    largest = Math.max(largest, distance(a.subarray(i, i + 1000), b.subarray(i, i + 1000)));
  return largest;
}
