// How much memory an optimiser takes, before there is one.

import type { Dtype } from './checks/arrays';
import { describe, rangeError, typeError } from './checks/errors';
import { native } from './native/native';
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

/**
 * Returns the bytes that an optimiser holds when its history is full: (2 historySize + 6) vectors and some working
 * memory, without the arrays of the parameters and gradients. The optimiser reserves all of it when it is made. The
 * history becomes resident as it fills. `minimize` keeps 20 pairs by default; its `diagonal` takes two more vectors of
 * float64, which are not counted here.
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
  return native.estimateMemory(size, dtype, historySize, historyDtype ?? dtype, threads, async);
}

function refuseUnless(holds: boolean, expected: string, name: string, value: unknown, type: string): void {
  if (holds) return;
  const message = `Expected ${expected} for ${name} but received ${describe(value)}`;
  throw typeof value === type ? rangeError('ERR_LBFGS_ARG_VALUE', message) : typeError('ERR_LBFGS_ARG_TYPE', message);
}
