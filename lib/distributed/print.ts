// Fingerprints, by which ranks compare what they hold: 32-bit FNV-1a over words of 32 bits, with a shift.

const PRIME = 0x01000193;

/** A fingerprint of numbers that are added one after the other. */
export class Print {
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

/** The fingerprint of these numbers. */
export function printOf(numbers: Iterable<number>): number {
  const print = new Print();
  for (const number of numbers) print.add(number);
  return print.value;
}

/** The fingerprint of a text. */
export function printOfText(text: string): number {
  return printOf(Float64Array.from(text, (letter) => letter.codePointAt(0)!));
}
