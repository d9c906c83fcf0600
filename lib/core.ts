// One native optimiser and what goes with it.

import type { Dtype } from './arrays';
import { Exchange, native as binding, RECURSIONS, type NativeOptimizer } from './native';
import type { ResolvedOptions } from './options';
import type { ParameterArrays } from './parameter-arrays';

/** Made for one list of parameters; a list that grows, or a state that is loaded, gets another. */
export interface Core {
  readonly native: NativeOptimizer;
  readonly exchange: Exchange;
  readonly arrays: ParameterArrays;
  /** The computing dtype: float32 if all parameters are, else float64. */
  readonly dtype: Dtype;
  /** Entries of all parameters together. */
  readonly size: number;
}

/** Reserves the memory for these options; the arrays are not mapped yet. */
export function makeCore(arrays: ParameterArrays, options: ResolvedOptions): Core {
  const exchange = new Exchange();
  writeOptions(exchange, options);
  exchange.set('recursion', RECURSIONS.indexOf(process.env['LBFGS_RECURSION'] ?? '') + 1);
  const native = new binding.NativeOptimizer(arrays.sizes, arrays.dtypes, exchange.numbers);
  const dtype: Dtype = arrays.dtypes.every((each) => each === 'float32') ? 'float32' : 'float64';
  return { native, exchange, arrays, dtype, size: arrays.size };
}

/** Puts the options where the core reads them at the beginning of a step. */
export function writeOptions(exchange: Exchange, options: ResolvedOptions): void {
  exchange.set('lr', options.lr);
  exchange.set('maxIter', options.maxIter);
  exchange.set('maxEval', options.maxEval ?? 0);
  exchange.set('toleranceGrad', options.toleranceGrad);
  exchange.set('toleranceChange', options.toleranceChange);
  exchange.set('historySize', options.historySize);
  exchange.set('strongWolfe', options.lineSearchFn === 'strong_wolfe' ? 1 : 0);
  exchange.set('maxLs', options.maxLs ?? -1);
  exchange.set('threads', options.threads);
  exchange.set('historyFloat32', options.historyDtype === 'float32' ? 1 : 0);
}
