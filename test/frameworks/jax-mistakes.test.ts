// What lbfgs/jax does with the arrays of a call that fails, counted in the real jax-js, and what it says of arguments.

import assert from 'node:assert/strict';
import { minimize, minimizeAsync, type JaxLike } from 'lbfgs/jax';
import { frameworks } from './framework';
import { jaxJs } from './jax';

interface TestArray {
  readonly ref: TestArray;
  readonly refCount: number;
  dataSync(): unknown;
  sub(other: TestArray | number): TestArray;
  sum(): TestArray;
  dispose(): void;
}
interface TestJax extends JaxLike {
  numpy: {
    array(values: ArrayLike<number>, init?: { shape?: number[]; dtype?: string }): TestArray;
    square(x: TestArray): TestArray;
  };
}
type Point = Record<'a' | 'b', TestArray>;

describe('lbfgs/jax, where a call fails', function () {
  this.timeout(60_000);
  const folder = frameworks('lbfgs/jax, where a call fails');
  if (folder === undefined) return;

  let jax: TestJax;
  before(() => {
    jax = jaxJs(folder) as TestJax;
  });
  const arrayOf = (...values: number[]): TestArray => jax.numpy.array(values, { dtype: 'float64' });
  const square = ({ a, b }: Point): TestArray => jax.numpy.square(a.sub(b)).sum();
  const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code;

  /** The module, and every array that it has made since. */
  function watched(): { module: JaxLike; made: TestArray[] } {
    const made: TestArray[] = [];
    const array: TestJax['numpy']['array'] = (...args) => {
      const one = jax.numpy.array(...args);
      made.push(one);
      return one;
    };
    const { tree, valueAndGrad, jit } = jax as JaxLike;
    return { module: { numpy: { array }, tree, valueAndGrad, jit }, made };
  }

  const failing: Record<string, (params: Point) => TestArray> = {
    'throws at once': () => {
      throw new Error('mine');
    },
    'throws in the middle': ({ a }) => {
      jax.numpy.square(a.ref);
      throw new Error('mine');
    },
    'throws after it has disposed an array': ({ a }) => {
      a.dispose();
      throw new Error('mine');
    },
    'returns no scalar': ({ a, b }) => jax.numpy.square(a).sub(b),
  };
  for (const [what, fun] of Object.entries(failing)) {
    for (const jit of [true, false]) {
      it(`leaves no array behind if the function ${what}, ${jit ? 'compiled' : 'uncompiled'}`, async () => {
        const { module, made } = watched();
        const given = [arrayOf(1, 2), arrayOf(3, 4), arrayOf(1, 2), arrayOf(3, 4)] as const;
        assert.throws(() => minimize(module, fun, { a: given[0], b: given[1] }, { jit }));
        await assert.rejects(minimizeAsync(module, fun, { a: given[2], b: given[3] }, { jit }));
        assert.equal(made.length, 4);
        assert.deepEqual(
          [...made, ...given].map(({ refCount }) => refCount),
          [0, 0, 0, 0, 0, 0, 0, 0],
        );
      });
    }
  }

  it('refuses an array in two places, unless it has a reference for each', () => {
    const both = arrayOf(1, 2);
    const other = arrayOf(3);
    let calls = 0;
    const fun = (params: Point): TestArray => {
      calls += 1;
      return square(params);
    };
    assert.throws(
      () => minimize(jax, fun, { a: both, b: both, c: other } as Point),
      (error: Error) => {
        assert.equal(codeOf(error), 'ERR_LBFGS_DUPLICATE_PARAMETER');
        assert.match(error.message, /^Expected another array for leaf 1 of params but received that of leaf 0; pass /);
        return true;
      },
    );
    assert.deepEqual([calls, both.refCount, other.refCount], [0, 0, 0]);
    const twice = arrayOf(1, 2);
    assert.equal(minimize(jax, square, { a: twice, b: twice.ref }).loss, 0);
    assert.equal(twice.refCount, 0);
  });

  it('refuses an array that is freed', () => {
    const [freed, other] = [arrayOf(1, 2), arrayOf(1, 2)];
    freed.dispose();
    assert.throws(
      () => minimize(jax, square, { a: other, b: freed }),
      (error: Error) => {
        assert.equal(codeOf(error), 'ERR_LBFGS_ARG_VALUE');
        assert.match(error.message, /^Expected an array for leaf 1 of params but received one that is freed; pass /);
        return true;
      },
    );
    assert.equal(other.refCount, 0);
  });

  it('throws the error of the function, also where that has freed the start', () => {
    const given = { a: arrayOf(1, 2), b: arrayOf(3, 4) };
    const fun = (): never => {
      given.a.dispose();
      throw new Error('mine');
    };
    assert.throws(() => minimize(jax, fun, given), { message: 'mine' });
    assert.equal(given.b.refCount, 0);
  });

  it('frees the start where jax-js cannot compile', () => {
    const given = { a: arrayOf(1, 2), b: arrayOf(3, 4) };
    const jit = (): never => {
      throw new Error('no compiler');
    };
    assert.throws(() => minimize({ ...jax, jit }, square, given), { message: 'no compiler' });
    assert.deepEqual([given.a.refCount, given.b.refCount], [0, 0]);
  });

  it('refuses a signal in place of the options, and says where it goes', async () => {
    const given = { a: arrayOf(1, 2), b: arrayOf(3, 4) };
    await assert.rejects(minimizeAsync(jax, square, given, new AbortController().signal as never), (error: Error) => {
      assert.equal(codeOf(error), 'ERR_LBFGS_ARG_TYPE');
      assert.match(error.message, /a signal goes in as \{ signal \}/);
      return true;
    });
    assert.deepEqual([given.a.refCount, given.b.refCount], [0, 0]);
  });
});
