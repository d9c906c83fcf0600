import assert from 'node:assert/strict';
import { LBFGS, Parameter, type LBFGSOptions } from 'lbfgs';
import { THREADS_BY_DEFAULT } from '../problems/machine';
import { Model } from '../problems/model';
import { extendedRosenbrock } from '../problems/objectives';
import { rangeRefusal, typeRefusal, untyped } from '../problems/refusal';

const optimiser = (options?: LBFGSOptions): LBFGS => new LBFGS([new Parameter([1, 2])], options);

function rosenbrock(options?: LBFGSOptions): { model: Model; optimizer: LBFGS } {
  const model = new Model(extendedRosenbrock, [-1.2, 1]);
  return { model, optimizer: new LBFGS(model.params, options) };
}

describe('the defaults', () => {
  it("are torch's, and ours for what torch has not", () => {
    const optimizer = optimiser();
    const expected = {
      lr: 1,
      maxIter: 20,
      maxEval: 25,
      toleranceGrad: 1e-7,
      toleranceChange: 1e-9,
      historySize: 100,
      lineSearchFn: null,
      maxLs: 25,
      threads: THREADS_BY_DEFAULT,
      historyDtype: null,
      comm: null,
    };
    assert.deepEqual({ ...optimizer.defaults }, expected);
    const { params, ...options } = optimizer.paramGroups[0];
    assert.deepEqual(options, expected);
    assert.equal(params.length, 1);
  });

  it('are frozen, and hold what the constructor was given', () => {
    const optimizer = optimiser({ lr: 0.5, lineSearchFn: 'strong_wolfe' });
    assert.equal(optimizer.defaults.lr, 0.5);
    assert.equal(optimizer.defaults.lineSearchFn, 'strong_wolfe');
    assert.throws(() => Object.assign(optimizer.defaults, { lr: 2 }), TypeError);
  });

  it('stay as they were when the group is assigned to', () => {
    const optimizer = optimiser();
    optimizer.paramGroups[0].lr = 0.25;
    assert.equal(optimizer.defaults.lr, 1);
  });
});

describe('a group given to the constructor', () => {
  it("has options that go before the constructor's", () => {
    const optimizer = new LBFGS([{ params: [new Parameter([1])], lr: 0.5 }], { lr: 0.1, historySize: 7 });
    assert.equal(optimizer.paramGroups[0].lr, 0.5);
    assert.equal(optimizer.paramGroups[0].historySize, 7);
    assert.equal(optimizer.defaults.lr, 0.1);
  });

  it('takes any iterable of parameters', () => {
    function* parameters(): Iterable<Parameter> {
      yield new Parameter([1]);
      yield new Parameter([2, 3]);
    }
    assert.equal(new LBFGS([{ params: parameters() }]).paramGroups[0].params.length, 2);
    assert.equal(new LBFGS(parameters()).paramGroups[0].params.length, 2);
    assert.equal(new LBFGS(new Set([new Parameter([1])])).paramGroups[0].params.length, 1);
  });

  it('is refused beside a second one', () => {
    const groups = [{ params: [new Parameter([1])] }, { params: [new Parameter([2])], lr: 0.1 }];
    assert.throws(
      () => new LBFGS(groups),
      rangeRefusal('ERR_LBFGS_PARAM_GROUPS', /^Expected one parameter group but received 2; /),
    );
  });

  it('is refused where its params are no iterable', () => {
    assert.throws(
      () => new LBFGS([untyped({ params: undefined })]),
      typeRefusal('ERR_LBFGS_ARG_TYPE', 'Expected an iterable of parameters for params but received undefined'),
    );
  });
});

describe('maxEval null', () => {
  const resolved: readonly [number, number][] = [
    [20, 25],
    [0, 0],
    [1, 1],
    [3, 3],
    [7, 8],
    [100, 125],
  ];
  for (const [maxIter, maxEval] of resolved) {
    it(`is ${maxEval} for maxIter ${maxIter}: in the constructor, in a group and at an assignment`, () => {
      assert.equal(optimiser({ maxIter }).paramGroups[0].maxEval, maxEval);
      assert.equal(optimiser({ maxIter, maxEval: null }).defaults.maxEval, maxEval);
      assert.equal(new LBFGS([{ params: [new Parameter([1])], maxIter }]).paramGroups[0].maxEval, maxEval);
      const [group] = optimiser({ maxIter, maxEval: 4000 }).paramGroups;
      group.maxEval = null;
      assert.equal(group.maxEval, maxEval);
    });
  }

  it('is resolved when it is set: a later maxIter leaves it, as in torch', () => {
    const [group] = optimiser({ maxIter: 20 }).paramGroups;
    group.maxIter = 100;
    assert.equal(group.maxEval, 25);
  });
});

describe('an assignment to the group', () => {
  it('takes effect at the next step: lr', () => {
    const { model, optimizer } = rosenbrock({ maxIter: 1 });
    optimizer.paramGroups[0].lr = 1e-3;
    optimizer.step(model.closure);
    const norm1 = 215.6 + 88;
    assert.ok(Math.abs(optimizer.lastStep!.stepSize * norm1 - 1e-3) < 1e-12);
  });

  it('takes effect at the next step: maxIter, lineSearchFn and toleranceGrad', () => {
    const { model, optimizer } = rosenbrock({ lr: 1e-3, maxIter: 1, maxEval: 100 });
    optimizer.step(model.closure);
    assert.equal(optimizer.lastStep!.current, false);
    Object.assign(optimizer.paramGroups[0], { lr: 1, maxIter: 3, lineSearchFn: 'strong_wolfe' });
    optimizer.step(model.closure);
    assert.equal(optimizer.lastStep!.iterations, 3);
    assert.equal(optimizer.lastStep!.current, true);
    optimizer.paramGroups[0].toleranceGrad = 1e6;
    optimizer.step(model.closure);
    assert.equal(optimizer.lastStep!.status, 'converged_gradient');
  });

  it('inside a closure takes effect at the next step, not in this one', () => {
    const { model, optimizer } = rosenbrock({ maxIter: 4, lineSearchFn: 'strong_wolfe' });
    const reference = rosenbrock({ maxIter: 4, lineSearchFn: 'strong_wolfe' });
    optimizer.step(() => {
      optimizer.paramGroups[0].maxIter = 1;
      return model.closure();
    });
    reference.optimizer.step(reference.model.closure);
    assert.deepEqual(model.x, reference.model.x);
    optimizer.step(model.closure);
    assert.equal(optimizer.lastStep!.iterations, 1);
  });

  it('cannot replace the parameters', () => {
    const optimizer = optimiser();
    assert.throws(() => Object.assign(optimizer.paramGroups[0], { params: [] }), TypeError);
    assert.throws(() => (optimizer.paramGroups[0].params as unknown[]).push(new Parameter([1])), TypeError);
    assert.throws(() => (optimizer.paramGroups as unknown as unknown[]).push({}), TypeError);
  });
});
