/// <reference lib="esnext.disposable" preserve="true" />
// Gradients on several cores. docs/workers.md shows how.

/**
 * One loss and gradient, computed by several worker threads, each for its share of the data.
 *
 * @module lbfgs/workers
 */

import type { AsyncClosure, ParameterLike } from './index';
import { closureOf } from './adapters/workers-closure';
import { checkShardOptions } from './adapters/workers-options';
import { ShardPool } from './adapters/workers-pool';

/** What the default export of a shard's module receives. `Data` is the type of the option `data`. */
export interface ShardInit<Data = unknown> {
  /** The number of this shard, from 0. */
  readonly shard: number;
  /** How many shards there are. */
  readonly shards: number;
  /** The option `data`: a copy in this worker, or the same memory where it is a SharedArrayBuffer or a view of one. */
  readonly data: Data;
}

/**
 * Evaluates one shard: adds the gradient of its share at x to `gradient`, which is zero at each call, and returns the
 * loss of its share. Both arrays belong to the worker and are the same ones at every call; neither is shared memory.
 */
export type ShardFunction = (x: Float64Array, gradient: Float64Array) => number | Promise<number>;

/** The type of the default export of a shard's module. It is called once in each worker. */
export type ShardSetup<Data = unknown> = (init: ShardInit<Data>) => ShardFunction | Promise<ShardFunction>;

/** Options of `createShards`. */
export interface ShardsOptions {
  /**
   * The module whose default export is a `ShardSetup`: a URL, an absolute path or the name of a package. Workers load
   * it by `import()`, so it may be an ES module or a CommonJS module, and also a `data:` URL.
   */
  module: string | URL;
  /** The number of variables, an integer >= 1. */
  length: number;
  /**
   * How many workers there are, an integer from 1 to 1024. The rounding of the sums depends on it. Default: as many as
   * `os.availableParallelism()` returns.
   */
  shards?: number;
  /**
   * Passed to the default export of the module in each worker. The data are copied as by `structuredClone`, once for
   * each worker, except for every SharedArrayBuffer and view of one in them: these are the same memory.
   */
  data?: unknown;
  /** When the signal is aborted, the workers end, and what is pending is rejected with the signal's reason. */
  signal?: AbortSignal;
}

/** Worker threads that compute one loss and gradient together. */
export interface Shards {
  /**
   * Evaluates all shards at x, writes the sum of their gradients and returns the sum of their losses. Fits
   * `minimizeAsync`. Sums are made in the order of the shards, so a repeat has the same bits.
   *
   * @param x `length` numbers, which are copied
   * @param gradient `length` numbers, which are overwritten once every shard has answered
   * @throws the error that the worker threw, of several that of the first shard; LBFGSError `ERR_LBFGS_BUSY` if another
   * evaluation is pending, `ERR_LBFGS_WORKER_EXIT` if a worker ends, `ERR_LBFGS_DISPOSED` after `close`; the reason of
   * the signal once that is aborted; TypeError or RangeError if an array does not fit; all as rejections
   */
  readonly evaluate: (x: Float64Array, gradient: Float64Array) => Promise<number>;
  /**
   * A closure for `stepAsync` of an optimiser with these parameters. The vector x is their values, one parameter behind
   * the other. The closure writes each gradient into the array that `grad` is, or assigns a new one where it is null.
   *
   * @param parameters parameters with `length` numbers in all
   * @throws TypeError or RangeError if they are not parameters, or do not have `length` numbers
   */
  readonly closure: (parameters: readonly ParameterLike[]) => AsyncClosure;
  /** Ends the workers; resolves once all have ended. A pending evaluation is rejected. May be called again. */
  readonly close: () => Promise<void>;
  /** The same as `close`, for `await using`. */
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

/** `Symbol.asyncDispose`; before Node 20.5, which has none, what compiled `await using` statements look for instead. */
const asyncDispose: typeof Symbol.asyncDispose =
  (Symbol as Partial<SymbolConstructor>).asyncDispose ??
  (Symbol.for('Symbol.asyncDispose') as typeof Symbol.asyncDispose);

/**
 * Starts worker threads, each of which computes the loss and the gradient of its share of the data.
 *
 * Workers that wait for an evaluation do not keep the process alive: a program that never calls `close` ends as usual.
 *
 * @returns the shards, once the module is set up in all workers
 * @throws what the module throws while it is loaded or set up; TypeError `ERR_LBFGS_ARG_TYPE` if its default export is
 * not a function that returns one, or `data` cannot be copied; LBFGSError `ERR_LBFGS_WORKER_EXIT` if a worker ends; the
 * reason of the signal once that is aborted; TypeError or RangeError for options that do not fit; all as rejections
 *
 * @example
 * const shards = await createShards({ module: new URL('./shard.mjs', import.meta.url), length: 2, data: rows });
 * const { x } = await minimizeAsync(shards.evaluate, [0, 0]);
 * await shards.close();
 *
 * // shard.mjs
 * export default ({ shard, shards, data }) => (x, gradient) => {
 *   let loss = 0;
 *   for (let row = shard; row < data.length; row += shards) {
 *     const [a, b, y] = data[row];
 *     const error = a * x[0] + b * x[1] - y;
 *     loss += error ** 2 / 2;
 *     gradient[0] += error * a;
 *     gradient[1] += error * b;
 *   }
 *   return loss;
 * };
 */
export async function createShards(options: ShardsOptions): Promise<Shards> {
  const settings = checkShardOptions(options);
  const pool = new ShardPool(settings);
  await pool.start(settings);
  const evaluate: Shards['evaluate'] = (x, gradient) => pool.evaluate(x, gradient);
  const close: Shards['close'] = () => pool.close();
  return {
    evaluate,
    closure: (parameters) => closureOf(parameters, pool.length, evaluate),
    close,
    [asyncDispose]: close,
  };
}
