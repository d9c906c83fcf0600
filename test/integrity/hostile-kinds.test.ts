// Objects that are not what their kind promises: proxies, classes as functions, arrays of other realms or with methods
// of their own.

import assert from 'node:assert/strict';
import vm from 'node:vm';
import { checkGradient, LBFGS, minimize, minimizeAsync, Parameter, type ParameterLike } from 'lbfgs';
import { decodeCheckpoint, encodeCheckpoint } from 'lbfgs/safetensors';
import { detach } from '../problems/buffers';
import { untyped } from '../problems/refusal';

const coded = { code: /^ERR_LBFGS_/, message: /^Expected / };

function revoked<Target extends object>(target: Target): Target {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

describe('proxies', () => {
  it('that have been revoked are refused wherever they stand', async () => {
    const parameter = new Parameter([1]);
    const optimizer = new LBFGS([parameter]);
    const step = (closure: unknown, options?: unknown) => () =>
      optimizer.step(untyped(closure), untyped(options ?? {}));
    const attempts: readonly (() => unknown)[] = [
      () => new Parameter(revoked([1])),
      () => new Parameter(untyped([revoked([1])])),
      () => new Parameter([1], revoked({})),
      () => (parameter.grad = revoked([1])),
      () => new LBFGS(revoked([parameter])),
      () => new LBFGS([revoked(parameter)]),
      () => new LBFGS([parameter], revoked({})),
      () =>
        minimize(
          revoked(() => 1),
          [1],
        ),
      () => minimize(() => 1, revoked([1])),
      () => checkGradient(() => 1, [1], revoked({})),
      step(revoked(() => 1)),
      step(() => revoked({})),
      step(() => 1, revoked({})),
      step(() => 1, { onIteration: revoked(() => true) }),
      step(() => 1, { signal: revoked(new AbortController().signal) }),
      () => {
        optimizer.loadStateDict(revoked(optimizer.stateDict()));
      },
      () => {
        optimizer.loadStateDict({ ...optimizer.stateDict(), state: revoked({}) });
      },
      () => encodeCheckpoint({ state: revoked(optimizer.stateDict()) }),
      () => encodeCheckpoint({ state: optimizer.stateDict(), parameters: { w: revoked(parameter) } }),
      () => decodeCheckpoint(revoked(new Uint8Array(1))),
      () => optimizer.registerStepPreHook(revoked(() => undefined)),
    ];
    for (const attempt of attempts) assert.throws(attempt, coded, String(attempt));
    await assert.rejects(
      minimizeAsync(() => untyped(revoked({})), [1]),
      coded,
    );
  });

  it('of a parameter that are revoked later are refused at the next look', () => {
    for (const when of ['before the step', 'in the closure']) {
      const { proxy, revoke } = Proxy.revocable<ParameterLike>({ data: new Float64Array(1), grad: null }, {});
      const optimizer = new LBFGS([new Parameter([1]), proxy]);
      if (when === 'before the step') revoke();
      assert.throws(() => optimizer.step(() => (revoke(), 1)), {
        ...coded,
        message: /^Expected parameter 1 to be in use/,
      });
    }
  });

  it('of typed arrays are refused as numbers, gradients and data', () => {
    const proxy = new Proxy(new Float64Array(1), {});
    assert.throws(() => minimize(() => 1, proxy), coded);
    assert.throws(() => (new Parameter([1]).grad = proxy), coded);
    assert.throws(() => new Parameter(proxy), coded);
  });
});

describe('getters that were taken out of the class', () => {
  for (const key of ['grad', 'size'] as const) {
    it(`refuse to be called on nothing: ${key}`, () => {
      const descriptor = Object.getOwnPropertyDescriptor(Parameter.prototype, key) as Record<
        string,
        (value: null) => unknown
      >;
      const accessors = ['get', 'set'].flatMap((name) => descriptor[name] ?? []);
      assert.ok(accessors.length > 0);
      for (const nothing of [undefined, null]) {
        const refused = { ...coded, message: /^Expected a Parameter for this but received (undefined|null)$/ };
        for (const accessor of accessors) assert.throws(() => accessor.call(nothing, null), refused);
      }
    });
  }
});

describe('functions that cannot be called', () => {
  it('classes are refused as closures, functions and hooks', () => {
    class Loss {
      readonly value = 1;
    }
    const optimizer = new LBFGS([new Parameter([1])]);
    assert.throws(() => optimizer.step(untyped(Loss)), { ...coded, message: /for closure but received a class$/ });
    assert.throws(() => minimize(untyped(Loss), [1]), { ...coded, message: /for fun but received a class$/ });
    assert.throws(() => optimizer.registerStepPostHook(untyped(Loss)), coded);
    assert.equal(
      optimizer.step(
        Object.freeze(function closure() {
          return 1;
        }),
      ),
      1,
    );
  });
});

describe('arrays of other kinds', () => {
  it('that only inherit from typed arrays, or are proxies of them, are refused as parameters', () => {
    for (const array of [Object.create(Float64Array.prototype) as object, new Proxy(new Int32Array(1), {})]) {
      const closure = (): number => 1;
      assert.throws(() => new LBFGS(untyped(array)), { ...coded, message: /for params/ });
      assert.throws(() => checkGradient(untyped(array), closure), { ...coded, message: /for params/ });
    }
  });

  it('what only inherits an iterator of the language is refused as parameters', () => {
    const generator = (function* () {})();
    const iterators = [new Map().values(), new Set().values(), generator].map((one): unknown => ({
      [Symbol.iterator]: () => Object.create(one) as unknown,
    }));
    for (const prototype of [Map.prototype, Set.prototype, String.prototype]) iterators.push(Object.create(prototype));
    iterators.push(Object.create(generator), new Proxy(new Set(), {}));
    for (const params of iterators) {
      assert.throws(() => new LBFGS(untyped(params)), { ...coded, message: /for params/ });
    }
  });

  it('of another realm are taken as those of this one', () => {
    const numbers = vm.runInNewContext('[[1, 2], [3, 4]]') as number[][];
    assert.deepEqual(new Parameter(numbers).shape, [2, 2]);
    const data = vm.runInNewContext('new Float64Array([5])') as Float64Array;
    assert.equal(
      new LBFGS(untyped(vm.runInNewContext('[p]', { p: new Parameter(data) }))).paramGroups[0].params[0]!.data,
      data,
    );
    const options = vm.runInNewContext('({ maxIter: 3 })') as object;
    assert.equal(new LBFGS([new Parameter([1])], options).paramGroups[0].maxIter, 3);
  });

  it('with methods of their own are read by their entries', () => {
    const methods = {
      every: () => assert.fail('called'),
      map: () => assert.fail('called'),
      [Symbol.iterator]: () => assert.fail('called'),
      toJSON: () => 'odd',
    };
    const odd = (...numbers: number[]): number[] => Object.assign(numbers, methods);
    assert.deepEqual(new Parameter(odd(1, 2), { shape: odd(2, 1) }).shape, [2, 1]);
    const state = new LBFGS([new Parameter([1])]).stateDict();
    state.param_groups[0].params = odd(0);
    const parameters = { w: { data: new Float64Array(2), shape: odd(2) } };
    const decoded = decodeCheckpoint(encodeCheckpoint({ state, parameters }));
    assert.deepEqual([decoded.state.param_groups[0].params, decoded.parameters['w']!.shape], [[0], [2]]);
  });

  it('of a checkpoint that a later getter detaches or resizes are refused', () => {
    const state = new LBFGS([new Parameter([1])]).stateDict();
    const first = new Float64Array(2);
    const parameters = {
      first: { data: first },
      get second() {
        detach(first);
        return { data: new Float64Array(1) };
      },
    };
    Object.defineProperty(parameters, 'third', { enumerable: true, value: { data: new Float64Array(1) } });
    assert.throws(() => encodeCheckpoint({ state, parameters }), {
      ...coded,
      message: /^Expected 2 entries, as before, for parameters\.first/,
    });
  });
});
