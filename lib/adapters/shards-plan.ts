// Which entries each rank saves or loads.

import { LBFGSError } from '../index';
import { printOfText } from '../distributed/print';
import { isFloatArray, lengthOf } from '../checks/arrays';
import { rangeError } from '../checks/errors';
import { declared, isCount, isObject, isRecord, own } from '../checks/own';
import { mismatch, wrongType } from '../checks/refusals';
import type { Checkpoint, ShardRange } from '../safetensors';

/** What stands for a number that a rank was not given. */
const NONE = -1;

/**
 * How many numbers each rank sends for a save: the number of the save, which rank 0 knows, the size, the offset and the
 * total of the rank's slice, a fingerprint, and the rank's number of evaluations.
 */
export const SAVED = 6;

/** The slices of all ranks. */
export interface Plan {
  readonly save: number;
  readonly total: number;
  readonly slices: readonly ShardRange[];
  /** The most evaluations of a rank: one that threw before its evaluation has one less than the others. */
  readonly evaluations: number;
}

/**
 * The numbers that a rank sends for a save. Only these are checked here: `encodeCheckpoint` checks the rest later, when
 * an error can be told to all ranks.
 */
export function numbersOfSave(save: number, checkpoint: unknown, place: unknown): readonly number[] {
  const size = sizeOf(checkpoint);
  const print = printOfText(JSON.stringify(scalarsOf(checkpoint)));
  const given = place ?? property(checkpoint, 'shard') ?? undefined;
  const evaluations = property(checkpoint, 'state', 'state', '0', EVALUATIONS);
  const count = isCount(evaluations) ? evaluations : 0;
  if (given === undefined) return [save, size, NONE, NONE, print, count];
  const [offset, total] = ['offset', 'total'].map((key) => property(given, key));
  if (!isCount(offset) || !isCount(total)) {
    throw wrongType('{ offset, total } of integers >= 0', 'the place of the shard', given);
  }
  return [save, size, offset, total, print, count];
}

/** The value at this path of own properties, undefined where there is none. */
function property(value: unknown, ...keys: string[]): unknown {
  return keys.reduce((at, key) => (isObject(at) ? own(at, key) : undefined), value);
}

function sizeOf(checkpoint: unknown): number {
  const d = property(checkpoint, 'state', 'state', '0', 'd');
  const parameters = property(checkpoint, 'parameters');
  const [first] = isRecord(parameters) ? Object.values(parameters) : [];
  const data = isObject(first) ? declared(first, 'data') : undefined;
  const values = [d, data].find(isFloatArray);
  const size = property(checkpoint, 'shard', 'size') ?? (values && lengthOf(values));
  if (isCount(size)) return size;
  const message = mismatch('a number of entries', 'shard.size of the checkpoint', size);
  throw rangeError(
    'ERR_LBFGS_CHECKPOINT',
    `${message}; it is needed where the state has no vectors and there are no parameters`,
  );
}

const EVALUATIONS = 'func_evals';
const SCALARS = ['n_iter', 't', 'H_diag', 'prev_loss', 'ro', 'n_stalled', 'first_grad_norm'];

/** What all ranks must have in common. */
function scalarsOf(checkpoint: unknown): unknown {
  const state = SCALARS.map((key) => property(checkpoint, 'state', 'state', '0', key));
  const group = property(checkpoint, 'state', 'param_groups', '0');
  const options = isRecord(group) ? Object.entries(group).filter(([name]) => name !== 'params') : [];
  const parameters = property(checkpoint, 'parameters');
  return [state, options, isRecord(parameters) ? Object.keys(parameters).sort() : []];
}

/** Throws on all ranks alike where the slices do not fit together. */
export function planOfSave(rows: readonly (readonly number[])[]): Plan {
  const numbers = (index: number): number[] => rows.map((row) => row[index]!);
  const [sizes = [], offsets = [], totals = [], prints = [], counts = []] = [1, 2, 3, 4, 5].map(numbers);
  const other = prints.findIndex((print) => print !== prints[0]);
  if (other > 0) {
    const what = 'the same options, scalars and names of parameters on all ranks';
    throw new LBFGSError(
      'ERR_LBFGS_OUT_OF_STEP',
      `Expected ${what} but received others on rank ${other} than on rank 0`,
    );
  }
  const lacking = offsets.findIndex((offset) => (offset === NONE) !== (offsets[0] === NONE));
  if (lacking > 0) {
    const what = 'offset and total on all ranks or on none';
    throw new LBFGSError(
      'ERR_LBFGS_OUT_OF_STEP',
      `Expected ${what} but received another choice on rank ${lacking} than on rank 0`,
    );
  }
  const [save = 0] = numbers(0);
  const slices = slicesOf(sizes, offsets);
  const total = totals[0] === NONE ? sizes.reduce((sum, size) => sum + size, 0) : totals[0]!;
  checkSlices(slices, totals, total);
  return { save, total, slices, evaluations: Math.max(...counts) };
}

/** The checkpoint with this number of evaluations; as it is where it has none. */
export function withEvaluations(checkpoint: Checkpoint, evaluations: number): Checkpoint {
  const own = property(checkpoint, 'state', 'state', '0', EVALUATIONS);
  if (!isCount(own) || own === evaluations) return checkpoint;
  const { state } = checkpoint;
  return { ...checkpoint, state: { ...state, state: { 0: { ...state.state[0]!, [EVALUATIONS]: evaluations } } } };
}

/** The slices of the ranks. An offset that is not given is the sum of the sizes of the lower ranks. */
function slicesOf(sizes: readonly number[], offsets: readonly number[]): readonly ShardRange[] {
  let end = 0;
  return sizes.map((size, rank) => {
    const given = offsets[rank]!;
    const offset = given === NONE ? end : given;
    end += size;
    return { offset, size };
  });
}

function checkSlices(slices: readonly ShardRange[], totals: readonly number[], total: number): void {
  const refuse = (rank: number, expected: string, received: string): never => {
    const message = `Expected ${expected} for the shard of rank ${rank} but received ${received}`;
    throw rangeError('ERR_LBFGS_CHECKPOINT', message);
  };
  const other = totals.findIndex((each) => each !== totals[0]);
  if (other > 0) refuse(other, `the total ${total}, as on rank 0,`, String(totals[other]));
  let covered = 0;
  const inOrder = slices
    .map((slice, rank) => ({ ...slice, rank }))
    .sort((a, b) => a.offset - b.offset || a.size - b.size);
  for (const { offset, size, rank } of inOrder) {
    if (size > 0 && offset !== covered)
      refuse(rank, `the offset ${covered}, where the slices before it end,`, String(offset));
    covered += size;
  }
  if (covered !== total)
    refuse(inOrder.at(-1)?.rank ?? 0, `the total ${covered}, where the slices end,`, String(total));
}

/**
 * How many numbers each rank sends for a load: the number of the save, its total, and the size and the offset of the
 * range.
 */
export const LOADED = 4;

export function numbersOfLoad(save: number, total: number, range: unknown): readonly number[] {
  if (range === undefined) return [save, total, total, 0];
  if (isCount(range)) return [save, total, range, NONE];
  const [offset, size] = isRecord(range) ? ['offset', 'size'].map((key) => own(range, key)) : [];
  if (isCount(offset) && isCount(size)) return [save, total, size, offset];
  throw wrongType('a number of entries, or { offset, size } of integers >= 0', 'the range', range);
}

/** The range of this rank; throws on all ranks alike where they cannot load together. */
export function planOfLoad(rows: readonly (readonly number[])[], rank: number): ShardRange {
  const numbers = (index: number): number[] => rows.map((row) => row[index]!);
  const [saves, [total = 0], sizes, offsets] = [0, 1, 2, 3].map(numbers) as [number[], number[], number[], number[]];
  const other = saves.findIndex((save) => save !== saves[0]);
  if (other > 0) {
    const received = `save ${saves[other]} on rank ${other} and ${saves[0]} on rank 0`;
    throw new LBFGSError('ERR_LBFGS_OUT_OF_STEP', `Expected one save on all ranks but received ${received}`);
  }
  const sum = sizes.reduce((all, size) => all + size, 0);
  if (offsets.every((offset) => offset === NONE) && sum !== total) {
    const message = `Expected sizes of all ranks that add up to ${total}, the entries of the save, but received ${sum}`;
    throw rangeError('ERR_LBFGS_CHECKPOINT', message);
  }
  return slicesOf(sizes, offsets)[rank]!;
}
