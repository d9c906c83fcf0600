// State dicts that are not data but programs: getters, proxies, prototypes.

import assert from 'node:assert/strict';
import { LBFGS, type StateDict } from 'lbfgs';
import { untyped } from '../problems/refusal';
import { snapshot, trained, type Snapshot, type Training } from '../training/snapshot';

const WOLFE = { lineSearchFn: 'strong_wolfe', maxIter: 2, maxEval: 1000 } as const;
const HUGE = 2 ** 32 - 1;

function training(steps = 3): Training {
  return trained((model) => new LBFGS(model.params, WOLFE), steps);
}

/** Another state of the same form. */
const goodState = (): StateDict => training(5).optimizer.stateDict();

/** Paths to all that can be read in a state dict. */
function paths(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
  return Object.entries(value).flatMap(([key, entry]) => [[...path, key], ...paths(entry, [...path, key])]);
}

/** The dict with a getter at this path, which is handed what was there. */
function withGetter(dict: StateDict, path: readonly string[], get: (value: unknown) => unknown): StateDict {
  let owner = dict as unknown as Record<string, unknown>;
  for (const key of path.slice(0, -1)) owner = owner[key] as Record<string, unknown>;
  const key = path.at(-1)!;
  const value = owner[key];
  Object.defineProperty(owner, key, { enumerable: true, configurable: true, get: () => get(value) });
  return dict;
}

/** Loads it: refused with nothing changed, or taken over as this state. */
function assertLoadsOrRefuses(
  state: unknown,
  good: StateDict,
  codes: readonly string[] = ['ERR_LBFGS_STATE_DICT'],
): void {
  const { optimizer } = training();
  const before = snapshot(optimizer);
  try {
    optimizer.loadStateDict(untyped(state));
  } catch (error) {
    assert.ok(codes.includes((error as { code: string }).code), String(error));
    assert.deepEqual(snapshot(optimizer), before);
    return;
  }
  assert.deepEqual(optimizer.stateDict(), good);
}

describe('a getter anywhere in a state dict', () => {
  const all = paths(goodState());

  it('that throws: its error passes through as the same value, and nothing has changed', () => {
    assert.ok(all.length > 40);
    const error = new Error('mine');
    for (const path of all) {
      // A parameter's index may be looked at or not; everything else is needed.
      const { optimizer } = training();
      const before = snapshot(optimizer);
      const state = withGetter(goodState(), path, () => {
        throw error;
      });
      assert.throws(
        () => {
          optimizer.loadStateDict(state);
        },
        (thrown) => thrown === error,
        path.join('.'),
      );
      assert.deepEqual(snapshot(optimizer), before);
    }
  });

  for (const [name, other] of [
    ['nothing', undefined],
    ['NaN', NaN],
    ['a string', 'x'],
    ['an empty array', []],
    ['an array of huge length', Array(HUGE)],
    ['a vector of another length', new Float64Array(5)],
  ] as const) {
    it(`that gives ${name} from the second time on: the state of the first time, or a refusal`, () => {
      for (const path of all) {
        let reads = 0;
        const state = withGetter(goodState(), path, (value) => (reads++ === 0 ? value : other));
        assertLoadsOrRefuses(state, goodState());
      }
    });
  }

  it('may not use the optimiser: that is refused, and nothing has changed', () => {
    for (const path of all) {
      const { model, optimizer } = training();
      const before: Snapshot = snapshot(optimizer);
      const attempts = [
        () => optimizer.step(model.closure),
        () => {
          optimizer[Symbol.dispose]();
        },
        () => {
          optimizer.loadStateDict(before.state);
        },
      ];
      for (const attempt of attempts) {
        assert.throws(
          () => {
            optimizer.loadStateDict(withGetter(goodState(), path, attempt));
          },
          { code: 'ERR_LBFGS_BUSY' },
        );
        assert.deepEqual(snapshot(optimizer), before);
      }
    }
  });

  it('may change vectors that were read already, without effect: what is loaded was copied, or is refused', () => {
    for (const path of all) {
      const { optimizer } = training();
      const state = goodState();
      const vectors = [state.state[0]!.d!, ...state.state[0]!.old_dirs!, ...state.state[0]!.old_stps!];
      withGetter(state, path, (value) => {
        for (const vector of vectors) vector.fill(NaN);
        return value;
      });
      const before = snapshot(optimizer);
      try {
        optimizer.loadStateDict(state);
        const { d, old_dirs, old_stps } = optimizer.stateDict().state[0]!;
        for (const vector of [d!, ...old_dirs!, ...old_stps!]) assert.ok(vector.every(Number.isFinite));
      } catch (error) {
        assert.equal((error as { code: string }).code, 'ERR_LBFGS_STATE_DICT', String(error));
        assert.deepEqual(snapshot(optimizer), before);
      }
    }
  });
});

describe('a vector of a state dict that changes after it was read', () => {
  /** The dict, whose last pair does this to the vector d as it is read. */
  function spoiling(good: StateDict, spoil: (d: Float64Array) => void): StateDict {
    const state = good.state[0]!;
    const ro = state.ro!;
    const last = ro.pop()!;
    const list = new Proxy(ro, {
      get: (target, key) => {
        if (key === 'length') return target.length + 1;
        if (key !== String(target.length)) return Reflect.get(target, key) as unknown;
        spoil(state.d as Float64Array);
        return last;
      },
    });
    return { state: { 0: { ...state, ro: list } }, param_groups: good.param_groups };
  }

  for (const [change, spoil] of [
    ['into NaN', (d: Float64Array) => d.fill(NaN, 1, 2)],
    ['by being given away', (d: Float64Array) => structuredClone(d, { transfer: [d.buffer as ArrayBuffer] })],
  ] as const) {
    it(`${change}: it is refused, and nothing has changed`, () => {
      const { optimizer } = training();
      const before = snapshot(optimizer);
      const state = spoiling(goodState(), spoil);
      assert.throws(
        () => {
          optimizer.loadStateDict(state);
        },
        { code: 'ERR_LBFGS_STATE_DICT', message: / for d of the state dict / },
      );
      assert.deepEqual(snapshot(optimizer), before);
    });
  }

  it('in shared memory: the numbers are those that were read', () => {
    const good = goodState();
    const shared = new Float64Array(new SharedArrayBuffer(good.state[0]!.d!.byteLength));
    shared.set(good.state[0]!.d!);
    const { optimizer } = training();
    const given: StateDict = { ...good, state: { 0: { ...good.state[0]!, d: shared } } };
    optimizer.loadStateDict(spoiling(structuredCloneOf(given, shared), () => shared.fill(NaN)));
    assert.deepEqual(optimizer.stateDict(), goodState());
  });
});

/** A copy of the dict, but for this vector d. */
function structuredCloneOf(dict: StateDict, d: Float64Array): StateDict {
  const copy = structuredClone(dict);
  copy.state[0]!.d = d;
  return copy;
}

describe('a proxy in place of a list of the history', () => {
  const LISTS = ['old_dirs', 'old_stps', 'ro'] as const;

  /** The list, `lengths` one after the other, whatever index is read there; throws when read without end. */
  function endless(list: readonly unknown[], lengths: readonly number[]): readonly unknown[] {
    let [asked, reads] = [0, 0];
    const get = (target: readonly unknown[], key: string | symbol): unknown => {
      if (++reads > 100_000) throw new Error('read without end');
      if (key === 'length') return lengths[Math.min(asked++, lengths.length - 1)];
      return typeof key === 'string' && /^\d+$/.test(key)
        ? target[Number(key) % target.length]
        : Reflect.get(target, key);
    };
    return new Proxy(list, { get, has: () => true });
  }

  it('with another length every time it is asked is refused or loaded as one of them, never half', () => {
    const good = goodState();
    const length = good.state[0]!.ro!.length;
    for (const lengths of [
      [length, length + 3],
      [length, length - 2],
      [length, HUGE],
      [length, 0.5],
      [length, -1],
      [length, NaN],
    ]) {
      for (const name of LISTS) {
        const state = { ...good, state: { 0: { ...good.state[0]!, [name]: endless(good.state[0]![name]!, lengths) } } };
        assertLoadsOrRefuses(state, good);
      }
    }
  });

  it('of huge length is read to an end, also where history_size would let it in', () => {
    const good = goodState();
    for (const history_size of [2, 2 ** 31, Number.MAX_SAFE_INTEGER]) {
      const { optimizer } = training();
      const before = snapshot(optimizer);
      const lists = Object.fromEntries(LISTS.map((name) => [name, endless(good.state[0]![name]!, [HUGE])]));
      const state = {
        state: { 0: { ...good.state[0], ...lists } },
        param_groups: [{ ...good.param_groups[0], history_size }],
      };
      try {
        optimizer.loadStateDict(untyped(state));
        assert.equal(optimizer.state.history_length, history_size);
      } catch (error) {
        assert.match(
          String((error as { code: unknown }).code),
          /^ERR_LBFGS_(STATE_DICT|OUT_OF_MEMORY)$/,
          String(error),
        );
        assert.deepEqual(snapshot(optimizer), before);
      }
    }
  });

  it('sparse and of huge length is refused, also where history_size would let it in', () => {
    const good = goodState();
    for (const history_size of [2 ** 31, Number.MAX_SAFE_INTEGER]) {
      const lists = Object.fromEntries(LISTS.map((name) => [name, Array(HUGE)]));
      const state = {
        state: { 0: { ...good.state[0], ...lists } },
        param_groups: [{ ...good.param_groups[0], history_size }],
      };
      assertLoadsOrRefuses(state, good, ['ERR_LBFGS_STATE_DICT', 'ERR_LBFGS_OUT_OF_MEMORY']);
    }
  });

  it('with a constructor that makes arrays of its own is refused or loaded', () => {
    const good = goodState();
    for (const name of LISTS) {
      const list = Object.assign([...good.state[0]![name]!], {
        constructor: { [Symbol.species]: () => [1, 2, 3, 4, 5, 6, 7] },
      });
      assertLoadsOrRefuses({ ...good, state: { 0: { ...good.state[0]!, [name]: list } } }, good);
    }
  });
});

describe('keys of prototypes', () => {
  it('are no way in: __proto__ and constructor are ignored on every level, and no prototype changes', () => {
    const good = goodState();
    const evil = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
    const spiked = { ...good, state: { 0: { ...good.state[0]! } }, param_groups: [{ ...good.param_groups[0] }] };
    for (const record of [spiked, spiked.state, spiked.state[0], spiked.param_groups[0]!] as object[]) {
      for (const [key, value] of Object.entries(JSON.parse(evil) as object)) {
        Object.defineProperty(record, key, { value: value as unknown, enumerable: true });
      }
    }
    const { optimizer } = training();
    optimizer.loadStateDict(untyped(spiked));
    assert.deepEqual(optimizer.stateDict(), good);
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });

  it('objects without a prototype, frozen ones and Maps are data like any other, or refused', () => {
    const good = goodState();
    const bare = Object.assign(Object.create(null) as StateDict, structuredClone(good));
    assertLoadsOrRefuses(Object.freeze(bare), good);
    assertLoadsOrRefuses(new Map(Object.entries(good)), good);
  });
});
