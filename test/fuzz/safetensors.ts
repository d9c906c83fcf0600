// Mutates checkpoints for so many seconds (the first argument) and hands them to decodeCheckpoint, which must refuse them with its code
// or return what encodes again to the same. The reader is TypeScript, so that libFuzzer cannot see into it; the changes know the format.

import assert from 'node:assert/strict';
import { decodeCheckpoint, encodeCheckpoint } from 'lbfgs/safetensors';
import { CHECKPOINTS, putTogether, takeApart, withHeader, type Parts } from '../exchange/checkpoints';
import { randomNumbers } from '../problems/numbers';

const milliseconds = 1000 * Number(process.argv[2] ?? 60);
const random = randomNumbers(20);
/** From 0 to below. */
const below = (end: number): number => Math.min(end - 1, Math.floor(((random() + 1) / 2) * end));
const oneOf = <T>(list: readonly T[]): T => list[below(list.length)]!;

const seeds = Object.values(CHECKPOINTS).map((make) => encodeCheckpoint(make()));
const ODD_VALUES: readonly unknown[] = [
  ...['F32', 'F64', 'I64', '', '1e400', '-0', 'NaN', '__proto__'],
  ...[0, -1, 1, 2, 1.5, 2 ** 31, 2 ** 32, 2 ** 53, 1e308, null, true],
  ...[[], [0], [-1], [1, 2], [0, 2 ** 53], [2 ** 27, 2 ** 27], {}, { length: 1 }],
];

/** One of its own, since it may be changed in its turn. */
const oddValue = (): unknown => structuredClone(oneOf(ODD_VALUES));

/** Some bytes changed, dropped, repeated, or a piece of another checkpoint put in. */
function changeBytes(bytes: Uint8Array): Uint8Array {
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
      return Buffer.concat([bytes.subarray(0, from), oneOf(seeds).subarray(from, to), bytes.subarray(to)]);
  }
}

/** A field given another value, taken away, copied under another name. */
function changeFields(parts: Parts): Uint8Array {
  for (let count = 1 + below(3); count > 0; count--) {
    const holder = (below(2) === 0 ? parts.metadata : parts.entries) as Record<string, unknown>;
    const name = oneOf(Object.keys(holder).concat('state.0.d'));
    const entry = parts.entries[name];
    switch (below(4)) {
      case 0:
        Reflect.deleteProperty(holder, name);
        break;
      case 1:
        holder[oneOf(Object.keys({ ...parts.metadata, ...parts.entries }))] = holder[name];
        break;
      case 2:
        holder[name] = below(2) === 0 ? String(oddValue()) : oddValue();
        break;
      default:
        if (typeof entry === 'object' && (entry as unknown) !== null)
          Object.assign(entry, { [oneOf(Object.keys(entry))]: oddValue() });
    }
  }
  return below(8) === 0 ? withHeader(changeBytes(Buffer.from(parts.json)), parts.data) : putTogether(parts);
}

let [executions, taken] = [0, 0];
for (const end = performance.now() + milliseconds; performance.now() < end; executions++) {
  const seed = oneOf(seeds);
  const bytes = below(2) === 0 ? changeBytes(seed) : changeFields(takeApart(seed));
  let decoded: ReturnType<typeof decodeCheckpoint>;
  try {
    decoded = decodeCheckpoint(bytes);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_LBFGS_CHECKPOINT') continue;
    console.error(Buffer.from(bytes).toString('base64'));
    throw error;
  }
  taken++;
  assert.deepEqual(decodeCheckpoint(encodeCheckpoint(decoded)), decoded, Buffer.from(bytes).toString('base64'));
}
assert.ok(taken > 0 && taken < executions, 'some are checkpoints still, and most are not');
console.log(`stat::number_of_executed_units: ${executions}`);
