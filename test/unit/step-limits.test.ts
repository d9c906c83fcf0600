import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { LBFGS, type IterationInfo, type LBFGSOptions } from 'lbfgs';
import { assertRecovers, rosenbrock } from '../problems/interruption';
import { Model } from '../problems/model';
import { linear, separableQuadratic } from '../problems/objectives';
import { typeRefusal, untyped } from '../problems/refusal';

const wolfe = { lineSearchFn: 'strong_wolfe' } as const;

/** One step on a loss without a lower bound, where no line search ever finds its point. */
function callsDownhill(options: LBFGSOptions): number {
  const model = new Model(linear([1, -2]), [0, 0]);
  new LBFGS(model.params, { ...wolfe, ...options }).step(model.closure);
  return model.calls;
}

describe('the limits of a line search', () => {
  it('maxLs is 25 trials after the first: 27 evaluations with that of the start', () => {
    assert.equal(callsDownhill({ maxIter: 1, maxEval: 1000 }), 27);
  });
  it('maxLs n makes n + 1 trials at most, maxLs 0 one', () => {
    for (const maxLs of [0, 1, 7]) assert.equal(callsDownhill({ maxIter: 1, maxEval: 1000, maxLs }), maxLs + 2);
  });
  it('maxLs null is what is left of maxEval: 6 evaluations where maxEval is 5', () => {
    assert.equal(callsDownhill({ maxIter: 1, maxEval: 5, maxLs: null }), 6);
  });
  it('maxLs null makes the first trial even where nothing is left', () => {
    assert.equal(callsDownhill({ maxIter: 1, maxEval: 0, maxLs: null }), 2);
  });
  it('maxEval is looked at between iterations: a step goes over it by one line search', () => {
    assert.equal(callsDownhill({ maxIter: 20, maxEval: 5 }), 27);
    assert.equal(callsDownhill({ maxIter: 20, maxEval: 27 }), 27);
  });
});

describe('a step of nothing', () => {
  it('with lr 0 and no line search has converged by its step', () => {
    const model = rosenbrock();
    const optimizer = new LBFGS(model.params, { lr: 0 });
    optimizer.step(model.closure);
    assert.equal(optimizer.lastStep!.status, 'converged_step');
    assert.deepEqual(model.x, rosenbrock().x);
  });

  it('with lr 0 and a line search fails without a trial, and says why', () => {
    const model = rosenbrock();
    const optimizer = new LBFGS(model.params, { ...wolfe, lr: 0 });
    optimizer.step(model.closure);
    assert.equal(optimizer.lastStep!.status, 'line_search_failed');
    assert.match(optimizer.lastStep!.message, /because lr = 0$/);
    assert.equal(model.calls, 1);
    assert.deepEqual(model.x, rosenbrock().x);
  });

  for (const lineSearchFn of [null, 'strong_wolfe'] as const) {
    it(`with maxIter 0 evaluates once and moves nothing: lineSearchFn ${lineSearchFn}`, () => {
      const model = rosenbrock();
      const optimizer = new LBFGS(model.params, { lineSearchFn, maxIter: 0 });
      const loss = optimizer.step(model.closure);
      const { status, iterations, evaluations, current } = optimizer.lastStep!;
      assert.deepEqual([status, iterations, evaluations, current], ['max_iter', 0, 1, true]);
      assert.equal(loss, model.truth.loss);
      assert.deepEqual(model.x, rosenbrock().x);
      assert.deepEqual(optimizer.stateDict().state[0], { func_evals: 1, n_iter: 0 });
    });
  }
});

describe('onIteration', () => {
  it('hears of every iteration, its counts, and the loss and gradient where the parameters are', () => {
    const model = rosenbrock();
    const heard: IterationInfo[] = [];
    const optimizer = new LBFGS(model.params, { ...wolfe, maxIter: 6, maxEval: 100 });
    const onIteration = (info: IterationInfo): void => {
      heard.push(info);
      const { loss, gradient } = model.truth;
      assert.deepEqual([info.loss, info.gradNorm], [loss, Math.max(...gradient.map(Math.abs))]);
      assert.equal(info.evaluations, model.calls);
    };
    optimizer.step(model.closure, { onIteration });
    assert.deepEqual(
      heard.map(({ iteration }) => iteration),
      [1, 2, 3, 4, 5, 6],
    );
    const { loss, gradNorm, iterations: iteration, evaluations, stepSize } = optimizer.lastStep!;
    assert.deepEqual(heard.at(-1), { iteration, evaluations, loss, gradNorm, stepSize });
  });

  it('changes no number of the step', () => {
    const [watched, alone] = [rosenbrock(), rosenbrock()];
    new LBFGS(watched.params, wolfe).step(watched.closure, { onIteration: () => {} });
    new LBFGS(alone.params, wolfe).step(alone.closure);
    assert.deepEqual(watched.x, alone.x);
  });

  it('stops the step by false alone', () => {
    for (const go of [true, undefined, null, 0, '']) {
      const model = rosenbrock();
      const optimizer = new LBFGS(model.params, { ...wolfe, maxIter: 4, maxEval: 100 });
      optimizer.step(model.closure, { onIteration: () => untyped(go) });
      assert.equal(optimizer.lastStep!.iterations, 4, inspect(go));
    }
  });

  it('leaves data, grad and loss of one point where it stops the step', () => {
    for (let stop = 1; stop < 20; stop++) {
      const model = rosenbrock();
      const optimizer = new LBFGS(model.params, { ...wolfe, maxIter: 100 });
      optimizer.step(model.closure, { onIteration: ({ iteration }) => iteration !== stop });
      assert.deepEqual([optimizer.lastStep!.status, optimizer.lastStep!.iterations], ['stopped', stop]);
      assert.deepEqual([optimizer.lastStep!.loss, model.gradient], [model.truth.loss, model.truth.gradient]);
    }
  });

  it('that throws ends the step: the same error, at the iteration just completed', () => {
    const error = new Error('enough');
    for (const at of [1, 2, 7]) {
      const spoil = (): never => {
        throw error;
      };
      assertRecovers({ where: 'onIteration', at, spoil, refusal: (thrown: unknown) => thrown === error });
    }
  });
});

describe('timeLimit', () => {
  it('ends a step that would go on, at an accepted point with its gradient', () => {
    for (const lineSearchFn of [null, 'strong_wolfe'] as const) {
      const model = new Model(separableQuadratic([1, 2], [0, 0]), [1, 1]);
      const endless = { maxIter: 1e9, maxEval: 1e9, toleranceGrad: 0, toleranceChange: 0, maxLs: 0 };
      const optimizer = new LBFGS(model.params, { ...endless, lineSearchFn, lr: 1e-9 });
      model.fault = ({ call }) => {
        assert.ok(call < 1e7, 'the limit was never looked at');
      };
      optimizer.step(model.closure, { timeLimit: 5 });
      assert.equal(optimizer.lastStep!.status, 'time_limit');
      assert.deepEqual([optimizer.lastStep!.loss, model.gradient], [model.truth.loss, model.truth.gradient]);
    }
  });

  it('that is far off changes nothing', () => {
    const [limited, free] = [rosenbrock(), rosenbrock()];
    new LBFGS(limited.params, wolfe).step(limited.closure, { timeLimit: 1e9 });
    new LBFGS(free.params, wolfe).step(free.closure, { timeLimit: Infinity });
    assert.deepEqual(limited.x, free.x);
  });

  const refused: readonly (readonly [unknown, object])[] = [
    ...[0, -1, NaN].map((value) => [value, { name: 'RangeError', code: 'ERR_LBFGS_ARG_VALUE' }] as const),
    ...['5', null, 5n].map((value) => [value, { name: 'TypeError', code: 'ERR_LBFGS_ARG_TYPE' }] as const),
  ];
  for (const [timeLimit, kind] of refused) {
    it(`${inspect(timeLimit)} is refused before the closure is called`, () => {
      const model = rosenbrock();
      const expected = /^Expected a number of milliseconds > 0 for timeLimit but received /;
      assert.throws(() => new LBFGS(model.params).step(model.closure, { timeLimit: untyped(timeLimit) }), {
        message: expected,
        ...kind,
      });
      assert.equal(model.calls, 0);
    });
  }
});

describe('step options', () => {
  it('are read once', () => {
    const optimizer = new LBFGS(rosenbrock().params);
    const reads: string[] = [];
    optimizer.step(() => 0, {
      get onIteration() {
        reads.push('onIteration');
        return undefined as never;
      },
      get timeLimit() {
        reads.push('timeLimit');
        return 1e9;
      },
    });
    assert.deepEqual(reads.sort(), ['onIteration', 'timeLimit']);
  });

  it('of wrong types are refused', () => {
    const optimizer = new LBFGS(rosenbrock().params);
    const refused: readonly [unknown, string][] = [
      [null, 'Expected an object for the options of step but received null'],
      [7, 'Expected an object for the options of step but received 7'],
      [{ onIteration: true }, 'Expected a function for onIteration but received true'],
    ];
    for (const [options, message] of refused) {
      assert.throws(() => optimizer.step(() => 0, untyped(options)), typeRefusal('ERR_LBFGS_ARG_TYPE', message));
    }
    assert.equal(optimizer.lastStep, null);
  });
});
