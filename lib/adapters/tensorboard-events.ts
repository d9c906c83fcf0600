// Event files: records of TFRecord, each an Event of TensorFlow's event.proto in protobuf's encoding.

type Bytes = Uint8Array & Readonly<Record<'buffer', ArrayBuffer>>;

/** Protobuf's wire types. */
const VARINT = 0;
const DOUBLE = 1;
const BYTES = 2;
const FLOAT = 5;

/** The fields of event.proto and summary.proto that are written. */
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 };
const SUMMARY = { value: 1 };
const VALUE = { tag: 1, simpleValue: 2 };

const utf8 = new TextEncoder();

/** CRC-32C (Castagnoli), reflected. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** TFRecord's mask: a checksum of data that hold checksums would be weak. */
function masked(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** The first record of a file. */
export function fileVersion(seconds: number): Bytes {
  return record(joined([double(EVENT.wallTime, seconds), bytes(EVENT.fileVersion, utf8.encode('brain.Event:2'))]));
}

/** A record with scalars by tag. */
export function scalars(
  seconds: number,
  step: number,
  values: readonly (readonly [tag: string, value: number])[],
): Bytes {
  const summary = values.map(([tag, value]) =>
    bytes(SUMMARY.value, joined([bytes(VALUE.tag, utf8.encode(tag)), float(VALUE.simpleValue, value)])),
  );
  const event = [
    double(EVENT.wallTime, seconds),
    key(EVENT.step, VARINT),
    varint(step),
    bytes(EVENT.summary, joined(summary)),
  ];
  return record(joined(event));
}

/** Length, checksum of the length, data, checksum of the data; all little-endian. */
function record(data: Uint8Array): Bytes {
  const whole = new Uint8Array(data.length + 16);
  const view = new DataView(whole.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(whole.subarray(0, 8)), true);
  whole.set(data, 12);
  view.setUint32(12 + data.length, masked(data), true);
  return whole;
}

function key(field: number, type: number): Uint8Array {
  return varint(field * 8 + type);
}

/** An integer >= 0 in groups of seven bits, the lowest first. */
function varint(value: number): Uint8Array {
  const groups: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) groups.push((rest % 0x80) + 0x80);
  return Uint8Array.from([...groups, rest]);
}

function bytes(field: number, value: Uint8Array): Uint8Array {
  return joined([key(field, BYTES), varint(value.length), value]);
}

function double(field: number, value: number): Uint8Array {
  const encoded = new Uint8Array(8);
  new DataView(encoded.buffer).setFloat64(0, value, true);
  return joined([key(field, DOUBLE), encoded]);
}

function float(field: number, value: number): Uint8Array {
  const encoded = new Uint8Array(4);
  new DataView(encoded.buffer).setFloat32(0, value, true);
  return joined([key(field, FLOAT), encoded]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
