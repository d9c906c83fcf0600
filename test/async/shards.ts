// Shards of test/async/programs/shard.mjs, closed when a test file is through.

import assert from 'node:assert/strict';
import path from 'node:path';
import type { Worker } from 'node:worker_threads';
import { createShards, type Shards, type ShardsOptions } from 'lbfgs/workers';

export const MODULE = path.join(__dirname, 'programs', 'shard.mjs');
export const WEIGHTS = [1, 2, 4, 8, 16];

/** What the module knows to do. */
export interface Deeds {
  weights?: number[];
  flags?: Int32Array;
  does?: string;
  of?: number;
}

/** Two shards of two variables unless the options say otherwise. */
export function shardsThat(data: Deeds = {}, options: Partial<ShardsOptions> = {}): Promise<Shards> {
  return createShards({ module: MODULE, length: 2, shards: 2, data, ...options });
}

/** The same within a function, closed afterwards. */
export async function withShards<Result>(
  data: Deeds,
  use: (shards: Shards) => Promise<Result>,
  options: Partial<ShardsOptions> = {},
): Promise<Result> {
  const shards = await shardsThat(data, options);
  try {
    return await use(shards);
  } finally {
    await shards.close();
  }
}

/** A module that is its own text. */
export const moduleOf = (text: string): string => `data:text/javascript,${encodeURIComponent(text)}`;

export const flags = (): Int32Array => new Int32Array(new SharedArrayBuffer(8));

/** The workers that start meanwhile. */
export async function workersOf(start: () => Promise<unknown>): Promise<Worker[]> {
  const workers: Worker[] = [];
  const add = (worker: Worker): void => void workers.push(worker);
  process.on('worker', add);
  try {
    await start();
  } finally {
    process.off('worker', add);
  }
  return workers;
}

/** Rejects with an error of this library with the code, whose message matches. */
export async function refuses(promise: Promise<unknown>, code: string, message: RegExp, name?: string): Promise<void> {
  await assert.rejects(promise, (error: Error & { code?: string }) => {
    assert.equal(error.code, code, error.stack);
    assert.match(error.message, message);
    if (name !== undefined) assert.equal(error.name, name);
    return true;
  });
}
