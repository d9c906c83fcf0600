// torch's load_state_dict(): a new core is filled from the dict, checking every field, and takes the old one's place at the end.
//
// The dict may come from anywhere. Each of its fields is read once, and nothing is read or allocated beyond what history_size lets in.

import { types } from 'node:util';
import { isFloatArray, lengthOf, newArray, type FloatArray } from '../checks/arrays';
import type { Core } from '../native/core';
import { vectorHint } from '../checks/argument-hints';
import { describe, typeError } from '../checks/errors';
import { fieldRefusal, mismatch } from '../checks/refusals';
import { native as binding } from '../native/native';
import { optionRule, type ResolvedOptions } from '../options/options';
import { bare, isInteger, isObject, isPlainRecord, isRecord, listOf, own, pick, type List } from '../checks/own';
import { TORCH_NAMES, type LBFGSState, type StateDict } from './state-dict';

const refuse = fieldRefusal('the state dict', 'ERR_LBFGS_STATE_DICT');

/** The value, if it can be a state dict at all. */
export function checkDict(given: unknown): StateDict {
  if (!isRecord(given)) {
    throw typeError('ERR_LBFGS_STATE_DICT', mismatch('an object', 'the state dict', given, formHint(given)));
  }
  if (!Object.hasOwn(given, 'param_groups')) {
    const state = own(given, 'state');
    if (isRecord(state) && Object.hasOwn(state, 'param_groups')) {
      throw refuse('param_groups', 'the keys', 'a whole checkpoint; load its .state');
    }
  }
  return given as unknown as StateDict;
}

/** What to do with a state dict that is still in another form. */
function formHint(given: unknown): string {
  if (typeof given === 'string') {
    return '; JSON loses typed arrays, so keep a state dict by encodeCheckpoint of lbfgs/safetensors';
  }
  return types.isUint8Array(given) || types.isAnyArrayBuffer(given) ? '; load decodeCheckpoint(bytes).state' : '';
}

/** The options of a state dict for this many parameters; those it lacks are absent. */
export function readOptions(given: unknown, parameterCount: number): Partial<ResolvedOptions> {
  const dict = asRecord(given, 'the state dict');
  checkSpelling(dict, ['param_groups'], 'the state dict');
  const groups = asList(own(dict, 'param_groups'), 'param_groups');
  if (groups.length !== 1) throw refuse('one entry', 'param_groups', `${groups.length}`);
  const group = asRecord(groups.at(0), 'param_groups[0]');
  const names = Object.keys(TORCH_NAMES) as (keyof typeof TORCH_NAMES)[];
  checkSpelling(group, names, 'param_groups[0]');
  checkOfOurs(group, names);
  const params = asList(own(group, 'params'), 'param_groups[0].params');
  if (params.length !== parameterCount) {
    throw refuse(`${parameterCount} indices`, 'param_groups[0].params', `${params.length}`);
  }
  for (let index = 0; index < parameterCount; index++) checkCount(params.at(index), `param_groups[0].params[${index}]`);
  const options = bare() as Partial<Record<keyof ResolvedOptions, unknown>>;
  for (const torchName of names) {
    const name = TORCH_NAMES[torchName];
    const value = own(group, torchName);
    if (value === undefined || (value === null && name !== 'lineSearchFn')) continue;
    const { expected, accepts } = optionRule(name);
    if (!accepts(value)) throw refuse(expected, `param_groups[0].${torchName}`, describe(value));
    options[name] = value;
  }
  return options as Partial<ResolvedOptions>;
}

/** Brings the state of a dict into a new core; of the pairs the newest `historySize`. */
export function readState(given: unknown, core: Core, historySize: number): void {
  const state = pickState(own(asRecord(given, 'the state dict'), 'state'));
  const { exchange, native, size } = core;
  const nIter = checkCount(state.n_iter ?? 0, 'n_iter');
  exchange.set('funcEvals', checkCount(state.func_evals ?? 0, 'func_evals'));
  exchange.set('nIter', nIter);
  exchange.set('known', size);
  if (nIter === 0) {
    checkFresh(state);
    native.load(null, null);
    return;
  }
  // Below 0 the core finds out.
  exchange.set('known', (state.n_known ?? null) === null ? -1 : checkCount(state.n_known, 'n_known', size));
  exchange.set('stalled', checkCount(state.n_stalled ?? 0, 'n_stalled', 2));
  exchange.set('t', checkNumber(state.t, 't', 0, '>= 0'));
  exchange.set('hDiag', checkNumber(state.H_diag, 'H_diag', LEAST_NORMAL, '>= 2^-1022'));
  exchange.set('prevLoss', checkNumber(state.prev_loss, 'prev_loss'));
  const [first, second] = [newArray(core.dtype, size), newArray(core.dtype, size)];
  copyVector(state.d, 'd', first);
  copyVector(state.prev_flat_grad, 'prev_flat_grad', second);
  native.load(first, second);

  const dirs = asList(state.old_dirs, 'old_dirs');
  const stps = asList(state.old_stps, 'old_stps');
  const ro = asList(state.ro, 'ro');
  if (stps.length !== dirs.length || ro.length !== dirs.length) {
    throw refuse('one length', 'old_dirs, old_stps and ro', `${dirs.length}, ${stps.length} and ${ro.length}`);
  }
  for (let index = Math.max(0, ro.length - historySize); index < ro.length; index++) {
    copyVector(stps.at(index), `old_stps[${index}]`, first);
    copyVector(dirs.at(index), `old_dirs[${index}]`, second);
    native.loadPair(first, second, checkNumber(ro.at(index), `ro[${index}]`, Number.MIN_VALUE, '> 0'));
  }
}

/** Keys of the state that are there, and not null, after the first iteration only. */
const ITERATION_KEYS = [
  ...['t', 'H_diag', 'prev_loss', 'd', 'prev_flat_grad', 'old_dirs', 'old_stps', 'ro', 'n_known', 'n_stalled'],
] as const satisfies readonly (keyof LBFGSState)[];
const STATE_KEYS = ['func_evals', 'n_iter', ...ITERATION_KEYS] as const;
type GivenState = Partial<Record<(typeof STATE_KEYS)[number], unknown>>;

/** The least double that is not denormal: a smaller scale loses the digits of the direction, and then the direction. */
const LEAST_NORMAL = 2 ** -1022;

const A_STATE = 'the state of LBFGS (func_evals, n_iter, d and others)';

/** What a dict has under `state`, each key read once; nothing for one that is fresh. */
function pickState(given: unknown): GivenState {
  const states = asRecord(given, 'state');
  const first = own(states, '0') ?? undefined;
  const state = first === undefined ? bare() : pickFirst(asRecord(first, 'state[0]'));
  if (!isFresh(state)) return state;
  const other = otherKey(states, ['0']);
  if (other !== undefined) throw refuse('index 0', 'state', `index ${other.slice(0, 40)}`);
  if (first === undefined && !isPlainRecord(states)) throw refuse('a plain object', 'state', describe(states));
  return state;
}

function pickFirst(state: Record<string, unknown>): GivenState {
  checkSpelling(state, STATE_KEYS, 'state[0]');
  if (!STATE_KEYS.some((key) => Object.hasOwn(state, key))) {
    const [other] = Object.keys(state);
    if (other !== undefined) throw refuse(A_STATE, 'state[0]', `one with ${describe(other)} and none of these`);
    if (!isPlainRecord(state)) throw refuse(A_STATE, 'state[0]', describe(state));
  }
  const picked = pick(state as GivenState, STATE_KEYS);
  const other = isFresh(picked) ? otherKey(state, [...STATE_KEYS, 'al']) : undefined;
  if (other !== undefined) throw refuse(A_STATE, 'state[0]', `one with ${describe(other)} and no iteration`);
  return picked;
}

/** Whether to load the state would forget all that is beside it. */
function isFresh(state: GivenState): boolean {
  return (state.n_iter ?? 0) === 0;
}

/** The first key besides the known ones that has something: not null, and no object without properties. */
function otherKey(record: Record<string, unknown>, known: readonly string[]): string | undefined {
  return Object.keys(record).find((key) => {
    if (known.includes(key)) return false;
    const value = own(record, key) ?? null;
    return value !== null && !(isObject(value) && isPlainRecord(value) && Object.keys(value).length === 0);
  });
}

/** Throws for the group of another optimiser, whose lr would be taken. */
function checkOfOurs(group: Record<string, unknown>, names: readonly string[]): void {
  if (names.some((name) => name !== 'lr' && Object.hasOwn(group, name))) return;
  const other = Object.keys(group).find((key) => key !== 'lr' && key !== 'params');
  if (other === undefined) return;
  const expected = 'the options of LBFGS (max_iter, history_size and others)';
  throw refuse(expected, 'param_groups[0]', `one with ${describe(other)} and none of these`);
}

/** Throws where something was done, though the dict counts no iteration: to load it would forget that. */
function checkFresh(state: GivenState): void {
  const left = ITERATION_KEYS.find((key) => (state[key] ?? null) !== null);
  if (left !== undefined) throw refuse('an integer >= 1', 'n_iter', `${describe(state.n_iter)} beside ${left}`);
  if ((state.n_iter ?? null) === null && ((state.func_evals as number | null | undefined) ?? 0) > 0) {
    throw refuse('an integer >= 0', 'n_iter', `${describe(state.n_iter)} beside func_evals`);
  }
}

/** Throws where a key is missing that is there in camelCase. */
function checkSpelling(record: Record<string, unknown>, keys: readonly string[], owner: string): void {
  for (const key of keys) {
    if (Object.hasOwn(record, key)) continue;
    const camel = key.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    const spellings = [camel, `${camel.slice(0, 1).toLowerCase()}${camel.slice(1)}`];
    const found = spellings.find((spelling) => spelling !== key && Object.hasOwn(record, spelling));
    if (found !== undefined) throw refuse(`the key ${key}`, owner, `${found}; the names of a state dict are torch's`);
  }
}

/** The vector's numbers into an array of the core's dtype and size. */
function copyVector(vector: unknown, name: string, into: FloatArray): void {
  const size = lengthOf(into);
  if (!isFloatArray(vector) || lengthOf(vector) !== size) {
    throw refuse(
      `a float array of ${size} entries`,
      name,
      isFloatArray(vector) ? `${lengthOf(vector)} entries` : describe(vector) + vectorHint(vector),
    );
  }
  into.set(vector);
  if (!binding.allFinite(into)) throw refuse('finite numbers', name, 'NaN or infinity');
}

function asRecord(value: unknown, name: string): Record<string, unknown> {
  if (isRecord(value)) return value;
  throw typeError('ERR_LBFGS_STATE_DICT', mismatch('an object', name, value));
}

function asList(value: unknown, name: string): List {
  const list = listOf(value);
  if (list !== undefined) return list;
  throw typeError('ERR_LBFGS_STATE_DICT', mismatch('an array', `${name} of the state dict`, value));
}

function checkCount(value: unknown, name: string, most = Number.MAX_SAFE_INTEGER): number {
  if (isInteger(value, 0, most)) return value;
  const expected = most < Number.MAX_SAFE_INTEGER ? `an integer from 0 to ${most}` : 'an integer >= 0';
  throw refuse(expected, name, describe(value));
}

/** @param least what it may be at least, in words: `bound` */
function checkNumber(value: unknown, name: string, least = -Infinity, bound = ''): number {
  if (!Number.isFinite(value)) throw refuse('a finite number', name, describe(value));
  if ((value as number) < least) throw refuse(`a finite number ${bound}`, name, describe(value));
  return value as number;
}
