// torch's state_dict() as plain objects of numbers and typed arrays, and back.

import { copyAs, isFloatArray, lengthOf, newArray, type Dtype, type FloatArray } from './arrays';
import { describe, rangeError, typeError } from './errors';
import { native as binding, type Exchange, type NativeOptimizer } from './native';
import { checkOption, type LineSearchFn, type ResolvedOptions } from './options';

/** torch's state of its first parameter, where all of LBFGS's state is kept. */
export interface LBFGSState {
  /** Closure calls so far. */
  func_evals: number;
  /** Iterations so far. Above 0, everything below is there. */
  n_iter: number;
  /** Last step length. */
  t?: number;
  /** Scale of the initial inverse Hessian. */
  H_diag?: number;
  /** Loss where the last direction was formed. */
  prev_loss?: number;
  /** Last direction, all parameters concatenated. */
  d?: FloatArray;
  /** Gradient where the last direction was formed. */
  prev_flat_grad?: FloatArray;
  /** y = g_{k+1} - g_k of each pair, the oldest first. */
  old_dirs?: FloatArray[];
  /** s = x_{k+1} - x_k of each pair. */
  old_stps?: FloatArray[];
  /** 1 / (y . s) of each pair. */
  ro?: number[];
  /**
   * Not torch's: leading entries of prev_flat_grad that have been seen. Only there from `addParamGroup` to the next iteration, which
   * leaves the added parameters out of its pair.
   */
  n_known?: number;
}

/** The scalars of the state, readable at any time without copying a vector. */
export type StateSummary = Readonly<
  Pick<LBFGSState, 'func_evals' | 'n_iter' | 't' | 'H_diag' | 'prev_loss'> & {
    /** Pairs in the history. */
    history_length: number;
  }
>;

/**
 * The keys of torch's own `state_dict()`, so that either side can load the other's; all but torch's scratch list `al`, which is
 * not written and is ignored on load. A key torch would set to None is left out; null on load is absent.
 */
export interface StateDict {
  state: Record<number, LBFGSState>;
  param_groups: [
    {
      lr: number;
      max_iter: number;
      max_eval: number;
      tolerance_grad: number;
      tolerance_change: number;
      history_size: number;
      line_search_fn: LineSearchFn | null;
      params: number[];
    },
  ];
}

/** torch's name of each option that is in the state dict. */
const TORCH_NAMES = {
  lr: 'lr',
  max_iter: 'maxIter',
  max_eval: 'maxEval',
  tolerance_grad: 'toleranceGrad',
  tolerance_change: 'toleranceChange',
  history_size: 'historySize',
  line_search_fn: 'lineSearchFn',
} as const satisfies Record<string, keyof ResolvedOptions>;
type TorchName = keyof typeof TORCH_NAMES;

/** What both directions work on. */
export interface StateParts {
  readonly native: NativeOptimizer;
  readonly exchange: Exchange;
  readonly dtype: Dtype;
  /** Entries of all parameters together. */
  readonly size: number;
  readonly parameterCount: number;
}

/** The scalars alone. */
export function summariseState({ native, exchange }: StateParts): StateSummary {
  native.readState();
  const counts = { func_evals: exchange.get('funcEvals'), n_iter: exchange.get('nIter') };
  const scalars = { t: exchange.get('t'), H_diag: exchange.get('hDiag'), prev_loss: exchange.get('prevLoss') };
  return Object.freeze({
    ...counts,
    ...(counts.n_iter > 0 && scalars),
    history_length: exchange.get('historyLength'),
  });
}

/** A deep copy of the state and the options. */
export function exportState(parts: StateParts, options: ResolvedOptions): StateDict {
  parts.native.readState();
  const group = Object.fromEntries(
    Object.entries(TORCH_NAMES).map(([torchName, name]) => [torchName, options[name]]),
  ) as Omit<StateDict['param_groups'][0], 'params'>;
  const params = Array.from({ length: parts.parameterCount }, (_, index) => index);
  const hasState = parts.exchange.get('funcEvals') > 0 || parts.exchange.get('nIter') > 0;
  return { state: hasState ? { 0: exportOptimiserState(parts) } : {}, param_groups: [{ ...group, params }] };
}

function exportOptimiserState({ native, exchange, dtype, size }: StateParts): LBFGSState {
  const counts = { func_evals: exchange.get('funcEvals'), n_iter: exchange.get('nIter') };
  if (counts.n_iter === 0) return counts;
  const d = newArray(dtype, size);
  const prev_flat_grad = newArray(dtype, size);
  native.exportVectors(d, prev_flat_grad);
  const ages = Array.from({ length: exchange.get('historyLength') }, (_, age) => age);
  const old_dirs = ages.map(() => newArray(dtype, size));
  const old_stps = ages.map(() => newArray(dtype, size));
  const ro = ages.map((age) => native.exportPair(age, old_stps[age]!, old_dirs[age]!));
  return {
    ...counts,
    t: exchange.get('t'),
    H_diag: exchange.get('hDiag'),
    prev_loss: exchange.get('prevLoss'),
    d,
    prev_flat_grad,
    old_dirs,
    old_stps,
    ro,
    ...(exchange.get('known') < size && { n_known: exchange.get('known') }),
  };
}

/** A state dict that has been checked and copied, ready to be taken over. */
export interface CheckedState {
  readonly options: Partial<ResolvedOptions>;
  readonly state: Required<LBFGSState> | { readonly func_evals: number; readonly n_iter: 0 };
}

/** The value, if it can be a state dict at all. */
export function checkDict(given: unknown): StateDict {
  return asRecord(given, 'the state dict') as unknown as StateDict;
}

/** Checks all of a state dict against the optimiser that is to load it, and copies what it needs. Changes nothing. */
export function checkStateDict(given: unknown, parts: StateParts): CheckedState {
  const dict = asRecord(given, 'the state dict');
  const groups: unknown = dict['param_groups'];
  if (!Array.isArray(groups) || groups.length !== 1) {
    throw refuse('one entry', 'param_groups', Array.isArray(groups) ? groups.length : groups);
  }
  const group = asRecord(groups[0], 'param_groups[0]');
  const params: unknown = group['params'];
  if (!Array.isArray(params) || params.length !== parts.parameterCount) {
    throw refuse(
      `${parts.parameterCount} indices`,
      'param_groups[0].params',
      Array.isArray(params) ? params.length : params,
    );
  }
  const states = asRecord(dict['state'], 'state');
  return { options: checkGroup(group), state: checkState(states['0'] ?? {}, parts) };
}

/** Takes over a checked state. `historySize` is already the one to be used. */
export function importState(
  { native, exchange, size }: StateParts,
  state: CheckedState['state'],
  historySize: number,
): void {
  exchange.set('historySize', historySize);
  exchange.set('funcEvals', state.func_evals);
  exchange.set('nIter', state.n_iter);
  exchange.set('known', size);
  if (!('d' in state)) {
    native.load(null, null);
    return;
  }
  exchange.set('known', state.n_known);
  exchange.set('t', state.t);
  exchange.set('hDiag', state.H_diag);
  exchange.set('prevLoss', state.prev_loss);
  native.load(state.d, state.prev_flat_grad);
  for (const [age, y] of state.old_dirs.entries()) {
    native.loadPair(state.old_stps[age]!, y, state.ro[age]!);
  }
}

/** Brings the state of an optimiser into another one whose parameters begin with the same ones; the others' entries are 0. */
export function extendState(from: StateParts, to: StateParts, historySize: number): void {
  from.native.readState();
  to.exchange.set('historySize', historySize);
  for (const field of ['funcEvals', 'nIter', 't', 'hDiag', 'prevLoss', 'known'] as const) {
    to.exchange.set(field, from.exchange.get(field));
  }
  if (from.exchange.get('nIter') === 0) {
    to.exchange.set('known', to.size);
    to.native.load(null, null);
    return;
  }
  const pair: [FloatArray, FloatArray] = [newArray(from.dtype, from.size), newArray(from.dtype, from.size)];
  const extended: [FloatArray, FloatArray] = [newArray(to.dtype, to.size), newArray(to.dtype, to.size)];
  const extend = (): void => {
    extended[0].set(pair[0]);
    extended[1].set(pair[1]);
  };
  from.native.exportVectors(...pair);
  extend();
  to.native.load(...extended);
  for (let age = 0; age < from.exchange.get('historyLength'); age++) {
    const ro = from.native.exportPair(age, ...pair);
    extend();
    to.native.loadPair(...extended, ro);
  }
}

function checkGroup(group: Record<string, unknown>): Partial<ResolvedOptions> {
  const options: Partial<ResolvedOptions> = {};
  for (const torchName of Object.keys(TORCH_NAMES) as TorchName[]) {
    const value = group[torchName];
    const mayBeNull = torchName === 'line_search_fn';
    if (value === undefined || (value === null && !mayBeNull)) continue;
    const name = TORCH_NAMES[torchName];
    checkOption(name, value);
    Object.assign(options, { [name]: value });
  }
  return options;
}

function checkState(given: unknown, { dtype, size }: StateParts): CheckedState['state'] {
  const state = asRecord(given, 'state[0]');
  const func_evals = checkCount(state['func_evals'] ?? 0, 'func_evals');
  const n_iter = checkCount(state['n_iter'] ?? 0, 'n_iter');
  if (n_iter === 0) return { func_evals, n_iter };
  const vector = (value: unknown, name: string): FloatArray => {
    if (!isFloatArray(value) || lengthOf(value) !== size) {
      throw refuse(
        `a float array of ${size} entries`,
        name,
        isFloatArray(value) ? `${lengthOf(value)} entries` : value,
      );
    }
    const copy = copyAs(dtype, value);
    if (!binding.allFinite(copy)) throw refuse('finite numbers', name, 'NaN or infinity');
    return copy;
  };
  const list = <Entry>(name: string, check: (value: unknown, name: string) => Entry): Entry[] => {
    const values: unknown = state[name];
    if (!Array.isArray(values)) throw refuse('an array', name, values);
    const { length } = values;
    return Array.from({ length }, (_, index) => check(values[index], `${name}[${index}]`));
  };
  const old_dirs = list('old_dirs', vector);
  const old_stps = list('old_stps', vector);
  const ro = list('ro', checkNumber);
  if (old_stps.length !== old_dirs.length || ro.length !== old_dirs.length) {
    throw refuse('one length', 'old_dirs, old_stps and ro', `${old_dirs.length}, ${old_stps.length} and ${ro.length}`);
  }
  return {
    func_evals,
    n_iter,
    t: checkNumber(state['t'], 't'),
    H_diag: checkNumber(state['H_diag'], 'H_diag'),
    prev_loss: checkNumber(state['prev_loss'], 'prev_loss'),
    d: vector(state['d'], 'd'),
    prev_flat_grad: vector(state['prev_flat_grad'], 'prev_flat_grad'),
    old_dirs,
    old_stps,
    ro,
    n_known: checkKnown(state['n_known'] ?? size, size),
  };
}

function checkKnown(value: unknown, size: number): number {
  const known = checkCount(value, 'n_known');
  if (known > size) throw refuse(`at most ${size}`, 'n_known', known);
  return known;
}

function asRecord(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) {
    throw typeError('ERR_LBFGS_STATE_DICT', `Expected an object for ${name} but received ${describe(value)}`);
  }
  return value as Record<string, unknown>;
}

function checkCount(value: unknown, name: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw refuse('an integer >= 0', name, value);
  return value as number;
}

function checkNumber(value: unknown, name: string): number {
  if (!Number.isFinite(value)) throw refuse('a finite number', name, value);
  return value as number;
}

function refuse(expected: string, name: string, received: unknown): RangeError {
  const shown = typeof received === 'string' ? received : describe(received);
  return rangeError('ERR_LBFGS_STATE_DICT', `Expected ${expected} for ${name} of the state dict but received ${shown}`);
}
