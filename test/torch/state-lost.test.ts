import assert from 'node:assert/strict';
import vm from 'node:vm';
import { LBFGS, Parameter, type LBFGSState, type StateDict } from 'lbfgs';
import { encodeCheckpoint } from 'lbfgs/safetensors';
import { untyped } from '../problems/refusal';
import { snapshot, trained, type Training } from '../training/snapshot';

const WOLFE = { lineSearchFn: 'strong_wolfe', maxIter: 2, maxEval: 1000 } as const;
const MOST = Number.MAX_SAFE_INTEGER;

const training = (steps = 3): Training => trained((model) => new LBFGS(model.params, WOLFE), steps);
const good = (): Required<LBFGSState> => training(5).optimizer.stateDict().state[0] as Required<LBFGSState>;

/** A dict of the same training with this in the place of its state. */
function dictOf(state: unknown, group: object = {}): StateDict {
  const { param_groups } = training().optimizer.stateDict();
  return untyped({ state, param_groups: [{ ...param_groups[0], ...group }] });
}

/** The dict is refused, and nothing has changed. */
function assertRefused(dict: StateDict, message: RegExp): void {
  const { optimizer } = training();
  const before = snapshot(optimizer);
  assert.throws(
    () => {
      optimizer.loadStateDict(dict);
    },
    { name: /^(Type|Range)Error$/, code: 'ERR_LBFGS_STATE_DICT', message },
  );
  assert.deepEqual(snapshot(optimizer), before);
}

/** The dict is loaded, and what was learnt before is gone. */
function assertFresh(state: unknown): void {
  const { optimizer } = training();
  optimizer.loadStateDict(dictOf(state));
  assert.equal(optimizer.state.n_iter, 0);
  assert.equal(optimizer.state.history_length, 0);
}

function without(state: object, ...keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(state).filter(([key]) => !keys.includes(key)));
}

describe('a state dict that lost its count of iterations is refused', () => {
  const keys = ['t', 'H_diag', 'prev_loss', 'd', 'prev_flat_grad', 'old_dirs', 'old_stps', 'ro'] as const;

  for (const [what, count] of [
    ['absent', {}],
    ['null', { n_iter: null }],
    ['undefined', { n_iter: undefined }],
    ['0', { n_iter: 0 }],
  ] as const) {
    it(`${what}, beside all that an iteration leaves`, () => {
      const state = { ...without(good(), 'n_iter'), ...count };
      assertRefused(
        dictOf({ 0: state }),
        /^Expected an integer >= 1 for n_iter of the state dict but received \w+ beside t$/,
      );
    });

    it(`${what}, beside any one thing that an iteration leaves`, () => {
      for (const key of keys) {
        const state = { func_evals: 3, ...count, [key]: good()[key] };
        assertRefused(dictOf({ 0: state }), new RegExp(`for n_iter of .* beside ${key}$`));
      }
    });
  }
});

describe('a state dict that counts evaluations', () => {
  it('and does not say how many iterations is refused', () => {
    for (const n_iter of [undefined, null]) {
      assertRefused(
        dictOf({ 0: { func_evals: 3, n_iter } }),
        /^Expected an integer >= 0 for n_iter of .* beside func_evals$/,
      );
    }
    assertRefused(dictOf({ 0: { func_evals: 3 } }), /received undefined beside func_evals$/);
  });
});

describe('a state dict spelt in camelCase is refused by the right key', () => {
  const spellings = {
    nIter: 'n_iter',
    funcEvals: 'func_evals',
    hDiag: 'H_diag',
    HDiag: 'H_diag',
    prevLoss: 'prev_loss',
    prevFlatGrad: 'prev_flat_grad',
    oldDirs: 'old_dirs',
    oldStps: 'old_stps',
    nKnown: 'n_known',
  } as const;
  for (const [camel, key] of Object.entries(spellings)) {
    it(camel, () => {
      const state = { ...without(good(), key), [camel]: 1 };
      assertRefused(
        dictOf({ 0: state }),
        new RegExp(`^Expected the key ${key} for state\\[0\\] .* received ${camel};`),
      );
      assertRefused(dictOf({ 0: { [camel]: 1 } }), new RegExp(`the key ${key} for state\\[0\\]`));
    });
  }

  it('an option, or param_groups itself', () => {
    const { state, param_groups } = training().optimizer.stateDict();
    const group = { ...without(param_groups[0], 'max_iter'), maxIter: 7 };
    assertRefused(
      untyped({ state, param_groups: [group] }),
      /^Expected the key max_iter for param_groups\[0\] of .* maxIter;/,
    );
    assertRefused(
      untyped({ state, paramGroups: param_groups }),
      /^Expected the key param_groups for the state dict but/,
    );
  });

  it('beside the right one it is a key of somebody else, and is ignored', () => {
    const { optimizer } = training();
    const dict = dictOf({ 0: { ...good(), nIter: 77 } }, { maxIter: 77 });
    optimizer.loadStateDict(dict);
    assert.equal(optimizer.state.n_iter, good().n_iter);
    assert.equal(optimizer.paramGroups[0].maxIter, 2);
  });
});

describe("what is not the state of LBFGS is refused, not taken for that of a fresh optimiser's", () => {
  const adam = { step: 3, exp_avg: new Float64Array(2), exp_avg_sq: new Float64Array(2) };
  const fresh = { func_evals: 0, n_iter: 0 };
  const disguised = (): unknown => Object.setPrototypeOf(new Map([[0, good()]]), Object.prototype);
  const states: Readonly<Record<string, () => unknown>> = {
    'a Date': () => new Date(),
    'a Map': () => new Map([[0, good()]]),
    'an array': () => [good()],
    'an empty array': () => [],
    'a typed array': () => new Float64Array(1e6),
    'a boxed text': () => new String('state'),
    'an instance of a class': () => Object.create({ n_iter: 3 }) as unknown,
    'a Date under 0': () => ({ 0: new Date() }),
    'a Map under 0': () => ({ 0: new Map(Object.entries(good())) }),
    'numbers under 0': () => ({ 0: [1, 2] }),
    'a typed array under 0': () => ({ 0: new Float64Array(2) }),
    "Adam's": () => ({ 0: adam, 1: adam }),
    "Adam's, between counts of a fresh one": () => ({ 0: { ...fresh, ...adam } }),
    "Adam's, beside keys that are null": () => ({ 0: { func_evals: null, d: null, ...adam } }),
    'the state of another parameter beside an empty one': () => ({ 0: {}, 1: good() }),
    'the state of another parameter beside null': () => ({ 0: null, 1: good() }),
    'the state of another parameter beside a fresh one': () => ({ 0: fresh, 1: good() }),
    'the state of another parameter beside a fresh one with an evaluation': () => ({
      0: { func_evals: 1, n_iter: 0 },
      1: good(),
    }),
    'an object of the language': () => Math,
    'an object of the language under 0': () => ({ 0: Math }),
    'a Map with another prototype': () => disguised(),
    'a Map with another prototype under 0': () => ({ 0: disguised() }),
    'a state that is hidden': () => Object.defineProperty({}, '1', { value: good() }),
    'only what torch scratches': () => ({ 0: { al: [1] } }),
    'the state of another parameter': () => ({ 1: good() }),
    'a state one level too high': () => good(),
    'keys that are not its own': () => ({ 0: Object.create(good()) as unknown }),
  };
  for (const [what, make] of Object.entries(states)) {
    it(what, () => {
      assertRefused(dictOf(make()), /^Expected .* for state(\[0\])? .*but received /);
    });
  }
});

describe('the settings of another optimiser are refused, not taken over as far as they are called the same', () => {
  const adam = { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weight_decay: 0, amsgrad: false, foreach: null };
  const groups: Readonly<Record<string, object>> = {
    "Adam's": adam,
    "SGD's": { lr: 0.1, momentum: 0, dampening: 0, weight_decay: 0, nesterov: false },
    "one's of a single key": { lr: 0.1, rho: 0.9 },
  };
  for (const [whose, group] of Object.entries(groups)) {
    it(whose, () => {
      for (const state of [{}, { 0: good() }]) {
        const dict = untyped({ state, param_groups: [{ ...group, params: [0, 1] }] });
        assertRefused(dict, /^Expected the options of LBFGS .* for param_groups\[0\] of .* received one with '\w+'/);
      }
    });
  }

  it('but not those of LBFGS beside what torch, a scheduler or somebody else put there, nor a few of them', () => {
    const others = { initial_lr: 1, foreach: null, param_names: ['w', 'b'], max_lr: 3 };
    for (const group of [{ max_iter: 7, ...others }, { lr: 0.5 }, {}]) {
      const { optimizer } = training();
      const expected = {
        maxIter: 2,
        lr: 1,
        ...('lr' in group && { lr: 0.5 }),
        ...('max_iter' in group && { maxIter: 7 }),
      };
      optimizer.loadStateDict(untyped({ state: {}, param_groups: [{ ...group, params: [0, 1] }] }));
      const { lr, maxIter } = optimizer.paramGroups[0];
      assert.deepEqual({ maxIter, lr }, expected);
    }
  });
});

describe('vectors that JSON has changed are refused by a message that says so', () => {
  it('typed arrays that became objects', () => {
    const dict = JSON.parse(JSON.stringify(training(5).optimizer.stateDict())) as StateDict;
    assertRefused(
      dict,
      /^Expected a float array of 2 entries for d .* an Object; JSON loses typed arrays: .*safetensors/,
    );
  });

  it('typed arrays that became plain arrays', () => {
    const state = { ...good(), prev_flat_grad: [1, 2] };
    assertRefused(
      dictOf({ 0: state }),
      /for prev_flat_grad .* an array of 2; make it a typed array: Float64Array\.from/,
    );
  });
});

describe('a fresh state is loaded, and what was learnt is forgotten', () => {
  const foreign = vm.runInNewContext('({})') as object;
  const states: Readonly<Record<string, unknown>> = {
    'no state at all, as torch writes it': {},
    'none, of another realm': foreign,
    'none, without a prototype': Object.create(null) as unknown,
    'an empty one': { 0: {} },
    null: { 0: null },
    'empty ones of several parameters, as torch makes them for whoever reads optimizer.state[p]': { 0: {}, 1: {} },
    'empty ones of other parameters beside null': { 0: null, 1: {}, 2: null },
    'an evaluation and no iteration, as torch writes it': { 0: { func_evals: 1, n_iter: 0 } },
    'a step of no iterations, as torch writes it': {
      0: {
        ...{ func_evals: 1, n_iter: 0, d: null, t: null, old_dirs: null, old_stps: null, ro: null },
        ...{ H_diag: null, prev_flat_grad: null, prev_loss: null, al: null },
      },
    },
  };
  for (const [what, state] of Object.entries(states)) {
    it(what, () => {
      assertFresh(state);
    });
  }
});

describe('a scale or a number that no step could use is refused', () => {
  const wrong = {
    H_diag: [0, -0, -1, 5e-324, 2 ** -1022 - 2 ** -1074, NaN, Infinity],
    t: [-1, -5e-324],
    prev_loss: [NaN, -Infinity],
  } as const;
  for (const [key, values] of Object.entries(wrong)) {
    it(`${key}: ${values.map((value) => (Object.is(value, -0) ? '-0' : value)).join(', ')}`, () => {
      for (const value of values) {
        assertRefused(
          dictOf({ 0: { ...good(), [key]: value } }),
          new RegExp(`^Expected a finite number .*for ${key} of`),
        );
      }
    });
  }

  it('ro that is not above zero', () => {
    for (const value of [0, -0, -1]) {
      const state = good();
      state.ro[1] = value;
      assertRefused(dictOf({ 0: state }), /^Expected a finite number > 0 for ro\[1\] of/);
    }
  });

  it('the least that are good are loaded', () => {
    const { optimizer } = training();
    optimizer.loadStateDict(dictOf({ 0: { ...good(), H_diag: 2 ** -1022, t: 0 } }));
    assert.equal(optimizer.state.H_diag, 2 ** -1022);
  });
});

describe('counts up to 2^53 - 1', () => {
  for (const [func_evals, n_iter] of [
    [MOST, MOST],
    [MOST, 3],
    [MOST - 1, MOST - 1],
  ] as const) {
    it(`survive a step and the way through our own dict: ${func_evals} and ${n_iter}`, () => {
      const { model, optimizer } = training();
      optimizer.loadStateDict(dictOf({ 0: { ...good(), func_evals, n_iter } }));
      assert.deepEqual([optimizer.state.func_evals, optimizer.state.n_iter], [func_evals, n_iter]);
      optimizer.step(model.closure);
      const { iterations, evaluations } = optimizer.lastStep!;
      const expected = [Math.min(MOST, func_evals + evaluations), Math.min(MOST, n_iter + iterations)];
      assert.deepEqual([optimizer.state.func_evals, optimizer.state.n_iter], expected);
      const before = optimizer.stateDict();
      optimizer.loadStateDict(before);
      assert.deepEqual(optimizer.stateDict(), before);
    });
  }
});

describe('a state dict in another form', () => {
  const forms: Readonly<Record<string, [form: (state: StateDict) => unknown, hint: RegExp]>> = {
    'as JSON': [(state) => JSON.stringify(state), /JSON loses typed arrays, so keep a state dict by encodeCheckpoint/],
    'as the bytes of a checkpoint': [(state) => encodeCheckpoint({ state }), /load decodeCheckpoint\(bytes\)\.state/],
    'as a whole checkpoint': [(state) => ({ state, parameters: {} }), /a whole checkpoint; load its \.state/],
  };
  for (const [name, [form, message]] of Object.entries(forms)) {
    it(`is refused ${name}, saying what to load`, () => {
      const optimizer = new LBFGS([new Parameter([1])]);
      const given = form(optimizer.stateDict());
      assert.throws(
        () => {
          optimizer.loadStateDict(given as StateDict);
        },
        { code: 'ERR_LBFGS_STATE_DICT', message },
      );
    });
  }
});
