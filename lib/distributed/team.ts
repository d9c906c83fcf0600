// The conversation of one optimiser with the same optimiser of the other ranks.

import { describe, disown, LBFGSError, typeError } from '../checks/errors';
import { isThenable } from '../checks/own';
import { gather, type Communicator } from './communicator';
import { FLAGS, HEADER, Messages } from './message';

/** Yields the promises that are to be awaited; in a synchronous call none. */
export type Exchange<Result> = Generator<Promise<unknown>, Result, unknown>;

/** How many optimisers each communicator has had: by their numbers the ranks tell them apart. */
const made = new WeakMap<Communicator, number>();

/** The communicators that a step uses. */
const inUse = new WeakSet<Communicator>();

/** What all ranks must have in common, by name, in an order that all of them have. */
export type Fields = readonly (readonly [name: string, value: number])[];

export class Team {
  readonly comm: Communicator;
  /** The number of this optimiser among those of its communicator, from 1. */
  readonly serial: number;
  /** Steps begun here. */
  #steps = 0;
  /** Whether the other ranks know that this rank's step is at its end, or cannot be reached. */
  isTold = false;
  readonly #dtype: number;
  #own = new Float64Array(0);
  #all = new Float64Array(0);

  /** @param dtype the computing dtype, the same on all ranks, as a number: its width in bits */
  constructor(comm: Communicator, dtype: number) {
    this.comm = comm;
    this.serial = (made.get(comm) ?? 0) + 1;
    this.#dtype = dtype;
    made.set(comm, this.serial);
  }

  /** Begins a step; returns its number, from 1. */
  begin(): number {
    this.isTold = false;
    this.#steps += 1;
    return this.#steps;
  }

  /** Reserves the communicator until release(): the messages of two steps would mix. */
  occupy(): void {
    if (inUse.has(this.comm)) throw busy();
    inUse.add(this.comm);
  }

  release(): void {
    inUse.delete(this.comm);
  }

  /** Room for the numbers of the next message. */
  numbers(count: number): Float64Array {
    const length = HEADER + count;
    if (this.#own.length < length) {
      this.#own = new Float64Array(length);
      this.#all = new Float64Array(length * this.comm.size);
    }
    return this.#own.subarray(HEADER, length);
  }

  /**
   * Sends the first `count` numbers of numbers(), and receives those of all ranks.
   * @param waits whether the caller waits for promises
   */
  *send(count: number, flags: number, print: number, waits: boolean): Exchange<Messages> {
    const length = HEADER + count;
    this.numbers(count);
    this.#own[0] = flags;
    this.#own[1] = print;
    this.#own[2] = this.#dtype;
    const all = this.#all.subarray(0, length * this.comm.size);
    yield* this.#gather(this.#own.subarray(0, length), all, waits);
    if (all[length * this.comm.rank + 1] !== print) throw notReceived();
    return new Messages(all, length);
  }

  /** The error that all ranks throw whose fields differ: which field, on which rank. */
  *explain(fields: Fields, waits: boolean): Exchange<LBFGSError> {
    const own = Float64Array.from([this.#dtype, ...fields.map(([, value]) => value)]);
    const all = new Float64Array(own.length * this.comm.size);
    yield* this.#gather(own, all, waits);
    for (let rank = 1; rank < this.comm.size; rank++) {
      const at = rank * own.length;
      const index = own.findIndex((_, each) => !Object.is(all[each], all[at + each]));
      if (index < 0) continue;
      const name = index === 0 ? 'the dtype of the parameters' : fields[index - 1]![0];
      const wordOf = (value: number): string => (index === 0 ? `float${value}` : describe(value));
      return outOfStep(name, `rank ${rank} has ${wordOf(all[at + index]!)}, and rank 0 ${wordOf(all[index]!)}`);
    }
    return outOfStep('what is combined', 'the messages of the ranks differ');
  }

  *#gather(own: Float64Array, all: Float64Array, waits: boolean): Exchange<void> {
    this.isTold = true; // where the engine fails nobody can be told of it
    const pending: unknown = gather(this.comm, own, all, waits);
    if (isThenable(pending)) {
      if (!waits) throw refusePromise(pending);
      yield Promise.resolve(pending);
    }
    this.isTold = false;
  }
}

/** The error of a step that another rank has ended. @param flag the flag that the other rank has set */
export function peerError(rank: number, flag: number): LBFGSError {
  const what =
    flag === FLAGS.aborted
      ? `the signal of rank ${rank} was aborted`
      : `the closure or a callback of rank ${rank} threw an error, which is thrown there`;
  return new LBFGSError('ERR_LBFGS_PEER', `Expected all ranks to go on but ${what}`);
}

function outOfStep(name: string, received: string): LBFGSError {
  return new LBFGSError(
    'ERR_LBFGS_OUT_OF_STEP',
    `Expected all ranks to make the same calls with the same options but ${name} is not the same: ${received}`,
  );
}

function busy(): LBFGSError {
  return new LBFGSError(
    'ERR_LBFGS_BUSY',
    'Expected one step at a time on a communicator but another one is pending; await it first, or give each optimiser a communicator',
  );
}

function notReceived(): LBFGSError {
  return new LBFGSError(
    'ERR_LBFGS_COMM',
    "Expected the communicator to bring the messages of all ranks in the order of the ranks but this rank's own is not there",
  );
}

function refusePromise(pending: unknown): TypeError {
  disown(pending);
  return typeError(
    'ERR_LBFGS_COMM',
    'Expected a communicator that answers at once for a synchronous call but it returned a promise; use stepAsync or minimizeAsync',
  );
}
