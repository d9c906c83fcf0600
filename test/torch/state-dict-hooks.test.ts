import assert from 'node:assert/strict';
import { LBFGS, type HookInit, type RemovableHandle, type StateDict } from 'lbfgs';
import { typeRefusal, untyped } from '../problems/refusal';
import { snapshot, trained, type Training } from '../training/snapshot';

const WOLFE = { lineSearchFn: 'strong_wolfe', maxIter: 2, maxEval: 1000 } as const;

function training(steps = 2): Training {
  return trained((model) => new LBFGS(model.params, WOLFE), steps);
}

/** The four kinds of hook around the state dict: how to register one, and what calls it. */
interface Kind {
  register: (optimizer: LBFGS, hook: (optimizer: LBFGS) => void, init?: HookInit) => RemovableHandle;
  call: (optimizer: LBFGS, state: StateDict) => void;
}
const save = (optimizer: LBFGS): void => void optimizer.stateDict();
const load = (optimizer: LBFGS, state: StateDict): void => {
  optimizer.loadStateDict(state);
};
const KINDS: Readonly<Record<string, Kind>> = {
  'a state dict pre-hook': { register: (o, hook, init) => o.registerStateDictPreHook(hook, init), call: save },
  'a state dict post-hook': { register: (o, hook, init) => o.registerStateDictPostHook(hook, init), call: save },
  'a load pre-hook': { register: (o, hook, init) => o.registerLoadStateDictPreHook(hook, init), call: load },
  'a load post-hook': { register: (o, hook, init) => o.registerLoadStateDictPostHook(hook, init), call: load },
};

for (const [kind, { register, call }] of Object.entries(KINDS)) {
  describe(kind, () => {
    it('is called once, with the optimiser, in the order of registration, or before the others with prepend', () => {
      const { optimizer } = training();
      const state = optimizer.stateDict();
      const order: string[] = [];
      const add = (name: string, init?: HookInit): void => {
        register(optimizer, (who) => void order.push(who === optimizer ? name : 'a stranger'), init);
      };
      add('first');
      add('second', {});
      add('before first', { prepend: true });
      add('third', { prepend: false });
      add('foremost', { prepend: true });
      call(optimizer, state);
      assert.deepEqual(order, ['foremost', 'before first', 'first', 'second', 'third']);
    });

    it('that throws: its error passes through as the same value, the hooks behind it are not called, the optimiser stays usable', () => {
      for (const error of [new Error('mine'), 'a string', undefined]) {
        const { model, optimizer } = training();
        const { model: quiet, optimizer: other } = training();
        const before = snapshot(optimizer);
        const thrower = register(optimizer, () => {
          throw error as Error;
        });
        const next = register(optimizer, () => assert.fail('called'));
        assert.throws(
          () => {
            call(optimizer, before.state);
          },
          (thrown) => thrown === error,
        );
        thrower.remove();
        next.remove();
        assert.deepEqual(snapshot(optimizer), before);
        optimizer.step(model.closure);
        other.step(quiet.closure);
        assert.deepEqual(snapshot(optimizer), snapshot(other));
      }
    });

    it('must be a function, registered with { prepend } and nothing else', () => {
      const { optimizer } = training(0);
      const hook = typeRefusal('ERR_LBFGS_ARG_TYPE', 'Expected a function for hook but received null');
      assert.throws(() => register(optimizer, untyped(null)), hook);
      const prepend = typeRefusal('ERR_LBFGS_ARG_TYPE', "Expected a boolean for prepend but received 'yes'");
      assert.throws(() => register(optimizer, () => {}, untyped({ prepend: 'yes' })), prepend);
      assert.throws(() => register(optimizer, () => {}, untyped(null)), { code: 'ERR_LBFGS_ARG_TYPE' });
      const unknown = typeRefusal('ERR_LBFGS_UNKNOWN_OPTION', /'prepends'; did you mean prepend\?$/);
      assert.throws(() => register(optimizer, () => {}, untyped({ prepends: true })), unknown);
    });
  });
}

describe('a state dict pre-hook', () => {
  it('may change the options before they are written down', () => {
    const { optimizer } = training();
    optimizer.registerStateDictPreHook(({ paramGroups: [group] }) => {
      group.lr = 0.125;
    });
    assert.equal(optimizer.stateDict().param_groups[0].lr, 0.125);
  });
});

describe('a state dict post-hook', () => {
  it('may change the state dict, and the hooks behind it and the caller get the very object', () => {
    const { optimizer } = training();
    const seen: StateDict[] = [];
    optimizer.registerStateDictPostHook((_, state) => {
      state.param_groups[0].lr = 0.25;
    });
    optimizer.registerStateDictPostHook((_, state) => void seen.push(state));
    const state = optimizer.stateDict();
    assert.equal(state.param_groups[0].lr, 0.25);
    assert.equal(seen[0], state);
    assert.equal(optimizer.paramGroups[0].lr, 1);
  });

  it('may return another one, which the hooks behind it and the caller get', () => {
    const { optimizer } = training();
    const plain = optimizer.stateDict();
    const other = { ...plain, extra: 'kept' };
    const seen: StateDict[] = [];
    optimizer.registerStateDictPostHook(() => other);
    optimizer.registerStateDictPostHook((_, state) => void seen.push(state));
    assert.equal(optimizer.stateDict(), other);
    assert.equal(seen[0], other);
  });

  it('cannot reach into the optimiser through the state dict', () => {
    const { model, optimizer } = training();
    const { model: quiet, optimizer: other } = training();
    const handle = optimizer.registerStateDictPostHook((_, state) => {
      state.state[0]!.d!.fill(NaN);
      state.state[0]!.old_dirs!.length = 0;
    });
    optimizer.stateDict();
    handle.remove();
    optimizer.step(model.closure);
    other.step(quiet.closure);
    assert.deepEqual(snapshot(optimizer), snapshot(other));
  });
});

describe('a load pre-hook', () => {
  it('gets a shallow copy: what it puts into it is loaded, what was given stays as it was', () => {
    const { optimizer } = training();
    const given = optimizer.stateDict();
    const copy = structuredClone(given);
    optimizer.registerLoadStateDictPreHook((_, state) => {
      assert.notEqual(state, given);
      assert.equal(state.state, given.state);
      assert.equal(state.param_groups, given.param_groups);
      state.state = {};
      state.param_groups = [{ ...state.param_groups[0], lr: 0.5 }];
    });
    optimizer.loadStateDict(given);
    assert.deepEqual(given, copy);
    assert.deepEqual(optimizer.stateDict().state, {});
    assert.equal(optimizer.paramGroups[0].lr, 0.5);
  });

  it('may return another one, which the hooks behind it get and which is loaded', () => {
    const { optimizer } = training();
    const { optimizer: source } = training(4);
    const other = source.stateDict();
    const seen: StateDict[] = [];
    optimizer.registerLoadStateDictPreHook(() => other);
    optimizer.registerLoadStateDictPreHook((_, state) => void seen.push(state));
    optimizer.loadStateDict({ state: {}, param_groups: untyped([]) });
    assert.equal(seen[0], other);
    assert.deepEqual(optimizer.stateDict(), other);
  });

  it('sees the state before the load; what it returns is checked like any state, and refused without a change', () => {
    const { optimizer } = training();
    const before = snapshot(optimizer);
    const handle = optimizer.registerLoadStateDictPreHook((who) => {
      assert.deepEqual(who.stateDict(), before.state);
      return untyped(5);
    });
    const refusal = typeRefusal('ERR_LBFGS_STATE_DICT', 'Expected an object for the state dict but received 5');
    assert.throws(() => {
      optimizer.loadStateDict({ ...before.state, state: {} });
    }, refusal);
    handle.remove();
    assert.deepEqual(snapshot(optimizer), before);
  });

  it('is not called for what cannot be a state dict', () => {
    const { optimizer } = training();
    optimizer.registerLoadStateDictPreHook(() => assert.fail('called'));
    for (const given of [undefined, null, 1, 'state'] as unknown[]) {
      assert.throws(
        () => {
          optimizer.loadStateDict(untyped(given));
        },
        { code: 'ERR_LBFGS_STATE_DICT' },
      );
    }
  });
});

describe('a load post-hook', () => {
  it('sees the state that has been loaded', () => {
    const { optimizer } = training();
    const state = training(4).optimizer.stateDict();
    optimizer.registerLoadStateDictPostHook((who) => {
      assert.deepEqual(who.stateDict(), state);
      who.paramGroups[0].lr = 0.25;
    });
    optimizer.loadStateDict(state);
    assert.equal(optimizer.paramGroups[0].lr, 0.25);
  });

  it('is not called where the state is refused', () => {
    const { optimizer } = training();
    optimizer.registerLoadStateDictPostHook(() => assert.fail('called'));
    assert.throws(
      () => {
        optimizer.loadStateDict(untyped({}));
      },
      { code: 'ERR_LBFGS_STATE_DICT' },
    );
  });
});
