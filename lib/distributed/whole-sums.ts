// Sums over the ranks whose bits are the same on all of them, whatever the engine does.

import { gather, type Communicator } from './communicator';
import type { Flow } from './flow';

/**
 * The most numbers that are gathered from all ranks together in one message. Beyond it each entry is summed by one
 * rank, which takes two messages and fewer bytes. 4096 numbers are 32 kB, which take about as long as a message does.
 */
export const MOST_GATHERED = 4096;

/**
 * Sums of vectors of one length, and beside them a few numbers of each rank that all ranks receive.
 *
 * Short vectors are gathered from all ranks in one message, and every rank adds them in the order of the ranks. Of long
 * ones each rank sums a block: the engine does so in `reduceScatter`; without it in `allReduce`, of whose result a rank
 * takes no more than its block. A second message gathers the blocks. So every sum is made once and then copied.
 */
export class WholeSums {
  /** This rank's numbers beside the vector. */
  readonly head: Float64Array;
  /** This rank's vector, and after the exchange the sums of all ranks. */
  readonly values: Float64Array;
  readonly #comm: Communicator;
  /** The numbers of the vector that a rank sends in the message to all: all of them, or its block. */
  readonly #block: number;
  readonly #isShort: boolean;
  /** A long vector with zeros behind it, so that all blocks have one length. */
  readonly #padded: Float64Array;
  readonly #own: Float64Array;
  readonly #all: Float64Array;

  constructor(comm: Communicator, head: number, length: number) {
    const isShort = comm.size * (head + length) <= MOST_GATHERED;
    this.#comm = comm;
    this.#isShort = isShort;
    this.#block = isShort ? length : Math.ceil(length / comm.size);
    this.#own = new Float64Array(head + this.#block);
    this.#all = new Float64Array(comm.size * this.#own.length);
    this.head = this.#own.subarray(0, head);
    this.#padded = new Float64Array(isShort ? 0 : comm.size * this.#block);
    this.values = isShort ? this.#own.subarray(head) : this.#padded.subarray(0, length);
  }

  /** A number of the head of a rank, as the last exchange brought it. */
  headOf(rank: number, index: number): number {
    return this.#all[rank * this.#own.length + index]!;
  }

  /** @param waits whether the caller waits for promises */
  *exchange(waits: boolean): Flow<void> {
    if (!this.#isShort) yield* this.#reduce(waits);
    yield gather(this.#comm, this.#own, this.#all, waits);
    if (this.#isShort) this.#add();
    else this.#copy();
  }

  /** Fills this rank's block with the sums of all ranks. */
  *#reduce(waits: boolean): Flow<void> {
    const comm = this.#comm;
    const block = this.#own.subarray(this.head.length);
    if (waits && comm.reduceScatterAsync !== undefined) yield comm.reduceScatterAsync(this.#padded, block);
    else if (comm.reduceScatter !== undefined) yield comm.reduceScatter(this.#padded, block);
    else {
      if (waits && comm.allReduceAsync !== undefined) yield comm.allReduceAsync(this.values, 'sum');
      else yield comm.allReduce(this.values, 'sum');
      block.fill(0);
      block.set(this.values.subarray(comm.rank * block.length, (comm.rank + 1) * block.length));
    }
  }

  #partOf(rank: number, count: number): Float64Array {
    const from = rank * this.#own.length + this.head.length;
    return this.#all.subarray(from, from + count);
  }

  #add(): void {
    const { values } = this;
    values.set(this.#partOf(0, values.length));
    for (let rank = 1; rank < this.#comm.size; rank++) {
      const part = this.#partOf(rank, values.length);
      for (let i = 0; i < values.length; i++) values[i]! += part[i]!;
    }
  }

  #copy(): void {
    for (let rank = 0; rank < this.#comm.size; rank++) {
      const from = Math.min(rank * this.#block, this.values.length);
      this.values.set(this.#partOf(rank, Math.min(this.#block, this.values.length - from)), from);
    }
  }
}
