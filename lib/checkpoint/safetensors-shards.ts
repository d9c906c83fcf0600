// The checkpoints of several processes, each a slice of the parameters, put together.

import { dtypeOf, lengthOf, newArray, type FloatArray } from '../checks/arrays';
import { describe, typeError } from '../checks/errors';
import { isCount, isRecord } from '../checks/own';
import { mismatch } from '../checks/refusals';
import type { LBFGSState } from '../state/state-dict';
import { refuse } from './safetensors-checks';
import type { DecodedCheckpoint, DecodedParameter, Shard, ShardRange } from './safetensors-types';

/** A shard without the entries that are not wanted. */
interface Piece extends ShardRange {
  /** Its place among the shards as they were handed over. */
  readonly place: number;
  /** Its number of entries before they were cut. */
  readonly whole: number;
  readonly checkpoint: DecodedCheckpoint;
}

/** @param decode is called for one shard after the other, of which only the wanted entries are kept */
export function assemble<Bytes>(
  shards: Iterable<Bytes>,
  decode: (bytes: Bytes) => DecodedCheckpoint,
  given: ShardRange | undefined,
): DecodedCheckpoint {
  const wanted = checkRange(given);
  const pieces: Piece[] = [];
  let first: Required<Shard> | undefined;
  for (const bytes of shards) {
    const place = pieces.length;
    const checkpoint = decode(bytes);
    const { shard } = checkpoint;
    if (shard === undefined) throw refuseOf(place, 'offset, size and total', 'shard', 'a checkpoint without them');
    first ??= shard;
    if (shard.total !== first.total) refuseOther(place, 'shard.total', first.total, shard.total);
    pieces.push(cut(checkpoint, shard, place, wanted));
    if (place > 0) checkAlike(pieces[0]!.checkpoint, checkpoint, place);
  }
  if (first === undefined) throw refuse('at least one shard', 'the shards', 'none');
  const range = wanted ?? { offset: 0, size: first.total };
  if (range.offset + range.size > first.total) {
    throw refuse(
      `a range within ${first.total} entries`,
      'the range',
      `${range.offset} to ${range.offset + range.size}`,
    );
  }
  pieces.sort((a, b) => a.offset - b.offset || a.size - b.size);
  checkTiling(pieces, range);
  return join(pieces, range.size, wanted && { ...range, total: first.total });
}

function checkRange(range: unknown): ShardRange | undefined {
  if (range === undefined) return undefined;
  const { offset, size } = (isRecord(range) ? range : {}) as Partial<Record<keyof ShardRange, unknown>>;
  if (isCount(offset) && isCount(size)) return { offset, size };
  throw typeError('ERR_LBFGS_CHECKPOINT', mismatch('{ offset, size } of integers >= 0', 'the range', range));
}

function refuseOf(place: number, what: string, field: string, received: string): RangeError {
  return refuse(what, `${field} of shard ${place}`, received);
}

function refuseOther(place: number, field: string, expected: unknown, received: unknown): never {
  const other = `${describe(received)}; put together shards of one save only`;
  throw refuseOf(place, `${describe(expected)}, as in shard 0,`, field, other);
}

/** The wanted entries of a shard, in memory of their own where there are others, so that these can be freed. */
function cut(
  checkpoint: DecodedCheckpoint,
  shard: Required<Shard>,
  place: number,
  wanted: ShardRange | undefined,
): Piece {
  const { offset, size } = shard;
  if (wanted === undefined) return { offset, size, whole: size, place, checkpoint };
  const from = Math.min(Math.max(wanted.offset - offset, 0), size);
  const to = Math.max(Math.min(wanted.offset + wanted.size - offset, size), from);
  const part = <Values extends FloatArray>(values: Values): Values =>
    from === 0 && to === size ? values : (values.slice(from, to) as Values);
  const state = checkpoint.state.state[0];
  const { d, prev_flat_grad, old_dirs, old_stps } = state ?? {};
  const parts = d &&
    prev_flat_grad && {
      d: part(d),
      prev_flat_grad: part(prev_flat_grad),
      old_dirs: (old_dirs ?? []).map(part),
      old_stps: (old_stps ?? []).map(part),
    };
  const parameters = Object.entries(checkpoint.parameters).map(([name, { data }]) => {
    return [name, { data: part(data), shape: [to - from] }] as const;
  });
  const kept = {
    ...checkpoint,
    parameters: Object.fromEntries(parameters),
    state: { ...checkpoint.state, state: state === undefined ? {} : { 0: { ...state, ...parts } } },
  };
  return { offset: offset + from, size: to - from, whole: size, place, checkpoint: kept };
}

/** What is not cut, and must be the same in all shards of a save. */
const SCALARS = ['func_evals', 'n_iter', 't', 'H_diag', 'prev_loss', 'n_stalled', 'first_grad_norm'] as const;

function checkAlike(first: DecodedCheckpoint, other: DecodedCheckpoint, place: number): void {
  const same = (field: string, expected: unknown, received: unknown): void => {
    if (!Object.is(expected, received)) refuseOther(place, field, expected, received);
  };
  const [ours, theirs] = [first.state.param_groups[0], other.state.param_groups[0]];
  for (const key of Object.keys(ours) as (keyof typeof ours)[]) {
    if (key !== 'params') same(`param_groups.0.${key}`, ours[key], theirs[key]);
  }
  const [our, their] = [first.state.state[0], other.state.state[0]];
  for (const key of SCALARS) same(`state.0.${key}`, our?.[key], their?.[key]);
  same('the length of state.0.ro', our?.ro?.length, their?.ro?.length);
  for (const [index, ro] of (our?.ro ?? []).entries()) same(`state.0.ro[${index}]`, ro, their?.ro?.[index]);
  const missing = Object.keys(first.parameters).find((name) => !Object.hasOwn(other.parameters, name));
  if (missing !== undefined) throw refuseOf(place, 'a tensor, as in shard 0,', `parameters.${missing}`, 'nothing');
  const excess = Object.keys(other.parameters).find((name) => !Object.hasOwn(first.parameters, name));
  if (excess !== undefined) throw refuseOf(place, 'nothing, as in shard 0,', `parameters.${excess}`, 'a tensor');
}

/** Throws unless the pieces, which are in order, cover the range, each entry once. */
function checkTiling(pieces: readonly Piece[], { offset, size }: ShardRange): void {
  let covered = offset;
  for (const piece of pieces) {
    if (piece.size === 0) continue;
    if (piece.offset !== covered) {
      const fault = piece.offset < covered ? 'an overlap' : 'a shard is missing';
      throw refuseOf(piece.place, `${covered} as the first entry`, 'the range', `${piece.offset}, ${fault}`);
    }
    covered += piece.size;
  }
  if (covered !== offset + size) {
    throw refuse(`entries up to ${offset + size}`, 'the shards', `${covered}, a shard is missing`);
  }
}

function join(pieces: readonly Piece[], size: number, shard: Required<Shard> | undefined): DecodedCheckpoint {
  const { checkpoint: first } = pieces[0]!;
  const vector = (pick: (state: Required<LBFGSState>) => FloatArray): FloatArray =>
    concatenated(pieces, size, 'state.0.d', ({ state }) => pick(state.state[0] as Required<LBFGSState>));
  const state = first.state.state[0];
  const scalars = { ...state };
  delete scalars.n_known;
  const vectors = state?.d && {
    d: vector(({ d }) => d),
    prev_flat_grad: vector((each) => each.prev_flat_grad),
    old_dirs: (state.old_dirs ?? []).map((_, index) => vector(({ old_dirs }) => old_dirs[index]!)),
    old_stps: (state.old_stps ?? []).map((_, index) => vector(({ old_stps }) => old_stps[index]!)),
  };
  const known = knownOf(pieces, size);
  const parameters = Object.keys(first.parameters).map((name) => {
    const pick = ({ parameters }: DecodedCheckpoint): FloatArray => parameters[name]!.data;
    const data = concatenated(pieces, size, `parameters.${name}`, pick) as DecodedParameter['data'];
    return [name, { data, shape: [size] }] as const;
  });
  const [group] = first.state.param_groups;
  const lists = pieces.map(({ checkpoint }) => checkpoint.state.param_groups[0].params.length);
  const params = lists.every((length) => length === lists[0]) ? group.params : [0];
  const joinedState = { ...scalars, ...vectors, ...(known !== undefined && { n_known: known }) } as LBFGSState;
  const metadata = commonMetadata(pieces);
  return {
    state: { state: state === undefined ? {} : { 0: joinedState }, param_groups: [{ ...group, params }] },
    parameters: Object.fromEntries(parameters),
    ...(metadata !== undefined && { metadata }),
    ...(shard !== undefined && { shard }),
  };
}

function concatenated(
  pieces: readonly Piece[],
  size: number,
  field: string,
  pick: (checkpoint: DecodedCheckpoint) => FloatArray,
): FloatArray {
  // A process without entries need not know the dtype of the others.
  const parts = pieces
    .filter(({ whole }) => whole > 0)
    .map(({ checkpoint, place }) => ({ values: pick(checkpoint), place }));
  const dtype = dtypeOf(parts[0]?.values) ?? 'float64';
  const other = parts.find(({ values }) => dtypeOf(values) !== dtype);
  if (other !== undefined) {
    const expected = `${dtype}, as in shard ${parts[0]?.place},`;
    throw refuseOf(other.place, expected, `the dtype of ${field}`, describe(dtypeOf(other.values)));
  }
  const all = newArray(dtype, size);
  let at = 0;
  for (const { values } of parts) {
    all.set(values, at);
    at += lengthOf(values);
  }
  return all;
}

/**
 * n_known of the whole. The leading entries of the slices are not the leading entries of the whole, so n_known of the
 * slices must be 0 throughout, or all of their entries.
 */
function knownOf(pieces: readonly Piece[], size: number): number | undefined {
  const given = pieces.filter(({ checkpoint, whole }) => whole > 0 && checkpoint.state.state[0]?.n_known !== undefined);
  if (given.length === 0) return undefined;
  const counts = given.map(({ checkpoint, whole, place }) => ({
    known: checkpoint.state.state[0]?.n_known,
    whole,
    place,
  }));
  if (counts.every(({ known }) => known === 0)) return 0;
  const partial = counts.find(({ known, whole }) => known !== whole);
  if (partial === undefined) return size;
  throw refuseOf(
    partial.place,
    `all of its ${partial.whole} entries`,
    'state.0.n_known',
    `${describe(partial.known)}; make one step after addParamGroup before you save`,
  );
}

function commonMetadata(pieces: readonly Piece[]): Record<string, string> | undefined {
  const [first, ...others] = pieces.map(({ checkpoint }) => checkpoint.metadata ?? {});
  const common = Object.entries(first ?? {}).filter(([name, text]) =>
    others.every((other) => Object.hasOwn(other, name) && other[name] === text),
  );
  return common.length === 0 ? undefined : Object.fromEntries(common);
}
