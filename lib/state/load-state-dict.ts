// torch's load_state_dict(): every field of the dict is read and checked before the first of them changes the core.
//
// The dict may come from anywhere: each field is read once, and of the pairs the newest history_size at most.

import { types } from 'node:util';
import { newArray } from '../checks/arrays';
import { writeOptions, type Core } from '../native/core';
import { describe, typeError } from '../checks/errors';
import { mismatch } from '../checks/refusals';
import { optionRule, type ResolvedOptions } from '../options/options';
import { bare, isObject, isPlainRecord, isRecord, own, pick } from '../checks/own';
import type { ParamGroup } from '../parameters/param-group';
import {
  asList,
  asRecord,
  checkCount,
  checkNumber,
  copyFinite,
  refuse,
  vectorOf,
  type NamedVector,
} from './dict-fields';
import { TORCH_NAMES, type LBFGSState, type StateDict } from './state-dict';

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

/** Loads a dict into the core, and returns the options of the dict. If it throws, nothing has changed. */
export function loadDict(given: unknown, core: Core, group: Readonly<ParamGroup>): Partial<ResolvedOptions> {
  const options = readOptions(given, group.params.length);
  const merged = { ...group, ...options };
  loadState(readState(given, core, merged), core, merged);
  core.arrays.unmap();
  return options;
}

/** The options of a state dict for this many parameters; those it lacks are absent. */
function readOptions(given: unknown, parameterCount: number): Partial<ResolvedOptions> {
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

/** The state of a dict: read once, and checked but for the numbers in the vectors. */
interface GivenState {
  readonly scalars: Record<
    'funcEvals' | 'nIter' | 't' | 'hDiag' | 'prevLoss' | 'known' | 'stalled' | 'gradReference',
    number
  >;
  /** d and prev_flat_grad, then s and y of each pair, the oldest first; none before the first iteration. */
  readonly vectors: readonly NamedVector[];
  /** 1 / (y . s) of each pair. */
  readonly ro: readonly number[];
}

/**
 * Reads the state of a dict for this core and these options, with the newest historySize pairs. Throws if there is no
 * memory for these.
 */
function readState(given: unknown, core: Core, options: ResolvedOptions): GivenState {
  const { size, exchange, native } = core;
  writeOptions(exchange, options);
  native.checkHistory();
  exchange.checkMemory();
  const state = pickState(own(asRecord(given, 'the state dict'), 'state'));
  const nIter = checkCount(state.n_iter ?? 0, 'n_iter');
  const funcEvals = checkCount(state.func_evals ?? 0, 'func_evals');
  if (nIter === 0) {
    checkFresh(state);
    const scalars = { funcEvals, nIter, t: 0, hDiag: 1, prevLoss: 0, known: size, stalled: 0, gradReference: 0 };
    return { scalars, vectors: [], ro: [] };
  }
  // If `known` is below 0, the core computes it.
  const known = (state.n_known ?? null) === null ? -1 : checkCount(state.n_known, 'n_known', size);
  const stalled = checkCount(state.n_stalled ?? 0, 'n_stalled', 2);
  const gradReference = checkNumber(state.first_grad_norm ?? 0, 'first_grad_norm', 0, '>= 0');
  const t = checkNumber(state.t, 't', 0, '>= 0');
  const hDiag = checkNumber(state.H_diag, 'H_diag', LEAST_NORMAL, '>= 2^-1022');
  const prevLoss = checkNumber(state.prev_loss, 'prev_loss');
  const vectors = [vectorOf(state.d, 'd', size), vectorOf(state.prev_flat_grad, 'prev_flat_grad', size)];
  const dirs = asList(state.old_dirs, 'old_dirs');
  const stps = asList(state.old_stps, 'old_stps');
  const allRo = asList(state.ro, 'ro');
  if (stps.length !== dirs.length || allRo.length !== dirs.length) {
    const lengths = `${dirs.length}, ${stps.length} and ${allRo.length}`;
    throw refuse('one length', 'old_dirs, old_stps and ro', lengths);
  }
  const ro: number[] = [];
  for (let index = Math.max(0, allRo.length - options.historySize); index < allRo.length; index++) {
    vectors.push(vectorOf(stps.at(index), `old_stps[${index}]`, size));
    vectors.push(vectorOf(dirs.at(index), `old_dirs[${index}]`, size));
    ro.push(checkNumber(allRo.at(index), `ro[${index}]`, Number.MIN_VALUE, '> 0'));
  }
  return { scalars: { funcEvals, nIter, t, hDiag, prevLoss, known, stalled, gradReference }, vectors, ro };
}

/** Replaces the core's state. If it throws, the core still has its old state. */
function loadState({ vectors, ro, scalars }: GivenState, core: Core, options: ResolvedOptions): void {
  const { native, exchange, dtype, size } = core;
  const [first, second] = [newArray(dtype, size), newArray(dtype, size)];
  for (const each of vectors) copyFinite(each, first);
  // From here on nothing is refused except for lack of memory, which `load` reserves. No user code runs.
  const copyPair = (index: number): void => {
    first.set(vectors[2 * index]!.vector);
    second.set(vectors[2 * index + 1]!.vector);
  };
  writeOptions(exchange, options);
  for (const [field, value] of Object.entries(scalars)) exchange.set(field as keyof typeof scalars, value);
  if (vectors.length > 0) copyPair(0);
  native.load(first, second);
  exchange.checkMemory();
  for (const [index, each] of ro.entries()) {
    copyPair(index + 1);
    native.loadPair(first, second, each);
  }
}

/** Keys of the state that are there, and not null, after the first iteration only. */
const ITERATION_KEYS = [
  ...[
    't',
    'H_diag',
    'prev_loss',
    'd',
    'prev_flat_grad',
    'old_dirs',
    'old_stps',
    'ro',
    'n_known',
    'n_stalled',
    'first_grad_norm',
  ],
] as const satisfies readonly (keyof LBFGSState)[];
const STATE_KEYS = ['func_evals', 'n_iter', ...ITERATION_KEYS] as const;
type UncheckedState = Partial<Record<(typeof STATE_KEYS)[number], unknown>>;

/** The least double that is not denormal: a smaller scale loses the digits of the direction, and then the direction. */
const LEAST_NORMAL = 2 ** -1022;

const A_STATE = 'the state of LBFGS (func_evals, n_iter, d and others)';

/**
 * The state of the first parameter in a dict, each key read once. Throws if it counts no iteration and the dict has
 * other content.
 */
function pickState(given: unknown): UncheckedState {
  const states = asRecord(given, 'state');
  const first = own(states, '0') ?? undefined;
  const state = first === undefined ? bare() : pickFirst(asRecord(first, 'state[0]'));
  if (!isFresh(state)) return state;
  const other = otherKey(states, ['0']);
  if (other !== undefined) throw refuse('index 0', 'state', `index ${other.slice(0, 40)}`);
  if (first === undefined && !isPlainRecord(states)) throw refuse('a plain object', 'state', describe(states));
  return state;
}

function pickFirst(state: Record<string, unknown>): UncheckedState {
  checkSpelling(state, STATE_KEYS, 'state[0]');
  if (!STATE_KEYS.some((key) => Object.hasOwn(state, key))) {
    const [other] = Object.keys(state);
    if (other !== undefined) throw refuse(A_STATE, 'state[0]', `one with ${describe(other)} and none of these`);
    if (!isPlainRecord(state)) throw refuse(A_STATE, 'state[0]', describe(state));
  }
  const picked = pick(state as UncheckedState, STATE_KEYS);
  const other = isFresh(picked) ? otherKey(state, [...STATE_KEYS, 'al']) : undefined;
  if (other !== undefined) throw refuse(A_STATE, 'state[0]', `one with ${describe(other)} and no iteration`);
  return picked;
}

/** Whether the state counts no iteration, so that loading it would forget all other content. */
function isFresh(state: UncheckedState): boolean {
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

/** Throws if the state counts no iteration but has fields of one, which loading would forget. */
function checkFresh(state: UncheckedState): void {
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
