// torch's load_state_dict(): a new core is filled from the dict, checking every field, and takes the old one's place at the end.
//
// The dict may come from anywhere. Each of its fields is read once, and nothing is read or allocated beyond what history_size lets in.

import { isFloatArray, lengthOf, newArray, type FloatArray } from './arrays';
import type { Core } from './core';
import { describe, rangeError, typeError } from './errors';
import { native as binding } from './native';
import { optionRule, type ResolvedOptions } from './options';
import { TORCH_NAMES, type StateDict } from './state-dict';

/** The value, if it can be a state dict at all. */
export function checkDict(given: unknown): StateDict {
  return asRecord(given, 'the state dict') as unknown as StateDict;
}

/** The options of a state dict for this many parameters; those it lacks are absent. */
export function readOptions(given: unknown, parameterCount: number): Partial<ResolvedOptions> {
  const groups = asList(asRecord(given, 'the state dict')['param_groups'], 'param_groups');
  if (groups.length !== 1) throw refuse('one entry', 'param_groups', `${groups.length}`);
  const group = asRecord(groups.at(0), 'param_groups[0]');
  const params = asList(group['params'], 'param_groups[0].params');
  if (params.length !== parameterCount) {
    throw refuse(`${parameterCount} indices`, 'param_groups[0].params', `${params.length}`);
  }
  for (let index = 0; index < parameterCount; index++) checkCount(params.at(index), `param_groups[0].params[${index}]`);
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

/** Brings the state of a dict into a new core; of the pairs the newest `historySize`. */
export function readState(given: unknown, core: Core, historySize: number): void {
  const states = asRecord(asRecord(given, 'the state dict')['state'], 'state');
  const own = states['0'];
  const [other] = Object.keys(states);
  if (own === undefined && other !== undefined) throw refuse('index 0', 'state', `index ${other}`);
  const state = asRecord(own ?? {}, 'state[0]');
  const { exchange, native, size } = core;
  const nIter = checkCount(state['n_iter'] ?? 0, 'n_iter');
  exchange.set('funcEvals', checkCount(state['func_evals'] ?? 0, 'func_evals'));
  exchange.set('nIter', nIter);
  exchange.set('known', size);
  if (nIter === 0) {
    native.load(null, null);
    return;
  }
  exchange.set('known', checkCount(state['n_known'] ?? size, 'n_known', size));
  exchange.set('stalled', checkCount(state['n_stalled'] ?? 0, 'n_stalled', 2));
  exchange.set('t', checkNumber(state['t'], 't'));
  exchange.set('hDiag', checkNumber(state['H_diag'], 'H_diag'));
  exchange.set('prevLoss', checkNumber(state['prev_loss'], 'prev_loss'));
  const [first, second] = [newArray(core.dtype, size), newArray(core.dtype, size)];
  copyVector(state['d'], 'd', first);
  copyVector(state['prev_flat_grad'], 'prev_flat_grad', second);
  native.load(first, second);

  const dirs = asList(state['old_dirs'], 'old_dirs');
  const stps = asList(state['old_stps'], 'old_stps');
  const ro = asList(state['ro'], 'ro');
  if (stps.length !== dirs.length || ro.length !== dirs.length) {
    throw refuse('one length', 'old_dirs, old_stps and ro', `${dirs.length}, ${stps.length} and ${ro.length}`);
  }
  for (let index = Math.max(0, ro.length - historySize); index < ro.length; index++) {
    copyVector(stps.at(index), `old_stps[${index}]`, first);
    copyVector(dirs.at(index), `old_dirs[${index}]`, second);
    native.loadPair(first, second, checkNumber(ro.at(index), `ro[${index}]`));
  }
}

/** The vector's numbers into an array of the core's dtype and size. */
function copyVector(vector: unknown, name: string, into: FloatArray): void {
  const size = lengthOf(into);
  if (!isFloatArray(vector) || lengthOf(vector) !== size) {
    throw refuse(
      `a float array of ${size} entries`,
      name,
      isFloatArray(vector) ? `${lengthOf(vector)} entries` : describe(vector),
    );
  }
  into.set(vector);
  if (!binding.allFinite(into)) throw refuse('finite numbers', name, 'NaN or infinity');
}

function asRecord(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) {
    throw typeError('ERR_LBFGS_STATE_DICT', `Expected an object for ${name} but received ${describe(value)}`);
  }
  return value as Record<string, unknown>;
}

/** An array's length, asked for once, and its entries. */
function asList(value: unknown, name: string): { length: number; at: (index: number) => unknown } {
  if (!Array.isArray(value)) {
    throw typeError(
      'ERR_LBFGS_STATE_DICT',
      `Expected an array for ${name} of the state dict but received ${describe(value)}`,
    );
  }
  const entries: readonly unknown[] = value;
  return { length: checkCount(entries.length, `${name}.length`), at: (index) => entries[index] };
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
