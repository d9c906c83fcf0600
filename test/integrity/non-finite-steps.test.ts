import assert from 'node:assert/strict';
import { LBFGS, type Objective } from 'lbfgs';
import { lbfgsRefusal } from '../problems/refusal';
import { Model } from '../problems/model';
import { separableQuadratic } from '../problems/objectives';
import { DTYPES, FAULTS, MODES, remoteness, training } from '../problems/training';

const NON_FINITE_START = lbfgsRefusal('ERR_LBFGS_NON_FINITE_START', /nothing was moved$/);

for (const dtype of DTYPES) {
  describe(`a first evaluation of a later step that is not finite, ${dtype}`, () => {
    for (const fault of FAULTS) {
      it(`${fault.name}: after a move that was never evaluated, the point before it comes back`, () => {
        for (let steps = 1; steps < 5; steps++) {
          const run = training('fixed step', dtype, { maxIter: 2 });
          const { model, optimizer } = run;
          for (let step = 0; step < steps; step++) optimizer.step(model.closure);
          const { loss, gradNorm, current } = optimizer.lastStep!;
          assert.equal(current, false);
          const gradient = model.gradient;
          model.fault = fault.apply;
          optimizer.step(model.closure);
          const report = optimizer.lastStep!;
          assert.deepEqual(
            [report.status, report.current, report.iterations, report.evaluations, report.loss, report.gradNorm],
            ['non_finite', true, 0, 1, loss, gradNorm],
          );
          assert.deepEqual([model.truth.loss, model.gradient], [loss, gradient]);
          model.fault = undefined;
          optimizer.paramGroups[0].maxIter = 200;
          optimizer.step(model.closure);
          assert.ok(remoteness(run) <= 1, String(model.x));
        }
      });

      for (const mode of MODES) {
        it(`${fault.name}: where the user moved the parameters, or all were evaluated, nothing moves: ${mode}`, () => {
          const run = training(mode, dtype, { maxIter: 2 });
          const { model, optimizer } = run;
          optimizer.step(model.closure);
          if (mode === 'fixed step') model.params[1]!.data[0]! += 0.125;
          const before = model.x;
          const { n_iter } = optimizer.stateDict().state[0]!;
          model.fault = fault.apply;
          assert.throws(() => optimizer.step(model.closure), NON_FINITE_START);
          assert.deepEqual(model.x, before);
          assert.equal(optimizer.stateDict().state[0]!.n_iter, n_iter);
          model.fault = undefined;
          optimizer.paramGroups[0].maxIter = 200;
          optimizer.step(model.closure);
          assert.ok(remoteness(run) <= 1, String(model.x));
        });
      }
    }
  });
}

describe('a function that is finite on one side only', () => {
  /** x - log x, infinite or NaN where x <= 0: minimum 1 at 1. */
  const barrier: Objective = (x, gradient) => {
    let loss = 0;
    for (const [i, value] of x.entries()) {
      gradient[i] = 1 - 1 / value;
      loss += value - Math.log(value);
    }
    return loss;
  };
  for (const lr of [1, 100, 1e6]) {
    it(`is minimised by the line search from a first step of ${lr}`, () => {
      const model = new Model(barrier, [0.01, 3]);
      const optimizer = new LBFGS(model.params, { lineSearchFn: 'strong_wolfe', lr, maxIter: 200, maxEval: 5000 });
      optimizer.step(model.closure);
      assert.equal(optimizer.lastStep!.converged, true, optimizer.lastStep!.message);
      assert.ok(
        model.x.every((value) => Math.abs(value - 1) < 1e-4),
        String(model.x),
      );
    });
  }
});

describe('numbers at the end of the range', () => {
  for (const dtype of DTYPES) {
    it(`a fixed step that would overflow leaves the parameters where they were: ${dtype}`, () => {
      const model = new Model(separableQuadratic([1, 1], [0, 0]), [1e30, -1e30], { dtype });
      const optimizer = new LBFGS(model.params, { lr: 1e300, maxIter: 1 });
      const before = model.x;
      optimizer.step(model.closure);
      assert.ok(model.x.every(Number.isFinite), String(model.x));
      if (optimizer.lastStep!.status === 'non_finite') assert.deepEqual(model.x, before);
    });

    it(`a parameter that is not finite at the start is refused: ${dtype}`, () => {
      for (const value of [NaN, Infinity]) {
        const model = new Model((_, gradient) => (gradient.fill(1), 1), [1, value], { dtype });
        assert.throws(() => new LBFGS(model.params).step(model.closure), NON_FINITE_START);
        assert.ok(Object.is(model.x[1], value));
      }
    });
  }
});
