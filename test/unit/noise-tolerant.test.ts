// The line search 'noise_tolerant' in the class: torch's stopping tests, minimize's search.

import assert from 'node:assert/strict';
import { LBFGS, Parameter, type LBFGSOptions } from 'lbfgs';
import { rosenbrock } from '../problems/interruption';
import { Model } from '../problems/model';
import { extendedRosenbrock } from '../problems/objectives';

const OPTIONS: LBFGSOptions = { lineSearchFn: 'noise_tolerant', maxIter: 5, historySize: 7 };
const START = [-1.2, 1, -1.2, 1];
const bitsOf = (array: ArrayLike<number>): bigint[] => [...new BigUint64Array(Float64Array.from(array).buffer)];

describe("the class with lineSearchFn 'noise_tolerant'", () => {
  it('converges by torch’s tests', () => {
    const model = rosenbrock();
    const optimizer = new LBFGS(model.params, { ...OPTIONS, maxIter: 100 });
    optimizer.step(model.closure);
    assert.equal(optimizer.lastStep!.converged, true, optimizer.lastStep!.message);
    assert.ok(optimizer.lastStep!.loss < 1e-10);
  });

  it('goes on to the bit from a state dict, and by stepAsync', async () => {
    const whole = new Model(extendedRosenbrock, START);
    const optimizer = new LBFGS(whole.params, OPTIONS);
    for (let step = 0; step < 6; step++) optimizer.step(whole.closure);

    let model = new Model(extendedRosenbrock, START);
    let resumed = new LBFGS(model.params, OPTIONS);
    for (let step = 0; step < 6; step++) {
      if (step % 2 === 0) resumed.step(model.closure);
      else await resumed.stepAsync(model.closure);
      const next = new Model(extendedRosenbrock, [...model.params[0]!.data]);
      const loaded = new LBFGS(next.params, OPTIONS);
      loaded.loadStateDict(resumed.stateDict());
      [model, resumed] = [next, loaded];
    }
    assert.deepEqual(bitsOf(model.params[0]!.data), bitsOf(whole.params[0]!.data));
    assert.equal(resumed.stateDict().param_groups[0].line_search_fn, 'noise_tolerant');
  });

  it('trains float32 parameters to the floor of their noise', () => {
    const x = new Parameter(Float32Array.from(START));
    const gradient = new Float64Array(4);
    const optimizer = new LBFGS([x], { ...OPTIONS, maxIter: 200 });
    const closure = (): number => {
      const loss = extendedRosenbrock(Float64Array.from(x.data), gradient);
      x.grad = gradient;
      return Math.fround(loss);
    };
    optimizer.step(closure);
    assert.ok(optimizer.lastStep!.loss < 1e-9, optimizer.lastStep!.message);
  });

  it('takes pairs that torch’s absolute test refuses, whatever the unit of the loss', () => {
    for (const unit of [1, 2 ** -60]) {
      const x = new Parameter(START);
      const gradient = new Float64Array(4);
      const optimizer = new LBFGS([x], { ...OPTIONS, toleranceGrad: 0, toleranceChange: 0, maxIter: 12, maxEval: 99 });
      optimizer.step(() => {
        const loss = extendedRosenbrock(x.data, gradient) * unit;
        x.grad = gradient.map((entry) => entry * unit);
        return loss;
      });
      assert.equal(optimizer.stateDict().state[0]!.ro!.length, 7);
    }
  });
});
