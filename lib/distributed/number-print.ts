// A short number that tells whether ranks hold the same numbers, made of one after the other.

const PRIME = 0x01000193;

/** A fingerprint of numbers that are added one after the other. */
export class NumberPrint {
  readonly #number = new Float64Array(1);
  readonly #words = new Uint32Array(this.#number.buffer);
  #print = 0x811c9dc5;

  add(value: number): void {
    this.#number[0] = value;
    this.#mix(this.#words[0]!);
    this.#mix(this.#words[1]!);
  }

  /** An integer below 2^32. */
  get value(): number {
    return this.#print >>> 0;
  }

  /** The shift lets the high bits change the low ones: two changes of sign would otherwise cancel. */
  #mix(word: number): void {
    const product = Math.imul(this.#print ^ word, PRIME);
    this.#print = product ^ (product >>> 15);
  }
}
