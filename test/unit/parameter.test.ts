import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { LBFGS, Parameter } from 'lbfgs';
import { rangeRefusal, typeRefusal, untyped } from '../problems/refusal';

describe('Parameter: values', () => {
  for (const FloatArray of [Float32Array, Float64Array]) {
    it(`wraps a ${FloatArray.name}, no copy`, () => {
      const data = FloatArray.of(1, 2, 3);
      const parameter = new Parameter(data);
      assert.equal(parameter.data, data);
      assert.equal(parameter.dtype, FloatArray === Float32Array ? 'float32' : 'float64');
      assert.deepEqual(parameter.shape, [3]);
      assert.equal(parameter.size, 3);
      assert.equal(parameter.grad, null);
      assert.equal(parameter.device, 'cpu');
    });
  }

  it('copies numbers into float64', () => {
    const numbers = [0.1, -0, NaN];
    const parameter = new Parameter(numbers);
    numbers[0] = 7;
    assert.deepEqual(parameter.data, Float64Array.of(0.1, -0, NaN));
    assert.equal(parameter.dtype, 'float64');
  });

  it('copies numbers into float32 where dtype says so', () => {
    const parameter = new Parameter([0.1, 1e300], { dtype: 'float32' });
    assert.deepEqual(parameter.data, Float32Array.of(0.1, Infinity));
    assert.equal(parameter.dtype, 'float32');
  });

  it('reads the shape off nested numbers', () => {
    const parameter = new Parameter([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    assert.deepEqual(parameter.shape, [2, 3]);
    assert.deepEqual(parameter.data, Float64Array.of(1, 2, 3, 4, 5, 6));
    assert.deepEqual(new Parameter([[[1], [2]]]).shape, [1, 2, 1]);
  });

  it('may have no entries', () => {
    assert.equal(new Parameter([]).size, 0);
    assert.deepEqual(new Parameter([[], []]).shape, [2, 0]);
    assert.deepEqual(new Parameter(new Float32Array(0), { shape: [3, 0] }).shape, [3, 0]);
  });

  it('refuses ragged numbers', () => {
    assert.throws(
      () => new Parameter([[1, 2], [3]]),
      rangeRefusal(
        'ERR_LBFGS_ARG_VALUE',
        'Expected nested numbers of one shape for data but received [2] at index 0 and [1] at index 1',
      ),
    );
  });

  const refused: readonly [unknown, string][] = [
    [undefined, 'Expected a Float32Array, a Float64Array or (nested) numbers for data but received undefined'],
    [3, 'Expected a Float32Array, a Float64Array or (nested) numbers for data but received 3; wrap it: [3]'],
    ['12', "Expected a Float32Array, a Float64Array or (nested) numbers for data but received '12'"],
    [
      Int32Array.of(1),
      'Expected a Float32Array, a Float64Array or (nested) numbers for data but received an Int32Array; convert it: Float64Array.from(array, Number)',
    ],
    [
      new ArrayBuffer(8),
      'Expected a Float32Array, a Float64Array or (nested) numbers for data but received an ArrayBuffer',
    ],
    [[1, '2'], "Expected numbers for data but received '2' at index 1; convert it: Number(entry)"],
    [[1, null], 'Expected numbers for data but received null at index 1'],
    [[1n], 'Expected numbers for data but received 1n at index 0; convert it: Number(entry)'],
    [[Float32Array.of(1)], 'Expected numbers for data but received a Float32Array at index 0; spread it: [...array]'],
    [[1, [2]], 'Expected a Float32Array, a Float64Array or (nested) numbers for data but received 1; wrap it: [1]'],
  ];
  for (const [data, message] of refused) {
    it(`refuses what is not numbers: ${inspect(data)}`, () => {
      assert.throws(() => new Parameter(untyped(data)), typeRefusal('ERR_LBFGS_ARG_TYPE', message));
    });
  }

  it('refuses a hole in the numbers', () => {
    const holed = Array<number>(3);
    holed[0] = 1;
    assert.throws(
      () => new Parameter(holed),
      typeRefusal('ERR_LBFGS_ARG_TYPE', 'Expected numbers for data but received undefined at index 1'),
    );
  });
});

describe('Parameter: init', () => {
  it('takes a shape, a name and a device', () => {
    const shape = [2, 2];
    const parameter = new Parameter(new Float64Array(4), { shape, name: 'weights', device: 'cpu' });
    shape[0] = 7;
    assert.deepEqual(parameter.shape, [2, 2]);
    assert.equal(parameter.name, 'weights');
    assert.throws(() => (parameter.shape as number[]).push(1), TypeError);
  });

  it('refuses a shape that does not fit', () => {
    assert.throws(
      () => new Parameter([1, 2, 3], { shape: [2, 2] }),
      rangeRefusal(
        'ERR_LBFGS_ARG_VALUE',
        'Expected sizes that multiply to 3 for shape of the parameter but received [2, 2]',
      ),
    );
  });

  for (const shape of [[1.5, 2], [-3, -1], 3, ['3'], [NaN]]) {
    it(`refuses a shape that is not sizes: ${inspect(shape)}`, () => {
      assert.throws(
        () => new Parameter([1, 2, 3], { shape: untyped(shape) }),
        typeRefusal(
          'ERR_LBFGS_ARG_TYPE',
          /^Expected an array of integers >= 0 for shape of the parameter but received /,
        ),
      );
    });
  }

  it('refuses another dtype than that of a wrapped array', () => {
    assert.throws(
      () => new Parameter(new Float32Array(2), { dtype: 'float64' }),
      typeRefusal('ERR_LBFGS_ARG_TYPE', /^Expected dtype 'float32' for .* but received 'float64'; .* not converted$/),
    );
    assert.equal(new Parameter(new Float32Array(2), { dtype: 'float32' }).dtype, 'float32');
  });

  it('refuses an unknown dtype', () => {
    assert.throws(
      () => new Parameter([1], { dtype: untyped('float16') }),
      rangeRefusal('ERR_LBFGS_ARG_VALUE', "Expected 'float32' or 'float64' for dtype but received 'float16'"),
    );
    assert.throws(
      () => new Parameter([1], { dtype: untyped(5) }),
      typeRefusal('ERR_LBFGS_ARG_TYPE', "Expected 'float32' or 'float64' for dtype but received 5"),
    );
  });

  it('refuses another device and a name that is no string', () => {
    assert.throws(
      () => new Parameter([1], { device: untyped('cuda:0') }),
      rangeRefusal('ERR_LBFGS_DEVICE', "Expected 'cpu' for device but received 'cuda:0'"),
    );
    assert.throws(
      () => new Parameter([1], { name: untyped(7) }),
      typeRefusal('ERR_LBFGS_ARG_TYPE', 'Expected a string for name but received 7'),
    );
  });

  it('refuses an init that is no object, and an unknown property of it', () => {
    assert.throws(
      () => new Parameter([1], untyped(null)),
      typeRefusal('ERR_LBFGS_ARG_TYPE', /^Expected an object for .*received null/),
    );
    assert.throws(
      () => new Parameter([1], untyped({ dtpye: 'float32' })),
      typeRefusal('ERR_LBFGS_UNKNOWN_OPTION', /received 'dtpye'; did you mean dtype\?$/),
    );
  });
});

describe('Parameter: grad', () => {
  it('keeps an array of its own dtype as it is', () => {
    const parameter = new Parameter([1, 2]);
    const grad = Float64Array.of(3, 4);
    parameter.grad = grad;
    assert.equal(parameter.grad, grad);
    parameter.grad = null;
    assert.equal(parameter.grad, null);
  });

  const converted: readonly [string, ArrayLike<number>][] = [
    ['numbers', [0.1, 4]],
    ['the other float type', Float64Array.of(0.1, 4)],
    ['an object with length', { 0: 0.1, 1: 4, length: 2 }],
  ];
  for (const [what, value] of converted) {
    it(`converts ${what}`, () => {
      const parameter = new Parameter(Float32Array.of(1, 2));
      parameter.grad = value;
      assert.deepEqual(parameter.grad, Float32Array.of(0.1, 4));
      assert.notEqual(parameter.grad, value);
    });
  }

  it('of another length is refused and leaves the one that was there', () => {
    const parameter = new Parameter([1, 2], { name: 'w' });
    const grad = Float64Array.of(3, 4);
    parameter.grad = grad;
    const refusal = rangeRefusal('ERR_LBFGS_GRAD', "Expected 2 entries for grad of the parameter 'w' but received 3");
    assert.throws(() => (parameter.grad = [1, 2, 3]), refusal);
    assert.throws(() => (parameter.grad = new Float64Array(3)), refusal);
    assert.equal(parameter.grad, grad);
  });

  for (const value of [undefined, 3, '12', () => 1, Symbol('grad'), {}]) {
    it(`refuses what is not an array: ${inspect(value)}`, () => {
      assert.throws(
        () => (new Parameter([1, 2]).grad = untyped(value)),
        typeRefusal('ERR_LBFGS_ARG_TYPE', /^Expected an array of numbers or null for grad but received /),
      );
    });
  }

  it('refuses entries that are not numbers', () => {
    assert.throws(
      () => (new Parameter([1, 2]).grad = untyped([1, 'two'])),
      typeRefusal('ERR_LBFGS_ARG_TYPE', /received 'two' at index 1/),
    );
    assert.throws(() => (new Parameter([1, 2]).grad = untyped([1n, 2n])), { name: 'TypeError', code: /^ERR_LBFGS_/ });
  });
});

describe('Parameter: inspected', () => {
  it('shows dtype, shape and whether there is a gradient, never the values', () => {
    const parameter = new Parameter(new Float32Array(10_000), { shape: [100, 100], name: 'weights' });
    assert.equal(inspect(parameter), "Parameter 'weights' { float32 [100, 100], no gradient }");
    parameter.grad = new Float32Array(10_000);
    assert.equal(
      inspect({ parameter }),
      "{\n  parameter: Parameter 'weights' { float32 [100, 100], with gradient }\n}",
    );
    assert.equal(inspect(new Parameter([1])), 'Parameter { float64 [1], no gradient }');
  });
});

describe('a proxy of a Parameter', () => {
  it('has its gradient, is shown as it is, and is trained', () => {
    const parameter = new Parameter([5, 1]);
    const proxy = new Proxy(parameter, {});
    new LBFGS([proxy]).step(() => {
      const away = Array.from(proxy.data, (value) => value - 3);
      proxy.grad = away;
      return away.reduce((sum, value) => sum + 0.5 * value ** 2, 0);
    });
    assert.ok(parameter.data.every((value) => Math.abs(value - 3) < 1e-6));
    assert.equal(proxy.grad, parameter.grad);
    assert.equal(inspect(proxy), inspect(parameter));
    assert.deepEqual(Object.keys(parameter), ['data', 'shape', 'dtype', 'device']);
  });

  it('of a frozen one too', () => {
    const parameter = new Parameter([1]);
    Object.freeze(parameter);
    parameter.grad = [2];
    assert.deepEqual(parameter.grad, Float64Array.of(2));
  });
});
