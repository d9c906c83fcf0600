// MNIST's files of images and labels, in the format IDX: a magic number, the sizes, and then the bytes.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PIXELS, type SparseImages } from './softmax.mjs';

const IMAGES = 0x803;
const LABELS = 0x801;

/** The bytes behind the header of a file, and how many items of `size` bytes they are. */
function readIdx(file: string, magic: number, size: number): { count: number; bytes: Uint8Array } {
  const content = readFileSync(file);
  const dimensions = magic & 0xff;
  const header = 4 * (1 + dimensions);
  const found = content.length >= header ? content.readUInt32BE(0) : NaN;
  if (found !== magic) throw new Error(`Expected an IDX file of type ${magic} in ${file} but found ${found}`);
  const count = content.readUInt32BE(4);
  const bytes = content.subarray(header);
  if (bytes.length !== count * size) {
    throw new Error(`Expected ${count} times ${size} bytes in ${file} but found ${bytes.length}`);
  }
  return { count, bytes };
}

/**
 * The first `rows` images of a folder that has MNIST's files, in shared memory.
 * @param kind the images to train with (60,000), or those to test with (10,000)
 */
export function readImages(folder: string, kind: 'train' | 't10k', rows = Infinity): SparseImages {
  const images = readIdx(join(folder, `${kind}-images-idx3-ubyte`), IMAGES, PIXELS);
  const labels = readIdx(join(folder, `${kind}-labels-idx1-ubyte`), LABELS, 1);
  const count = Math.min(images.count, labels.count, rows);
  const pixels = images.bytes.subarray(0, count * PIXELS);
  const filled = pixels.reduce((sum, pixel) => sum + (pixel === 0 ? 0 : 1), 0);
  const sparse: SparseImages = {
    count,
    starts: new Int32Array(new SharedArrayBuffer(4 * (count + 1))),
    columns: new Uint16Array(new SharedArrayBuffer(2 * filled)),
    values: new Float32Array(new SharedArrayBuffer(4 * filled)),
    labels: new Uint8Array(new SharedArrayBuffer(count)),
  };
  sparse.labels.set(labels.bytes.subarray(0, count));
  let at = 0;
  for (const [index, pixel] of pixels.entries()) {
    if (index % PIXELS === 0) sparse.starts[index / PIXELS] = at;
    if (pixel === 0) continue;
    sparse.columns[at] = index % PIXELS;
    sparse.values[at++] = pixel / 255;
  }
  sparse.starts[count] = at;
  return sparse;
}
