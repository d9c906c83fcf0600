// Arrays whose memory goes away under them.

import type { FloatArray } from 'lbfgs';

interface ResizableBuffer extends ArrayBuffer {
  resize(bytes: number): void;
}

/** Hands the array's memory to a copy that nobody keeps: its length is 0 from now on. */
export function detach(array: FloatArray): void {
  structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
}

/** One value in a buffer that can shrink and grow; the array follows its length. */
export function resizableArray(value: number): Float64Array {
  const Resizable = ArrayBuffer as unknown as new (bytes: number, options: object) => ResizableBuffer;
  const array = new Float64Array(new Resizable(8, { maxByteLength: 32 }));
  array[0] = value;
  return array;
}

/** Shrinks or grows the memory of a `resizableArray`. */
export function resize(array: FloatArray, bytes: number): void {
  (array.buffer as ResizableBuffer).resize(bytes);
}
