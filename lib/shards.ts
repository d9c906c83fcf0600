// Checkpoints of several processes in a folder. docs/checkpoints.md shows how.

/**
 * Saves the state of an optimiser whose parameters are shared by several processes, and loads it into any number of
 * processes. All of them must see the folder.
 *
 * @module lbfgs/shards
 */

import {
  checkShards,
  prepare,
  readManifest,
  readShards,
  removeOthers,
  writeManifest,
  writeShard,
} from './adapters/shards-files';
import {
  LOADED,
  numbersOfLoad,
  numbersOfSave,
  planOfLoad,
  planOfSave,
  SAVED,
  withEvaluations,
} from './adapters/shards-plan';
import { Team } from './adapters/shards-team';
import { rangeError } from './checks/errors';
import { wrongType } from './checks/refusals';
import { assembleShards, encodeCheckpoint } from './safetensors';
import type { Communicator } from './index';
import type { Checkpoint, DecodedCheckpoint, ShardRange } from './safetensors';

/** Where a slice is among the entries of all processes. */
export interface ShardPlace {
  /** How many entries come before it, an integer >= 0. */
  readonly offset: number;
  /** The number of entries of all slices together. */
  readonly total: number;
}

/**
 * Saves the slices of all ranks in a folder, one file for each, in place of what was saved there before. A call of all
 * ranks. Until all files are on the disk, and also if a rank fails or the processes are killed, `loadShards` finds what
 * was saved before.
 *
 * @param folder its path, the same folder for all ranks. It is made if it is not there
 * @param comm connects the processes; null for one process
 * @param checkpoint the state, the parameters and your own metadata of this rank. The parameters have one dimension and
 * as many entries as the slice. Before the first iteration the size of the slice is that of the parameters, or
 * `checkpoint.shard.size`
 * @param place where the slice is. Default: `checkpoint.shard`, or else behind the slices of the lower ranks
 * @returns a promise, fulfilled when all of it is on the disk
 * @throws what fails on a rank, also `ERR_LBFGS_CHECKPOINT` of `encodeCheckpoint`, is thrown there, and an LBFGSError
 * `ERR_LBFGS_PEER` on the other ranks; on all of them LBFGSError `ERR_LBFGS_OUT_OF_STEP` if their scalars, options or
 * names of parameters differ, or if only some ranks give a place, and RangeError `ERR_LBFGS_CHECKPOINT` if entries are
 * missing or occur twice. TypeError `ERR_LBFGS_COMM` if comm is not a communicator
 *
 * @example
 * await saveShards('checkpoint', comm, { state: optimizer.stateDict(), parameters: { weights } });
 */
export async function saveShards(
  folder: string,
  comm: Communicator | null,
  checkpoint: Checkpoint,
  place?: ShardPlace,
): Promise<void> {
  const team = new Team(comm);
  const { rank } = team;
  const rows = await team.together('prepare a save', SAVED, async () => {
    checkFolder(folder);
    const numbers = numbersOfSave(0, checkpoint, place);
    return rank === 0 ? [await prepare(folder), ...numbers.slice(1)] : numbers;
  });
  const { save, total, slices, evaluations } = planOfSave(rows);
  try {
    await team.together('write their shards', 0, async () => {
      const bytes = encodeCheckpoint({
        ...withEvaluations(checkpoint, evaluations),
        shard: { ...slices[rank]!, total },
      });
      await writeShard(folder, save, rank, team.size, bytes);
      return [];
    });
  } catch (error) {
    if (rank === 0) await removeOthers(folder, save - 1).catch(() => undefined); // the next save does, otherwise
    throw error;
  }
  await team.together('complete a save', 0, async () => {
    if (rank === 0) {
      await checkShards(folder, save, team.size);
      await writeManifest(folder, { save, total, shards: slices });
    }
    return [];
  });
  if (rank === 0) await removeOthers(folder, save).catch(() => undefined);
}

/**
 * Loads what `saveShards` has saved, into any number of processes. A call of all ranks. Each reads the files that have
 * entries of its range.
 *
 * @param folder its path
 * @param comm connects the processes; null for one process
 * @param range which entries of the concatenated parameters this rank receives, or how many behind those of the lower
 * ranks. Default: all of them
 * @returns a promise of the state for `loadStateDict`, and the rest of the checkpoint: see `assembleShards`
 * @throws what fails on a rank, also `ERR_LBFGS_CHECKPOINT` where nothing has been saved, is thrown there, and an
 * LBFGSError `ERR_LBFGS_PEER` on the other ranks; on all of them RangeError `ERR_LBFGS_CHECKPOINT` if the numbers of
 * entries do not add up to those of the save, and LBFGSError `ERR_LBFGS_OUT_OF_STEP` if the ranks find different saves.
 * TypeError `ERR_LBFGS_COMM` if comm is not a communicator
 *
 * @example
 * const { state, parameters } = await loadShards('checkpoint', comm, weights.size);
 * weights.data.set(parameters.weights.data);
 * optimizer.loadStateDict(state);
 */
export async function loadShards(
  folder: string,
  comm: Communicator | null,
  range?: ShardRange | number,
): Promise<DecodedCheckpoint> {
  const team = new Team(comm);
  let manifest = { save: 0, total: 0, shards: [] as readonly ShardRange[] };
  const rows = await team.together('find a save', LOADED, async () => {
    checkFolder(folder);
    manifest = (await readManifest(folder)) ?? refuseEmpty(folder);
    return numbersOfLoad(manifest.save, manifest.total, range);
  });
  const wanted = planOfLoad(rows, team.rank);
  const found: DecodedCheckpoint[] = [];
  await team.together('read their shards', 0, async () => {
    const shards = await readShards(folder, manifest, wanted);
    found.push(assembleShards(shards, range === undefined ? undefined : wanted));
    return [];
  });
  return found[0]!;
}

function checkFolder(folder: unknown): void {
  if (typeof folder !== 'string') throw wrongType('a path', 'folder', folder);
}

function refuseEmpty(folder: string): never {
  throw rangeError('ERR_LBFGS_CHECKPOINT', `Expected a save in the folder ${folder} but received none`);
}
