import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { LBFGS, Parameter, type FloatArray, type ParameterLike } from 'lbfgs';
import { distance } from '../problems/model';
import { lbfgsRefusal, rangeRefusal, typeRefusal, untyped } from '../problems/refusal';

const optimiserOf = (params: unknown) => () => new LBFGS(untyped(params));
const plain = (data: FloatArray, more: Partial<ParameterLike> = {}): ParameterLike => ({ data, grad: null, ...more });

/** Sets gradients of 1/2 |x - 3|^2 on every parameter and returns the loss. */
function pull(params: readonly ParameterLike[]): number {
  let loss = 0;
  for (const parameter of params) {
    parameter.grad = parameter.data.map((value) => value - 3);
    for (const away of parameter.grad) loss += 0.5 * away ** 2;
  }
  return loss;
}

/** The minimum of `pull` is reached. */
function assertPulled(values: ArrayLike<number>): void {
  const threes = Array<number>(values.length).fill(3);
  assert.ok(distance(values, threes) < 1e-6, inspect(values));
}

describe('parameters that are refused', () => {
  const type = (message: string | RegExp) => typeRefusal('ERR_LBFGS_ARG_TYPE', message);
  const value = (message: string | RegExp) => rangeRefusal('ERR_LBFGS_ARG_VALUE', message);
  const iterable = 'Expected an iterable of parameters for params but received';
  const item = 'Expected a parameter ({ data, grad }) at index';
  const cases: readonly [string, unknown, ReturnType<typeof type>][] = [
    ['none at all', [], value('Expected at least one parameter but received none')],
    ['an empty group', [{ params: [] }], value('Expected at least one parameter but received none')],
    [
      'all of them empty',
      [new Parameter([]), new Parameter(new Float32Array(0))],
      value('Expected parameters with at least one value but all 2 are empty'),
    ],
    ['undefined', undefined, type(`${iterable} undefined`)],
    ['a string', 'weights', type(`${iterable} 'weights'`)],
    [
      'a bare typed array',
      new Float64Array(2),
      type(`${iterable} a Float64Array; make it one: [new Parameter(array)]`),
    ],
    ['a bare parameter', new Parameter([1]), type(`${iterable} an Object; put it into an array: [parameter]`)],
    ['a bare group', { params: [new Parameter([1])] }, type(new RegExp(`^${iterable} an Object`))],
    [
      'a typed array in the list',
      [new Float64Array(2)],
      type(`${item} 0 but received a Float64Array; wrap it: new Parameter(array)`),
    ],
    [
      'numbers instead of parameters',
      [1, 2, 3],
      type(`${item} 0 but received 1; wrap the numbers in a parameter: [new Parameter([1, 2, 3])]`),
    ],
    [
      'lists of numbers instead of parameters',
      [
        [1, 2],
        [3, 4],
      ],
      type(`${item} 0 but received an array of 2; wrap it: [new Parameter(numbers)]`),
    ],
    ['a number in the list', [new Parameter([1]), 7], type(`${item} 1 but received 7`)],
    ['null in the list', [null], type(`${item} 0 but received null`)],
    [
      'a group behind a parameter',
      [new Parameter([1]), { params: [new Parameter([2])] }],
      type(`${item} 1 but received an Object`),
    ],
    [
      'plain numbers as data',
      [plain(untyped([1, 2]), { name: 'w' })],
      type(
        "Expected a Float32Array or a Float64Array for data of parameter 0 ('w') but received an array of 2; make it a typed array: Float64Array.from(values)",
      ),
    ],
    [
      'integers as data',
      [plain(untyped(new Int32Array(2)))],
      type(
        'Expected a Float32Array or a Float64Array for data of parameter 0 but received an Int32Array; convert it: Float64Array.from(array, Number)',
      ),
    ],
    [
      'a name that is no string',
      [plain(new Float64Array(1), { name: untyped(1) })],
      type('Expected a string for name of parameter 0 but received 1'),
    ],
    [
      'a shape that does not fit',
      [new Parameter([1]), plain(new Float64Array(6), { shape: [2, 2], name: 'w' })],
      value("Expected sizes that multiply to 6 for shape of parameter 1 ('w') but received [2, 2]"),
    ],
  ];
  for (const [name, params, refusal] of cases) {
    it(name, () => {
      assert.throws(optimiserOf(params), refusal);
    });
  }
});

describe('arrays that are not apart', () => {
  const duplicate = (message: string) => rangeRefusal('ERR_LBFGS_DUPLICATE_PARAMETER', message);
  const shared = (message: string) => rangeRefusal('ERR_LBFGS_SHARED_MEMORY', message);

  it('the same parameter twice is refused', () => {
    const parameter = new Parameter([1, 2]);
    assert.throws(
      optimiserOf([parameter, new Parameter([3]), parameter]),
      duplicate('Expected every parameter once but parameter 2 has the array of parameter 0'),
    );
  });

  it('the same array in two parameters is refused', () => {
    const data = new Float64Array(2);
    assert.throws(
      optimiserOf([new Parameter(data, { name: 'a' }), new Parameter(data, { name: 'b' })]),
      duplicate("Expected every parameter once but parameter 1 ('b') has the array of parameter 0 ('a')"),
    );
  });

  const { buffer } = new Float64Array(10);
  const views: readonly [string, FloatArray, FloatArray][] = [
    ['that share one entry', new Float64Array(buffer, 0, 5), new Float64Array(buffer, 32, 5)],
    ['of the same stretch', new Float64Array(buffer, 8, 3), new Float64Array(buffer, 8, 3)],
    ['one inside the other', new Float64Array(buffer, 16, 1), new Float64Array(buffer)],
    ['of both dtypes', new Float32Array(buffer, 4, 1), new Float64Array(buffer, 0, 1)],
  ];
  for (const [how, first, second] of views) {
    it(`views ${how} are refused`, () => {
      assert.throws(
        optimiserOf([new Parameter([1]), new Parameter(first), new Parameter(second, { name: 'b' })]),
        shared("Expected parameters in separate memory but the data of parameter 1 and parameter 2 ('b') overlap"),
      );
    });
  }

  it('neighbouring and empty views of one buffer are fine', () => {
    const params = [
      new Parameter(new Float64Array(buffer, 0, 5)),
      new Parameter(new Float64Array(buffer, 16, 0)),
      new Parameter(new Float64Array(buffer, 40, 5)),
    ];
    new LBFGS(params).step(() => pull(params));
    assertPulled(new Float64Array(buffer));
  });
});

describe('devices', () => {
  const device = (message: string) => rangeRefusal('ERR_LBFGS_DEVICE', message);

  it('two of them are refused, the parameter and both named', () => {
    const params = [new Parameter([1]), plain(new Float64Array(1), { device: 'cuda:0', name: 'w' })];
    assert.throws(
      optimiserOf(params),
      device("Expected one device for all parameters but parameter 0 is on 'cpu' and parameter 1 ('w') on 'cuda:0'"),
    );
  });

  it('another than the CPU is refused', () => {
    assert.throws(
      optimiserOf([plain(new Float64Array(1), { device: 'cuda:1' })]),
      device("Expected device 'cpu' for parameter 0 but received 'cuda:1'; this build computes on the CPU"),
    );
  });

  it("an absent one counts as 'cpu'", () => {
    const params = [plain(new Float64Array(1)), plain(new Float64Array(1), { device: 'cpu' }), new Parameter([1])];
    assert.ok(optimiserOf(params)());
  });
});

describe('parameters of any kind', () => {
  it('plain objects are optimised, their arrays changed in place', () => {
    const data = Float32Array.of(1, 2);
    const params = [plain(data)];
    new LBFGS(params).step(() => pull(params));
    assertPulled(data);
    assert.equal(params[0]!.data, data);
  });

  it('objects with getters are optimised', () => {
    const arrays: { data: FloatArray; grad: FloatArray | null } = { data: Float64Array.of(1, 2), grad: null };
    class Tensor implements ParameterLike {
      get data(): FloatArray {
        return arrays.data;
      }
      get grad(): FloatArray | null {
        return arrays.grad;
      }
      set grad(value: FloatArray | null) {
        arrays.grad = value;
      }
    }
    const params = [new Tensor()];
    const optimizer = new LBFGS(params);
    optimizer.step(() => pull(params));
    assertPulled(arrays.data);
    optimizer.zeroGrad();
    assert.equal(arrays.grad, null);
  });

  it('an error thrown by a getter passes through as the same object', () => {
    const error = new Error('not there');
    const params = [
      {
        data: new Float64Array(1),
        get grad(): FloatArray | null {
          throw error;
        },
      },
    ];
    const optimizer = new LBFGS(params);
    assert.throws(
      () => optimizer.step(() => 1),
      (thrown) => thrown === error,
    );
  });

  it('empty ones among others take no part', () => {
    const params = [new Parameter([]), new Parameter([1, 5]), new Parameter([[], []]), new Parameter([7])];
    const optimizer = new LBFGS(params);
    optimizer.step(() => pull(params));
    assertPulled([...params[1]!.data, ...params[3]!.data]);
    assert.deepEqual(optimizer.stateDict().param_groups[0].params, [0, 1, 2, 3]);
  });

  it('float32 beside float64 computes in float64', () => {
    const params = [new Parameter(Float32Array.of(1)), new Parameter(Float64Array.of(1))];
    const optimizer = new LBFGS(params);
    optimizer.step(() => pull(params));
    assert.ok(optimizer.stateDict().state[0]!.d instanceof Float64Array);
    assert.ok(params[0]!.data instanceof Float32Array);
    const single = new LBFGS([new Parameter(Float32Array.of(1)), new Parameter(Float32Array.of(2))]);
    single.step(() => pull(single.paramGroups[0].params));
    assert.ok(single.stateDict().state[0]!.d instanceof Float32Array);
  });

  it('data that vanished since construction is refused by name', () => {
    const parameter = plain(Float64Array.of(1, 2), { name: 'w' });
    const optimizer = new LBFGS([parameter]);
    parameter.data = untyped(undefined);
    assert.throws(
      () => optimizer.step(() => 1),
      lbfgsRefusal(
        'ERR_LBFGS_DATA_CHANGED',
        "Expected a Float64Array of 2 entries for data of parameter 0 ('w') but received undefined",
      ),
    );
  });
});
