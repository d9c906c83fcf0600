// How much memory an optimiser takes, before there is one.

import type { Dtype } from './checks/arrays';
import { describe, rangeError, typeError } from './checks/errors';
import { native } from './native/native';
import { checkKeys, checkOption, defaultOptions } from './options/options';

/** What `estimateMemory` is asked about. */
export interface MemoryInit {
  /** Numbers in all parameters together, an integer >= 1. */
  size: number;
  /** As the option; default 100. */
  historySize?: number;
  /** The computing dtype: `'float32'` if all parameters are, else `'float64'`, the default. */
  dtype?: Dtype;
  /** As the option; default null, the computing dtype. */
  historyDtype?: Dtype | null;
  /** As the option; each has a little room of its own. */
  threads?: number;
  /** Whether stepAsync or minimizeAsync will be used: for long vectors, two more vectors. Default false. */
  async?: boolean;
}

/**
 * The bytes that an optimiser holds once its history is full, without the user's own arrays: (2 historySize + 6) vectors and some working
 * room. All of it is reserved when it is made (RangeError `ERR_LBFGS_OUT_OF_MEMORY` where that cannot be had); the history's part becomes
 * resident as it fills.
 *
 * @throws TypeError, RangeError for values that do not fit
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
