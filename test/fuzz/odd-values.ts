// Values and arrays of odd kinds.

import { createContext, runInContext } from 'node:vm';

const elsewhere = createContext({});
/** The same numbers in an array of another realm. */
const foreign = runInContext('(numbers) => Float64Array.from(numbers)', elsewhere) as (
  numbers: number[],
) => Float64Array;
const foreignObject = runInContext('(entries) => Object.fromEntries(entries)', elsewhere) as (
  entries: unknown,
) => object;

class Longer extends Float64Array {
  override get length(): number {
    return super.length + 1;
  }
}
class Plain extends Float32Array {}

/** Each new when it is asked for. */
export const ODD_VALUES: readonly (() => unknown)[] = [
  ...[undefined, null, true, '', '1', 'strong_wolfe', 'noise_tolerant', 1n, Symbol.iterator].map(
    (value) => () => value,
  ),
  ...[() => [], () => ({}), () => [1, 2], () => new Date(0), () => new Map([[0, 1]]), () => () => 1, () => /x/],
  ...[
    () => new Number(1),
    () => Object.create(null) as object,
    () => new Float64Array(2),
    () => new DataView(new ArrayBuffer(8)),
  ],
  ...[() => Promise.resolve({}), () => ({ length: 3 }), () => new Set([1]), () => foreignObject([['n_iter', 1]])],
];

const detached = (numbers: number[]): Float64Array => {
  const array = Float64Array.from(numbers);
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
};

const shared = (numbers: number[]): Float64Array => {
  const array = new Float64Array(new SharedArrayBuffer(8 * numbers.length));
  array.set(numbers);
  return array;
};

/** The numbers in an array of another kind. */
export const AS_ARRAYS: readonly ((numbers: number[]) => unknown)[] = [
  Float32Array.from.bind(Float32Array),
  Float64Array.from.bind(Float64Array),
  Int32Array.from.bind(Int32Array),
  (numbers) => numbers,
  (numbers) => Object.assign({}, numbers, { length: numbers.length }),
  (numbers) => Longer.from(numbers),
  (numbers) => Plain.from(numbers),
  foreign,
  detached,
  shared,
  (numbers) => new Float64Array([0, ...numbers, 0].flatMap((x) => x)).subarray(1, numbers.length + 1),
  (numbers) => new BigInt64Array(numbers.length),
  (numbers) => Object.assign({}, Float64Array.from(numbers)),
  (numbers) => new Proxy(Float64Array.from(numbers), {}),
];

/** More than there can be. */
export const HUGE_LENGTHS = [2 ** 32 - 1, 1e8, 2 ** 31, 1e9] as const;
