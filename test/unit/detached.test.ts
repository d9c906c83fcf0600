import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { checkGradient, LBFGS, minimize, Parameter, type FloatArray, type ParameterLike } from 'lbfgs';
import { detach } from '../problems/buffers';
import { extendedRosenbrock } from '../problems/objectives';
import { untyped } from '../problems/refusal';

function detached<Values extends FloatArray>(array: Values): Values {
  detach(array);
  return array;
}

const coded = { name: /^(Type|Range)Error$/, code: /^ERR_LBFGS_/, message: /^Expected .* but received / };

describe('zeroGrad(false)', () => {
  const bad: Record<string, () => unknown> = {
    'a detached array': () => detached(Float64Array.of(1)),
    'an array of numbers': () => [1],
    'an Int32Array': () => Int32Array.of(1),
    'a number': () => 1,
    'an object with a fill of its own': () => ({ fill: () => assert.fail('called') }),
  };
  for (const [name, make] of Object.entries(bad)) {
    it(`refuses ${name} as a gradient and zeroes none`, () => {
      const params: ParameterLike[] = [1, 2, 3].map((value) => ({
        data: Float64Array.of(value),
        grad: Float64Array.of(value),
      }));
      const optimizer = new LBFGS(params);
      params[1]!.grad = untyped(make());
      assert.throws(
        () => {
          optimizer.zeroGrad(false);
        },
        { ...coded, code: 'ERR_LBFGS_GRAD' },
      );
      assert.deepEqual([params[0]!.grad, params[2]!.grad], [Float64Array.of(1), Float64Array.of(3)]);
    });
  }

  it('zeroes the other gradients where one of no entries is detached', () => {
    const params: ParameterLike[] = [
      { data: new Float64Array(0), grad: detached(Float64Array.of(1)) },
      { data: Float64Array.of(1), grad: Float64Array.of(2) },
    ];
    new LBFGS(params).zeroGrad(false);
    assert.deepEqual(params[1]!.grad, Float64Array.of(0));
  });
});

describe('a detached array', () => {
  for (const make of [() => Float64Array.of(1, 2), () => Float32Array.of(1, 2)]) {
    it(`is refused as a start and as a gradient: ${inspect(make())}`, () => {
      const array = detached(make());
      assert.throws(() => minimize(extendedRosenbrock, array), coded);
      assert.throws(() => checkGradient(extendedRosenbrock, array), coded);
      const parameter = new Parameter([1, 2]);
      const grad = Float64Array.of(3, 4);
      parameter.grad = grad;
      assert.throws(() => (parameter.grad = array), coded);
      assert.equal(parameter.grad, grad);
      const other = new Parameter(Float32Array.of(1, 2));
      assert.throws(() => (other.grad = array), coded);
    });
  }
});
