// A length is what an object says of itself: nothing is allocated or walked by it before the entries are seen. Where it
// were, these tests would take gigabytes, or for ever.

import assert from 'node:assert/strict';
import { checkGradient, LBFGS, minimize, Parameter, type StateDict } from 'lbfgs';
import { encodeCheckpoint } from 'lbfgs/safetensors';
import { untyped } from '../problems/refusal';
import { trained } from '../training/snapshot';

const MOST = Number.MAX_SAFE_INTEGER;
const coded = { name: /^(Type|Range)Error$/, code: /^ERR_LBFGS_/, message: /^Expected .* but received / };
const fun = (x: Float64Array, gradient: Float64Array): number => (gradient.fill(1), x[0]!);

/** One number, and then nothing up to the length it says. */
function beginning(length: number): number[] {
  const array = [1];
  array.length = length;
  return array;
}

const CLAIMS: Readonly<Record<string, () => unknown>> = {
  'JSON with a length': () => JSON.parse('{"length":1000000000}') as unknown,
  'a length of 2^53 - 1': () => ({ length: MOST }),
  'a length of 2^53 - 1 and a number': () => ({ length: MOST, 0: 1 }),
  'a length of 1e9 and a number': () => ({ length: 1e9, 0: 1 }),
  'a sparse array': () => Array<number>(2 ** 32 - 1),
  'a sparse array that begins with a number': () => beginning(2 ** 32 - 1),
  'a proxy that says it is long': () =>
    new Proxy([1], { get: (array, key) => (key === 'length' ? 1e9 : (Reflect.get(array, key) as unknown)) }),
  'a length that is no count': () => ({ length: -1 }),
  'a length that is no number': () => ({ length: '2', 0: 1, 1: 2 }),
  'a length that is text as long': () => ({ length: '1'.repeat(1e6) }),
};

describe('a claimed length is refused at the first entry that is not there', () => {
  for (const [what, make] of Object.entries(CLAIMS)) {
    it(`as a gradient, a start, values, a shape, parameters: ${what}`, () => {
      const attempts: readonly ((value: never) => unknown)[] = [
        (value) => (new Parameter([1, 2]).grad = value),
        (value) => minimize(fun, value),
        (value) => checkGradient(fun, value),
        (value) => new Parameter(value),
        (value) => new Parameter([value] as never),
        (value) => new Parameter([[1], value] as never),
        (value) => new Parameter([1], { shape: value }),
        (value) => new LBFGS(value),
        (value) => new LBFGS([{ data: new Float64Array(1), grad: null, shape: value }]),
        (value) => new LBFGS([{ params: value }]),
      ];
      for (const attempt of attempts) assert.throws(() => attempt(untyped(make())), coded, String(attempt));
    });
  }

  it('as a gradient before any entry is read, where it is not that of the data', () => {
    let reads = 0;
    const get = (array: number[], key: string | symbol): unknown =>
      key === 'length' ? 3 : (reads++, Reflect.get(array, key) as unknown);
    assert.throws(() => (new Parameter([1, 2]).grad = new Proxy([1, 2, 3], { get })), { code: 'ERR_LBFGS_GRAD' });
    assert.equal(reads, 0);
  });
});

describe('a length is read once', () => {
  /** Numbers whose length is another one at every read. */
  const growing = (): ArrayLike<number> => {
    let length = 1;
    return {
      0: 1,
      1: 2,
      get length() {
        return length++;
      },
    };
  };

  it('by minimize, checkGradient and a gradient: what it was then is what counts', () => {
    assert.equal(minimize(fun, growing(), { maxIter: 1 }).x.length, 1);
    assert.equal(checkGradient(fun, growing()).ok, true);
    const parameter = new Parameter([5]);
    parameter.grad = growing();
    assert.deepEqual(parameter.grad, Float64Array.of(1));
  });

  it('and so is each entry', () => {
    let reads = 0;
    const start = {
      length: 1,
      get 0() {
        return reads++ === 0 ? 1 : Symbol('2');
      },
    };
    assert.equal(minimize(fun, untyped(start), { maxIter: 1 }).x.length, 1);
    assert.equal(reads, 1);
  });
});

describe('parameters are taken one by one', () => {
  it('an endless iterable ends at the first that is no parameter, and is closed', () => {
    let isClosed = false;
    function* endless(): Generator {
      try {
        yield new Parameter([1]);
        for (;;) yield 5;
      } finally {
        isClosed = true;
      }
    }
    assert.throws(() => new LBFGS(untyped(endless())), {
      code: 'ERR_LBFGS_ARG_TYPE',
      message: /at index 1 but received 5$/,
    });
    assert.ok(isClosed);
    assert.throws(() => {
      new LBFGS([new Parameter([1])]).addParamGroup({ params: untyped(endless()) });
    }, coded);
  });

  it('an endless iterable of one parameter ends at its second time, one of groups at the second group', () => {
    function* endless(item: unknown): Generator {
      for (;;) yield item;
    }
    assert.throws(() => new LBFGS(untyped(endless(new Parameter([1])))), { code: 'ERR_LBFGS_DUPLICATE_PARAMETER' });
    const groups = endless({ params: [new Parameter([1])] });
    assert.throws(() => new LBFGS(untyped(groups)), {
      code: 'ERR_LBFGS_PARAM_GROUPS',
      message: /^Expected one parameter group but received more;/,
    });
  });
});

describe('numbers that are nested without an end are refused', () => {
  const itself = (): unknown[] => {
    const array: unknown[] = [];
    array.push(array);
    return array;
  };
  const deep = (levels: number, inner: unknown, width = 1): unknown => {
    let array = inner;
    for (let level = 0; level < levels; level++) array = Array(width).fill(array);
    return array;
  };
  const cases: Readonly<Record<string, readonly [unknown, RegExp]>> = {
    'an array in itself': [itself(), /^Expected at most 64 levels of numbers for data/],
    'an array in itself behind numbers': [[1, itself()], /received 1; wrap it: \[1\]$/],
    'an array in itself behind others': [
      [[1], itself()],
      /^Expected numbers for data but received an array of 1 at index 0/,
    ],
    'a hundred thousand levels': [deep(1e5, 1), /at most 64 levels/],
    'rows that are shared and would be 2^50 numbers': [deep(50, 1, 2), /^Expected at most 4294967296 numbers/],
    'levels that are sparse': [[[1], ...(Array(3) as unknown[])], /numbers for data but received undefined$/],
  };
  for (const [what, [data, message]] of Object.entries(cases)) {
    it(what, () => {
      assert.throws(() => new Parameter(untyped(data)), { code: /^ERR_LBFGS_ARG_/, message });
    });
  }

  it('and up to 64 levels are taken, with rows that are shared and empty too', () => {
    assert.deepEqual(new Parameter(untyped(deep(64, 7))).shape, Array(64).fill(1));
    assert.deepEqual(new Parameter(untyped(deep(30, [], 2))).shape, [...Array<number>(30).fill(2), 0]);
  });
});

describe('a claimed length in a state', () => {
  const HUGE = 2 ** 32 - 1;
  const good = (): StateDict => trained(({ params }) => new LBFGS(params, { maxIter: 3 }), 3).optimizer.stateDict();
  const changes: Readonly<Record<string, (dict: StateDict) => unknown>> = {
    'all lists as long': ({ state }) =>
      Object.assign(state[0]!, {
        ro: Array<number>(HUGE),
        old_dirs: Array<number>(HUGE),
        old_stps: Array<number>(HUGE),
      }),
    ro: ({ state }) => (state[0]!.ro = Array<never>(HUGE)),
    old_dirs: ({ state }) => (state[0]!.old_dirs = Array<never>(HUGE)),
    old_stps: ({ state }) => (state[0]!.old_stps = Array<never>(HUGE)),
    params: ({ param_groups }) => (param_groups[0].params = Array<never>(HUGE)),
    'params that begin well': ({ param_groups }) => (param_groups[0].params = beginning(HUGE)),
    d: ({ state }) => (state[0]!.d = untyped({ length: HUGE })),
    groups: (dict) => (dict.param_groups = untyped(Array(HUGE))),
    'a state of very many entries': (dict) => (dict.state = untyped(new Float64Array(1e8))),
  };
  for (const [what, change] of Object.entries(changes)) {
    it(`is refused by loadStateDict and encodeCheckpoint: ${what}`, () => {
      const dict = good();
      change(dict);
      assert.throws(
        () => {
          trained(({ params }) => new LBFGS(params), 0).optimizer.loadStateDict(dict);
        },
        { code: 'ERR_LBFGS_STATE_DICT' },
      );
      assert.throws(() => encodeCheckpoint({ state: dict }), { code: 'ERR_LBFGS_CHECKPOINT' });
    });
  }

  it('is refused as options, as a checkpoint and as a shape in one', () => {
    const bytes = new Uint8Array(1e8);
    assert.throws(() => new LBFGS([new Parameter([1])], untyped(bytes)), { code: 'ERR_LBFGS_ARG_TYPE' });
    assert.throws(() => encodeCheckpoint(untyped(bytes)), { code: 'ERR_LBFGS_CHECKPOINT' });
    const parameters = { w: { data: new Float64Array(1), shape: Array<number>(HUGE) } };
    assert.throws(() => encodeCheckpoint({ state: good(), parameters }), {
      code: 'ERR_LBFGS_CHECKPOINT',
      message: /parameters\.w\.shape of the checkpoint but received an array of 4294967295$/,
    });
  });
});
