// Images as ONNX Runtime and TensorFlow.js take them.
import { CLASSES, PIXELS, type SparseImages } from './softmax.mjs';

/** All pixels, images in rows. */
export function pixelsOf({ count, starts, columns, values }: SparseImages): Float32Array {
  const pixels = new Float32Array(count * PIXELS);
  for (let image = 0; image < count; image++) {
    for (let k = starts[image]!; k < starts[image + 1]!; k++) pixels[image * PIXELS + columns[k]!] = values[k]!;
  }
  return pixels;
}

/** The digits, images in rows: 1 in the column of the digit, 0 in the others. */
export function oneHotOf({ count, labels }: SparseImages): Float32Array {
  const columns = new Float32Array(count * CLASSES);
  for (let image = 0; image < count; image++) columns[image * CLASSES + labels[image]!] = 1;
  return columns;
}
