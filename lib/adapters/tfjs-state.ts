// The state of an optimiser among the weights of a model: safetensors bytes in an int32 tensor, since weights cannot be
// float64.

import type { StateDict } from '../index';
import { rangeError } from '../checks/errors';
import { decodeCheckpoint, encodeCheckpoint } from '../safetensors';

/** A state that waits for its variables. */
export interface StoredState {
  readonly state: StateDict;
  /** For each parameter, the index of its variable in the list that the model passes. */
  readonly order: readonly number[];
  /** For each parameter, its number of entries. */
  readonly sizes: readonly number[];
}

/** The bytes in whole words, after their number. */
export function packState({ state, order, sizes }: StoredState): Int32Array {
  const bytes = encodeCheckpoint({ state, metadata: { order: order.join(), sizes: sizes.join() } });
  const words = new Int32Array(1 + Math.ceil(bytes.length / Int32Array.BYTES_PER_ELEMENT));
  words[0] = bytes.length;
  new Uint8Array(words.buffer).set(bytes, Int32Array.BYTES_PER_ELEMENT);
  return words;
}

/** What `packState` has packed. */
export function unpackState(values: ArrayLike<number>): StoredState {
  const words = Int32Array.from(values); // a copy, whose memory begins at the first word
  const from = Int32Array.BYTES_PER_ELEMENT;
  const { state, metadata } = decodeCheckpoint(new Uint8Array(words.buffer).subarray(from, from + (words[0] ?? 0)));
  const [order, sizes] = [numbersOf(metadata?.['order']), numbersOf(metadata?.['sizes'])];
  const isOrder = [...order].sort((a, b) => a - b).every((value, index) => value === index);
  if (order.length > 0 && order.length === sizes.length && isOrder) return { state, order, sizes };
  throw rangeError(
    'ERR_LBFGS_CHECKPOINT',
    'Expected the order and the sizes of the variables in the state but received others',
  );
}

function numbersOf(text: string | undefined): number[] {
  return text?.split(',').map(Number) ?? [];
}
