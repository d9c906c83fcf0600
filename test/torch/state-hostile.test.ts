import assert from 'node:assert/strict';
import { LBFGS, type LBFGSState, type StateDict } from 'lbfgs';
import { typeRefusal, untyped } from '../problems/refusal';
import { snapshot, trained, type Training } from '../training/snapshot';

const WOLFE = { lineSearchFn: 'strong_wolfe', maxIter: 2, maxEval: 1000 } as const;
const { MAX_SAFE_INTEGER: MOST } = Number;
const HUGE = 2 ** 32 - 1;

function training(): Training {
  return trained((model) => new LBFGS(model.params, WOLFE), 3);
}

/** Loads what `spoil` makes of a good state of the same training, two steps on: refused, and nothing has changed. */
function assertRefused(spoil: (good: StateDict) => unknown, refusal: object | ((error: unknown) => boolean)): void {
  const { optimizer } = training();
  const before = snapshot(optimizer);
  const state = spoil(trained((model) => new LBFGS(model.params, { ...WOLFE, lr: 0.5 }), 5).optimizer.stateDict());
  assert.throws(() => {
    optimizer.loadStateDict(untyped(state));
  }, refusal);
  assert.deepEqual(snapshot(optimizer), before);
}

function refusalOf(field: string): object {
  const pattern = field.replaceAll(/[.[\]]/g, '\\$&');
  return { code: 'ERR_LBFGS_STATE_DICT', message: new RegExp(`^Expected .* for ${pattern}( |$)`) };
}

/** The good state with one field of state[0] replaced. */
const withState = (field: string, value: unknown) => (good: StateDict) => ({
  ...good,
  state: { 0: { ...good.state[0], [field]: value } },
});
const withOption = (field: string, value: unknown) => (good: StateDict) => ({
  ...good,
  param_groups: [{ ...good.param_groups[0], [field]: value }],
});

function replaced(list: readonly unknown[], index: number, value: unknown): unknown[] {
  return list.map((entry, at) => (at === index ? value : entry));
}

const NOT_NUMBERS: readonly unknown[] = [
  '1',
  true,
  1n,
  {},
  [1],
  Symbol('1'),
  () => 1,
  new Number(1),
  new Float64Array(1),
];
const NOT_FINITE = [NaN, Infinity, -Infinity] as const;
const NOT_COUNTS: readonly unknown[] = [...NOT_NUMBERS, ...NOT_FINITE, -1, 0.5, 2 ** 53];
const NOT_OBJECTS: readonly unknown[] = [1, 'state', true, 1n, Symbol('state'), () => 0];

const WRONG: Readonly<Record<string, readonly unknown[]>> = {
  func_evals: NOT_COUNTS,
  n_iter: NOT_COUNTS,
  n_known: [...NOT_COUNTS, 3],
  t: [undefined, null, ...NOT_NUMBERS, ...NOT_FINITE],
  H_diag: [undefined, null, ...NOT_NUMBERS, ...NOT_FINITE],
  prev_loss: [undefined, null, ...NOT_NUMBERS, ...NOT_FINITE],
};
const WRONG_OPTIONS: Readonly<Record<string, readonly unknown[]>> = {
  lr: [...NOT_NUMBERS, ...NOT_FINITE, -1],
  tolerance_grad: [...NOT_NUMBERS, ...NOT_FINITE, -1],
  tolerance_change: [...NOT_NUMBERS, ...NOT_FINITE, -1],
  max_iter: NOT_COUNTS,
  max_eval: NOT_COUNTS,
  history_size: [...NOT_COUNTS, 0],
  line_search_fn: [...NOT_NUMBERS, 'wolfe', NaN],
};

const VECTORS: readonly unknown[] = [
  undefined,
  null,
  1,
  [1, 2],
  new Float64Array(3),
  new Float64Array(0),
  new Int32Array(2),
  new BigInt64Array(2),
  new DataView(new ArrayBuffer(16)),
  { length: 2, 0: 1, 1: 2 },
  new Proxy(new Float64Array(2), {}),
  Object.create(Float64Array.prototype),
  ...NOT_FINITE.map((value) => Float64Array.of(0, value)),
];

describe('loadStateDict refuses, names and leaves everything as it was', () => {
  for (const [field, values] of Object.entries(WRONG)) {
    it(`a wrong ${field}`, () => {
      for (const value of values) assertRefused(withState(field, value), refusalOf(field));
    });
  }

  for (const [option, values] of Object.entries(WRONG_OPTIONS)) {
    it(`a wrong ${option}`, () => {
      for (const value of values) assertRefused(withOption(option, value), refusalOf(`param_groups[0].${option}`));
    });
  }

  for (const field of ['d', 'prev_flat_grad'] as const) {
    it(`a wrong ${field}`, () => {
      for (const vector of VECTORS) assertRefused(withState(field, vector), refusalOf(field));
    });
  }

  for (const field of ['old_dirs', 'old_stps'] as const) {
    it(`a wrong vector among ${field}`, () => {
      for (const vector of VECTORS) {
        const spoil = (good: StateDict): unknown => withState(field, replaced(good.state[0]![field]!, 1, vector))(good);
        assertRefused(spoil, refusalOf(`${field}[1]`));
      }
    });
  }

  it('a wrong number in ro', () => {
    for (const value of [undefined, null, ...NOT_NUMBERS, ...NOT_FINITE]) {
      const spoil = (good: StateDict): unknown => withState('ro', replaced(good.state[0]!.ro!, 2, value))(good);
      assertRefused(spoil, refusalOf('ro[2]'));
    }
  });

  for (const field of ['old_dirs', 'old_stps', 'ro'] as const) {
    it(`${field} that is no array, shorter or longer than the others, sparse or of huge length`, () => {
      for (const value of [undefined, null, 1, 'text', { length: 0 }, new Float64Array(2), new Set()]) {
        assertRefused(withState(field, value), refusalOf(field));
      }
      const cut = (good: StateDict): unknown => withState(field, good.state[0]![field]!.slice(1))(good);
      const all = 'old_dirs, old_stps and ro';
      assertRefused(cut, refusalOf(all));
      assertRefused(withState(field, Array(HUGE)), refusalOf(all));
      const holed = (good: StateDict): unknown => withState(field, Array(good.state[0]!.ro!.length))(good);
      assertRefused(holed, refusalOf(`${field}[0]`));
    });
  }

  it('vectors too large for the dtype that computes', () => {
    const model = trained(({ params }) => new LBFGS(params), 0).model;
    for (const parameter of model.params) parameter.data = Float32Array.from(parameter.data);
    const optimizer = new LBFGS(model.params);
    const before = snapshot(optimizer);
    const state = training().optimizer.stateDict();
    state.state[0]!.d![0] = 1e300;
    assert.throws(() => {
      optimizer.loadStateDict(state);
    }, refusalOf('d'));
    assert.deepEqual(snapshot(optimizer), before);
  });

  it('a detached vector', () => {
    assertRefused((good) => {
      structuredClone(good.state[0]!.d!.buffer, { transfer: [good.state[0]!.d!.buffer as ArrayBuffer] });
      return good;
    }, refusalOf('d'));
  });

  it('what is no object where there should be one', () => {
    for (const value of [undefined, null, ...NOT_OBJECTS]) {
      assertRefused(() => value, refusalOf('the state dict'));
      assertRefused((good) => ({ ...good, state: value }), refusalOf('state'));
      assertRefused((good) => ({ ...good, param_groups: [value] }), refusalOf('param_groups[0]'));
    }
    for (const value of NOT_OBJECTS) assertRefused((good) => ({ ...good, state: { 0: value } }), refusalOf('state[0]'));
  });

  it('another number of groups or of parameters, or parameters that are no indices', () => {
    for (const value of [undefined, null, {}, [], Array(HUGE), 'x', new Float64Array(1)]) {
      assertRefused((good) => ({ ...good, param_groups: value }), refusalOf('param_groups'));
    }
    assertRefused((good) => ({ ...good, param_groups: [...good.param_groups, {}] }), refusalOf('param_groups'));
    for (const value of [undefined, null, {}, [], [0], [0, 1, 2], Array(HUGE), 'ab']) {
      assertRefused(withOption('params', value), refusalOf('param_groups[0].params'));
    }
    for (const value of [undefined, null, '1', -1, 0.5, {}]) {
      assertRefused(withOption('params', [0, value]), refusalOf('param_groups[0].params[1]'));
    }
    assertRefused(withOption('params', Array(2)), refusalOf('param_groups[0].params[0]'));
  });

  it('a history_size that no memory can hold', () => {
    for (const size of [2 ** 40, MOST]) {
      assertRefused(withOption('history_size', size), { name: 'RangeError', code: 'ERR_LBFGS_OUT_OF_MEMORY' });
    }
  });

  it('the empty object, which torch refuses too', () => {
    assertRefused(
      () => ({}),
      typeRefusal('ERR_LBFGS_STATE_DICT', /for param_groups of the state dict but received undefined$/),
    );
  });
});

describe('a refused state or group', () => {
  it('leaves the way back: a first evaluation that is not finite still brings back the last evaluated point', () => {
    const make = (): Training => trained(({ params }) => new LBFGS(params, { lr: 1e-3, maxIter: 2, maxEval: 1000 }), 2);
    const [{ model, optimizer }, quiet] = [make(), make()];
    assert.throws(() => {
      optimizer.loadStateDict(untyped({ ...optimizer.stateDict(), param_groups: [] }));
    }, refusalOf('param_groups'));
    assert.throws(
      () => {
        optimizer.addParamGroup({ params: [model.params[0]!] });
      },
      { code: 'ERR_LBFGS_DUPLICATE_PARAMETER' },
    );
    for (const subject of [{ model, optimizer }, quiet]) {
      subject.optimizer.step(() => NaN);
      assert.equal(subject.optimizer.lastStep!.status, 'non_finite');
    }
    assert.deepEqual(snapshot(optimizer), snapshot(quiet.optimizer));
  });
});

describe('loadStateDict accepts', () => {
  it('null for an option or a count as absent, and n_iter 0 without anything else', () => {
    const { optimizer } = training();
    const options = { lr: null, max_iter: null, max_eval: null, tolerance_grad: null, history_size: null };
    const before = { ...optimizer.paramGroups[0] };
    const state = { func_evals: null, n_iter: null, d: null } as unknown as LBFGSState;
    optimizer.loadStateDict({ state: { 0: state }, param_groups: [{ params: [0, 1], ...options } as never] });
    assert.deepEqual({ ...optimizer.paramGroups[0] }, before);
    assert.deepEqual(optimizer.stateDict().state, {});
  });

  it('keys it does not know, on every level, al among them', () => {
    const { optimizer } = training();
    const good = optimizer.stateDict();
    const more = { foreach: true, al: [1], __private: Symbol('x') };
    const state = { ...good, ...more, state: { 7: 'x', 0: { ...good.state[0], ...more } } };
    optimizer.loadStateDict({ ...state, param_groups: [{ ...good.param_groups[0], ...more }] } as unknown as StateDict);
    assert.deepEqual(optimizer.stateDict(), good);
  });
});
