// Bounds, weights, sizes, data and starts of other kinds than are promised: refused with a code, each part read once.

import assert from 'node:assert/strict';
import { curveFit, finiteDifferences, minimize, minimizeAsync } from 'lbfgs';
import { decay, POINTS, START } from '../problems/curve';
import { extendedRosenbrock } from '../problems/objectives';
import { untyped } from '../problems/refusal';

const coded = { name: /^(Type|Range)Error$/, code: /^ERR_LBFGS_/, message: /^Expected .* but received / };
const X0 = [-1.2, 1];

/** Where a value of the user's is put, by name. */
const PLACES: Readonly<Record<string, (value: never) => unknown>> = {
  bounds: (bounds) => minimize(extendedRosenbrock, X0, { bounds }),
  'bounds.lower': (lower) => minimize(extendedRosenbrock, X0, { bounds: { lower } }),
  'bounds.upper': (upper) => minimize(extendedRosenbrock, X0, { bounds: { upper } }),
  'a pair of bounds': (pair) => minimize(extendedRosenbrock, X0, { bounds: [pair, [0, 1]] }),
  l1: (l1) => minimize(extendedRosenbrock, X0, { l1 }),
  scale: (scale) => minimize(extendedRosenbrock, X0, { scale }),
  gradient: (gradient) => minimize(() => 1, X0, { gradient }),
  'bounds of finiteDifferences': (bounds) => finiteDifferences(() => 0, { bounds }),
  'order of finiteDifferences': (order) => finiteDifferences(() => 0, { order }),
  'step of finiteDifferences': (step) => finiteDifferences(() => 0, { step }),
  'options of finiteDifferences': (options) => finiteDifferences(() => 0, options),
  data: (data) => curveFit(decay, data, START),
  'data.x': (x) => curveFit(decay, { ...POINTS, x }, START),
  'data.y': (y) => curveFit(decay, { ...POINTS, y }, START),
  'data.sigma': (sigma) => curveFit(decay, { ...POINTS, sigma }, START),
  start: (start) => curveFit(untyped(decay), POINTS, start),
  'a parameter': (a) => curveFit(decay, POINTS, { ...START, a }),
  'the value of a parameter': (value) => curveFit(decay, POINTS, { ...START, a: { value } }),
  'the min of a parameter': (min) => curveFit(decay, POINTS, { ...START, a: { value: 1, min } }),
  'the max of a parameter': (max) => curveFit(decay, POINTS, { ...START, a: { value: 1, max } }),
  'fixed of a parameter': (fixed) => curveFit(decay, POINTS, { ...START, a: { value: 1, fixed } }),
  'options of curveFit': (options) => curveFit(decay, POINTS, START, options),
  jacobian: (jacobian) => curveFit(decay, POINTS, START, { jacobian }),
  loss: (loss) => curveFit(decay, POINTS, START, { loss }),
  'scale of curveFit': (scale) => curveFit(decay, POINTS, START, { scale }),
  'a size of curveFit': (a) => curveFit(decay, POINTS, START, { scale: { a } }),
  absoluteSigma: (absoluteSigma) => curveFit(decay, POINTS, START, { absoluteSigma }),
};

function revoked<Target extends object>(target: Target): Target {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}
const beginning = (length: number): number[] => {
  const array = [1];
  array.length = length;
  return array;
};
const detached = (): Float64Array => {
  const array = new Float64Array(8);
  structuredClone(array, { transfer: [array.buffer] });
  return array;
};

/** What fits nowhere. */
const HOSTILE: Readonly<Record<string, () => unknown>> = {
  'a length of 1e9': () => ({ length: 1e9, 0: 1 }),
  'a length of 2^53 - 1': () => ({ length: Number.MAX_SAFE_INTEGER }),
  'a sparse array': () => Array<number>(2 ** 32 - 1),
  'a sparse array that begins with a number': () => beginning(2 ** 32 - 1),
  'a sparse array of 2': () => Array<number>(2),
  'a sparse array of 8': () => Array<number>(8),
  'a proxy that says it is long': () =>
    new Proxy([1], { get: (array, key) => (key === 'length' ? 1e9 : (Reflect.get(array, key) as unknown)) }),
  'a proxy of a typed array': () => new Proxy(new Float64Array(8), {}),
  'a revoked array': () => revoked([1, 2]),
  'a revoked object': () => revoked({}),
  'a revoked function': () => revoked(() => 1),
  'a detached array': detached,
  'an array of bigints': () => new BigInt64Array(8),
  'an array in itself': () => {
    const array: unknown[] = [];
    array.push(array, array);
    return array;
  },
  null: () => null,
  NaN: () => NaN,
  'a symbol': () => Symbol('s'),
  'a bigint': () => 1n,
  text: () => 'text',
  'a boxed number': () => new Number(1),
  'a Map': () => new Map([['lower', 0]]),
  'a promise': () => Promise.resolve(1),
  'a class': () =>
    class {
      readonly x = 1;
    },
};

/** null stands for no bound; an object with a length is one parameter of this name, and perhaps others. */
const TAKEN: Readonly<Record<string, readonly string[]>> = {
  'bounds.lower': ['null'],
  'bounds.upper': ['null'],
  start: ['a length of 1e9', 'a length of 2^53 - 1', 'a proxy of a typed array'],
};

describe('hostile values', () => {
  for (const [place, put] of Object.entries(PLACES)) {
    it(`are refused with a code as ${place}`, () => {
      for (const [what, make] of Object.entries(HOSTILE)) {
        if (TAKEN[place]?.includes(what) === true) continue;
        assert.throws(() => put(untyped(make())), coded, what);
      }
    });

    it(`whose reading throws bring out the error as it is: ${place}`, () => {
      const error = new Error('mine');
      const fail = (): never => {
        throw error;
      };
      const proxy = new Proxy({}, { ownKeys: fail });
      const isSame = (thrown: unknown): boolean => {
        if (thrown !== error) assert.match(String((thrown as { code?: unknown }).code), /^ERR_LBFGS_/);
        return true;
      };
      const array = [1, 2];
      Object.defineProperty(array, 1, { get: fail });
      for (const value of [
        proxy,
        array,
        {
          get length() {
            return fail();
          },
        },
      ]) {
        assert.throws(() => put(untyped(value)), isSame);
      }
    });
  }
});

/** An object whose properties count how often they are read; what it holds is watched too. */
function watched<Value extends object>(value: Value, reads: Map<string, number>, path = ''): Value {
  return new Proxy(value, {
    get: (target, key) => {
      const name = `${path}.${String(key)}`;
      reads.set(name, (reads.get(name) ?? 0) + 1);
      const found = Reflect.get(target, key) as unknown;
      const isPlain = typeof found === 'object' && found !== null && !(found instanceof AbortSignal);
      return isPlain ? watched(found, reads, name) : found;
    },
  });
}

describe('every part is read once', () => {
  const parameters = { a: { value: 1, min: 0, max: 9, fixed: false }, k: 1, c: { value: 0 } };
  const options = { loss: 'huber', scale: { a: 2, k: 1 }, absoluteSigma: true, maxIter: 5, noise: 1e-6 } as const;
  const calls: Readonly<Record<string, (watch: <Value extends object>(value: Value) => Value) => unknown>> = {
    'by minimize: pairs': (watch) =>
      minimize(
        extendedRosenbrock,
        X0,
        watch({
          bounds: [
            [-2, 2],
            [null, 3],
          ] as const,
          l1: [0, 1],
          scale: [1, 2],
        }),
      ),
    'by minimizeAsync: sides': (watch) =>
      void minimizeAsync(extendedRosenbrock, X0, watch({ bounds: { lower: [-2, null], upper: [2, 3] }, scale: 2 })),
    'by minimize without a gradient': (watch) =>
      minimize((x) => x[0]! ** 2, X0, watch({ gradient: 'central', scale: 'auto' } as const)),
    'by finiteDifferences': (watch) =>
      finiteDifferences(() => 0, watch({ bounds: { lower: [0, 0] }, order: 'forward', step: 1e-6 } as const)),
    'by curveFit: data': (watch) => curveFit(decay, watch({ ...POINTS, sigma: POINTS.y }), START),
    'by curveFit: start': (watch) => curveFit(decay, POINTS, watch(parameters)),
    'by curveFit: options': (watch) => curveFit(decay, { ...POINTS, sigma: POINTS.y }, START, watch(options)),
  };
  for (const [what, call] of Object.entries(calls)) {
    it(what, () => {
      const reads = new Map<string, number>();
      call((value) => watched(value, reads));
      assert.ok(reads.size > 1);
      for (const [name, count] of reads) assert.equal(count, 1, name);
    });
  }
});
