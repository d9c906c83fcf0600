// Memory that cannot be had in the middle of a step. The core then ends the step at the last accepted point and says so in the exchange
// block (test/core/out_of_memory.test.cpp); here it is made to look as if.

import assert from 'node:assert/strict';
import { LBFGS } from 'lbfgs';
import { ASKED, Exchange, STATUSES } from '../../lib/native/exchange';
import { native, type NativeOptimizer } from '../../lib/native/native';
import { Model } from '../problems/model';
import { extendedRosenbrock } from '../problems/objectives';

const original = { ...native };
const askedIndex = indexOf('asked');
const wantedIndex = indexOf('wantedBytes');

/** Where a field is in the exchange block. */
function indexOf(field: Parameters<Exchange['set']>[0]): number {
  const exchange = new Exchange();
  exchange.set(field, 1);
  return exchange.numbers.indexOf(1);
}

describe('a core that runs out of memory', () => {
  const made: { optimizer: NativeOptimizer; numbers: Float64Array }[] = [];
  beforeEach(() => {
    new LBFGS(new Model(extendedRosenbrock, [-1.2, 1, 0.5, 2]).params); // takes what another test may have left to be used again
    native.NativeOptimizer = new Proxy(original.NativeOptimizer, {
      construct(target, args: unknown[]) {
        const optimizer = Reflect.construct(target, args) as NativeOptimizer;
        made.push({ optimizer, numbers: args[2] as Float64Array });
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
            const { optimizer: core, numbers } = made.at(-1)!;
            core.cancel(STATUSES.indexOf('stopped'));
            numbers[askedIndex] = ASKED.outOfMemory;
            numbers[wantedIndex] = 4096;
            return;
          }
          original.tell(handle);
        };
        const step = async (): Promise<unknown> =>
          optimizer[mode](() => model.closure(), { onIteration: () => void (accepted = model.x) });
        await assert.rejects(step(), { name: 'RangeError', code: 'ERR_LBFGS_OUT_OF_MEMORY', message: /4096 bytes/ });
        assert.deepEqual(model.x, accepted);
        assert.deepEqual(model.gradient, model.truth.gradient);
        const { loss } = model.truth;
        await step();
        assert.ok(optimizer.lastStep!.loss < loss);
      }
    });
  }
});
