// How much memory an optimiser takes, before there is one.

import type { Dtype } from './checks/arrays';
import { describe, rangeError, typeError } from './checks/errors';
import { checkKeys, checkOption, defaultOptions } from './options/options';

/** The properties of an optimiser that determine its memory. */
export interface MemoryInit {
  /** Number of entries of all parameters together, an integer >= 1. */
  size: number;
  /** The option `historySize` of the optimiser. Default 100. */
  historySize?: number;
  /** The computing dtype: `'float32'` if all parameters are float32, otherwise `'float64'`, which is the default. */
  dtype?: Dtype;
  /** The option `historyDtype` of the optimiser. Default null, which stands for the computing dtype. */
  historyDtype?: Dtype | null;
  /** The option `threads` of the optimiser, with the same default. Each thread needs a little memory. */
  threads?: number;
  /** true if asynchronous steps are used on long vectors, which need two more vectors. Default false. */
  async?: boolean;
}

/** Three gradients, the point and two directions. */
const VECTORS = 6;
const COPIES = 2;
/** The two-loop recursion for vectors of one chunk and for many pairs, else the compact form (native/core/vectors/cpu/history.cpp). */
const LEAST_PER_PAIR = 16;
/** Vectors begin on a cache line, no whole pages apart, and are worked on in chunks (native/core: memory/storage.hpp, vectors/cpu/kernels/lengths.hpp). */
const LINE = 64;
const PAGE = 4096;
const CHUNK = 16384;
const CHUNK_UNIT = 16;

/**
 * Returns the bytes that an optimiser holds when its history is full: (2 historySize + 6) vectors and some working
 * memory, without the arrays of the parameters and gradients. The optimiser reserves all of it when it is made. The
 * history becomes resident as it fills.
 *
 * @throws TypeError or RangeError for values that do not fit
 *
 * @example
 * estimateMemory({ size: 1e6, historySize: 10 }); // 208519512 with threads: 2
 */
export function estimateMemory(init: MemoryInit): number {
  const own = checkKeys(init, ['size', 'historySize', 'dtype', 'historyDtype', 'threads', 'async'], 'estimateMemory');
  const { size, historySize = defaultOptions().historySize, dtype = 'float64', historyDtype = null } = own;
  const { threads = defaultOptions().threads, async = false } = own;
  checkOption('historySize', historySize);
  checkOption('historyDtype', historyDtype);
  checkOption('threads', threads);
  refuseUnless(Number.isSafeInteger(size) && size >= 1, 'an integer >= 1', 'size', size, 'number');
  refuseUnless(['float32', 'float64'].includes(dtype), "'float32' or 'float64'", 'dtype', dtype, 'string');
  refuseUnless(typeof async === 'boolean', 'a boolean', 'async', async, 'boolean');
  const bytesOf = (count: number, type: Dtype): number => {
    const bytes = Math.ceil((count * (type === 'float32' ? 4 : 8)) / LINE) * LINE;
    return bytes % PAGE === 0 ? bytes + LINE : bytes;
  };
  const stored = historyDtype === 'float32' ? 'float32' : dtype;
  // The next pair has a place of its own, a chunk of it for each thread or all of it, and so has the direction of float32 parameters in double.
  // Between the pairs there are up to seven products for each of them, kept twice, or three for any two.
  const isCompact = size > CHUNK && historySize <= size / LEAST_PER_PAIR;
  const part = isCompact ? chunkLength(size) : size;
  const parts = isCompact ? Math.min(threads, Math.ceil(size / part)) : 1;
  const perPart = 2 * bytesOf(part, stored) + (dtype === 'float32' ? bytesOf(part, 'float64') : 0);
  const products = (historySize + 1) * (isCompact ? 3 * (historySize + 1) : Math.min(2 * historySize, 14));
  return (
    (VECTORS + (async ? COPIES : 0)) * bytesOf(size, dtype) +
    2 * historySize * bytesOf(size, stored) +
    parts * perPart +
    8 * products
  );
}

function chunkLength(size: number): number {
  const chunks = 2 * Math.ceil(size / (2 * CHUNK));
  return Math.ceil(size / chunks / CHUNK_UNIT) * CHUNK_UNIT;
}

function refuseUnless(holds: boolean, expected: string, name: string, value: unknown, type: string): void {
  if (holds) return;
  const message = `Expected ${expected} for ${name} but received ${describe(value)}`;
  throw typeof value === type ? rangeError('ERR_LBFGS_ARG_VALUE', message) : typeError('ERR_LBFGS_ARG_TYPE', message);
}
