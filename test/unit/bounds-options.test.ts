// The options bounds and l1 as they are checked and copied; test/unit/bounds.test.ts solves with them.

import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { finiteDifferences, minimize, minimizeAsync, type Bounds, type MinimizeOptions } from 'lbfgs';
import { extendedRosenbrock } from '../problems/objectives';
import { rangeRefusal, typeRefusal, untyped, type Refusal } from '../problems/refusal';

const START = [-1.2, 1];
const solve = (options: MinimizeOptions) => minimize(extendedRosenbrock, START, options);
const range = (message: string): Refusal => rangeRefusal('ERR_LBFGS_ARG_VALUE', message);
const type = (message: string): Refusal => typeRefusal('ERR_LBFGS_ARG_TYPE', message);

/** An array whose length is only claimed. */
const claimed = (length: number): unknown =>
  new Proxy([], { get: (_, key) => (key === 'length' ? length : undefined) });
const sparse: unknown[] = [];
sparse[1] = [0, 1];

describe('bounds that are refused', () => {
  const refused: readonly [bounds: unknown, refusal: Refusal][] = [
    [
      [
        [0, 1],
        [5, 4],
      ],
      range('Expected lower <= upper for bounds but received [5, 4] at index 1'),
    ],
    [{ lower: 2, upper: 1 }, range('Expected lower <= upper for bounds but received [2, 1]')],
    [{ lower: [0, 3], upper: 1 }, range('Expected lower <= upper for bounds but received [3, 1] at index 1')],
    [
      [
        [NaN, 1],
        [0, 1],
      ],
      range('Expected a number below Infinity for the lower bound but received NaN at index 0'),
    ],
    [
      [
        [0, 1],
        [0, NaN],
      ],
      range('Expected a number above -Infinity for the upper bound but received NaN at index 1'),
    ],
    [{ lower: Infinity }, range('Expected a number below Infinity for the lower bound but received Infinity')],
    [{ lower: NaN }, range('Expected a number below Infinity for the lower bound but received NaN')],
    [
      { upper: Float64Array.of(1, -Infinity) },
      range('Expected a number above -Infinity for the upper bound but received -Infinity at index 1'),
    ],
    [[[0, 1]], range('Expected 2 pairs for bounds but received 1')],
    [[], range('Expected 2 pairs for bounds but received 0')],
    [{ lower: [0, 0, 0] }, range('Expected 2 numbers for bounds.lower but received 3')],
    [{ upper: new Float64Array(1) }, range('Expected 2 numbers for bounds.upper but received 1')],
    [claimed(1e9), range('Expected 2 pairs for bounds but received 1000000000')],
    [{ lower: { length: 1e9 } }, range('Expected 2 numbers for bounds.lower but received 1000000000')],
    [
      { lower: { length: 2 } },
      type('Expected a number, null or an array of them for bounds.lower but received undefined at index 0'),
    ],
    [[0, 1, 2], range('Expected 2 pairs for bounds but received 3')],
    [sparse, type('Expected a pair [lower, upper] for bounds but received undefined at index 0')],
    [
      [0, 1],
      type(
        'Expected a pair [lower, upper] for bounds but received 0 at index 0; the same bounds for all go in as { lower, upper }',
      ),
    ],
    [
      [
        [0, 1],
        [0, 1, 2],
      ],
      type('Expected a pair [lower, upper] for bounds but received an array of 3 at index 1'),
    ],
    [
      [
        [0, 1],
        ['0', 1],
      ],
      type("Expected a number or null for the lower bound but received '0' at index 1"),
    ],
    [
      [
        [0, 1],
        [0, undefined],
      ],
      type('Expected a number or null for the upper bound but received undefined at index 1'),
    ],
    [{ lower: '0' }, type("Expected a number, null or an array of them for bounds.lower but received '0'")],
    [
      { upper: [1, '2'] },
      type(
        "Expected a number, null or an array of them for bounds.upper but received '2' at index 1; convert it: Number(entry)",
      ),
    ],
    [3, type('Expected an array of pairs [lower, upper] or { lower, upper } for bounds but received 3')],
    [null, type('Expected an array of pairs [lower, upper] or { lower, upper } for bounds but received null')],
    [
      new Map([['lower', 0]]),
      type('Expected an array of pairs [lower, upper] or { lower, upper } for bounds but received a Map'),
    ],
    [
      { min: 0, max: 1 },
      typeRefusal(
        'ERR_LBFGS_UNKNOWN_OPTION',
        "Expected a known option for bounds but received 'min'; known are lower, upper",
      ),
    ],
  ];
  for (const [bounds, refusal] of refused) {
    it(inspect(bounds, { breakLength: Infinity, showProxy: true }).slice(0, 60), async () => {
      assert.throws(() => solve({ bounds: untyped(bounds) }), refusal);
      await assert.rejects(minimizeAsync(extendedRosenbrock, START, { bounds: untyped(bounds) }), refusal);
    });
  }

  it('two numbers, where other variables than two want bounds', () => {
    const bounds = untyped([0, 1]);
    assert.throws(() => minimize(extendedRosenbrock, [1, 1, 1, 1], { bounds }), /in as \{ lower, upper \}$/);
  });

  it('before fun is called', () => {
    assert.throws(
      () => minimize(() => assert.fail('called'), START, { bounds: { lower: 1, upper: 0 } }),
      range('Expected lower <= upper for bounds but received [1, 0]'),
    );
  });

  it('by finiteDifferences, whatever the number of variables will be', () => {
    assert.throws(
      () => finiteDifferences(() => 0, { bounds: { lower: [0, 1], upper: [1, 1, 1] } }),
      range('Expected 2 numbers for bounds.upper but received 3'),
    );
    assert.throws(
      () => finiteDifferences(() => 0, { bounds: untyped(claimed(1e9)) }),
      type('Expected a pair [lower, upper] for bounds but received undefined at index 0'),
    );
  });

  it('passing an error of a getter through', () => {
    const error = new Error('no bound');
    const bounds: Bounds = {
      get lower(): number {
        throw error;
      },
    };
    assert.throws(
      () => solve({ bounds }),
      (thrown) => thrown === error,
    );
  });
});

describe('l1 that is refused', () => {
  const refused: readonly [l1: unknown, refusal: Refusal][] = [
    [-1, range('Expected a finite number >= 0 for l1 but received -1')],
    [Infinity, range('Expected a finite number >= 0 for l1 but received Infinity')],
    [NaN, range('Expected a finite number >= 0 for l1 but received NaN')],
    [[0, -2], range('Expected a finite number >= 0 for l1 but received -2 at index 1')],
    [Float64Array.of(NaN, 1), range('Expected a finite number >= 0 for l1 but received NaN at index 0')],
    [[1], range('Expected 2 numbers for l1 but received 1')],
    [{ length: 1e9 }, range('Expected 2 numbers for l1 but received 1000000000')],
    ['1', type("Expected a number or an array of numbers for l1 but received '1'")],
    [[1, null], type('Expected a number or an array of numbers for l1 but received null at index 1')],
    [null, type('Expected a number or an array of numbers for l1 but received null')],
  ];
  for (const [l1, refusal] of refused) {
    it(inspect(l1), () => {
      assert.throws(() => solve({ l1: untyped(l1) }), refusal);
    });
  }
});

describe('a method that knows no bounds is refused', () => {
  for (const [what, region] of [
    ['bounds', { bounds: { lower: 0 } }],
    ['l1', { l1: 1 }],
  ] as const) {
    for (const [options, message] of [
      [{ lineSearchFn: null }, `Expected 'noise_tolerant' for lineSearchFn with ${what} but received null`],
      [
        { lineSearchFn: 'strong_wolfe' },
        `Expected 'noise_tolerant' for lineSearchFn with ${what} but received 'strong_wolfe'`,
      ],
      [{ tolerances: 'torch' }, `Expected 'relative' for tolerances with ${what} but received 'torch'`],
    ] as const) {
      it(`${what} with ${inspect(options)}`, () => {
        assert.throws(() => solve({ ...region, ...options }), range(message));
      });
    }
  }
});

describe('bounds that bound nothing and weights of 0', () => {
  const same: readonly MinimizeOptions[] = [
    { bounds: {} },
    { bounds: { lower: null, upper: null } },
    { bounds: { lower: -Infinity, upper: [Infinity, null] } },
    {
      bounds: [
        [null, null],
        [-Infinity, Infinity],
      ],
    },
    { l1: 0 },
    { l1: [0, -0], bounds: {} },
    { scale: 1 },
    { scale: [1.2, 0.8] },
  ];
  for (const options of same) {
    it(`change nothing, to the bit: ${inspect(options, { breakLength: Infinity })}`, () => {
      assert.deepEqual(solve(options), solve({}));
      assert.deepEqual(solve({ ...options, lineSearchFn: null, lr: 1e-4 }), solve({ lineSearchFn: null, lr: 1e-4 }));
    });
  }
});
