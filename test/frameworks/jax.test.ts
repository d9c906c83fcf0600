// lbfgs/jax with the real jax-js. Node 20 and 22 need the two lines of docs/jax.md before it.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import { checkGradient } from 'lbfgs';
import { minimize, minimizeAsync, type JaxOptions } from 'lbfgs/jax';
import { checkJaxArguments } from '../../lib/adapters/jax-arguments';
import { JaxTree } from '../../lib/adapters/jax-tree';
import { nodeIn, PLAIN } from '../consumers/consumer';
import { checkJax } from '../docs/bridge-pages';
import { placeOf } from '../docs/place';
import { frameworks, withFrameworks } from './framework';
import { jaxJs } from './jax';

/** As much of jax-js as the tests use. */
interface TestArray {
  readonly ref: TestArray;
  readonly refCount: number;
  readonly dtype: string;
  readonly shape: number[];
  dataSync(): ArrayLike<number>;
  sub(other: TestArray | number): TestArray;
  mul(other: TestArray | number): TestArray;
  add(other: TestArray | number): TestArray;
  sum(): TestArray;
  mean(): TestArray;
}
interface TestJax {
  numpy: {
    array(values: ArrayLike<number>, init?: { shape?: number[]; dtype?: string }): TestArray;
    zeros(shape: number[], init?: { dtype?: string }): TestArray;
    square(x: TestArray): TestArray;
    tanh(x: TestArray): TestArray;
    matmul(a: TestArray, b: TestArray): TestArray;
  };
  tree: { flatten(...args: never[]): unknown; unflatten(...args: never[]): unknown };
  valueAndGrad(...args: never[]): unknown;
  jit(...args: never[]): unknown;
}
interface Point {
  a: TestArray;
  b: TestArray[];
}

describe('lbfgs/jax', function () {
  this.timeout(60_000);
  const folder = frameworks('lbfgs/jax');
  if (folder === undefined) return;

  let jax: TestJax;
  before(() => {
    jax = jaxJs(folder) as TestJax;
  });
  const rosenbrock = ({ a, b: [b] }: Point): TestArray =>
    jax.numpy
      .square(b!.sub(jax.numpy.square(a.ref)))
      .mul(100)
      .add(jax.numpy.square(a.sub(1)))
      .sum();
  const start = (dtype = 'float64'): Point => ({
    a: jax.numpy.array([-1.2], { dtype }),
    b: [jax.numpy.array([1], { dtype })],
  });
  const refused = (code: string, message: RegExp) => (error: Error & { code?: string }) => {
    assert.equal(error.code, code, error.stack);
    assert.match(error.message, message);
    return true;
  };

  // In float32 the path depends on the rounding: 44 to 53 evaluations by how the function is written.
  for (const [dtype, evaluations, error] of [
    ['float64', 44, 1e-8],
    ['float32', 53, 1e-3],
  ] as const) {
    it(`minimises Rosenbrock's function in ${dtype} within ${evaluations} evaluations, synchronous or not`, async () => {
      const given = start(dtype);
      const result = minimize(jax, rosenbrock, given);
      assert.ok(result.converged && result.evaluations <= evaluations, JSON.stringify(result));
      const { a, b } = result.params;
      assert.deepEqual([a.dtype, b[0]!.dtype, a.shape, a.refCount], [dtype, dtype, [1], 1]);
      for (const leaf of [a, b[0]!]) assert.ok(Math.abs(leaf.dataSync()[0]! - 1) < error);
      assert.deepEqual([given.a.refCount, given.b[0]!.refCount], [0, 0]);
      const later = await minimizeAsync(jax, rosenbrock, start(dtype));
      assert.equal(later.params.a.refCount, 1);
      assert.deepEqual({ ...later, params: null }, { ...result, params: null });
    });
  }

  it('leaves arrays alone of which the caller has a reference', () => {
    const { a, b } = start();
    minimize(jax, rosenbrock, { a: a.ref, b: [b[0]!.ref] }, { maxIter: 2 });
    assert.deepEqual([a.refCount, b[0]!.refCount, a.dataSync()[0]], [1, 1, -1.2]);
  });

  it('passes options on, and an error of the function, and then has disposed the arrays too', () => {
    const seen: number[] = [];
    const onIteration: JaxOptions['onIteration'] = (info, x) => {
      seen.push(info.iteration, x.length);
      return false;
    };
    assert.equal(minimize(jax, rosenbrock, start(), { onIteration, jit: false }).status, 'stopped');
    assert.deepEqual(seen, [1, 2]);
    const given = start();
    const mine = new Error('mine');
    const throws = (): never => {
      throw mine;
    };
    assert.throws(
      () => minimize(jax, throws, given),
      (error) => error === mine,
    );
    assert.deepEqual([given.a.refCount, given.b[0]!.refCount], [0, 0]);
  });

  it('ends an asynchronous solve by its signal, once the evaluation has ended', async () => {
    const given = start();
    const controller = new AbortController();
    const pending = minimizeAsync(jax, rosenbrock, given, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await assert.rejects(pending, { message: 'enough' });
    assert.deepEqual([given.a.refCount, given.b[0]!.refCount], [0, 0]);
  });

  it('says what is wrong with an argument', () => {
    const call =
      (...args: unknown[]) =>
      (): unknown =>
        (minimize as (...args: unknown[]) => unknown)(...args);
    const np = jax.numpy;
    assert.throws(
      call(rosenbrock, start()),
      refused('ERR_LBFGS_ARG_TYPE', /^Expected the module of jax-js.* for jax but received a function/),
    );
    assert.throws(call({}, rosenbrock, start()), refused('ERR_LBFGS_ARG_TYPE', /import \* as jax from/));
    const swapped = start();
    assert.throws(
      call(jax, swapped, rosenbrock),
      refused('ERR_LBFGS_ARG_TYPE', /the order is minimize\(jax, fun, params, options\)/),
    );
    assert.throws(
      call(jax, rosenbrock, { a: 3 }),
      refused('ERR_LBFGS_ARG_TYPE', /^Expected an array of jax-js for leaf 0 of params but received 3; make it one/),
    );
    assert.throws(call(jax, rosenbrock, {}), refused('ERR_LBFGS_ARG_TYPE', /with an array in it for params/));
    const whole = { a: np.array([1], { dtype: 'int32' }) };
    assert.throws(
      call(jax, rosenbrock, whole),
      refused(
        'ERR_LBFGS_ARG_VALUE',
        /^Expected 'float32' or 'float64' for the dtype of leaf 0 of params but received 'int32'$/,
      ),
    );
    assert.equal(whole.a.refCount, 0);
    assert.throws(
      call(jax, rosenbrock, start(), { gradient: 'central' }),
      refused('ERR_LBFGS_ARG_TYPE', /jax-js makes the gradient/),
    );
    assert.throws(call(jax, rosenbrock, start(), { maxiter: 3 }), refused('ERR_LBFGS_UNKNOWN_OPTION', /maxIter/));
  });

  for (const jit of [true, false]) {
    it(`gives minimize the gradient that checkGradient finds, ${jit ? 'compiled' : 'uncompiled'}`, () => {
      const np = jax.numpy;
      const loss = ({ w, b }: Record<'w' | 'b', TestArray>): TestArray =>
        np.square(np.square(w).add(b.ref).sub(3)).mul(b).sum();
      const params = {
        w: np.array(Float64Array.of(1, -2, 3, 0.5, 4, -1), { shape: [3, 2], dtype: 'float64' }),
        b: np.array(Float64Array.of(0.7, -0.3), { shape: [2], dtype: 'float64' }),
      };
      const tree = new JaxTree(checkJaxArguments('minimize', jax, loss, params, { jit }));
      const check = checkGradient(tree.evaluate, tree.start());
      tree.dispose();
      assert.ok(check.ok, JSON.stringify(check));
    });
  }

  it('trains a small network', () => {
    const np = jax.numpy;
    const [rows, hidden] = [40, 8];
    const X = np.array(
      Float64Array.from({ length: rows }, (_, i) => i / 20 - 1),
      { shape: [rows, 1], dtype: 'float64' },
    );
    const Y = np.array(
      Float64Array.from({ length: rows }, (_, i) => Math.sin(3 * (i / 20 - 1))),
      { shape: [rows, 1], dtype: 'float64' },
    );
    const weights = (shape: number[], phase: number): TestArray =>
      np.array(
        Float64Array.from({ length: hidden }, (_, i) => Math.sin(5 * i + phase)),
        { shape, dtype: 'float64' },
      );
    const loss = ({ w, b, v }: Record<'w' | 'b' | 'v', TestArray>): TestArray =>
      np.square(np.matmul(np.tanh(np.matmul(X.ref, w).add(b)), v).sub(Y.ref)).mean();
    const params = { w: weights([1, hidden], 1), b: weights([hidden], 2), v: weights([hidden, 1], 3) };
    const result = minimize(jax, loss, params, { maxIter: 300 });
    assert.ok(result.loss < 1e-5, JSON.stringify(result));
    assert.deepEqual(result.params.w.shape, [1, hidden]);
  });

  it('computes tanh in float64 to about 1e-6, as docs/jax.md tells', () => {
    const x = Float64Array.from({ length: 1000 }, (_, i) => (i - 499.5) / 200);
    const tanh = jax.numpy.tanh(jax.numpy.array(x, { shape: [1000], dtype: 'float64' })).dataSync();
    const errors = Array.from(x, (each, i) => Math.abs(tanh[i]! / Math.tanh(each) - 1));
    const largest = Math.max(...errors);
    assert.ok(largest > 1e-7 && largest < 1e-5, `${largest}`);
  });

  it('keeps its memory over 300 iterations, and runs as docs/jax.md has it', () =>
    withFrameworks(folder, async (place) => {
      await checkJax(placeOf(place, PLAIN));
      fs.writeFileSync(path.join(place, 'memory.mjs'), MEMORY);
      const grown = Number(await nodeIn(place, '--expose-gc', 'memory.mjs'));
      assert.ok(grown <= 10e6, `${grown}`);
    }));
});

const MEMORY = `
import './shim.mjs';
const jax = await import('@jax-js/jax');
const { minimize } = await import('lbfgs/jax');
const { numpy: np, tree } = jax;
const X = np.array(Float64Array.from({ length: 200 * 16 }, (_, i) => Math.sin(i * i)), { shape: [200, 16], dtype: 'float64' });
const loss = ({ w, v }) => np.square(np.matmul(np.tanh(np.matmul(X.ref, w)), v).sub(0.3)).mean();
const init = (shape, n) => np.array(Float64Array.from({ length: n }, (_, i) => Math.cos(i)), { shape, dtype: 'float64' });
let before = 0;
for (let solve = 0; solve < 6; solve++) {
  if (solve === 3) { gc(); before = process.memoryUsage().rss; }
  const options = { maxIter: 100, toleranceGrad: 0, toleranceChange: 0 };
  tree.dispose(minimize(jax, loss, { w: init([16, 16], 256), v: init([16, 1], 16) }, options).params);
}
gc();
console.log(process.memoryUsage().rss - before);
`;
