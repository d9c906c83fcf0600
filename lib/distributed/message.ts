// What the ranks send each other in the course of a step.
//
// A message is a header and the numbers of what the core asks to be combined, sums first. All ranks see the messages of
// all ranks and add them up in the order of the ranks, so that they come to the same bits whatever the engine does.

/** What a rank tells the others beside its numbers. */
export const FLAGS = {
  /** Its closure, a callback or a check threw. */
  threw: 1,
  /** Its signal is aborted. */
  aborted: 2,
  /** Its onIteration returned false, or its loop was left. */
  stopped: 4,
  /** Its timeLimit is over. */
  late: 8,
} as const;

/** Before the numbers: the flags, the fingerprint, and the dtype. */
export const HEADER = 3;
const FINGERPRINT = 1;
const DTYPE = 2;

/** The messages of all ranks, one behind the other. */
export class Messages {
  readonly #all: Float64Array;
  readonly #length: number;

  constructor(all: Float64Array, length: number) {
    this.#all = all;
    this.#length = length;
  }

  /** The first rank with this flag; -1: none. */
  firstWith(flag: number): number {
    return this.#find((at) => (this.#all[at]! & flag) !== 0);
  }

  /** The first rank where the number at this place behind the header is not 0; -1: none. */
  firstWhere(place: number): number {
    return this.#find((at) => this.#all[at + HEADER + place] !== 0);
  }

  /** Whether all ranks ask the same. */
  agree(): boolean {
    const all = this.#all;
    const other = this.#find((at) => all[at + FINGERPRINT] !== all[FINGERPRINT] || all[at + DTYPE] !== all[DTYPE]);
    return other < 0;
  }

  /** numbers <- the sums of the first `added` numbers over the ranks, and the maxima of the rest. */
  combine(numbers: Float64Array, added: number): void {
    const count = this.#length - HEADER;
    for (let place = 0; place < count; place++) numbers[place] = this.#all[HEADER + place]!;
    for (let at = this.#length + HEADER; at < this.#all.length; at += this.#length) {
      for (let place = 0; place < added; place++) numbers[place]! += this.#all[at + place]!;
      for (let place = added; place < count; place++) {
        numbers[place] = Math.max(numbers[place]!, this.#all[at + place]!);
      }
    }
  }

  #find(test: (at: number) => boolean): number {
    for (let at = 0; at < this.#all.length; at += this.#length) if (test(at)) return at / this.#length;
    return -1;
  }
}
