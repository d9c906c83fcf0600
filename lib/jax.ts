/// <reference lib="esnext.disposable" preserve="true" />
// Functions of jax-js. docs/jax.md shows how.

/**
 * Minimises a function of [jax-js](https://github.com/ekzhang/jax-js), whose gradient jax-js makes. The module of
 * jax-js is an argument; this package does not import it.
 *
 * @module lbfgs/jax
 */

import {
  minimize as minimizeVector,
  minimizeAsync as minimizeVectorAsync,
  type MinimizeOptions,
  type MinimizeResult,
} from './index';
import { checkJaxArguments, type JaxProblem } from './adapters/jax-arguments';
import { JaxTree } from './adapters/jax-tree';

/** What is needed of the module of jax-js: `import * as jax from '@jax-js/jax'`. */
export interface JaxLike {
  /** jax.numpy */
  readonly numpy: {
    /** Makes an array. */
    readonly array: (...args: never[]) => unknown;
  };
  /** jax.tree */
  readonly tree: {
    /** The arrays of a pytree, and its structure. */
    readonly flatten: (...args: never[]) => unknown;
    /** The inverse of `flatten`. */
    readonly unflatten: (...args: never[]) => unknown;
  };
  /** jax.valueAndGrad */
  readonly valueAndGrad: (...args: never[]) => unknown;
  /** jax.jit */
  readonly jit: (...args: never[]) => unknown;
}

/** What is needed of an array of jax-js. */
export interface JaxArrayLike {
  /** Its numbers; the array is consumed. */
  dataSync(): unknown;
}

/** Options of `minimize` and `minimizeAsync`: those of the package's `minimize`, for the vector of all leaves. */
export interface JaxOptions extends Omit<MinimizeOptions, 'gradient'> {
  /** Whether `jax.jit` compiles the function and its gradient. Default true. */
  jit?: boolean;
}

/** The result of a solve: the report of the package's `minimize`, with a pytree in place of its vectors. */
export interface JaxResult<Params> extends Omit<MinimizeResult, 'x' | 'gradient'> {
  /** The last accepted point: new arrays in a pytree of the same structure, which belong to the caller. */
  params: Params;
}

/**
 * Minimises a function over a pytree.
 *
 * @param jax the module of jax-js
 * @param fun returns the loss, an array without dimensions. As everywhere in jax-js it consumes its argument; an array
 * of your own that it uses is passed on by its `ref`
 * @param params the start: arrays of float32 or float64. They are consumed, also when the call throws. Pass
 * `jax.tree.ref(params)` to keep them
 * @param options those of the package's `minimize`, and `jit`
 * @throws TypeError or RangeError for arguments that do not fit; what `fun` and jax-js throw; what the package's
 * `minimize` throws
 *
 * @example
 * const loss = ({ a, b }) => np.square(np.matmul(X.ref, a).add(b).sub(Y.ref)).mean();
 * const { params, converged } = minimize(jax, loss, { a: np.zeros([4, 1]), b: np.zeros([1]) });
 */
export function minimize<Params>(
  jax: JaxLike,
  fun: (params: Params) => JaxArrayLike,
  params: Params,
  options: JaxOptions = {},
): JaxResult<Params> {
  const problem = checkJaxArguments('minimize', jax, fun, params, options);
  const tree = new JaxTree<Params>(problem);
  try {
    const { evaluate } = tree;
    return resultOf(tree, minimizeVector(evaluate, tree.start(), optionsOf(problem)));
  } finally {
    tree.dispose();
  }
}

/**
 * Minimises as `minimize` does, and waits for the numbers of each evaluation, as a GPU's backend needs it.
 *
 * @param jax the module of jax-js
 * @param fun returns the loss, as for `minimize`
 * @param params the start, which is consumed, as for `minimize`
 * @param options as for `minimize`
 * @throws what `minimize` throws, as a rejection
 */
export async function minimizeAsync<Params>(
  jax: JaxLike,
  fun: (params: Params) => JaxArrayLike,
  params: Params,
  options: JaxOptions = {},
): Promise<JaxResult<Params>> {
  const problem = checkJaxArguments('minimizeAsync', jax, fun, params, options);
  const tree = new JaxTree<Params>(problem);
  try {
    const { evaluateAsync } = tree;
    return resultOf(tree, await minimizeVectorAsync(evaluateAsync, await tree.startAsync(), optionsOf(problem)));
  } finally {
    await tree.pending;
    tree.dispose();
  }
}

/**
 * The options without `jit`. What has no `jit` is passed on as it is, so that the package's function can refuse, for
 * instance, a signal.
 */
function optionsOf({ options }: JaxProblem): MinimizeOptions {
  if (!Object.hasOwn(options, 'jit')) return options;
  const others = { ...options };
  delete others.jit;
  return others;
}

function resultOf<Params>(tree: JaxTree<Params>, result: MinimizeResult): JaxResult<Params> {
  const { x, loss, gradNorm, status, message, converged, iterations, evaluations } = result;
  return { params: tree.paramsAt(x), loss, gradNorm, status, message, converged, iterations, evaluations };
}
