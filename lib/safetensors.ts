// Checkpoints: the state of an optimiser, and the parameters it trains, as safetensors bytes. docs/checkpoints.md lists the fields.

/**
 * Checkpoints: the state of an optimiser and its parameters as safetensors bytes, and back. This module opens no file.
 *
 * @module lbfgs/safetensors
 */

import { floatsHint } from './checks/argument-hints';
import { dtypeOf, lengthOf, sizeOf, type FloatArray } from './checks/arrays';
import { describe, describeList, rangeError, typeError } from './checks/errors';
import { copyList, declared, isCount, isPlainRecord, isRecord, listOf, own, pick } from './checks/own';
import { mismatch } from './checks/refusals';
import { lineSearchRule } from './options/line-searches';
import { asRecord, refuse } from './checkpoint/safetensors-checks';
import {
  count,
  decodeFields,
  decodeIndices,
  decodeUsers,
  encodeFields,
  encodeIndices,
  encodeUsers,
  number,
  refuseOthers,
  type Fields,
} from './checkpoint/safetensors-fields';
import {
  readSafetensors,
  readValues,
  writeSafetensors,
  type NewTensor,
  type StoredTensor,
} from './checkpoint/safetensors-format';
import { decodeState, encodeState } from './checkpoint/safetensors-state';
import type { StateDict } from './state/state-dict';

/** Values that are stored beside the state. A `Parameter` is one. */
export interface CheckpointParameter {
  /** The values in row-major order. */
  readonly data: FloatArray;
  /** Sizes whose product is the length of `data`. If absent, there is one dimension. */
  readonly shape?: readonly number[];
}

/** The content of a checkpoint. */
export interface Checkpoint {
  /** The state dict that `stateDict()` returns. */
  state: StateDict;
  /** The parameters by name. */
  parameters?: Readonly<Record<string, CheckpointParameter>> | undefined;
  /**
   * Text of your own by name, such as an epoch, a seed or a version of the data.
   */
  metadata?: Readonly<Record<string, string>> | undefined;
}

/** Values that were stored beside the state. */
export interface DecodedParameter extends Required<CheckpointParameter> {
  /** The values in row-major order. */
  readonly data: FloatArray & Readonly<Record<'buffer', ArrayBuffer>>;
}

/** The content of a decoded checkpoint. Every array is new and has its own memory. */
export interface DecodedCheckpoint {
  /** A state dict for `loadStateDict()`. */
  state: StateDict;
  /** The parameters by name, in the order of the header; empty if there are none. */
  parameters: Record<string, DecodedParameter>;
  /** The text that `encodeCheckpoint` received, by name; absent if there was none. */
  metadata?: Record<string, string>;
}

const FORMAT = 'lbfgs-checkpoint';
const VERSION = '1';

const GROUP: Fields = {
  lr: number,
  max_iter: count,
  max_eval: count,
  tolerance_grad: number,
  tolerance_change: number,
  history_size: count,
  line_search_fn: lineSearchRule,
};

/**
 * Encodes a checkpoint as the bytes of a safetensors file, which PyTorch can read. docs/checkpoints.md lists the
 * fields. Every number keeps its bits. NaN in a tensor is stored; `loadStateDict` refuses it.
 * @returns a new array; the data of every tensor begin at a multiple of their width
 * @throws RangeError or TypeError `ERR_LBFGS_CHECKPOINT` if the state is not a state dict, or a field is unknown; the
 * message names the field
 *
 * @example
 * const parameters = { weight, bias };                        // Parameters, or { data, shape }
 * const metadata = { epoch: String(epoch) };                  // text
 * fs.writeFileSync('model.safetensors', encodeCheckpoint({ state: optimizer.stateDict(), parameters, metadata }));
 */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array & Readonly<Record<'buffer', ArrayBuffer>> {
  const { state: given, parameters, metadata: users } = checkRoot(checkpoint);
  const dict = asRecord(given, 'state');
  const { state: inner, param_groups: groups } = pick(dict, ['state', 'param_groups']);
  const list = listOf(groups);
  if (list?.length !== 1) throw refuse('an array of one', 'state.param_groups', describe(groups));
  const metadata = new Map([
    ['format', FORMAT],
    ['version', VERSION],
  ]);
  const tensors = new Map<string, NewTensor>();
  const group = asRecord(list.at(0), 'param_groups.0');
  encodeFields(group, GROUP, 'param_groups.0', metadata);
  encodeIndices(own(group, 'params'), metadata);
  refuseOthers(group, [...Object.keys(GROUP), 'params'], 'param_groups.0');
  const states = asRecord(inner, 'state.state');
  refuseOthers(states, ['0'], 'state');
  const state = own(states, '0');
  if (state === undefined && !isPlainRecord(states)) throw refuse('a plain object', 'state.state', describe(states));
  if (state !== undefined) encodeState(asRecord(state, 'state.0'), metadata, tensors);
  const named = asRecord(parameters ?? {}, 'parameters');
  for (const name of Object.keys(named)) {
    tensors.set(`parameters.${name}`, encodeParameter(named[name], `parameters.${name}`));
  }
  encodeUsers(users, metadata);
  return writeSafetensors(tensors, metadata);
}

/**
 * Decodes the bytes that `encodeCheckpoint`, or the script in examples/pytorch, has written. It reads nothing outside
 * the bytes and allocates no more than they contain.
 * @param bytes a whole checkpoint, at any offset in its buffer, which may be shared. The bytes are copied
 * @throws RangeError `ERR_LBFGS_CHECKPOINT` if the bytes are not a complete checkpoint of this version with every field
 * once and no other; the message names the field. TypeError if the argument is not bytes
 *
 * @example
 * const { state, parameters } = decodeCheckpoint(fs.readFileSync('model.safetensors'));
 * optimizer.loadStateDict(state);
 * weight.data.set(parameters.weight.data);
 */
export function decodeCheckpoint(bytes: Uint8Array | ArrayBufferLike): DecodedCheckpoint {
  const { tensors, metadata } = readSafetensors(bytes);
  const take = (field: string, expected: string): void => {
    const text = metadata.get(field);
    metadata.delete(field);
    if (text !== expected) throw refuse(`'${expected}'`, field, describe(text));
  };
  take('format', FORMAT);
  take('version', VERSION);
  const users = decodeUsers(metadata);
  const options = decodeFields(metadata, GROUP, 'param_groups.0') as Omit<StateDict['param_groups'][0], 'params'>;
  const group = { ...options, params: decodeIndices(metadata) };
  const hasState = [...metadata.keys(), ...tensors.keys()].some((field) => field.startsWith('state.0.'));
  const state = hasState ? { 0: decodeState(metadata, tensors) } : {};
  const parameters = decodeParameters(tensors);
  const unknown = [...metadata.keys(), ...tensors.keys()].at(0);
  if (unknown !== undefined) throw refuse('no such field', unknown, 'one');
  return { state: { state, param_groups: [group] }, parameters, ...(users !== undefined && { metadata: users }) };
}

const ROOT_KEYS = ['state', 'parameters', 'metadata'] as const;

function checkRoot(checkpoint: unknown): Pick<Record<string, unknown>, keyof Checkpoint> {
  if (!isRecord(checkpoint)) {
    throw typeError('ERR_LBFGS_CHECKPOINT', mismatch('{ state, parameters }', 'the checkpoint', checkpoint));
  }
  const other = Object.keys(checkpoint).find((key) => !ROOT_KEYS.some((known) => known === key));
  if (other === undefined) return pick(checkpoint, ROOT_KEYS);
  const hint =
    other === 'param_groups' || other === 'paramGroups'
      ? 'a state dict goes in as { state }'
      : 'tensors of your own go into parameters, text into metadata';
  throw rangeError(
    'ERR_LBFGS_CHECKPOINT',
    `Expected state, parameters or metadata as a key of the checkpoint but received ${describe(other)}; ${hint}`,
  );
}

function encodeParameter(parameter: unknown, field: string): NewTensor {
  // A parameter may have its properties from a class.
  const [data, shape] = ['data', 'shape'].map((key) => declared(asRecord(parameter, field), key));
  const dtype = dtypeOf(data);
  if (dtype === undefined) throw refuse('a float array', `${field}.data`, describe(data) + floatsHint(data));
  const size = lengthOf(data as FloatArray);
  const list = listOf(shape);
  const extents = shape === undefined ? [size] : list && copyList(list, isCount);
  if (extents === undefined || sizeOf(extents) !== size) {
    throw refuse(`integers >= 0 that multiply to ${size}`, `${field}.shape`, describeList(shape));
  }
  return { dtype, shape: extents, values: [data as FloatArray] };
}

function decodeParameters(tensors: Map<string, StoredTensor>): DecodedCheckpoint['parameters'] {
  const prefix = 'parameters.';
  const found = [...tensors].filter(([field]) => field.startsWith(prefix));
  for (const [field] of found) tensors.delete(field);
  // fromEntries defines own properties, whatever their names.
  return Object.fromEntries(
    found.map(([field, tensor]) => {
      const { shape } = tensor;
      const data = readValues(tensor, 0, sizeOf(shape)) as DecodedParameter['data'];
      return [field.slice(prefix.length), { data, shape }];
    }),
  );
}
