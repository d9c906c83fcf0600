// The state of an optimiser in a checkpoint: its counts and scalars as metadata, its vectors as tensors.

import { dtypeOf, lengthOf, type Dtype, type FloatArray } from '../checks/arrays';
import { vectorHint } from '../checks/argument-hints';
import { describe, describeList } from '../checks/errors';
import { copyList, isInteger, listOf, own, type List } from '../checks/own';
import { refuse } from './safetensors-checks';
import { count, decodeFields, encodeFields, number, refuseOthers, type Field, type Fields } from './safetensors-fields';
import { readValues, type NewTensor, type StoredTensor } from './safetensors-format';
import type { LBFGSState } from '../state/state-dict';

const COUNTS: Fields = { func_evals: count, n_iter: count };
/** Present after the first iteration, as are the vectors. */
const SCALARS: Fields = { t: number, H_diag: number, prev_loss: number };

type StateVectors = Required<Pick<LBFGSState, 'd' | 'prev_flat_grad' | 'old_dirs' | 'old_stps' | 'ro'>>;

/** Puts the state into metadata and tensors. */
export function encodeState(
  state: Record<string, unknown>,
  metadata: Map<string, string>,
  tensors: Map<string, NewTensor>,
): void {
  const known = [...Object.keys(COUNTS), 'al'];
  encodeFields(state, COUNTS, 'state.0', metadata);
  if (Number(metadata.get('state.0.n_iter')) > 0) {
    encodeFields(state, SCALARS, 'state.0', metadata);
    const size = encodeVectors(state, tensors);
    const ours = ownFields(size);
    known.push(...Object.keys(SCALARS), 'd', 'prev_flat_grad', 'old_dirs', 'old_stps', 'ro', ...Object.keys(ours));
    encodeFields(
      state,
      present(ours, (key) => (own(state, key) ?? null) !== null),
      'state.0',
      metadata,
    );
  }
  refuseOthers(state, known, 'state.0');
}

/** The fields that torch does not have. Each of them is optional: see LBFGSState. */
function ownFields(size: number): Fields {
  return { n_known: countUpTo(size), n_stalled: countUpTo(2), first_grad_norm: number };
}

function countUpTo(most: number): Field {
  return { expected: `an integer from 0 to ${most}`, accepts: (value) => isInteger(value, 0, most) };
}

function present(fields: Fields, isThere: (key: string) => boolean): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => isThere(key)));
}

/** Returns the number of entries of each vector. */
function encodeVectors(state: Record<string, unknown>, tensors: Map<string, NewTensor>): number {
  const d = own(state, 'd');
  const dtype = dtypeOf(d);
  if (dtype === undefined) throw refuse('a float array', 'state.0.d', describe(d) + vectorHint(d));
  const size = lengthOf(d as FloatArray);
  const vector = (value: unknown, field: string): FloatArray => {
    if (dtypeOf(value) !== dtype) {
      throw refuse(`a ${dtype} array, as d is,`, field, describe(value) + vectorHint(value));
    }
    const length = lengthOf(value as FloatArray);
    if (length !== size) throw refuse(`${size} entries, as d has,`, field, String(length));
    return value as FloatArray;
  };
  const list = (name: string): List => {
    const value = own(state, name);
    const found = listOf(value);
    if (found === undefined) throw refuse('an array', `state.0.${name}`, describe(value));
    return found;
  };
  const ro = copyList(list('ro'), (value, index): value is number => {
    if (typeof value !== 'number') throw refuse('a number', `state.0.ro[${index}]`, describe(value));
    return true;
  })!;
  const rows = (name: string): NewTensor => {
    const vectors = list(name);
    if (vectors.length !== ro.length) {
      throw refuse(`${ro.length} vectors, as many as ro has numbers,`, `state.0.${name}`, String(vectors.length));
    }
    const values = ro.map((_, index) => vector(vectors.at(index), `state.0.${name}[${index}]`));
    return { dtype, shape: [values.length, size], values };
  };
  tensors.set('state.0.d', { dtype, shape: [size], values: [d as FloatArray] });
  const prev_flat_grad = vector(own(state, 'prev_flat_grad'), 'state.0.prev_flat_grad');
  tensors.set('state.0.prev_flat_grad', { dtype, shape: [size], values: [prev_flat_grad] });
  tensors.set('state.0.old_dirs', rows('old_dirs'));
  tensors.set('state.0.old_stps', rows('old_stps'));
  tensors.set('state.0.ro', { dtype: 'float64', shape: [ro.length], values: [Float64Array.from(ro)] });
  return size;
}

/** Takes the state out of metadata and tensors. */
export function decodeState(metadata: Map<string, string>, tensors: Map<string, StoredTensor>): LBFGSState {
  const counts = decodeFields(metadata, COUNTS, 'state.0') as Pick<LBFGSState, 'func_evals' | 'n_iter'>;
  if (counts.n_iter === 0) return counts;
  const scalars = decodeFields(metadata, SCALARS, 'state.0');
  const vectors = decodeVectors(tensors);
  const ours = present(ownFields(lengthOf(vectors.d)), (key) => metadata.has(`state.0.${key}`));
  return { ...counts, ...scalars, ...vectors, ...decodeFields(metadata, ours, 'state.0') };
}

/** Every shape is checked before the first copy is made. */
function decodeVectors(tensors: Map<string, StoredTensor>): StateVectors {
  const take = (name: string, dtype: Dtype | undefined, shape: readonly (number | undefined)[]): StoredTensor => {
    const field = `state.0.${name}`;
    const tensor = tensors.get(field);
    if (tensor === undefined) throw refuse('a tensor', field, 'nothing');
    tensors.delete(field);
    if (dtype !== undefined && tensor.dtype !== dtype) throw refuse(dtype, `the dtype of ${field}`, tensor.dtype);
    const fits = shape.every((extent, axis) => extent === undefined || extent === tensor.shape[axis]);
    if (tensor.shape.length !== shape.length || !fits) {
      const wanted = shape.map((extent) => extent ?? 'n').join(', ');
      throw refuse(`[${wanted}]`, `the shape of ${field}`, describeList(tensor.shape));
    }
    return tensor;
  };
  const d = take('d', undefined, [undefined]);
  const size = d.shape[0]!;
  const prev_flat_grad = take('prev_flat_grad', d.dtype, [size]);
  // The bytes of ro prove the number of pairs. The shape of old_dirs proves none where the vectors have no entries.
  const ro = take('ro', 'float64', [undefined]);
  const pairs = ro.shape[0]!;
  const old_dirs = take('old_dirs', d.dtype, [pairs, size]);
  const old_stps = take('old_stps', d.dtype, [pairs, size]);
  const rows = (tensor: StoredTensor): FloatArray[] =>
    Array.from({ length: pairs }, (_, row) => readValues(tensor, row * size, size));
  return {
    d: readValues(d, 0, size),
    prev_flat_grad: readValues(prev_flat_grad, 0, size),
    old_dirs: rows(old_dirs),
    old_stps: rows(old_stps),
    ro: Array.from(readValues(ro, 0, pairs)),
  };
}
