import assert from 'node:assert/strict';
import { LBFGS, type LBFGSOptions } from 'lbfgs';
import { rosenbrock } from '../problems/interruption';
import { distance } from '../problems/model';

const MODES: readonly LBFGSOptions[] = [{ lineSearchFn: 'strong_wolfe' }, { lineSearchFn: null, lr: 1e-3 }];
const DTYPES = ['float64', 'float32'] as const;

for (const options of MODES) {
  for (const dtype of DTYPES) {
    describe(`steps in a row: ${dtype}, lineSearchFn ${options.lineSearchFn}`, () => {
      it('two steps of 10 iterations move as one of 20, as in torch', () => {
        const [whole, halves] = [rosenbrock({ dtype }), rosenbrock({ dtype })];
        const one = new LBFGS(whole.params, { ...options, maxIter: 20, maxEval: 1000 });
        one.step(whole.closure);
        const two = new LBFGS(halves.params, { ...options, maxIter: 10, maxEval: 1000 });
        two.step(halves.closure);
        two.step(halves.closure);
        assert.deepEqual(halves.x, whole.x);
        const { func_evals, ...state } = two.stateDict().state[0]!;
        assert.deepEqual({ ...one.stateDict().state[0], func_evals }, { ...state, func_evals });
        // With a line search the second step evaluates the point where the first one ended once more; without one, for the first time.
        assert.equal(halves.calls, whole.calls + (options.lineSearchFn === null ? 0 : 1));
      });

      it('the next pair after an edit of the parameters is formed as torch forms it', () => {
        const model = rosenbrock({ dtype });
        const optimizer = new LBFGS(model.params, { ...options, maxIter: 1, maxEval: 100 });
        optimizer.step(model.closure);
        const before = optimizer.stateDict().state[0]!;
        model.params[0]!.data[0]! += 0.25;
        model.params[1]!.data[0]! += 0.5;
        const edited = model.truth.gradient;
        optimizer.step(model.closure);
        const { old_stps, old_dirs } = optimizer.stateDict().state[0]!;
        const s = before.d!.map((value) => value * before.t!);
        const y = edited.map((value, i) => value - before.prev_flat_grad![i]!);
        assert.equal(old_dirs!.length, 1);
        assert.ok(distance(old_stps![0]!, s) < 1e-6 && distance(old_dirs![0]!, y) < 1e-4);
      });
    });
  }
}

describe('the return value of a step', () => {
  it('is the loss where the step began, not where it ended', () => {
    const model = rosenbrock();
    const optimizer = new LBFGS(model.params, { lineSearchFn: 'strong_wolfe', maxIter: 2 });
    for (let step = 0; step < 3; step++) {
      const { loss } = model.truth;
      assert.equal(optimizer.step(model.closure), loss);
      assert.ok(optimizer.lastStep!.loss < loss);
    }
  });
});
