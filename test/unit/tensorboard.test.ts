// lbfgs/tensorboard: the bytes, read by a decoder that shares nothing with the encoder.

import assert from 'node:assert/strict';
import { minimize } from 'lbfgs';
import { eventFileHeader, iterationEvent, scalarEvent } from 'lbfgs/tensorboard';

/** CRC-32C bit by bit: division by the polynomial 0x1EDC6F41 of the reflected bytes. */
function crc32c(bytes: Uint8Array): number {
  let rest = 0xffffffff;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const odd = (rest ^ (byte >> bit)) & 1;
      rest >>>= 1;
      if (odd === 1) rest ^= 0x82f63b78;
    }
  }
  return (rest ^ 0xffffffff) >>> 0;
}

/** The inverse of TFRecord's mask. */
function unmasked(word: number): number {
  const rotated = (word - 0xa282ead8) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}

type Field = [number: number, value: number | Uint8Array];

function varintAt(bytes: Uint8Array, at: number): [value: number, next: number] {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = bytes[at++]!;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return [Number(value), at];
  }
}

/** The fields of a protobuf message in their order. */
function fieldsOf(bytes: Uint8Array): Field[] {
  const fields: Field[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  while (at < bytes.length) {
    let key: number;
    [key, at] = varintAt(bytes, at);
    let value: number | Uint8Array;
    switch (key & 7) {
      case 0:
        [value, at] = varintAt(bytes, at);
        break;
      case 1:
        value = view.getFloat64(at, true);
        at += 8;
        break;
      case 5:
        value = view.getFloat32(at, true);
        at += 4;
        break;
      default: {
        assert.equal(key & 7, 2);
        let size: number;
        [size, at] = varintAt(bytes, at);
        value = bytes.subarray(at, at + size);
        at += size;
      }
    }
    fields.push([key >> 3, value]);
  }
  assert.equal(at, bytes.length);
  return fields;
}

/** The data of the records of a file, whose checksums are right. */
function recordsOf(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const records: Uint8Array[] = [];
  let at = 0;
  while (at < file.length) {
    const size = Number(view.getBigUint64(at, true));
    assert.equal(unmasked(view.getUint32(at + 8, true)), crc32c(file.subarray(at, at + 8)));
    const data = file.subarray(at + 12, at + 12 + size);
    assert.equal(unmasked(view.getUint32(at + 12 + size, true)), crc32c(data));
    records.push(data);
    at += 16 + size;
  }
  assert.equal(at, file.length);
  return records;
}

const text = (bytes: number | Uint8Array): string =>
  new TextDecoder('utf-8', { fatal: true }).decode(bytes as Uint8Array);

/** Wall time, step, and the scalars of an event. */
function eventOf(record: Uint8Array): { time: unknown; step: unknown; scalars: Record<string, unknown> } {
  const [time, step, summary] = fieldsOf(record);
  assert.deepEqual([time![0], step![0], summary![0]], [1, 2, 5]);
  const scalars = fieldsOf(summary![1] as Uint8Array).map(([number, value]) => {
    assert.equal(number, 1);
    const [tag, simple] = fieldsOf(value as Uint8Array);
    assert.deepEqual([tag![0], simple![0]], [1, 2]);
    return [text(tag![1]), simple![1]] as const;
  });
  return { time: time![1], step: step![1], scalars: Object.fromEntries(scalars) };
}

describe('lbfgs/tensorboard', () => {
  it("is looked at by a decoder that knows CRC-32C: RFC 3720's vectors", () => {
    const ascending = Uint8Array.from({ length: 32 }, (_, index) => index);
    assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
    assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
    assert.equal(crc32c(ascending), 0x46dd794e);
    assert.equal(crc32c(Uint8Array.from(ascending).reverse()), 0x113fdb5c);
    assert.equal(crc32c(new TextEncoder().encode('123456789')), 0xe3069283);
  });

  it('begins a file with its version', () => {
    const [record, ...others] = recordsOf(eventFileHeader({ time: 1.7e12 }));
    assert.deepEqual(others, []);
    const [time, version] = fieldsOf(record!);
    assert.deepEqual([time, version![0], text(version![1])], [[1, 1.7e9], 3, 'brain.Event:2']);
    const before = Date.now() / 1000;
    const [[, now]] = fieldsOf(recordsOf(eventFileHeader())[0]!) as [Field];
    assert.ok(before <= (now as number) && (now as number) <= Date.now() / 1000);
  });

  it('writes the loss and the gradient of each iteration', () => {
    const parts = [eventFileHeader()];
    const expected: { step: number; scalars: Record<string, number> }[] = [];
    minimize(
      ([a = 0], gradient) => {
        gradient[0] = 4 * (a - 3) ** 3;
        return (a - 3) ** 4;
      },
      [0],
      {
        onIteration: (info) => {
          parts.push(iterationEvent(info));
          const { iteration, loss, gradNorm } = info;
          expected.push({ step: iteration, scalars: { loss: Math.fround(loss), gradNorm: Math.fround(gradNorm) } });
        },
      },
    );
    const [, ...records] = recordsOf(Buffer.concat(parts));
    assert.ok(records.length > 3);
    assert.deepEqual(
      records.map(eventOf).map(({ step, scalars }) => ({ step, scalars })),
      expected,
    );
  });

  it('writes steps, tags and numbers of every size', () => {
    for (const step of [0, 127, 128, 16384, 2 ** 31, 2 ** 35 + 5, Number.MAX_SAFE_INTEGER]) {
      const values = { 'accuracy/test ä': NaN, [`x${'y'.repeat(300)}`]: -Infinity };
      const [record] = recordsOf(scalarEvent(step, values, { time: 500 }));
      assert.deepEqual(eventOf(record!), { time: 0.5, step, scalars: values });
    }
    assert.deepEqual(eventOf(recordsOf(scalarEvent(1, {}))[0]!).scalars, {});
  });

  it('refuses what does not fit', () => {
    const code = (call: () => unknown): unknown => {
      try {
        return call();
      } catch (error) {
        return (error as { code?: string }).code;
      }
    };
    assert.equal(
      code(() => scalarEvent(-1, {})),
      'ERR_LBFGS_ARG_VALUE',
    );
    assert.equal(
      code(() => scalarEvent(1, { loss: '1' } as never)),
      'ERR_LBFGS_ARG_TYPE',
    );
    assert.equal(
      code(() => iterationEvent(undefined as never)),
      'ERR_LBFGS_ARG_TYPE',
    );
    assert.equal(
      code(() => eventFileHeader({ time: NaN })),
      'ERR_LBFGS_ARG_VALUE',
    );
    assert.throws(() => scalarEvent(1, { loss: null } as never), {
      message: "Expected a number for 'loss' but received null",
    });
  });
});
