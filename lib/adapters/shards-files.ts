// The files of lbfgs/shards.
//
// A save is a folder of its own with one file for each process. manifest.json names the save that counts. It is written
// last, under another name, and renamed: so there is a complete save at any moment, the old one or the new one.

import { fsync } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { describe, rangeError } from '../checks/errors';
import { isCount, isRecord, listOf } from '../checks/own';
import type { ShardRange } from '../safetensors';

/** What manifest.json says of the save that counts. */
export interface Manifest {
  /** The number of the save, from 1. */
  readonly save: number;
  /** The entries of all shards together. */
  readonly total: number;
  /** Which entries each file has, in the order of the ranks. */
  readonly shards: readonly ShardRange[];
}

const MANIFEST = 'manifest.json';
const FORMAT = 'lbfgs-shards';
const VERSION = 1;
const SAVE = /^save-\d{8,}$/;

const nameOf = (save: number): string => `save-${String(save).padStart(8, '0')}`;
const fileOf = (rank: number, count: number): string => {
  const [own, all] = [rank, count].map((number) => String(number).padStart(5, '0'));
  return `shard-${own}-of-${all}.safetensors`;
};

/** The manifest in the folder; undefined where nothing was saved. */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  let text: string;
  try {
    text = await fs.readFile(path.join(folder, MANIFEST), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return parse(text);
}

function parse(text: string): Manifest {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw refuse('JSON', 'the text', describe(text));
  }
  const { format, version, save, total, shards } = isRecord(found) ? found : {};
  if (format !== FORMAT) throw refuse(`'${FORMAT}'`, 'format', describe(format));
  if (version !== VERSION) throw refuse(String(VERSION), 'version', describe(version));
  if (!isCount(save)) throw refuse('an integer >= 0', 'save', describe(save));
  if (!isCount(total)) throw refuse('an integer >= 0', 'total', describe(total));
  const list = listOf(shards);
  if (list === undefined) throw refuse('an array', 'shards', describe(shards));
  const ranges = Array.from({ length: list.length }, (_, index) => {
    const shard = list.at(index);
    const { offset, size } = isRecord(shard) ? shard : {};
    if (!isCount(offset) || !isCount(size)) throw refuse('an offset and a size', `shards[${index}]`, describe(shard));
    return { offset, size };
  });
  return { save, total, shards: ranges };
}

function refuse(what: string, field: string, received: string): RangeError {
  return rangeError('ERR_LBFGS_CHECKPOINT', `Expected ${what} for ${field} of ${MANIFEST} but received ${received}`);
}

/** Makes room for a new save: removes what earlier ones that failed have left. Returns the number of the new save. */
export async function prepare(folder: string): Promise<number> {
  await fs.mkdir(folder, { recursive: true });
  const current = (await readManifest(folder))?.save ?? 0;
  await removeOthers(folder, current);
  return current + 1;
}

/** Removes the saves that do not count. */
export async function removeOthers(folder: string, current: number): Promise<void> {
  for (const name of await fs.readdir(folder)) {
    if (SAVE.test(name) && name !== nameOf(current)) await fs.rm(path.join(folder, name), { recursive: true });
  }
}

/** Writes the file of one process to the disk. */
export async function writeShard(
  folder: string,
  save: number,
  rank: number,
  count: number,
  bytes: Uint8Array,
): Promise<void> {
  const own = path.join(folder, nameOf(save));
  await fs.mkdir(own, { recursive: true });
  await write(path.join(own, fileOf(rank, count)), bytes);
  await syncFolder(own);
}

/** Throws unless the files of all ranks are in the folder that this process sees. */
export async function checkShards(folder: string, save: number, count: number): Promise<void> {
  for (let rank = 0; rank < count; rank++) {
    const file = path.join(folder, nameOf(save), fileOf(rank, count));
    try {
      await fs.stat(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw rangeError(
        'ERR_LBFGS_CHECKPOINT',
        `Expected a folder that all ranks see but received one in which rank 0 finds no ${file} of rank ${rank}; name one on a file system that all machines share`,
      );
    }
  }
}

/** Makes this save the one that counts. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const file = path.join(folder, MANIFEST);
  await write(`${file}.new`, `${JSON.stringify({ format: FORMAT, version: VERSION, ...manifest })}\n`);
  await fs.rename(`${file}.new`, file);
  await syncFolder(folder);
}

/** The bytes of those shards of the save that have entries of the range, or of one if none has. */
export async function readShards(folder: string, manifest: Manifest, range: ShardRange): Promise<Uint8Array[]> {
  const { save, shards } = manifest;
  const all = shards.map((shard, rank) => ({ ...shard, rank }));
  const end = range.offset + range.size;
  const needed = all.filter(({ offset, size }) => Math.max(offset, range.offset) < Math.min(offset + size, end));
  const found: Uint8Array[] = [];
  for (const { rank } of needed.length > 0 ? needed : all.slice(0, 1)) {
    found.push(await fs.readFile(path.join(folder, nameOf(save), fileOf(rank, shards.length))));
  }
  return found;
}

/** Takes the number of a file descriptor: the file handles of Yarn's Plug'n'Play have no `sync`. */
const sync = promisify(fsync);

async function write(file: string, content: Uint8Array | string): Promise<void> {
  const handle = await fs.open(file, 'w');
  try {
    await handle.writeFile(content);
    await sync(handle.fd);
  } finally {
    await handle.close();
  }
}

/** The names in a folder survive a loss of power only once the folder is on the disk. Windows cannot open a folder. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await fs.open(folder, 'r');
  try {
    await sync(handle.fd);
  } finally {
    await handle.close();
  }
}
