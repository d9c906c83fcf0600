// The number of threads that the core uses unless it is told.

import type * as operatingSystem from 'node:os';
import type * as workerThreads from 'node:worker_threads';
import { isInteger, own } from '../checks/own';

export function isThreadCount(value: unknown): boolean {
  return isInteger(value, 1, 64);
}

const wanted = own(process.env, 'LBFGS_THREADS') as string | undefined;
let found: number | undefined;

/**
 * LBFGS_THREADS when the package was loaded, NaN if that is no integer from 1 to 64. If it is not set, min(CPU cores,
 * 8), and 1 in a worker thread.
 */
export function threadsByDefault(): number {
  found ??= wanted === undefined || wanted === '' ? suitable() : isThreadCount(Number(wanted)) ? Number(wanted) : NaN;
  return found;
}

function suitable(): number {
  // At the first use and not imported: Node takes as long to load these modules as it takes to load this whole package.
  /* eslint-disable @typescript-eslint/no-require-imports */
  const os = require('node:os') as typeof operatingSystem;
  const { isMainThread } = require('node:worker_threads') as typeof workerThreads;
  /* eslint-enable @typescript-eslint/no-require-imports */
  return isMainThread ? Math.min(os.availableParallelism(), 8) : 1;
}
