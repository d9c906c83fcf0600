// A pytree of jax-js as one float64 vector: its leaves one behind the other. In jax-js each leaf keeps its own dtype.

import type { Jax, JaxArray, JaxProblem, ValueAndGrad } from './jax-arguments';
import { disposeAll } from './jax-arguments';
import { rangeError, typeError } from '../checks/errors';
import { mismatch } from '../checks/refusals';

interface Leaf {
  readonly at: number;
  readonly size: number;
  readonly shape: readonly number[];
  readonly dtype: string;
}

export class JaxTree<Params> {
  readonly dtypes: readonly string[];
  /** Settles once no evaluation runs any more: after an abort one may still be running. */
  pending: Promise<unknown> = Promise.resolve();
  readonly #jax: Jax;
  readonly #structure: unknown;
  readonly #given: readonly JaxArray[];
  readonly #leaves: readonly Leaf[];
  readonly #size: number;
  readonly #valueAndGrad: ValueAndGrad;

  constructor({ jax, fun, leaves, structure, options }: JaxProblem) {
    this.#jax = jax;
    this.#structure = structure;
    this.#given = leaves;
    let at = 0;
    this.#leaves = leaves.map(({ size, shape, dtype }) => {
      const leaf = { at, size, shape: [...shape], dtype };
      at += size;
      return leaf;
    });
    this.#size = at;
    this.dtypes = this.#leaves.map(({ dtype }) => dtype);
    try {
      const both = jax.valueAndGrad(fun);
      this.#valueAndGrad = options.jit === false ? both : jax.jit(both);
    } catch (error) {
      disposeAll(leaves);
      throw error;
    }
  }

  /** The numbers of the arrays that were given. */
  start(): Float64Array {
    return this.#joined(this.#given.map(({ ref }) => ref.dataSync()));
  }

  async startAsync(): Promise<Float64Array> {
    return this.#joined(await Promise.all(this.#given.map(({ ref }) => ref.data())));
  }

  /** A new pytree with these numbers. */
  paramsAt(x: Float64Array): Params {
    return this.#treeOf(this.#arraysAt(x));
  }

  readonly evaluate = (x: Float64Array, gradient: Float64Array): number => {
    const [value, ...gradients] = this.#evaluated(x);
    try {
      const loss = lossOf(value.dataSync());
      for (const [index, array] of gradients.entries()) this.#write(index, array.dataSync(), gradient);
      return loss;
    } catch (error) {
      disposeAll(gradients);
      throw error;
    }
  };

  readonly evaluateAsync = (x: Float64Array, gradient: Float64Array): Promise<number> => {
    const evaluation = this.#evaluateAsync(x, gradient);
    this.pending = evaluation.catch(() => undefined);
    return evaluation;
  };

  /** Disposes the arrays that were given and the compiled function. */
  dispose(): void {
    disposeAll(this.#given);
    this.#valueAndGrad.dispose?.();
  }

  async #evaluateAsync(x: Float64Array, gradient: Float64Array): Promise<number> {
    const results = this.#evaluated(x);
    const [values, ...parts] = await Promise.all(results.map((array) => array.data()));
    for (const [index, part] of parts.entries()) this.#write(index, part, gradient);
    return lossOf(values);
  }

  /**
   * The value and the gradient of each leaf. If the call throws, the arrays made for it are disposed of here, because
   * nothing else consumes them.
   */
  #evaluated(x: Float64Array): [value: JaxArray, ...gradients: JaxArray[]] {
    const arrays = this.#arraysAt(x);
    try {
      const [value, gradient] = this.#valueAndGrad(this.#treeOf(arrays));
      return [value, ...(this.#jax.tree.flatten(gradient)[0] as JaxArray[])];
    } catch (error) {
      // Without jit, what jax-js had computed by then has references of its own, which it never gives back.
      for (const array of arrays) while (array.refCount > 0) array.dispose();
      throw error;
    }
  }

  /** Arrays with these numbers. jax-js keeps the memory that it is given, so each is a new one. */
  #arraysAt(x: Float64Array): JaxArray[] {
    return this.#leaves.map(({ at, size, shape, dtype }) => {
      const part = x.subarray(at, at + size);
      const values = dtype === 'float32' ? new Float32Array(part) : new Float64Array(part);
      return this.#jax.numpy.array(values, { shape, dtype });
    });
  }

  #treeOf(arrays: readonly JaxArray[]): Params {
    return this.#jax.tree.unflatten(this.#structure, arrays) as Params;
  }

  #write(index: number, values: ArrayLike<number>, gradient: Float64Array): void {
    const { at, size } = this.#leaves[index]!;
    if (values.length !== size) {
      throw rangeError('ERR_LBFGS_GRAD', mismatch(`${size} numbers`, `the gradient of leaf ${index}`, values.length));
    }
    gradient.set(values, at);
  }

  #joined(parts: readonly ArrayLike<number>[]): Float64Array {
    const x = new Float64Array(this.#size);
    for (const [index, values] of parts.entries()) x.set(values, this.#leaves[index]!.at);
    return x;
  }
}

function lossOf(values: ArrayLike<number> | undefined): number {
  const loss = values?.[0];
  if (typeof loss === 'number') return loss;
  throw typeError('ERR_LBFGS_CLOSURE_RESULT', mismatch('an array of one number', 'the result of fun', values));
}
