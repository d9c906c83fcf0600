// What a fuzzer chooses, all of it following from one seed.

/** Numbers that programs are not often tried with. */
export const ODD_NUMBERS: readonly number[] = [
  ...[0, -0, 1, -1, 0.5, 2, 1e-3, 1e15, -1e15, NaN, Infinity, -Infinity],
  ...[5e-324, -5e-324, 2.2e-308, 1e-160, 1e160, Number.MAX_VALUE, -Number.MAX_VALUE],
  ...[2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, 2 ** 53, -(2 ** 53)],
];

export class Choices {
  readonly seed: number;
  /** Kinds of input that are left out. */
  readonly without: ReadonlySet<string>;
  #state: number;

  constructor(seed: number, without: Iterable<string> = []) {
    this.seed = seed;
    this.without = new Set(without);
    this.#state = Math.imul(seed + 1, 0x632be5ab);
  }

  /** In [0, 1). SplitMix32: Steele, Lea & Flood, "Fast splittable pseudorandom number generators" (2014), with 32 bits. */
  uniform(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  }

  /** An integer from 0 to below. */
  below(end: number): number {
    return Math.floor(this.uniform() * end);
  }

  oneOf<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** One of the values, by the name of its kind; kinds that are left out do not come. */
  kind<T>(table: Readonly<Record<string, T>>): [name: string, value: T] {
    const kinds = Object.entries(table).filter(([name]) => !this.without.has(name));
    return this.oneOf(kinds);
  }

  /** True once in so many times. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  /** Of ordinary size, or odd. */
  number(): number {
    return this.once(2) ? this.oneOf(ODD_NUMBERS) : 4 * this.uniform() - 2;
  }
}
