// torch's load_state_dict(): everything is checked and copied before anything changes.

import { isFloatArray, lengthOf, newArray, type FloatArray } from './arrays';
import { describe, rangeError, typeError } from './errors';
import { native as binding } from './native';
import { optionRule, type ResolvedOptions } from './options';
import { TORCH_NAMES, type StateDict, type StateParts } from './state-dict';

/** A state dict that has been checked and copied, ready to be taken over. */
export interface CheckedState {
  readonly options: Partial<ResolvedOptions>;
  readonly counts: { readonly func_evals: number; readonly n_iter: number };
  /** Absent before the first iteration. */
  readonly learnt?: Learnt;
}

/** What iterations have left. Pairs stand one behind the other, the oldest first, no more than history_size. */
interface Learnt {
  readonly t: number;
  readonly H_diag: number;
  readonly prev_loss: number;
  readonly n_known: number;
  readonly d: FloatArray;
  readonly prev_flat_grad: FloatArray;
  readonly old_dirs: FloatArray;
  readonly old_stps: FloatArray;
  readonly ro: readonly number[];
}

/** The value, if it can be a state dict at all. */
export function checkDict(given: unknown): StateDict {
  return asRecord(given, 'the state dict') as unknown as StateDict;
}

/** Checks all of a state dict against the optimiser that is to load it, and copies what it needs. Changes nothing. */
export function checkStateDict(given: unknown, parts: StateParts, historySize: number): CheckedState {
  const dict = asRecord(given, 'the state dict');
  const groups = asArray(dict['param_groups'], 'param_groups');
  if (groups.length !== 1) throw refuse('one entry', 'param_groups', `${groups.length}`);
  const group = asRecord(groups[0], 'param_groups[0]');
  const params = asArray(group['params'], 'param_groups[0].params');
  if (params.length !== parts.parameterCount) {
    throw refuse(`${parts.parameterCount} indices`, 'param_groups[0].params', `${params.length}`);
  }
  for (const [index, param] of params.entries()) checkCount(param, `param_groups[0].params[${index}]`);
  const options = checkGroup(group);
  const state = asRecord(asRecord(dict['state'], 'state')['0'] ?? {}, 'state[0]');
  const counts = {
    func_evals: checkCount(state['func_evals'] ?? 0, 'func_evals'),
    n_iter: checkCount(state['n_iter'] ?? 0, 'n_iter'),
  };
  if (counts.n_iter === 0) return { options, counts };
  return { options, counts, learnt: checkLearnt(state, parts, options.historySize ?? historySize) };
}

/** Takes over a checked state. `historySize` is the one to be used from now on. */
export function importState(
  { native, exchange, size }: StateParts,
  { counts, learnt }: CheckedState,
  historySize: number,
): void {
  exchange.set('historySize', historySize);
  exchange.set('funcEvals', counts.func_evals);
  exchange.set('nIter', counts.n_iter);
  exchange.set('known', learnt?.n_known ?? size);
  exchange.set('t', learnt?.t ?? 0);
  exchange.set('hDiag', learnt?.H_diag ?? 1);
  exchange.set('prevLoss', learnt?.prev_loss ?? 0);
  native.load(learnt?.d ?? null, learnt?.prev_flat_grad ?? null);
  for (const [age, ro] of (learnt?.ro ?? []).entries()) {
    const pair = (all: FloatArray): FloatArray => all.subarray(age * size, (age + 1) * size);
    native.loadPair(pair(learnt!.old_stps), pair(learnt!.old_dirs), ro);
  }
}

function checkGroup(group: Record<string, unknown>): Partial<ResolvedOptions> {
  const options: Partial<ResolvedOptions> = {};
  for (const [torchName, name] of Object.entries(TORCH_NAMES)) {
    const value = group[torchName];
    if (value === undefined || (value === null && name !== 'lineSearchFn')) continue;
    const { expected, accepts } = optionRule(name);
    if (!accepts(value)) throw refuse(expected, `param_groups[0].${torchName}`, describe(value));
    Object.assign(options, { [name]: value });
  }
  return options;
}

function checkLearnt(state: Record<string, unknown>, { dtype, size }: StateParts, historySize: number): Learnt {
  // Vectors go one behind the other into one new array of the computing dtype.
  const stack = (vectors: readonly unknown[], nameOf: (index: number) => string): FloatArray => {
    const stacked = newArray(dtype, vectors.length * size);
    for (const [index, vector] of vectors.entries()) {
      if (!isFloatArray(vector) || lengthOf(vector) !== size) {
        const received = isFloatArray(vector) ? `${lengthOf(vector)} entries` : describe(vector);
        throw refuse(`a float array of ${size} entries`, nameOf(index), received);
      }
      const copy = stacked.subarray(index * size, (index + 1) * size);
      copy.set(vector);
      if (!binding.allFinite(copy)) throw refuse('finite numbers', nameOf(index), 'NaN or infinity');
    }
    return stacked;
  };
  const names = ['old_dirs', 'old_stps', 'ro'] as const;
  const lists = names.map((name) => asArray(state[name], name));
  const lengths = lists.map((list) => list.length);
  if (new Set(lengths).size > 1)
    throw refuse('one length', 'old_dirs, old_stps and ro', `${lengths[0]!}, ${lengths[1]!} and ${lengths[2]!}`);
  const skipped = Math.max(0, lengths[0]! - historySize);
  const [old_dirs, old_stps, ro] = lists.map((list) => list.slice(skipped)) as [unknown[], unknown[], unknown[]];
  const pairNames = (name: string) => (index: number) => `${name}[${skipped + index}]`;
  return {
    t: checkNumber(state['t'], 't'),
    H_diag: checkNumber(state['H_diag'], 'H_diag'),
    prev_loss: checkNumber(state['prev_loss'], 'prev_loss'),
    n_known: checkCount(state['n_known'] ?? size, 'n_known', size),
    d: stack([state['d']], () => 'd'),
    prev_flat_grad: stack([state['prev_flat_grad']], () => 'prev_flat_grad'),
    old_dirs: stack(old_dirs, pairNames('old_dirs')),
    old_stps: stack(old_stps, pairNames('old_stps')),
    ro: ro.map((value, index) => checkNumber(value, pairNames('ro')(index))),
  };
}

function asRecord(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) {
    throw typeError('ERR_LBFGS_STATE_DICT', `Expected an object for ${name} but received ${describe(value)}`);
  }
  return value as Record<string, unknown>;
}

function asArray(value: unknown, name: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw typeError(
    'ERR_LBFGS_STATE_DICT',
    `Expected an array for ${name} of the state dict but received ${describe(value)}`,
  );
}

function checkCount(value: unknown, name: string, most = Number.MAX_SAFE_INTEGER): number {
  const isCount = Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most;
  const expected = most < Number.MAX_SAFE_INTEGER ? `an integer from 0 to ${most}` : 'an integer >= 0';
  if (!isCount) throw refuse(expected, name, describe(value));
  return value as number;
}

function checkNumber(value: unknown, name: string): number {
  if (!Number.isFinite(value)) throw refuse('a finite number', name, describe(value));
  return value as number;
}

function refuse(expected: string, name: string, received: string): RangeError {
  return rangeError(
    'ERR_LBFGS_STATE_DICT',
    `Expected ${expected} for ${name} of the state dict but received ${received}`,
  );
}
