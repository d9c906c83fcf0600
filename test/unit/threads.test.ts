// The option `threads`. That the numbers are the same whatever it is: test/parity/paths.

import assert from 'node:assert/strict';
import { LBFGS, minimize, Parameter } from 'lbfgs';
import { rosenbrock } from '../problems/interruption';
import { Model } from '../problems/model';
import { extendedRosenbrock } from '../problems/objectives';
import { rangeRefusal } from '../problems/refusal';
import { snapshot } from '../training/snapshot';

/** Of several chunks, so that there is something to share. */
const LONG = Array.from({ length: 40_000 }, (_, i) => (i % 2 === 0 ? -1.2 + i / 1e5 : 1));

describe('threads', () => {
  for (const threads of [1, 2, 64]) {
    it(`may be ${threads}, in the constructor, in a group and at an assignment`, () => {
      assert.equal(new LBFGS([new Parameter([1])], { threads }).paramGroups[0].threads, threads);
      assert.equal(new LBFGS([{ params: [new Parameter([1])], threads }]).paramGroups[0].threads, threads);
      const [group] = new LBFGS([new Parameter([1])]).paramGroups;
      group.threads = threads;
      assert.equal(group.threads, threads);
    });
  }

  it('may be changed between steps, and in the middle of one for the next: the numbers stay the same', () => {
    const train = (threads: readonly number[]) => {
      const model = new Model(extendedRosenbrock, LONG);
      const optimizer = new LBFGS(model.params, { lineSearchFn: 'strong_wolfe', maxIter: 3, historySize: 4 });
      const [group] = optimizer.paramGroups;
      for (const [step, count] of threads.entries()) {
        group.threads = count;
        optimizer.step(() => {
          group.threads = 1 + ((step + model.calls) % 3);
          return model.closure();
        });
      }
      group.threads = 1;
      return snapshot(optimizer);
    };
    assert.deepEqual(train([4, 1, 2, 64]), train([1, 1, 1, 1]));
  });

  it('is shared by optimisers that take steps in turn, whichever of them go', () => {
    const train = (threads: number) => {
      const model = new Model(extendedRosenbrock, LONG);
      const options = { lineSearchFn: 'strong_wolfe', maxIter: 2, maxEval: 100 } as const;
      return { model, optimizer: new LBFGS(model.params, { threads, ...options }) };
    };
    const together = [3, 3, 2, 1].map(train);
    for (let round = 0; round < 3; round++) {
      for (const { model, optimizer } of together) optimizer.step(model.closure);
    }
    const [first] = together;
    for (const { model, optimizer } of together.slice(1)) {
      assert.deepEqual(model.x, first!.model.x);
      optimizer[Symbol.dispose]();
    }
    first!.optimizer.step(first!.model.closure);
    assert.equal(first!.optimizer.stateDict().state[0]!.n_iter, 8);
  });

  it('is not part of the state dict: loading one leaves it', () => {
    const model = rosenbrock();
    const optimizer = new LBFGS(model.params, { threads: 3 });
    optimizer.step(model.closure);
    const state = optimizer.stateDict();
    assert.ok(!('threads' in state.param_groups[0]));
    const receiver = new LBFGS(rosenbrock().params, { threads: 2 });
    receiver.loadStateDict(state);
    assert.equal(receiver.paramGroups[0].threads, 2);
  });

  it('is one for all parameters: an added group with another is refused', () => {
    const optimizer = new LBFGS([new Parameter([1])], { threads: 3 });
    assert.throws(
      () => {
        optimizer.addParamGroup({ params: [new Parameter([2])], threads: 2 });
      },
      rangeRefusal(
        'ERR_LBFGS_PARAM_GROUPS',
        /^Expected threads = 3 for the added parameters, as for the others, but received 2;/,
      ),
    );
    optimizer.addParamGroup({ params: [new Parameter([2])], threads: 3 });
    assert.equal(optimizer.paramGroups[0].threads, 3);
  });

  it('is an option of minimize, which changes no number', () => {
    const options = { maxIter: 12 };
    const expected = minimize(extendedRosenbrock, LONG, { ...options, threads: 1 });
    assert.deepEqual(minimize(extendedRosenbrock, LONG, { ...options, threads: 4 }), expected);
  });
});
