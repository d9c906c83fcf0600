// The container: named tensors and a text-to-text map in one piece of memory. 8 bytes, little-endian: the length of the
// header; the header: JSON, padded with spaces; then the tensors, little-endian and row-major, without holes. The
// format is described at https://github.com/huggingface/safetensors#format

import { types } from 'node:util';
import { allocated, lengthOf, newArray, sizeOf, type Dtype, type FloatArray } from '../checks/arrays';
import { describe, describeList, typeError } from '../checks/errors';
import { isCount, own } from '../checks/own';
import { mismatch } from '../checks/refusals';
import { asRecord, checkText, parseJson, refuse } from './safetensors-checks';

const WIDTH = { float32: 4, float64: 8 } as const satisfies Record<Dtype, number>;
const FORMAT_NAME = { float32: 'F32', float64: 'F64' } as const satisfies Record<Dtype, string>;
const METADATA = '__metadata__';
const LENGTH_BYTES = 8;
/** In bytes: some 50 000 tensors. A header is JSON, which takes many times its size in memory. */
const LONGEST_HEADER = 10_000_000;

interface TensorInfo {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
}

/** A tensor to be written: its values, one array after the other. */
export interface NewTensor extends TensorInfo {
  readonly values: readonly FloatArray[];
}

/** A tensor as it was found: as many bytes as its shape and dtype need, still in the memory that was read. */
export interface StoredTensor extends TensorInfo {
  readonly bytes: DataView;
}

/** The tensors and the metadata as safetensors bytes. The data of every tensor begins at a multiple of its width. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, NewTensor>,
  metadata: ReadonlyMap<string, string>,
): Uint8Array & Readonly<Record<'buffer', ArrayBuffer>> {
  // The wider ones first: then no tensor needs a hole before it, which the format would not allow.
  const inOrder = [...tensors].sort(([, a], [, b]) => WIDTH[b.dtype] - WIDTH[a.dtype]);
  let end = 0;
  const header = new Header(METADATA, metadata);
  for (const [name, { dtype, shape, values }] of inOrder) {
    const size = sizeOf(shape);
    const found = values.reduce((sum, array) => sum + lengthOf(array), 0);
    if (found !== size) throw refuse(`${size} entries, as before,`, name, `${found} (detached or resized)`);
    const begin = end;
    end += size * WIDTH[dtype];
    const entry = `{"dtype":"${FORMAT_NAME[dtype]}","shape":[${shape.join(',')}],"data_offsets":[${begin},${end}]}`;
    header.add(name, entry);
  }
  const json = header.encode();
  const start = LENGTH_BYTES + Math.ceil(json.length / 8) * 8;
  checkHeaderLength(start - LENGTH_BYTES);
  const bytes = allocated(start + end, () => new Uint8Array(start + end));
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(start - LENGTH_BYTES), true);
  bytes.set(json, LENGTH_BYTES);
  bytes.fill(0x20, LENGTH_BYTES + json.length, start);
  let at = start;
  for (const [, { dtype, values }] of inOrder) {
    for (const array of values) at = writeValues(view, at, dtype, array);
  }
  return bytes;
}

/**
 * The header, put together from texts: JSON.stringify of an object would call a toJSON that stands on Object.prototype.
 */
class Header {
  readonly #entries: string[] = [];
  #length = 0;

  constructor(name: string, metadata: ReadonlyMap<string, string>) {
    const fields: string[] = [];
    for (const [key, text] of metadata) {
      this.#count(key.length + text.length);
      fields.push(`${JSON.stringify(key)}:${JSON.stringify(text)}`);
    }
    this.#entries.push(`${JSON.stringify(name)}:{${fields.join(',')}}`);
  }

  add(name: string, entry: string): void {
    this.#count(name.length + entry.length);
    checkText(name, 'the name of a tensor');
    this.#entries.push(`${JSON.stringify(name)}:${entry}`);
  }

  encode(): Uint8Array {
    return new TextEncoder().encode(`{${this.#entries.join(',')}}`);
  }

  /** Throws before texts are put together that are longer than a header may be. */
  #count(length: number): void {
    this.#length += length;
    checkHeaderLength(this.#length);
  }
}

function writeValues(view: DataView, from: number, dtype: Dtype, values: FloatArray): number {
  const count = lengthOf(values);
  if (dtype === 'float64') for (let i = 0; i < count; i++) view.setFloat64(from + 8 * i, values[i]!, true);
  else for (let i = 0; i < count; i++) view.setFloat32(from + 4 * i, values[i]!, true);
  return from + WIDTH[dtype] * count;
}

/** A copy of `count` values of a tensor from the value at `from` on, which the caller knows to be there. */
export function readValues({ dtype, bytes }: StoredTensor, from: number, count: number): FloatArray {
  const first = from * WIDTH[dtype];
  const values = newArray(dtype, count);
  if (dtype === 'float64') for (let i = 0; i < count; i++) values[i] = bytes.getFloat64(first + 8 * i, true);
  else for (let i = 0; i < count; i++) values[i] = bytes.getFloat32(first + 4 * i, true);
  return values;
}

/** What safetensors bytes hold, in the order of the header. Nothing is copied but the header. */
export function readSafetensors(input: unknown): { tensors: Map<string, StoredTensor>; metadata: Map<string, string> } {
  const bytes = viewOf(input);
  const { header, data } = split(bytes);
  const metadata = own(header, METADATA);
  const found = Object.keys(header)
    .filter((name) => name !== METADATA)
    .map((name) => readEntry(name, header[name], data.byteLength));
  checkTiling(found, data.byteLength);
  const tensors = found.map(({ name, dtype, shape, begin, end }) => {
    const view = new DataView(data.buffer, data.byteOffset + begin, end - begin);
    return [name, { dtype, shape, bytes: view }] as const;
  });
  return { tensors: new Map(tensors), metadata: readMetadata(metadata) };
}

/** A view of the bytes, which are not copied; empty if they are detached. No getter of a subclass runs. */
function viewOf(input: unknown): Uint8Array {
  if (!types.isUint8Array(input) && !types.isAnyArrayBuffer(input)) {
    throw typeError('ERR_LBFGS_CHECKPOINT', mismatch('a Uint8Array', 'the checkpoint', input));
  }
  try {
    if (types.isAnyArrayBuffer(input)) return new Uint8Array(input);
    const its = (name: 'buffer' | 'byteOffset' | 'length'): unknown => Reflect.get(Uint8Array.prototype, name, input);
    return new Uint8Array(its('buffer') as ArrayBufferLike, its('byteOffset') as number, its('length') as number);
  } catch {
    return new Uint8Array();
  }
}

function split(bytes: Uint8Array): { header: Record<string, unknown>; data: Uint8Array } {
  if (bytes.length < LENGTH_BYTES) {
    throw refuse(`at least ${LENGTH_BYTES} bytes`, 'the header length', String(bytes.length));
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  const left = bytes.length - LENGTH_BYTES;
  if (length > BigInt(left)) {
    throw refuse(`at most the ${left} bytes that follow it`, 'the header length', String(length));
  }
  checkHeaderLength(Number(length));
  const start = LENGTH_BYTES + Number(length);
  const json = decodeText(bytes.subarray(LENGTH_BYTES, start));
  if (!json.startsWith('{')) throw refuse("'{' as the first character", 'the header', describe(json.slice(0, 1)));
  const header = asRecord(parseJson(json, 'the header'), 'the header');
  refuseDuplicates(json);
  return { header, data: bytes.subarray(start) };
}

function checkHeaderLength(length: number): void {
  if (length > LONGEST_HEADER) throw refuse(`at most ${LONGEST_HEADER} bytes`, 'the header length', String(length));
}

function decodeText(bytes: Uint8Array): string {
  try {
    // A copy is decoded: TextDecoder refuses shared memory, which might also change meanwhile.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(new Uint8Array(bytes));
  } catch {
    throw refuse('UTF-8', 'the header', 'other bytes');
  }
}

/** Throws where an object of this valid JSON has a key twice: `JSON.parse` takes the last one and says nothing. */
function refuseDuplicates(json: string): void {
  // Without escapes, every '"' is a delimiter. The length stays, so that indices are those of `json`.
  const plain = json.replaceAll(/\\./g, '__');
  const open: Set<unknown>[] = [];
  for (const { 0: token, 1: key, index } of plain.matchAll(/[{}]|("[^"]*")(?:\s*:)?/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (token.endsWith(':')) {
      const name = JSON.parse(json.slice(index, index + key!.length)) as string;
      if (open.at(-1)?.has(name)) throw refuse('one entry', name, 'two');
      open.at(-1)?.add(name);
    }
  }
}

interface Entry extends TensorInfo {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
}

const ENTRY = ['dtype', 'shape', 'data_offsets'];

function readEntry(name: string, value: unknown, dataLength: number): Entry {
  checkText(name, 'the name of a tensor');
  const entry = asRecord(value, name);
  const [format, shape, offsets] = ENTRY.map((key) => own(entry, key));
  const unknown = Object.keys(entry).find((key) => !ENTRY.includes(key));
  if (unknown !== undefined) throw refuse('dtype, shape and data_offsets alone', name, describe(unknown));
  const dtype = (['float32', 'float64'] as const).find((candidate) => FORMAT_NAME[candidate] === format);
  if (dtype === undefined) throw refuse("'F32' or 'F64'", `the dtype of ${name}`, describe(format));
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    throw refuse('integers >= 0', `the shape of ${name}`, describeList(shape));
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw refuse('two integers >= 0', `the data_offsets of ${name}`, describeList(offsets));
  }
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > dataLength) {
    throw refuse(`a range within ${dataLength} bytes`, `the data_offsets of ${name}`, `[${begin}, ${end}]`);
  }
  const wanted = sizeOf(shape) * WIDTH[dtype];
  if (end - begin !== wanted) {
    throw refuse(`${wanted} bytes, as its shape and dtype say,`, `the data_offsets of ${name}`, String(end - begin));
  }
  return { name, dtype, shape, begin, end };
}

/** Throws unless the tensors cover all of the data, each byte once. */
function checkTiling(entries: readonly Entry[], dataLength: number): void {
  let covered = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered) {
      const fault = begin < covered ? 'an overlap' : 'a hole';
      throw refuse(`${covered} as the first byte`, `the data_offsets of ${name}`, `${begin}, ${fault}`);
    }
    covered = end;
  }
  if (covered !== dataLength) throw refuse(`${covered} bytes`, 'the data', String(dataLength));
}

function readMetadata(value: unknown): Map<string, string> {
  const entries = Object.entries(asRecord(value, METADATA));
  const odd = entries.find(([, text]) => typeof text !== 'string');
  if (odd !== undefined) throw refuse('text', odd[0], describe(odd[1]));
  return new Map(entries as [string, string][]);
}
