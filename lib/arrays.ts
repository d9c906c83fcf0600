// What can be known about a typed array without running anybody's code: the getters are the language's own, so a subclass,
// another realm or a patched prototype changes nothing.

import { types } from 'node:util';

/** Values of parameters and gradients. */
export type FloatArray = Float32Array | Float64Array;
/** The two dtypes; a mix of them computes in float64, torch's promotion. */
export type Dtype = 'float32' | 'float64';

const typedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype) as object;

const { get: length } = Object.getOwnPropertyDescriptor(typedArrayPrototype, 'length') as {
  get: (this: unknown) => number;
};

/** The number of entries; 0 once the array's buffer is detached or shrunk below it. */
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

/** A copy of the numbers in an array of this dtype. */
export function copyAs(dtype: Dtype, values: ArrayLike<number>): FloatArray {
  return dtype === 'float32' ? Float32Array.from(values) : Float64Array.from(values);
}
