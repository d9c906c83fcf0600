// One native optimiser and what goes with it.

import type { Dtype } from '../checks/arrays';
import { AT, Exchange, native as binding, RECURSIONS, type NativeOptimizer } from './native';
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
export function writeOptions({ numbers }: Exchange, options: ResolvedOptions): void {
  numbers[AT.lr] = options.lr;
  numbers[AT.maxIter] = options.maxIter;
  numbers[AT.maxEval] = options.maxEval ?? 0;
  numbers[AT.toleranceGrad] = options.toleranceGrad;
  numbers[AT.toleranceChange] = options.toleranceChange;
  numbers[AT.historySize] = options.historySize;
  numbers[AT.lineSearch] = options.lineSearchFn === null ? 0 : LINE_SEARCHES.indexOf(options.lineSearchFn) + 1;
  numbers[AT.maxLs] = options.maxLs ?? -1;
  numbers[AT.threads] = options.threads;
  numbers[AT.historyFloat32] = options.historyDtype === 'float32' ? 1 : 0;
}
