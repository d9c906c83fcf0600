// The arguments of lbfgs/jax, and types of the parts of jax-js that are used.

import type { MinimizeOptions } from '../index';
import { rangeError } from '../checks/errors';
import { isCount, isFunction, isObject, isRecord, listOf, own } from '../checks/own';
import { mismatch, wrongType } from '../checks/refusals';

/** An array of jax-js. Reading its numbers consumes it; `ref` is for one more use of it. */
export interface JaxArray {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly size: number;
  readonly ref: JaxArray;
  /** How many uses it has left; 0 once it is freed. */
  readonly refCount: number;
  readonly dataSync: () => ArrayLike<number>;
  readonly data: () => Promise<ArrayLike<number>>;
  readonly dispose: () => void;
}

/** A function that returns the value and the gradient, and consumes the pytree. */
export type ValueAndGrad = ((params: unknown) => [value: JaxArray, gradient: unknown]) & { dispose?: () => void };

export interface Jax {
  readonly numpy: {
    readonly array: (values: ArrayLike<number>, init: { shape: readonly number[]; dtype: string }) => JaxArray;
  };
  readonly tree: {
    readonly flatten: (tree: unknown) => [leaves: unknown[], structure: unknown];
    readonly unflatten: (structure: unknown, leaves: readonly JaxArray[]) => unknown;
  };
  readonly valueAndGrad: (fun: unknown) => ValueAndGrad;
  readonly jit: (fun: ValueAndGrad) => ValueAndGrad;
}

export interface JaxProblem {
  readonly jax: Jax;
  readonly fun: unknown;
  readonly leaves: readonly JaxArray[];
  readonly structure: unknown;
  readonly options: Omit<MinimizeOptions, 'gradient'> & { jit?: boolean };
}

/** The arguments as they are used. The arrays of the pytree are disposed if anything is refused. */
export function checkJaxArguments(
  call: string,
  jax: unknown,
  fun: unknown,
  params: unknown,
  options: unknown,
): JaxProblem {
  const module = checkModule(jax);
  const [leaves, structure] = module.tree.flatten(params);
  try {
    if (!isFunction(fun)) throw wrongType('a function', 'fun', fun, hintFor(call, fun));
    if (leaves.length === 0) throw wrongType('a pytree with an array in it', 'params', params);
    for (const [index, leaf] of leaves.entries()) checkLeaf(leaf, index);
    checkReferences(leaves as JaxArray[]);
    const given = checkOptions(call, options);
    return { jax: module, fun, leaves: leaves as JaxArray[], structure, options: given };
  } catch (error) {
    disposeAll(leaves);
    throw error;
  }
}

/**
 * Disposes what can be disposed, whatever else is in the list. Never throws: jax-js throws for an array that is freed.
 */
export function disposeAll(leaves: readonly unknown[]): void {
  for (const leaf of leaves) {
    if (!isObject(leaf) || !isFunction((leaf as Partial<JaxArray>).dispose)) continue;
    try {
      (leaf as JaxArray).dispose();
    } catch {
      // The array is freed already.
    }
  }
}

function hintFor(call: string, fun: unknown): string {
  return isObject(fun) ? `; the order is ${call}(jax, fun, params, options)` : '';
}

function checkModule(jax: unknown): Jax {
  const hint = "; pass the module itself: import * as jax from '@jax-js/jax'";
  if (!isObject(jax)) throw wrongType('the module of jax-js', 'jax', jax, hint);
  const { numpy, tree, valueAndGrad, jit } = jax as Partial<Jax>;
  const functions = [numpy?.array, tree?.flatten, tree?.unflatten, valueAndGrad, jit];
  if (!functions.every(isFunction)) {
    throw wrongType('the module of jax-js, with numpy, tree, valueAndGrad and jit,', 'jax', jax, hint);
  }
  return jax as Jax;
}

function checkLeaf(leaf: unknown, index: number): void {
  const name = `leaf ${index} of params`;
  if (!isObject(leaf)) throw wrongType('an array of jax-js', name, leaf, '; make it one: np.array(…)');
  const { dtype, shape, size, dataSync, data } = leaf as Partial<JaxArray>;
  if (!isFunction(dataSync) || !isFunction(data) || listOf(shape) === undefined || !isCount(size)) {
    throw wrongType('an array of jax-js', name, leaf, '; make it one: np.array(…)');
  }
  if (dtype !== 'float32' && dtype !== 'float64') {
    throw rangeError('ERR_LBFGS_ARG_VALUE', mismatch("'float32' or 'float64'", `the dtype of ${name}`, dtype));
  }
}

/** Each place of an array in the pytree is one use of it, and takes one reference. */
function checkReferences(leaves: readonly JaxArray[]): void {
  const firsts = new Map<JaxArray, { readonly index: number; uses: number }>();
  for (const [index, leaf] of leaves.entries()) {
    const name = `leaf ${index} of params`;
    if (leaf.refCount === 0) {
      const message = `Expected an array for ${name} but received one that is freed; pass array.ref where it is used before`;
      throw rangeError('ERR_LBFGS_ARG_VALUE', message);
    }
    const first = firsts.get(leaf) ?? { index, uses: 0 };
    firsts.set(leaf, first);
    first.uses += 1;
    if (first.uses > leaf.refCount) {
      const message = `Expected another array for ${name} but received that of leaf ${first.index}; pass array.ref for a copy`;
      throw rangeError('ERR_LBFGS_DUPLICATE_PARAMETER', message);
    }
  }
}

function checkOptions(call: string, options: unknown): JaxProblem['options'] {
  if (!isRecord(options)) throw wrongType('an object', `the options of ${call}`, options);
  const jit = own(options, 'jit');
  if (jit !== undefined && typeof jit !== 'boolean') throw wrongType('a boolean', 'jit', jit);
  if (own(options, 'gradient') !== undefined) {
    const hint = '; jax-js makes the gradient';
    throw wrongType('nothing', 'the option gradient', own(options, 'gradient'), hint);
  }
  return options;
}
