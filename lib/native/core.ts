// One native optimiser and what goes with it.

import type { Dtype } from '../checks/arrays';
import { AT, Exchange, RECURSIONS } from './exchange';
import { native as binding, type NativeOptimizer } from './native';
import { Team } from '../distributed/team';
import { LINE_SEARCHES } from '../options/line-searches';
import type { ResolvedOptions } from '../options/options';
import { own } from '../checks/own';
import type { ParameterArrays } from './parameter-arrays';

/** Made for one list of parameters; a list that grows gets another core. */
export interface Core {
  readonly native: NativeOptimizer;
  readonly exchange: Exchange;
  readonly arrays: ParameterArrays;
  /** The computing dtype: float32 if all parameters are, else float64. */
  readonly dtype: Dtype;
  /** Entries of all parameters together. */
  readonly size: number;
  /** The rules of a whole solve; undefined for the class LBFGS. */
  readonly rules: SolveRules | undefined;
  /** The connection to the other processes that hold the parameters; undefined in one process. */
  readonly team: Team | undefined;
}

/** What a whole solve has besides the options of a step. */
export interface SolveRules {
  /** Whether its tests are relative (native/core/methods/solve.hpp) or those of a step. */
  readonly isRelative: boolean;
  /** The bound on max|g| relative to that at the start; Infinity: there is none. */
  readonly toleranceGradRelative: number;
  /** Changes in the loss below this part of it are not trusted by the search 'noise_tolerant'. */
  readonly noise: number;
  /** Whether H0 is a diagonal matrix that is learnt. */
  readonly diagonal: boolean;
  /** Bounds and an L1 penalty; undefined where no bound is finite and no weight positive. */
  readonly region: Region | undefined;
}

/** A box and the weights of an L1 penalty: each one number for all coordinates, or one per coordinate. */
export interface Region {
  /** -Infinity: none. */
  readonly lower: number | Float64Array;
  /** Infinity: none. */
  readonly upper: number | Float64Array;
  /** 0: unpenalised. */
  readonly weights: number | Float64Array;
}

/** The default of `noise`. */
export const NOISE = 1e-6;

/** A core that is not in use, with what it was made for. It keeps none of its last user's arrays. */
interface Spare extends Omit<Core, 'arrays' | 'rules' | 'team'> {
  readonly hasRegion: boolean;
  readonly isDistributed: boolean;
  readonly sizes: readonly number[];
  readonly dtypes: readonly Dtype[];
}
/**
 * The core that became free last, for reuse by the next one of its kind: where vectors are short, to make a core takes
 * as long as a solve.
 */
let spare: Spare | undefined;
/** Numbers in the vectors of a core that may be kept: 64 kB of float64. */
const MOST_SPARED = 2 ** 13;

/**
 * The numbers by which ranks compare dtypes. An empty array has a dtype, too, which decides how the line search
 * compares losses.
 */
const DTYPES = { float32: 32, float64: 64 } as const;

/** Reserves the memory for these options; the arrays are not mapped yet. Throws `ERR_LBFGS_OUT_OF_MEMORY`. */
export function makeCore(arrays: ParameterArrays, options: ResolvedOptions, rules?: SolveRules): Core {
  const recursion = RECURSIONS.indexOf(String(own(process.env, 'LBFGS_RECURSION'))) + 1;
  const region = rules?.region && [rules.region.lower, rules.region.upper, rules.region.weights];
  const hasRegion = region !== undefined;
  const dtype: Dtype = arrays.dtypes.every((each) => each === 'float32') ? 'float32' : 'float64';
  const team = options.comm === null ? undefined : new Team(options.comm, DTYPES[dtype]);
  const isDistributed = team !== undefined;
  const isOfThisKind = spare?.hasRegion === hasRegion && spare.isDistributed === isDistributed;
  if (isOfThisKind && fits(spare!, arrays, options, recursion)) {
    const { native, exchange, size } = spare!;
    spare = undefined;
    if (hasRegion) native.setRegion(region);
    writeOptions(exchange, options, rules);
    return { native, exchange, arrays, dtype, size, rules, team };
  }
  const exchange = new Exchange();
  writeOptions(exchange, options, rules);
  exchange.set('recursion', recursion);
  exchange.set('distributed', isDistributed ? 1 : 0);
  const native = new binding.NativeOptimizer(arrays.sizes, arrays.dtypes, exchange.numbers, region);
  try {
    exchange.checkMemory();
  } catch (error) {
    native.dispose();
    throw error;
  }
  return { native, exchange, arrays, dtype, size: arrays.size, rules, team };
}

/** Frees a core that is not used any more, or keeps it as the spare one. */
export function freeCore(core: Core): void {
  const { native, exchange, arrays, dtype, size, rules, team } = core;
  if (size * (2 * exchange.get('historySize') + 8) > MOST_SPARED) {
    native.dispose();
    return;
  }
  spare?.native.dispose();
  native.reset();
  const hasRegion = rules?.region !== undefined;
  const isDistributed = team !== undefined;
  spare = { native, exchange, dtype, size, hasRegion, isDistributed, sizes: arrays.sizes, dtypes: arrays.dtypes };
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
export function writeOptions({ numbers }: Exchange, options: ResolvedOptions, rules?: SolveRules): void {
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
  numbers[AT.method] = rules?.isRelative === true ? 1 : 0;
  numbers[AT.toleranceGradRelative] = rules?.toleranceGradRelative ?? 1;
  numbers[AT.noise] = rules?.noise ?? NOISE;
  numbers[AT.diagonal] = rules?.diagonal === true ? 1 : 0;
  numbers[AT.relativePairs] = (rules?.isRelative ?? options.lineSearchFn === 'noise_tolerant') ? 1 : 0;
}
