import assert from 'node:assert/strict';
import { LBFGS, Parameter, type Dtype, type FloatArray } from 'lbfgs';
import { Model, type ModelInit } from '../problems/model';
import { extendedRosenbrock } from '../problems/objectives';

interface Run {
  model: Model;
  optimizer: LBFGS;
  lastTrial: Float64Array;
}

/** One iteration whose line search is cut short, so that its last trial may be worse than an earlier one. */
function cutShort(lr: number, maxLs: number, init: ModelInit, prepare: (model: Model) => void = () => {}): Run {
  const model = new Model(extendedRosenbrock, [-1.2, 1, 0.5, 2], init);
  prepare(model);
  const optimizer = new LBFGS(model.params, { lineSearchFn: 'strong_wolfe', lr, maxLs, maxIter: 2, maxEval: 100 });
  let lastTrial = model.x;
  optimizer.step(() => {
    lastTrial = model.x;
    return model.closure();
  });
  return { model, optimizer, lastTrial };
}

function allRuns(init: ModelInit, prepare?: (model: Model) => void): { accepted: Run[]; rejected: Run[] } {
  const runs = [0.1, 1, 10, 100, 1000].flatMap((lr) =>
    [0, 1, 2, 3, 4, 5].map((maxLs) => cutShort(lr, maxLs, init, prepare)),
  );
  const isAccepted = ({ model, lastTrial }: Run): boolean => model.x.every((value, i) => value === lastTrial[i]);
  return { accepted: runs.filter(isAccepted), rejected: runs.filter((run) => !isAccepted(run)) };
}

describe('where the last trial of a step is not the accepted point', () => {
  const inits: readonly [Dtype, readonly number[]][] = [
    ['float64', [4]],
    ['float64', [1, 0, 3]],
    ['float32', [4]],
    ['float32', [2, 1, 1]],
  ];
  for (const [dtype, cuts] of inits) {
    it(`data, grad and loss belong together: ${dtype} cut into ${cuts.join(' + ')}`, () => {
      const { accepted, rejected } = allRuns({ dtype, cuts });
      assert.ok(rejected.length >= 5 && accepted.length >= 5, `${rejected.length}, ${accepted.length}`);
      for (const { model, optimizer } of [...accepted, ...rejected]) {
        const { loss, gradient } = model.truth;
        assert.deepEqual(model.gradient, gradient);
        const { loss: reported, gradNorm, current } = optimizer.lastStep!;
        assert.deepEqual([reported, gradNorm, current], [loss, Math.max(...gradient.map(Math.abs)), true]);
      }
    });
  }

  it('a gradient that is null stays null', () => {
    const { rejected } = allRuns({ cuts: [2, 2] }, (model) => {
      model.params[1]!.grad = null;
      model.fault = ({ gradient }) => gradient.fill(0, 2);
    });
    assert.ok(rejected.length >= 5);
    for (const { model } of rejected) {
      assert.equal(model.params[1]!.grad, null);
      assert.deepEqual(model.gradient.subarray(0, 2), model.truth.gradient.subarray(0, 2));
    }
  });

  it('only the array that grad holds then is written, the earlier ones are not', () => {
    for (const [lr, maxLs] of [
      [1000, 1],
      [100, 2],
    ] as const) {
      const model = new Model(extendedRosenbrock, [-1.2, 1]);
      const left: [array: FloatArray, content: FloatArray][] = [];
      new LBFGS(model.params, { lineSearchFn: 'strong_wolfe', lr, maxLs, maxIter: 3, maxEval: 100 }).step(() => {
        model.params[0]!.grad = new Float64Array(2);
        const loss = model.closure();
        left.push([model.params[0]!.grad, model.params[0]!.grad.slice()]);
        return loss;
      });
      assert.equal(model.params[0]!.grad, left.at(-1)![0]);
      for (const [array, content] of left.slice(0, -1)) assert.deepEqual(array, content);
    }
  });
});

describe('where the last trial of a step is the accepted point', () => {
  it('no gradient is written: a double gradient of float32 parameters keeps its digits', () => {
    const toDouble = (model: Model): void => {
      for (const parameter of model.params) parameter.grad = new Float64Array(parameter.data.length);
    };
    const { accepted } = allRuns({ dtype: 'float32', cuts: [3, 1] }, toDouble);
    let digits = 0;
    for (const { model } of accepted) {
      assert.deepEqual(model.gradient.map(Math.fround), model.truth.gradient);
      if (model.gradient.some((value) => value !== Math.fround(value))) digits++;
    }
    assert.ok(digits >= 5);
  });
});

describe('a gradient of the wrong sign', () => {
  it('fails the line search, leaves the start, and is named first', () => {
    const model = new Model(extendedRosenbrock, [-1.2, 1]);
    model.fault = ({ gradient }) => {
      gradient.set(gradient.map((value) => -value));
    };
    const optimizer = new LBFGS(model.params, { lineSearchFn: 'strong_wolfe' });
    const initialLoss = optimizer.step(model.closure);
    const { status, message, loss, stepSize } = optimizer.lastStep!;
    assert.deepEqual([status, loss, stepSize], ['line_search_failed', initialLoss, 0]);
    assert.match(message, /^[^.]*\. Likely causes: a gradient that does not belong to the loss \(see checkGradient\),/);
    assert.deepEqual(model.x, Float64Array.of(-1.2, 1));
    assert.deepEqual(
      model.gradient,
      model.truth.gradient.map((value) => -value),
    );
  });
});

describe('zeroGrad', () => {
  const withGradients = (): LBFGS => {
    const params = [new Parameter([1, 2]), new Parameter([3]), new Parameter([])];
    params[0]!.grad = [4, 5];
    return new LBFGS(params);
  };

  it('forgets the gradients', () => {
    const optimizer = withGradients();
    const array = optimizer.paramGroups[0].params[0]!.grad;
    optimizer.zeroGrad();
    assert.deepEqual(
      optimizer.paramGroups[0].params.map(({ grad }) => grad),
      [null, null, null],
    );
    assert.deepEqual(array, Float64Array.of(4, 5));
  });

  it('with false fills those that are there with zeros, in place', () => {
    const optimizer = withGradients();
    const [first, second] = optimizer.paramGroups[0].params;
    const array = first!.grad;
    optimizer.zeroGrad(false);
    assert.equal(first!.grad, array);
    assert.deepEqual(array, Float64Array.of(0, 0));
    assert.equal(second!.grad, null);
  });
});
