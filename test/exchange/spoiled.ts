// A checkpoint, and ways to spoil it.

import assert from 'node:assert/strict';
import { decodeCheckpoint, encodeCheckpoint } from 'lbfgs/safetensors';
import { CHECKPOINTS, putTogether, takeApart, type Entry, type Parts } from './checkpoints';

/** A checkpoint to spoil: float32, several pairs, two parameters. */
export const SMALL = encodeCheckpoint(CHECKPOINTS['some steps in float32']!());
/** What it holds. */
export const parts = takeApart(SMALL);

export function assertRefused(bytes: Uint8Array, message = /of the checkpoint/): void {
  assert.throws(() => decodeCheckpoint(bytes), { name: 'RangeError', code: 'ERR_LBFGS_CHECKPOINT', message });
}

/** The checkpoint with something about it changed. */
export function edited(change: (parts: Parts) => void): Uint8Array {
  const copy = structuredClone(parts);
  change(copy);
  return putTogether(copy);
}
export function withField(name: string, text: string | undefined): Uint8Array {
  return edited(({ metadata }) => {
    if (text === undefined) Reflect.deleteProperty(metadata, name);
    else metadata[name] = text;
  });
}
export function withEntry(name: string, values: Partial<Entry> | undefined): Uint8Array {
  return edited(({ entries }) => {
    if (values === undefined) Reflect.deleteProperty(entries, name);
    else Object.assign((entries[name] ??= { dtype: 'F32', shape: [0], data_offsets: [0, 0] }), values);
  });
}
