// Whatever comes out is the very object that user code threw, or has a code of ours: never an error of the engine's
// own.

import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { checkGradient, LBFGS, minimize, Parameter, type FloatArray, type ParameterLike } from 'lbfgs';
import { detach } from '../problems/buffers';
import { untyped } from '../problems/refusal';

const coded = { code: /^ERR_LBFGS_/, message: /^Expected / };

function revoked<Target extends object>(target: Target): Target {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

/** A function that gives one value after the other, and then the last one for ever. */
function oneByOne(...values: readonly unknown[]): () => never {
  let next = 0;
  return () => untyped(values[Math.min(next++, values.length - 1)]);
}

describe('checkGradient on arrays that its function detaches', () => {
  for (const which of ['x', 'gradient'] as const) {
    for (const evaluation of [1, 2, 3]) {
      it(`${which}, at evaluation ${evaluation}`, () => {
        let evaluations = 0;
        const fun = (x: Float64Array, gradient: Float64Array): number => {
          gradient.fill(1);
          if (++evaluations === evaluation) detach(which === 'x' ? x : gradient);
          return x.length === 0 ? 0 : x[0]!;
        };
        assert.throws(() => checkGradient(fun, [1]), { ...coded, name: 'LBFGSError', code: 'ERR_LBFGS_DATA_CHANGED' });
      });
    }
  }
});

describe('zeroGrad', () => {
  it('with false refuses data that became something else', () => {
    for (const data of [undefined, 5, [1], new Int32Array(1), Symbol('data'), new Proxy(new Float64Array(1), {})]) {
      const parameter: ParameterLike = { data: new Float64Array(1), grad: new Float64Array(1) };
      const optimizer = new LBFGS([parameter]);
      parameter.data = untyped(data);
      assert.throws(
        () => {
          optimizer.zeroGrad(false);
        },
        { ...coded, code: 'ERR_LBFGS_DATA_CHANGED' },
      );
    }
  });

  it('says which gradient is read-only, and lets one be that is null already', () => {
    const frozen = (grad: FloatArray | null): LBFGS => new LBFGS([Object.freeze({ data: new Float64Array(1), grad })]);
    assert.throws(
      () => {
        frozen(new Float64Array(1)).zeroGrad();
      },
      { ...coded, code: 'ERR_LBFGS_GRAD', message: /set to null for parameter 0/ },
    );
    frozen(null).zeroGrad();
  });

  it('fills the memory of a subclass, whatever its methods do', () => {
    class Odd extends Float64Array {
      override fill(): never {
        throw new Error('called');
      }
    }
    const grad = Odd.of(1, 2);
    new LBFGS([{ data: new Float64Array(2), grad }]).zeroGrad(false);
    assert.deepEqual([...grad], [0, 0]);
  });
});

describe('a getter that gives something else at a later read', () => {
  const others: readonly unknown[] = [
    undefined,
    null,
    5,
    'x',
    [1, 2],
    new Int32Array(2),
    new Float32Array(2),
    new Float64Array(0),
  ];
  for (const other of others) {
    it(`data: ${inspect(other)}`, () => {
      const data = new Float64Array(2);
      for (let good = 0; good < 8; good++) {
        const read = oneByOne(...Array<unknown>(good).fill(data), other);
        const parameter = {
          grad: null,
          get data(): FloatArray {
            return read();
          },
        };
        try {
          const optimizer = new LBFGS([parameter]);
          optimizer.step(() => 1);
          optimizer.zeroGrad(false);
        } catch (error) {
          assert.match((error as { code: string }).code, /^ERR_LBFGS_/, String((error as Error).stack));
        }
      }
    });
  }

  it('the iterator of the parameters, and the parts of what it returns', () => {
    const iterables: readonly unknown[] = [
      { [Symbol.iterator]: () => 5 },
      { [Symbol.iterator]: () => ({}) },
      { [Symbol.iterator]: () => ({ next: () => 5 }) },
      { [Symbol.iterator]: revoked(() => 5) },
      Object.defineProperty({}, Symbol.iterator, { get: oneByOne(() => [][Symbol.iterator](), 5) }),
    ];
    for (const params of iterables) assert.throws(() => new LBFGS(untyped(params)), coded);
  });
});

describe('a name that is no text', () => {
  const names: readonly unknown[] = [Symbol('w'), 5, {}, Object.create(null), () => 'w', ['w'], revoked({})];
  it('is refused by Parameter and by LBFGS', () => {
    for (const name of names) {
      assert.throws(() => new Parameter([1], { name: untyped(name) }), coded);
      assert.throws(() => new LBFGS([{ data: new Float64Array(1), grad: null, name: untyped(name) }]), coded);
    }
  });

  it('given later is left out of the messages and of what is inspected', () => {
    for (const name of names) {
      const parameter = Object.assign(new Parameter([1, 2]), { name });
      assert.throws(() => (parameter.grad = [1]), { code: 'ERR_LBFGS_GRAD', message: /for grad of the parameter but/ });
      assert.equal(inspect(parameter), 'Parameter { float64 [2], no gradient }');
      const plain = { data: new Float64Array(2), grad: untyped([1]), name: untyped(undefined) };
      const optimizer = new LBFGS([plain]);
      plain.name = untyped(name);
      assert.throws(() => optimizer.step(() => 1), { code: 'ERR_LBFGS_GRAD', message: /for grad of parameter 0 but/ });
    }
  });

  it('or is very long is cut', () => {
    const name = 'x'.repeat(1e6);
    const parameter = new Parameter([1, 2], { name });
    assert.throws(() => (parameter.grad = [1]), { code: 'ERR_LBFGS_GRAD', message: /'x{40}…'/ });
  });
});

describe('values that cannot be shown, or not soon', () => {
  const odd: readonly unknown[] = [
    10n ** 1000n,
    1n << 20_000_000n,
    Symbol('x'.repeat(1e6)),
    'x'.repeat(1e8),
    Object.create(null),
  ];
  it('are refused shortly', () => {
    for (const value of odd) {
      for (const attempt of [
        () => new Parameter(untyped(value)),
        () => new LBFGS(untyped([value])),
        () => new LBFGS([new Parameter([1])], { lr: untyped(value) }),
        () => minimize(() => untyped(value), [1]),
      ]) {
        assert.throws(
          attempt,
          (error: Error & { code: string }) => error.message.length < 300 && error.code.startsWith('ERR_LBFGS_'),
        );
      }
    }
  });

  it('and a name of an option that is long too', () => {
    assert.throws(() => new LBFGS([new Parameter([1])], untyped({ ['x'.repeat(1e7)]: 1 })), {
      code: 'ERR_LBFGS_UNKNOWN_OPTION',
      message: /received 'x{40}…'; known are lr, /,
    });
  });
});
