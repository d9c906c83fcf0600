import assert from 'node:assert/strict';
import { LBFGS, Parameter, type RemovableHandle } from 'lbfgs';
import { lbfgsRefusal, typeRefusal, untyped } from '../problems/refusal';
import { snapshot, trained, type Training } from '../training/snapshot';

const WOLFE = { lineSearchFn: 'strong_wolfe', maxIter: 2, maxEval: 1000 } as const;
const BUSY = lbfgsRefusal('ERR_LBFGS_BUSY', /^Expected an optimiser at rest but .* in progress$/);

function training(steps = 2): Training {
  return trained((model) => new LBFGS(model.params, WOLFE), steps);
}

/** A hook that counts its calls. */
function counter(): { hook: () => void; calls: number } {
  const counting = {
    calls: 0,
    hook: (): void => {
      counting.calls++;
    },
  };
  return counting;
}

/** One kind of hook: how to register it, and what calls it. */
interface Kind {
  register: (optimizer: LBFGS, hook: () => void) => RemovableHandle;
  call: (training: Training) => void;
}
const step = ({ optimizer, model }: Training): void => void optimizer.step(model.closure);
const save = ({ optimizer }: Training): void => void optimizer.stateDict();
const load = ({ optimizer }: Training): void => {
  optimizer.loadStateDict({ state: {}, param_groups: [{ params: [0, 1] } as never] });
};
const KINDS: Readonly<Record<string, Kind>> = {
  'step pre-hook': { register: (o, hook) => o.registerStepPreHook(hook), call: step },
  'step post-hook': { register: (o, hook) => o.registerStepPostHook(hook), call: step },
  'state dict pre-hook': { register: (o, hook) => o.registerStateDictPreHook(hook), call: save },
  'state dict post-hook': { register: (o, hook) => o.registerStateDictPostHook(hook), call: save },
  'load pre-hook': { register: (o, hook) => o.registerLoadStateDictPreHook(hook), call: load },
  'load post-hook': { register: (o, hook) => o.registerLoadStateDictPostHook(hook), call: load },
};

/** What a hook may not do to its own optimiser. */
const FORBIDDEN: Readonly<Record<string, (training: Training) => void>> = {
  step,
  loadStateDict: load,
  addParamGroup: ({ optimizer }) => {
    optimizer.addParamGroup({ params: [new Parameter([1])] });
  },
  dispose: ({ optimizer }) => {
    optimizer[Symbol.dispose]();
  },
};

for (const [kind, { register, call }] of Object.entries(KINDS)) {
  describe(`the handle of a ${kind}`, () => {
    it('removes the hook, once and again, and no other, even where the same function is registered twice', () => {
      const subject = training();
      const [twice, once] = [counter(), counter()];
      const first = register(subject.optimizer, twice.hook);
      const second = register(subject.optimizer, twice.hook);
      register(subject.optimizer, once.hook);
      call(subject);
      assert.deepEqual([twice.calls, once.calls], [2, 1]);
      first.remove();
      first.remove();
      call(subject);
      assert.deepEqual([twice.calls, once.calls], [3, 2]);
      second.remove();
      call(subject);
      assert.deepEqual([twice.calls, once.calls], [3, 3]);
    });

    it('is a disposable, and its method works on its own', () => {
      const subject = training();
      const removed = counter();
      register(subject.optimizer, removed.hook)[Symbol.dispose]();
      register(subject.optimizer, removed.hook).remove.call(undefined);
      call(subject);
      assert.equal(removed.calls, 0);
    });

    it('outlives the optimiser', () => {
      const { optimizer } = training();
      const handle = register(optimizer, () => {});
      optimizer[Symbol.dispose]();
      handle.remove();
      handle[Symbol.dispose]();
    });
  });

  describe(`during the dispatch of a ${kind}`, () => {
    it('a hook may remove itself, one before it and one behind it', () => {
      const subject = training();
      const order: string[] = [];
      const handles: RemovableHandle[] = [];
      const add = (name: string, removes: number[]): void => {
        const hook = (): void => {
          order.push(name);
          for (const index of removes) handles[index]!.remove();
        };
        handles.push(register(subject.optimizer, hook));
      };
      add('first', []);
      add('second', [0, 1, 2]);
      add('third', []);
      add('fourth', []);
      call(subject);
      assert.deepEqual(order, ['first', 'second', 'fourth']);
      call(subject);
      assert.deepEqual(order.slice(3), ['fourth']);
    });

    it('a hook that is added waits for the next time', () => {
      const subject = training();
      const added = counter();
      const handle = register(subject.optimizer, () => {
        register(subject.optimizer, added.hook);
      });
      call(subject);
      assert.equal(added.calls, 0);
      handle.remove();
      call(subject);
      assert.equal(added.calls, 1);
    });

    for (const [name, forbidden] of Object.entries(FORBIDDEN)) {
      it(`${name} is refused, and what is in progress goes on where the hook catches that`, () => {
        const [subject, quiet] = [training(), training()];
        let refused = 0;
        register(subject.optimizer, () => {
          assert.throws(() => {
            forbidden(subject);
          }, BUSY);
          refused++;
        });
        call(subject);
        call(quiet);
        assert.equal(refused, 1);
        assert.deepEqual(snapshot(subject.optimizer), snapshot(quiet.optimizer));
      });
    }

    it('a refusal that is not caught ends what is in progress, and the optimiser is at rest again', () => {
      const subject = training();
      const handle = register(subject.optimizer, () => {
        step(subject);
      });
      assert.throws(() => {
        call(subject);
      }, BUSY);
      handle.remove();
      call(subject);
      for (const each of Object.values(FORBIDDEN)) each(subject);
    });

    it('the state dict may be taken, and another optimiser used', () => {
      const [subject, other] = [training(), training(1)];
      let steps = 0;
      let nested = false;
      register(subject.optimizer, () => {
        if (nested) return;
        nested = true;
        subject.optimizer.stateDict();
        step(other);
        nested = false;
        steps++;
      });
      call(subject);
      assert.equal(steps, 1);
      assert.deepEqual(snapshot(other.optimizer), snapshot(training(2).optimizer));
    });
  });
}

describe('hooks of one optimiser', () => {
  it('are not called for another one, nor for what has been disposed of', () => {
    const [subject, other] = [training(), training()];
    const never = counter();
    for (const { register } of Object.values(KINDS)) register(subject.optimizer, never.hook);
    for (const { call } of Object.values(KINDS)) call(other);
    subject.optimizer[Symbol.dispose]();
    for (const { call } of Object.values(KINDS)) {
      assert.throws(
        () => {
          call(subject);
        },
        { code: 'ERR_LBFGS_DISPOSED' },
      );
    }
    assert.equal(never.calls, 0);
  });

  it('are functions', () => {
    const { optimizer } = training(0);
    for (const { register } of Object.values(KINDS)) {
      const refusal = typeRefusal('ERR_LBFGS_ARG_TYPE', 'Expected a function for hook but received an array of 0');
      assert.throws(() => register(optimizer, untyped([])), refusal);
    }
  });
});
