// What can be known about a typed array without running anybody's code: the getters are the language's own, so a subclass,
// another realm or a patched prototype changes nothing.

import { types } from 'node:util';
import { describe, typeError } from './errors';

/** Values of parameters and gradients. */
export type FloatArray = Float32Array | Float64Array;
/** The two dtypes; a mix of them computes in float64, torch's promotion. */
export type Dtype = 'float32' | 'float64';

const typedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype) as object;

const { get: buffer } = Object.getOwnPropertyDescriptor(typedArrayPrototype, 'buffer') as {
  get: (this: unknown) => ArrayBufferLike;
};
const { get: length } = Object.getOwnPropertyDescriptor(typedArrayPrototype, 'length') as {
  get: (this: unknown) => number;
};

/**
 * The number of entries; 0 once the array's buffer is detached or shrunk below it. Not `array.length`: a subclass may say otherwise, and so
 * does V8's optimised code of Node 20 for an array detached since.
 */
export function lengthOf(array: FloatArray): number {
  return length.call(array);
}

/** The dtype of a float array, undefined for any other value. */
export function dtypeOf(value: unknown): Dtype | undefined {
  if (types.isFloat64Array(value)) return 'float64';
  return types.isFloat32Array(value) ? 'float32' : undefined;
}

export function isFloatArray(value: unknown): value is FloatArray {
  return dtypeOf(value) !== undefined;
}

/** A new array of this dtype and size, all zero. */
export function newArray(dtype: Dtype, size: number): FloatArray {
  return dtype === 'float32' ? new Float32Array(size) : new Float64Array(size);
}

/** A copy of the numbers in an array of this dtype. A float array is copied as it is in memory, whatever its class says of it. */
export function copyAs(dtype: Dtype, values: ArrayLike<number>): FloatArray {
  return dtype === 'float32' ? new Float32Array(values) : new Float64Array(values);
}

/** Throws unless the value is an array of numbers: a typed array of them, or anything with a length and numbers below it. */
export function checkNumbers(
  value: unknown,
  name: string,
  wanted = 'an array of numbers',
): asserts value is ArrayLike<number> {
  const expected = `Expected ${wanted} for ${name} but received`;
  if (types.isTypedArray(value) && !types.isBigInt64Array(value) && !types.isBigUint64Array(value)) {
    if (!isDetached(value)) return;
    throw typeError('ERR_LBFGS_ARG_TYPE', `${expected} a detached one`);
  }
  const isArrayLike = typeof value === 'object' && value !== null && 'length' in value && !ArrayBuffer.isView(value);
  if (!isArrayLike || !Number.isSafeInteger(value.length)) {
    throw typeError('ERR_LBFGS_ARG_TYPE', `${expected} ${describe(value)}`);
  }
  const entries = Array.from(value as ArrayLike<unknown>);
  const odd = entries.findIndex((entry) => typeof entry !== 'number');
  if (odd >= 0) throw typeError('ERR_LBFGS_ARG_TYPE', `${expected} ${describe(entries[odd])} at index ${odd}`);
}

/** Whether the memory of a typed array is gone. */
function isDetached(array: NodeJS.TypedArray): boolean {
  if (length.call(array) > 0) return false;
  try {
    new Uint8Array(buffer.call(array));
    return false;
  } catch {
    return true;
  }
}
