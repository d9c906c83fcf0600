// What can be known about a typed array without running anybody's code: the getters are the language's own, so a
// subclass, another realm or a patched prototype changes nothing.

import { types } from 'node:util';
import { entryHint, numbersHint } from './argument-hints';
import { rangeError, typeError } from './errors';
import { isCount, isDeclared, isObject, isRecord } from './own';
import { refuseArgument, wrongType } from './refusals';

/** An array of the values of a parameter or of a gradient. */
export type FloatArray = Float32Array | Float64Array;
/**
 * An array that this library has made, whose memory is not shared. `buffer` says so, since Float64Array has no type
 * parameter before TypeScript 5.7.
 */
export type OwnedArray = Float64Array & Readonly<Record<'buffer', ArrayBuffer>>;
/** The two dtypes. If parameters have both, the optimiser computes in float64, as torch promotes. */
export type Dtype = 'float32' | 'float64';

const typedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype) as object;

/** The language's own methods: a subclass may have others. */
export const { set, fill } = typedArrayPrototype as {
  set: (this: FloatArray, numbers: FloatArray, at?: number) => void;
  fill: (this: FloatArray, value: number) => void;
};
const { get: buffer } = Object.getOwnPropertyDescriptor(typedArrayPrototype, 'buffer') as {
  get: (this: unknown) => ArrayBufferLike;
};
const { get: length } = Object.getOwnPropertyDescriptor(typedArrayPrototype, 'length') as {
  get: (this: unknown) => number;
};

/**
 * The number of entries; 0 once the array's buffer is detached or shrunk below it. Not `array.length`: a subclass may
 * say otherwise, and so does V8's optimised code of Node 20 for an array detached since.
 */
export function lengthOf(array: FloatArray): number {
  return length.call(array);
}

/** The entries of a tensor of this shape. A number above 2^53 may be rounded, but not to one below 2^53. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** The dtype of a float array, undefined for any other value. */
export function dtypeOf(value: unknown): Dtype | undefined {
  if (types.isFloat64Array(value)) return 'float64';
  return types.isFloat32Array(value) ? 'float32' : undefined;
}

/** What is accepted by isFloatArray, in words. */
export const FLOATS = 'a Float32Array or a Float64Array';
export function isFloatArray(value: unknown): value is FloatArray {
  return dtypeOf(value) !== undefined;
}

/** Whether another thread may write to the array at any time. */
export function isShared(array: FloatArray): boolean {
  return types.isSharedArrayBuffer(buffer.call(array));
}

/** A copy of the numbers in memory of their own. */
export function copyOf(array: FloatArray): FloatArray {
  const copy = newArray(dtypeOf(array)!, lengthOf(array));
  copy.set(array);
  return copy;
}

/** A new array of this dtype and size, all zero. */
export function newArray(dtype: Dtype, size: number): FloatArray {
  return allocated(size, () => (dtype === 'float32' ? new Float32Array(size) : new Float64Array(size)));
}

/** What `allocate` returns. Throws ERR_LBFGS_OUT_OF_MEMORY where there is no memory for so many entries. */
export function allocated<Result>(size: number, allocate: () => Result): Result {
  try {
    return allocate();
  } catch {
    throw rangeError(
      'ERR_LBFGS_OUT_OF_MEMORY',
      `Expected memory for an array of ${size} entries but it could not be had; use float32 or fewer numbers`,
    );
  }
}

/** 2^32: more entries than a JavaScript Array can have. */
export const MOST_NUMBERS = 2 ** 32;

/** An array that grows with what is put into it: a length that is only claimed costs nothing. */
export class GrowingArray {
  readonly #dtype: Dtype;
  /** The number of entries that is claimed. Fewer may come. */
  readonly #claimed: number;
  #values: FloatArray;
  #size = 0;

  constructor(dtype: Dtype, claimed: number) {
    this.#dtype = dtype;
    this.#claimed = claimed;
    this.#values = newArray(dtype, Math.min(claimed, 4096));
  }

  push(value: number): void {
    if (this.#size === this.#values.length) {
      const larger = newArray(this.#dtype, Math.min(this.#claimed, 2 * this.#size));
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#size++] = value;
  }

  /** The array, once all have been put in. */
  get values(): FloatArray {
    return this.#values;
  }
}

/** Numbers that a user handed over, whatever holds them. */
export interface Numbers {
  /**
   * The number of entries. For anything but a typed array this is what the value claims: `copyAs` reads the entries.
   */
  readonly length: number;
  /** A new array of them; a TypeError at the first entry that is no number. */
  readonly copyAs: (dtype: Dtype) => FloatArray;
}

/**
 * The numbers of a typed array, or of anything with a length and numbers below it; throws for anything else.
 *
 * @param recordHint what to say of an object that holds no numbers
 * @param absent the number that null stands for; without it null is refused
 */
export function numbersOf(value: unknown, name: string, wanted: string, recordHint = '', absent?: number): Numbers {
  if (types.isTypedArray(value) && !types.isBigInt64Array(value) && !types.isBigUint64Array(value)) {
    if (isDetached(value)) {
      throw typeError('ERR_LBFGS_ARG_TYPE', `Expected ${wanted} for ${name} but received a detached one`);
    }
    const size = length.call(value);
    const copyAs = (dtype: Dtype): FloatArray =>
      allocated(size, () => (dtype === 'float32' ? new Float32Array(value) : new Float64Array(value)));
    return { length: size, copyAs };
  }
  const hasLength = isObject(value) && isDeclared(value, 'length') && !inheritsTypedArray(value);
  const claimed: unknown = hasLength ? (value as { length: unknown }).length : undefined;
  if (!isCount(claimed)) {
    throw wrongType(wanted, name, value, numbersHint(value) || (isRecord(value) ? recordHint : ''));
  }
  const copyAs = (dtype: Dtype): FloatArray => {
    if (claimed > MOST_NUMBERS) throw refuseArgument('number', `at most ${MOST_NUMBERS} numbers`, name, claimed);
    const copy = new GrowingArray(dtype, claimed);
    for (let index = 0; index < claimed; index++) {
      const found = (value as ArrayLike<unknown>)[index];
      const entry = found === null && absent !== undefined ? absent : found;
      if (typeof entry !== 'number') {
        throw wrongType(wanted, name, entry, ` at index ${index}${entryHint(entry, name)}`);
      }
      copy.push(entry);
    }
    return copy.values;
  };
  return { length: claimed, copyAs };
}

/**
 * Whether the value inherits from the prototype of all typed arrays, as arrays of bigints and proxies of typed arrays
 * do.
 */
export function inheritsTypedArray(value: object): boolean {
  return Object.prototype.isPrototypeOf.call(typedArrayPrototype, value);
}

/** Whether the memory of a typed array is gone. */
export function isDetached(array: ArrayBufferView): boolean {
  if (length.call(array) > 0) return false;
  try {
    new Uint8Array(buffer.call(array));
    return false;
  } catch {
    return true;
  }
}
