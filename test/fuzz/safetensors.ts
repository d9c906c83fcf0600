// Checkpoints, changed in their bytes, in their fields, or before they are encoded.
//
// decodeCheckpoint must refuse bytes with its code or return what encodes again to the same; encodeCheckpoint must refuse a tree with a
// code or a getter's own error, or return bytes that are decoded. The reader is TypeScript, so that libFuzzer cannot see into it; the
// changes know the format.

import assert from 'node:assert/strict';
import { decodeCheckpoint, encodeCheckpoint, type Checkpoint } from 'lbfgs/safetensors';
import { CHECKPOINTS, putTogether, takeApart, withHeader, type Parts } from '../exchange/checkpoints';
import type { Choices } from './choices';
import { fuzz } from './driver';
import { assertDue } from './errors';
import { Mutator } from './mutations';
import { chosenPollution } from './pollution';

const seeds = Object.values(CHECKPOINTS).map((make) => encodeCheckpoint(make()));
const ODD_VALUES: readonly unknown[] = [
  ...['F32', 'F64', 'I64', '', '1e400', '-0', 'NaN', '__proto__'],
  ...[0, -1, 1, 2, 1.5, 2 ** 31, 2 ** 32, 2 ** 53, 1e308, null, true],
  ...[[], [0], [-1], [1, 2], [0, 2 ** 53], [2 ** 27, 2 ** 27], {}, { length: 1 }],
];

/** One of its own, since it may be changed in its turn. */
const oddValue = (choices: Choices): unknown => structuredClone(choices.oneOf(ODD_VALUES));

/** Some bytes changed, dropped, repeated, or a piece of another checkpoint put in. */
function changeBytes(choices: Choices, bytes: Uint8Array): Uint8Array {
  const below = (end: number): number => choices.below(end);
  const [from, to] = [below(bytes.length + 1), below(bytes.length + 1)].sort((a, b) => a - b) as [number, number];
  switch (below(4)) {
    case 0: {
      const changed = Uint8Array.from(bytes);
      for (let count = 1 + below(4); count > 0; count--) changed[below(changed.length)] = below(256);
      return changed;
    }
    case 1:
      return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
    default:
      return Buffer.concat([bytes.subarray(0, from), choices.oneOf(seeds).subarray(from, to), bytes.subarray(to)]);
  }
}

/** A field given another value, taken away, copied under another name. */
function changeFields(choices: Choices, parts: Parts): Uint8Array {
  const below = (end: number): number => choices.below(end);
  for (let count = 1 + below(3); count > 0; count--) {
    const holder = (below(2) === 0 ? parts.metadata : parts.entries) as Record<string, unknown>;
    const name = choices.oneOf(Object.keys(holder).concat('state.0.d'));
    const entry = parts.entries[name];
    switch (below(4)) {
      case 0:
        Reflect.deleteProperty(holder, name);
        break;
      case 1:
        holder[choices.oneOf(Object.keys({ ...parts.metadata, ...parts.entries }))] = holder[name];
        break;
      case 2:
        holder[name] = below(2) === 0 ? String(oddValue(choices)) : oddValue(choices);
        break;
      default:
        if (typeof entry === 'object' && (entry as unknown) !== null)
          Object.assign(entry, { [choices.oneOf(Object.keys(entry))]: oddValue(choices) });
    }
  }
  return below(8) === 0 ? withHeader(changeBytes(choices, Buffer.from(parts.json)), parts.data) : putTogether(parts);
}

/** The bytes in memory of another kind. */
const AS_BYTES: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array | ArrayBufferLike>> = {
  'as they are': (bytes) => bytes,
  'a buffer': (bytes) => Uint8Array.from(bytes).buffer,
  'shared memory': (bytes) => {
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    return shared;
  },
  'at an odd offset': (bytes) => new Uint8Array(Uint8Array.from([0, ...bytes]).buffer, 1),
  'of a subclass': (bytes) => Buffer.from(bytes),
  'a header of a claimed length': (bytes) => {
    const claimed = Uint8Array.from(bytes);
    if (claimed.length >= 8) new DataView(claimed.buffer).setBigUint64(0, 2n ** 53n - 1n, true);
    return claimed;
  },
};

/** The tree with plain arrays in place of typed ones: deepEqual compares those by their bytes, and a NaN has many. */
function numbersOf(tree: unknown): unknown {
  if (tree instanceof Float32Array || tree instanceof Float64Array) return [tree.constructor.name, ...tree];
  if (Array.isArray(tree)) return tree.map(numbersOf);
  if (typeof tree !== 'object' || tree === null) return tree;
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, numbersOf(value)]));
}

function assertComesBack(checkpoint: ReturnType<typeof decodeCheckpoint>): void {
  assert.deepEqual(numbersOf(decodeCheckpoint(encodeCheckpoint(checkpoint))), numbersOf(checkpoint));
}

let [decoded, refused] = [0, 0];

function decode(choices: Choices): void {
  const seed = choices.oneOf(seeds);
  const changed = choices.once(2) ? changeBytes(choices, seed) : changeFields(choices, takeApart(seed));
  const [, convert] = choices.once(4) ? choices.kind(AS_BYTES) : ['', AS_BYTES['as they are']!];
  const bytes = convert(changed);
  let checkpoint: ReturnType<typeof decodeCheckpoint>;
  try {
    checkpoint = decodeCheckpoint(bytes);
  } catch (error) {
    refused++;
    if ((error as { code?: unknown }).code === 'ERR_LBFGS_CHECKPOINT') return;
    throw error;
  }
  decoded++;
  assertComesBack(checkpoint);
}

function encode(choices: Choices, tell: (what: string) => void): void {
  const make = choices.oneOf(Object.values(CHECKPOINTS));
  const { state, parameters = {} } = make();
  const plain = Object.entries(parameters).map(([name, { data, shape }]) => [
    name,
    { data: data.slice(), ...(shape && { shape: [...shape] }) },
  ]);
  const mutator = new Mutator(choices);
  const tree = mutator.change(
    { state: structuredClone(state), parameters: Object.fromEntries(plain) as object },
    choices.below(4),
  );
  mutator.told.forEach(tell);
  const restore = choices.once(10) ? chosenPollution(choices, tell)?.() : undefined;
  let bytes: Uint8Array;
  try {
    bytes = encodeCheckpoint(tree as Checkpoint);
  } catch (error) {
    restore?.();
    assertDue(error, mutator.errors);
    return;
  } finally {
    restore?.();
  }
  assertComesBack(decodeCheckpoint(bytes));
}

process.on('exit', () => {
  if (decoded + refused > 1000) assert.ok(decoded > 0 && refused > 0, 'some are checkpoints still, and most are not');
});
void fuzz(__filename, (choices, tell) => {
  if (choices.once(3)) encode(choices, tell);
  else decode(choices);
});
