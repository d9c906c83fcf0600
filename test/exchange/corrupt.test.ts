// What decodeCheckpoint does with bytes that are no checkpoint: refuse them, name the field, read and allocate no more than is there.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeCheckpoint, encodeCheckpoint, type Checkpoint, type DecodedCheckpoint } from 'lbfgs/safetensors';
import { untyped } from '../problems/refusal';
import { CHECKPOINTS, putTogether, takeApart, trained, withHeader } from './checkpoints';
import { assertRefused, edited, parts, SMALL, withEntry, withField } from './spoiled';

/** Every number that must be finite is, every length fits: an optimiser could load it, and it can be written again. */
function assertWellFormed(decoded: DecodedCheckpoint): void {
  const { state, param_groups } = decoded.state;
  const { params, line_search_fn, ...options } = param_groups[0];
  assert.deepEqual(params, Array.from(params.keys()));
  assert.ok(line_search_fn === null || (line_search_fn as unknown) === 'strong_wolfe');
  assert.ok(Object.values(options).every(Number.isFinite));
  const {
    d,
    prev_flat_grad,
    old_dirs = [],
    old_stps = [],
    ro = [],
    ...scalars
  } = state[0] ?? { func_evals: 0, n_iter: 0 };
  assert.ok(Object.values(scalars).every(Number.isFinite));
  assert.equal(prev_flat_grad?.length, d?.length);
  assert.ok([...old_dirs, ...old_stps].every(({ length }) => length === d!.length));
  assert.deepEqual([old_dirs.length, old_stps.length], [ro.length, ro.length]);
  for (const { data, shape } of Object.values(decoded.parameters)) {
    assert.equal(
      shape.reduce((product, extent) => product * extent, 1),
      data.length,
    );
  }
  assert.deepEqual(decodeCheckpoint(encodeCheckpoint(decoded)), decoded);
}

/** Either refused as it should be, or a checkpoint like any other. Returns whether it was taken. */
function survive(bytes: Uint8Array): boolean {
  let decoded: DecodedCheckpoint;
  try {
    decoded = decodeCheckpoint(bytes);
  } catch (error) {
    assert.equal((error as { code?: unknown }).code, 'ERR_LBFGS_CHECKPOINT', String(error));
    assert.ok((error as Error).message.length < 400, 'a short message');
    return false;
  }
  assertWellFormed(decoded);
  return true;
}

describe('decodeCheckpoint', () => {
  it('refuses what are no bytes', () => {
    for (const input of [undefined, null, 'text', [1], {}, new Float64Array(9), new DataView(new ArrayBuffer(99))]) {
      const message = /^Expected a Uint8Array for the checkpoint but received /;
      assert.throws(() => decodeCheckpoint(untyped(input)), {
        name: 'TypeError',
        code: 'ERR_LBFGS_CHECKPOINT',
        message,
      });
    }
  });

  it('refuses memory that was detached', () => {
    const bytes = new Uint8Array(SMALL);
    const { buffer } = bytes;
    structuredClone(buffer, { transfer: [buffer] });
    assertRefused(bytes, /at least 8 bytes for the header length of the checkpoint but received 0/);
    assert.throws(() => decodeCheckpoint(buffer), { code: 'ERR_LBFGS_CHECKPOINT' });
  });

  it('refuses a checkpoint cut short at any length, or with anything behind it', () => {
    // Cut out of memory that goes on: reading beyond the end would find the rest.
    for (let length = 0; length < SMALL.length; length++) assertRefused(SMALL.subarray(0, length));
    assertRefused(Buffer.concat([SMALL, new Uint8Array(1)]), /for the data of the checkpoint/);
  });

  it('survives every change of a byte of the header', () => {
    const replacements = Array.from('09-.e"{}[],: \\_/a\0\x80\xff', (letter) => letter.charCodeAt(0));
    let taken = 0;
    const changed = new Uint8Array(SMALL);
    for (let at = 0; at < parts.start; at++) {
      const bits = Array.from({ length: 8 }, (_, bit) => SMALL[at]! ^ (1 << bit));
      for (const value of new Set([...bits, ...replacements])) {
        if (value === SMALL[at]) continue;
        changed[at] = value;
        if (survive(changed)) taken++;
      }
      changed[at] = SMALL[at]!;
    }
    // Digits of numbers, letters of parameters' names: the format has no checksum.
    assert.ok(taken > 0);
  });

  it('survives bytes that are swapped, dropped, repeated or random', () => {
    const index = fc.nat({ max: SMALL.length });
    const cut = fc.tuple(index, index, index).map(([from, to, at]) => {
      const piece = SMALL.subarray(Math.min(from, to), Math.max(from, to));
      return Buffer.concat([SMALL.subarray(0, at), piece, SMALL.subarray(at)]);
    });
    const dropped = fc.tuple(index, index).map(([from, to]) => {
      return Buffer.concat([SMALL.subarray(0, Math.min(from, to)), SMALL.subarray(Math.max(from, to))]);
    });
    const random = fc.uint8Array({ maxLength: 200 });
    const headed = fc.tuple(fc.json({ maxDepth: 4 }), random).map(([json, data]) => withHeader(json, data));
    for (const bytes of [cut, dropped, random, headed]) {
      fc.assert(
        fc.property(bytes, (input) => void survive(input)),
        { seed: 3, numRuns: 300 },
      );
    }
  });

  it('survives any value in the place of any field', () => {
    const names = [...Object.keys(parts.metadata), ...Object.keys(parts.entries)];
    const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.maxSafeNat(), fc.constantFrom('F32', 'F64', null));
    const key = fc.constantFrom('dtype', 'shape', 'data_offsets');
    fc.assert(
      fc.property(fc.constantFrom(...names), key, value, (name, property, replacement) => {
        survive(
          name in parts.metadata
            ? withField(name, JSON.stringify(replacement))
            : withEntry(name, { [property]: replacement }),
        );
        survive(
          edited(({ entries, metadata }) =>
            Object.assign(name in entries ? entries : metadata, { [name]: replacement }),
          ),
        );
      }),
      { seed: 4, numRuns: 500 },
    );
  });

  it('does not believe a number of vectors that have no entries', () => {
    const { entries, data, metadata } = takeApart(
      encodeCheckpoint({ state: trained(1, 'float64', { maxIter: 1 }).optimizer.stateDict() }),
    );
    for (const { shape } of Object.values(entries) as { shape: number[] }[]) shape[shape.length - 1] = 0;
    for (const entry of Object.values(entries)) entry.data_offsets = [0, 0];
    for (const name of ['state.0.old_dirs', 'state.0.old_stps']) entries[name]!.shape = [1e15, 0];
    const bytes = putTogether({ entries, metadata, data: data.subarray(0, 0) });
    assertRefused(bytes, /\[0, 0\] for the shape of state\.0\.old_dirs of .* received \[1000000000000000, 0\]/);
  });

  it('takes names that objects inherit for names like any other', () => {
    const { state } = CHECKPOINTS['a fresh optimiser']!();
    const parameters = { ['__proto__']: { data: new Float64Array([1]) } } as Checkpoint['parameters'];
    const decoded = decodeCheckpoint(encodeCheckpoint({ state, parameters })).parameters;
    assert.deepEqual(Object.keys(decoded), ['__proto__']);
    assert.equal(Object.getPrototypeOf(decoded), Object.prototype);
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const intruder = `"${name}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},`;
      assertRefused(withHeader(parts.json.replace('"state.0.d":', `${intruder}$&`), parts.data), /no such field/);
      assertRefused(withHeader(parts.json.replace('"format":', `"${name}":"1",$&`), parts.data), /no such field/);
    }
    assert.equal(({} as { dtype?: unknown }).dtype, undefined);
  });

  it('takes the header however it is written', () => {
    const expected = decodeCheckpoint(SMALL);
    const object = JSON.parse(parts.json) as object;
    const escaped = JSON.stringify(object).replaceAll('state', '\\u0073tate');
    const reversed = JSON.stringify(Object.fromEntries(Object.entries(object).reverse()));
    for (const json of [JSON.stringify(object, null, 2), `${escaped} `, reversed]) {
      assert.deepEqual(decodeCheckpoint(withHeader(json, parts.data)), expected);
    }
  });
});
