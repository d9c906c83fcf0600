import assert from 'node:assert/strict';
import { LBFGS, type LBFGSOptions } from 'lbfgs';
import { Model } from '../problems/model';
import { extendedRosenbrock } from '../problems/objectives';

const MODES: Readonly<Record<string, LBFGSOptions>> = {
  'with a line search': { lineSearchFn: 'strong_wolfe', maxIter: 3, maxEval: 100 },
  'without a line search': { lr: 1e-3, maxIter: 3, maxEval: 100 },
};

/** The values after a step of three iterations in which onIteration writes 99 to the first one after these. */
function afterEdits(options: LBFGSOptions, edited: readonly number[]): Float64Array {
  const model = new Model(extendedRosenbrock, [-1.2, 1]);
  const optimizer = new LBFGS(model.params, options);
  optimizer.step(model.closure, {
    onIteration: ({ iteration }) => {
      if (edited.includes(iteration)) model.params[0]!.data[0] = 99;
    },
  });
  assert.equal(optimizer.lastStep!.iterations, 3);
  return Float64Array.from(model.x);
}

for (const [mode, options] of Object.entries(MODES)) {
  describe(`data edited in onIteration ${mode}`, () => {
    it('are overwritten by the next move', () => {
      assert.deepEqual(afterEdits(options, [1, 2]), afterEdits(options, []));
    });

    it('stay where no move follows', () => {
      const [, second] = afterEdits(options, []);
      assert.deepEqual(afterEdits(options, [3]), Float64Array.of(99, second!));
    });
  });
}
