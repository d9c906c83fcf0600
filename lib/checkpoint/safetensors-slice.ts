// Which slice of the parameters of several processes a checkpoint holds: three counts in the metadata.

import { lengthOf } from '../checks/arrays';
import { describe, describeList } from '../checks/errors';
import { own } from '../checks/own';
import type { LBFGSState } from '../state/state-dict';
import { asRecord, refuse } from './safetensors-checks';
import { count, decodeFields, encodeFields, refuseOthers, type Fields } from './safetensors-fields';
import type { NewTensor } from './safetensors-format';
import type { DecodedCheckpoint, Shard } from './safetensors-types';

const OWNER = 'shard';
const SLICE: Fields = { offset: count, size: count, total: count };
const VECTOR = 'state.0.d';
const PARAMETERS = 'parameters.';

/** Puts the slice into the metadata, once it is known that the tensors are of its size. */
export function encodeShard(
  given: unknown,
  tensors: ReadonlyMap<string, NewTensor>,
  metadata: Map<string, string>,
): void {
  const shard = asRecord(given, OWNER);
  refuseOthers(shard, Object.keys(SLICE), OWNER);
  const named = [...tensors].filter(([field]) => field.startsWith(PARAMETERS));
  const found = tensors.get(VECTOR) ?? named[0]?.[1];
  const size = own(shard, 'size') ?? found?.shape.reduce((product, extent) => product * extent, 1);
  const slice = { offset: own(shard, 'offset'), size, total: own(shard, 'total') };
  encodeFields(slice, SLICE, OWNER, metadata);
  const shapes = named.map(([field, { shape }]) => [field, shape] as const);
  checkSlice(slice as Required<Shard>, tensors.get(VECTOR)?.shape[0], shapes);
}

/** Takes the slice out of the metadata; undefined where there is none. */
export function decodeShard(
  metadata: Map<string, string>,
  state: LBFGSState | undefined,
  parameters: DecodedCheckpoint['parameters'],
): Required<Shard> | undefined {
  if (!Object.keys(SLICE).some((key) => metadata.has(`${OWNER}.${key}`))) return undefined;
  const slice = decodeFields(metadata, SLICE, OWNER) as unknown as Required<Shard>;
  const shapes = Object.entries(parameters).map(([name, { shape }]) => [`${PARAMETERS}${name}`, shape] as const);
  checkSlice(slice, state?.d && lengthOf(state.d), shapes);
  return slice;
}

function checkSlice(
  { offset, size, total }: Required<Shard>,
  vector: number | undefined,
  shapes: readonly (readonly [field: string, shape: readonly number[]])[],
): void {
  if (offset + size > total) throw refuse(`at least ${offset + size}, its end,`, 'shard.total', describe(total));
  if (vector !== undefined && vector !== size) {
    throw refuse(`${vector}, the number of entries of ${VECTOR},`, 'shard.size', describe(size));
  }
  for (const [field, shape] of shapes) {
    if (shape.length === 1 && shape[0] === size) continue;
    const hint = '; put other tensors into a checkpoint of their own';
    throw refuse(`[${size}], the entries of the shard,`, `the shape of ${field}`, describeList(shape) + hint);
  }
}
