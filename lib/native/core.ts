// One native optimiser and what goes with it.

import type { Dtype } from '../checks/arrays';
import { Exchange, native as binding, RECURSIONS, type NativeOptimizer } from './native';
import { LINE_SEARCHES } from '../options/line-searches';
import type { ResolvedOptions } from '../options/options';
import { own } from '../checks/own';
import type { ParameterArrays } from './parameter-arrays';

/** Made for one list of parameters; a list that grows gets another. */
export interface Core {
  readonly native: NativeOptimizer;
  readonly exchange: Exchange;
  readonly arrays: ParameterArrays;
  /** The computing dtype: float32 if all parameters are, else float64. */
  readonly dtype: Dtype;
  /** Entries of all parameters together. */
  readonly size: number;
}

/** A core that is not in use, with what it was made for. It keeps none of its last user's arrays. */
interface Spare extends Omit<Core, 'arrays'> {
  readonly sizes: readonly number[];
  readonly dtypes: readonly Dtype[];
}
/** The one that became free last, for the next one of its kind: where vectors are short, to make one takes as long as a solve. */
let spare: Spare | undefined;
/** Numbers in the vectors of a core that may be kept: 64 kB of float64. */
const MOST_SPARED = 2 ** 13;

/** Reserves the memory for these options; the arrays are not mapped yet. Throws `ERR_LBFGS_OUT_OF_MEMORY`. */
export function makeCore(arrays: ParameterArrays, options: ResolvedOptions): Core {
  const recursion = RECURSIONS.indexOf(String(own(process.env, 'LBFGS_RECURSION'))) + 1;
  if (spare !== undefined && fits(spare, arrays, options, recursion)) {
    const { native, exchange, dtype, size } = spare;
    spare = undefined;
    writeOptions(exchange, options);
    return { native, exchange, arrays, dtype, size };
  }
  const exchange = new Exchange();
  writeOptions(exchange, options);
  exchange.set('recursion', recursion);
  const native = new binding.NativeOptimizer(arrays.sizes, arrays.dtypes, exchange.numbers);
  try {
    exchange.checkMemory();
  } catch (error) {
    native.dispose();
    throw error;
  }
  const dtype: Dtype = arrays.dtypes.every((each) => each === 'float32') ? 'float32' : 'float64';
  return { native, exchange, arrays, dtype, size: arrays.size };
}

/** The core is not used any more. */
export function freeCore(core: Core): void {
  const { native, exchange, arrays, dtype, size } = core;
  if (size * (2 * exchange.get('historySize') + 8) > MOST_SPARED) {
    native.dispose();
    return;
  }
  spare?.native.dispose();
  native.reset();
  spare = { native, exchange, dtype, size, sizes: arrays.sizes, dtypes: arrays.dtypes };
}

function fits(
  { exchange, sizes, dtypes }: Spare,
  wanted: ParameterArrays,
  options: ResolvedOptions,
  recursion: number,
): boolean {
  return (
    exchange.get('historySize') === options.historySize &&
    exchange.get('historyFloat32') === (options.historyDtype === 'float32' ? 1 : 0) &&
    exchange.get('recursion') === recursion &&
    sizes.length === wanted.sizes.length &&
    sizes.every((size, index) => size === wanted.sizes[index] && dtypes[index] === wanted.dtypes[index])
  );
}

/** Puts the options where the core reads them at the beginning of a step. */
export function writeOptions(exchange: Exchange, options: ResolvedOptions): void {
  exchange.set('lr', options.lr);
  exchange.set('maxIter', options.maxIter);
  exchange.set('maxEval', options.maxEval ?? 0);
  exchange.set('toleranceGrad', options.toleranceGrad);
  exchange.set('toleranceChange', options.toleranceChange);
  exchange.set('historySize', options.historySize);
  exchange.set('lineSearch', options.lineSearchFn === null ? 0 : LINE_SEARCHES.indexOf(options.lineSearchFn) + 1);
  exchange.set('maxLs', options.maxLs ?? -1);
  exchange.set('threads', options.threads);
  exchange.set('historyFloat32', options.historyDtype === 'float32' ? 1 : 0);
}
