// Checkpoints: the state of an optimiser, and the parameters it trains, as safetensors bytes. docs/checkpoints.md lists the fields.

/**
 * Checkpoints: the state of an optimiser, and the parameters it trains, as safetensors bytes and back. Bytes in, bytes out, no file
 * system.
 *
 * @module lbfgs/safetensors
 */

import { dtypeOf, lengthOf, type FloatArray } from './arrays';
import { describe, typeError } from './errors';
import { count, decodeFields, encodeFields, number, refuseOthers, type Fields } from './safetensors-fields';
import {
  asRecord,
  describeShape,
  isCount,
  readSafetensors,
  readValues,
  refuse,
  sizeOf,
  writeSafetensors,
  type NewTensor,
  type StoredTensor,
} from './safetensors-format';
import { decodeState, encodeState } from './safetensors-state';
import type { StateDict } from './state-dict';

/** Values to keep beside the state; a `Parameter` is one. */
export interface CheckpointParameter {
  /** Row-major. */
  readonly data: FloatArray;
  /** Sizes whose product is the length of `data`; one dimension where absent. */
  readonly shape?: readonly number[];
}

/** What a checkpoint holds. */
export interface Checkpoint {
  /** What `stateDict()` returns. */
  state: StateDict;
  /** By name. */
  parameters?: Readonly<Record<string, CheckpointParameter>> | undefined;
}

/** Values that were kept beside the state. */
export interface DecodedParameter extends Required<CheckpointParameter> {
  /** Row-major. */
  readonly data: FloatArray & Readonly<Record<'buffer', ArrayBuffer>>;
}

/** What was in a checkpoint; every array is new and has memory of its own. */
export interface DecodedCheckpoint {
  /** What `loadStateDict()` takes. */
  state: StateDict;
  /** By name, in the order of the header; empty where there are none. */
  parameters: Record<string, DecodedParameter>;
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
  line_search_fn: {
    expected: "'strong_wolfe' or null",
    accepts: (value) => value === 'strong_wolfe' || value === null,
  },
  params: {
    expected: 'the indices 0, 1, …',
    accepts: (value) => Array.isArray(value) && Array.from(value).every((entry, index) => entry === index),
  },
};

/**
 * A checkpoint as safetensors bytes: a file that PyTorch and any reader of that format can read. docs/checkpoints.md lists the
 * fields. Every number comes back to the bit. Values of tensors are not looked at: NaN is kept, and refused by `loadStateDict`.
 * @returns bytes of their own; the data of every tensor begins at a multiple of its width
 * @throws RangeError, TypeError `ERR_LBFGS_CHECKPOINT` for what is no state dict, or has a field that this format does not know;
 * the message names the field
 *
 * @example
 * const parameters = { weight, bias };                        // Parameters, or { data, shape }
 * fs.writeFileSync('model.safetensors', encodeCheckpoint({ state: optimizer.stateDict(), parameters }));
 */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array & Readonly<Record<'buffer', ArrayBuffer>> {
  const { state: dict, parameters } = checkRoot(checkpoint);
  const { state: states, param_groups: groups } = asRecord(dict, 'state');
  if (!Array.isArray(groups) || groups.length !== 1) {
    throw refuse('an array of one', 'state.param_groups', describe(groups));
  }
  const metadata = new Map([
    ['format', FORMAT],
    ['version', VERSION],
  ]);
  const tensors = new Map<string, NewTensor>();
  const group = asRecord(groups[0], 'param_groups.0');
  encodeFields(group, GROUP, 'param_groups.0', metadata);
  refuseOthers(group, Object.keys(GROUP), 'param_groups.0');
  const { 0: state, ...others } = asRecord(states, 'state.state');
  refuseOthers(others, [], 'state');
  if (state !== undefined) encodeState(asRecord(state, 'state.0'), metadata, tensors);
  for (const [name, parameter] of Object.entries(asRecord(parameters ?? {}, 'parameters'))) {
    tensors.set(`parameters.${name}`, encodeParameter(parameter, `parameters.${name}`));
  }
  return writeSafetensors(tensors, metadata);
}

/**
 * What `encodeCheckpoint` was given, from its bytes; or what the script in examples/pytorch wrote. Never reads outside the bytes,
 * whatever they say, and allocates no more than they hold.
 * @param bytes all of a checkpoint, at any offset in its buffer, which may be shared; copied, so that they may be reused
 * @throws RangeError `ERR_LBFGS_CHECKPOINT` for bytes that are no checkpoint, damaged, cut short or of another version: every field
 * must be there once, as it should be, and no other; the message names the field. TypeError for what are no bytes.
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
  const group = decodeFields(metadata, GROUP, 'param_groups.0') as StateDict['param_groups'][0];
  const hasState = [...metadata.keys(), ...tensors.keys()].some((field) => field.startsWith('state.0.'));
  const state = hasState ? { 0: decodeState(metadata, tensors) } : {};
  const parameters = decodeParameters(tensors);
  const unknown = [...metadata.keys(), ...tensors.keys()][0];
  if (unknown !== undefined) throw refuse('no such field', unknown, 'one');
  return { state: { state, param_groups: [group] }, parameters };
}

function checkRoot(checkpoint: unknown): Record<string, unknown> {
  if (typeof checkpoint === 'object' && checkpoint !== null) return checkpoint as Record<string, unknown>;
  const received = describe(checkpoint);
  throw typeError('ERR_LBFGS_CHECKPOINT', `Expected { state, parameters } for the checkpoint but received ${received}`);
}

function encodeParameter(parameter: unknown, field: string): NewTensor {
  const { data, shape } = asRecord(parameter, field);
  const dtype = dtypeOf(data);
  if (dtype === undefined) throw refuse('a float array', `${field}.data`, describe(data));
  const size = lengthOf(data as FloatArray);
  const extents: unknown[] | undefined =
    shape === undefined ? [size] : Array.isArray(shape) ? Array.from(shape) : undefined;
  if (extents?.every(isCount) !== true || sizeOf(extents) !== size) {
    throw refuse(`integers >= 0 that multiply to ${size}`, `${field}.shape`, describeShape(shape));
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
