// Checkpoints: the state of an optimiser, and the parameters it trains, as safetensors bytes. docs/checkpoints.md lists
// the fields.

/**
 * Checkpoints: the state of an optimiser and its parameters as safetensors bytes, and back. This module opens no file.
 *
 * @module lbfgs/safetensors
 */

import { types } from 'node:util';
import { floatsHint } from './checks/argument-hints';
import { dtypeOf, lengthOf, sizeOf, type FloatArray } from './checks/arrays';
import { describe, describeList, rangeError, typeError } from './checks/errors';
import { copyList, declared, isCount, isObject, isPlainRecord, isRecord, listOf, own, pick } from './checks/own';
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
import { assemble } from './checkpoint/safetensors-shards';
import { decodeShard, encodeShard } from './checkpoint/safetensors-slice';
import type { Checkpoint, DecodedCheckpoint, DecodedParameter, ShardRange } from './checkpoint/safetensors-types';
import type { StateDict } from './state/state-dict';

export type {
  Checkpoint,
  CheckpointParameter,
  DecodedCheckpoint,
  DecodedParameter,
  Shard,
  ShardRange,
} from './checkpoint/safetensors-types';

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
 * @throws RangeError or TypeError `ERR_LBFGS_CHECKPOINT` if the state is not a state dict, a field is unknown, or names
 * and metadata make a header of more than 10,000,000 bytes; the message names the field
 *
 * @example
 * const parameters = { weight, bias };                        // Parameters, or { data, shape }
 * const metadata = { epoch: String(epoch) };                  // text
 * fs.writeFileSync('model.safetensors', encodeCheckpoint({ state: optimizer.stateDict(), parameters, metadata }));
 */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array & Readonly<Record<'buffer', ArrayBuffer>> {
  const { state: given, parameters, metadata: users, shard } = checkRoot(checkpoint);
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
  if (shard !== undefined && shard !== null) encodeShard(shard, tensors, metadata);
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
  const shard = decodeShard(metadata, state[0], parameters);
  const unknown = [...metadata.keys(), ...tensors.keys()].at(0);
  if (unknown !== undefined) throw refuse('no such field', unknown, 'one');
  return {
    state: { state, param_groups: [group] },
    parameters,
    ...(users !== undefined && { metadata: users }),
    ...(shard !== undefined && { shard }),
  };
}

/**
 * Decodes the checkpoints of one save by several processes, and concatenates them in the order of their offsets: the
 * whole, which is the state of one process with all parameters, or a range of it, for another number of processes.
 *
 * What is concatenated are the vectors of the state, and the parameters that all shards have under one name. Everything
 * else of the state must be the same in all shards. The list `params` of the group is that of the shards if all have
 * the same one, or else has one index. Your own metadata are those that all shards have in common. An `n_known` below
 * the number of entries, as between `addParamGroup` and the next iteration, cannot be put together.
 * @param shards the bytes, in any order. For a range those that have no entry of it may be left out
 * @param range which entries of the concatenated parameters; default: all
 * @returns a checkpoint as `decodeCheckpoint` returns it; for a range `shard` says which
 * @throws RangeError `ERR_LBFGS_CHECKPOINT` if one of them is refused by `decodeCheckpoint`, is no shard, or belongs to
 * another save, or if entries are missing or occur twice; the message names the shard by its place. TypeError if shards
 * is not an iterable of bytes or range is not a range
 *
 * @example
 * const files = fs.readdirSync(folder).map((name) => fs.readFileSync(path.join(folder, name)));
 * const { state, parameters } = assembleShards(files);
 */
export function assembleShards(shards: Iterable<Uint8Array | ArrayBufferLike>, range?: ShardRange): DecodedCheckpoint {
  if (!isObject(shards) || !(Symbol.iterator in shards) || types.isUint8Array(shards)) {
    throw typeError('ERR_LBFGS_CHECKPOINT', mismatch('an iterable of Uint8Arrays', 'shards', shards));
  }
  return assemble(shards, decodeCheckpoint, range);
}

const ROOT_KEYS = ['state', 'parameters', 'metadata', 'shard'] as const;

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
    `Expected state, parameters, metadata or shard as a key of the checkpoint but received ${describe(other)}; ${hint}`,
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
