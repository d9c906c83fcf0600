import assert from 'node:assert/strict';
import { LBFGS } from 'lbfgs';
import { Model } from '../problems/model';
import { extendedRosenbrock } from '../problems/objectives';

const START = [-1.2, 1, 0.5, 2];

/** After a step of two fixed iterations, the last of which ends in a move that nobody evaluated; then the group grows. */
function grownAfterMove() {
  const model = new Model(extendedRosenbrock, START, { cuts: [2, 2] });
  const [first, second] = model.params;
  const optimizer = new LBFGS([first!], { lr: 1e-3, maxIter: 2, maxEval: 100 });
  let evaluated = model.x;
  const closure = (): number => {
    evaluated = model.x;
    return model.closure();
  };
  optimizer.step(closure);
  assert.equal(optimizer.lastStep!.current, false);
  const lastEvaluated = evaluated;
  optimizer.addParamGroup({ params: [second!] });
  return { model, optimizer, closure, lastEvaluated };
}

describe('after addParamGroup, a last move that turns out not to be finite', () => {
  it('is taken back: the last evaluated point is there again, and the step ends non_finite', () => {
    for (const spoiled of ['loss', 'gradient'] as const) {
      const { model, optimizer, closure, lastEvaluated } = grownAfterMove();
      const moved = model.x;
      assert.notDeepEqual(moved, lastEvaluated);
      model.fault = (evaluation) => {
        if (spoiled === 'loss') evaluation.loss = NaN;
        else evaluation.gradient[0] = Infinity;
      };
      assert.ok(!Number.isFinite(optimizer.step(closure)) || spoiled === 'gradient');
      assert.equal(optimizer.lastStep!.status, 'non_finite');
      assert.equal(optimizer.lastStep!.current, true);
      assert.deepEqual(model.x, lastEvaluated);
      model.fault = undefined;
      optimizer.step(closure);
      assert.equal(optimizer.lastStep!.status, 'max_iter');
    }
  });

  it('is taken back after the group has grown twice', () => {
    const { model, optimizer, closure, lastEvaluated } = grownAfterMove();
    const third = { data: Float64Array.of(7), grad: Float64Array.of(0) };
    optimizer.addParamGroup({ params: [third] });
    model.fault = (evaluation) => (evaluation.loss = NaN);
    optimizer.step(closure);
    assert.equal(optimizer.lastStep!.status, 'non_finite');
    assert.deepEqual([model.x, third.data[0]], [lastEvaluated, 7]);
  });

  it('stays where the parameters have been changed since: there is no way back', () => {
    const { model, optimizer, closure } = grownAfterMove();
    model.params[0]!.data[0]! += 1;
    const edited = model.x;
    model.fault = (evaluation) => (evaluation.loss = NaN);
    assert.throws(() => optimizer.step(closure), { code: 'ERR_LBFGS_NON_FINITE_START' });
    assert.deepEqual(model.x, edited);
  });

  it('is kept where it turns out finite', () => {
    const { model, optimizer, closure } = grownAfterMove();
    const moved = model.x;
    const { loss } = model.truth;
    assert.equal(optimizer.step(closure), loss);
    assert.notDeepEqual(model.x, moved);
  });
});
