import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { LBFGS, Parameter } from 'lbfgs';
import { rosenbrock } from '../problems/interruption';

describe('an optimiser, inspected', () => {
  it('shows its group and its state in a few lines', () => {
    const model = rosenbrock();
    const optimizer = new LBFGS(model.params, { lineSearchFn: 'strong_wolfe', maxIter: 4, maxEval: 100, lr: 0.5 });
    const before = inspect(optimizer);
    assert.match(before, /^LBFGS \{/);
    assert.match(before, /2 parameters, 2 values, float64/);
    assert.match(before, /lr: 0\.5, maxIter: 4, maxEval: 100, .*lineSearchFn: 'strong_wolfe'/);
    assert.match(before, /, threads: \d+, historyDtype: null, comm: null$/m);
    assert.match(before, /func_evals: 0, n_iter: 0/);
    optimizer.step(model.closure);
    const { func_evals, n_iter, t, H_diag, prev_loss, ro } = optimizer.stateDict().state[0]!;
    const after = inspect(optimizer);
    const shown = { func_evals, n_iter, t, H_diag, prev_loss, history_length: ro!.length };
    for (const [name, value] of Object.entries(shown)) assert.ok(after.includes(`${name}: ${value!}`), name);
    assert.ok(after.split('\n').length <= 8);
  });

  it('never dumps an array, however it is looked at', () => {
    const parameter = new Parameter(new Float32Array(100_000).fill(0.125), { name: 'w' });
    parameter.grad = new Float32Array(100_000).fill(0.375);
    const optimizer = new LBFGS([parameter]);
    optimizer.step(() => 1);
    for (const options of [{}, { depth: Infinity, maxArrayLength: Infinity, showHidden: true }, { compact: false }]) {
      for (const shown of [
        inspect(optimizer, options),
        inspect({ optimizer }, options),
        inspect([optimizer], options),
      ]) {
        assert.doesNotMatch(shown, /0\.125|0\.375|Float32Array|Float64Array/);
        assert.ok(shown.length < 1000, shown);
      }
    }
  });

  it('may be in the middle of a step', () => {
    const model = rosenbrock();
    const optimizer = new LBFGS(model.params);
    const shown: string[] = [];
    optimizer.step(() => {
      shown.push(inspect(optimizer));
      return model.closure();
    });
    assert.match(shown[0]!, /^LBFGS \{/);
  });
});
