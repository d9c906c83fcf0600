// Memory that cannot be had in the middle of a step. The core then ends the step at the last accepted point and throws
// (test/core/out_of_memory.test.cpp); here it is made to look as if.

import assert from 'node:assert/strict';
import { LBFGS } from 'lbfgs';
import { native, STATUSES, type NativeOptimizer } from '../../lib/native';
import { Model } from '../problems/model';
import { extendedRosenbrock } from '../problems/objectives';

const original = { ...native };
const outOfMemory = Object.assign(new RangeError('no memory'), { code: 'ERR_LBFGS_OUT_OF_MEMORY' });

describe('a core that runs out of memory', () => {
  const made: NativeOptimizer[] = [];
  beforeEach(() => {
    native.NativeOptimizer = new Proxy(original.NativeOptimizer, {
      construct(target, args: unknown[]) {
        const optimizer = Reflect.construct(target, args) as NativeOptimizer;
        made.push(optimizer);
        return optimizer;
      },
    });
  });
  afterEach(() => {
    Object.assign(native, original);
  });

  for (const mode of ['step', 'stepAsync'] as const) {
    it(`leaves the last accepted point with its gradient, and training goes on, ${mode}`, async () => {
      for (let failing = 2; failing <= 9; failing++) {
        const model = new Model(extendedRosenbrock, [-1.2, 1, 0.5, 2]);
        const optimizer = new LBFGS(model.params, { lineSearchFn: 'strong_wolfe', maxIter: 8 });
        let accepted = model.x;
        let calls = 0;
        native.tell = (handle) => {
          if (++calls === failing) {
            made.at(-1)!.cancel(STATUSES.indexOf('stopped'), true);
            throw outOfMemory;
          }
          original.tell(handle);
        };
        const step = async (): Promise<unknown> =>
          optimizer[mode](() => model.closure(), { onIteration: () => void (accepted = model.x) });
        await assert.rejects(step(), (error) => error === outOfMemory);
        assert.deepEqual(model.x, accepted);
        assert.deepEqual(model.gradient, model.truth.gradient);
        const { loss } = model.truth;
        await step();
        assert.ok(optimizer.lastStep!.loss < loss);
      }
    });
  }
});
