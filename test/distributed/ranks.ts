// Simulated ranks: the processes of one optimisation as programs in one thread, or in one worker thread each.

import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Communicator } from 'lbfgs';
import { combine, type Operation } from './programs/combine.mjs';

export type { Operation };

/** A call of an operation, as the ranks must make it alike. */
export interface Message {
  readonly operation: Operation;
  /** The number of entries of the array that this rank hands over. */
  readonly length: number;
}

/** A message that is about to be sent. */
export interface Sending extends Message {
  readonly rank: number;
  /** How many messages this rank has sent before. */
  readonly index: number;
  /** What this rank sends. A test may change it. */
  readonly values: Float64Array;
}

/** What the simulated engine is like. */
export interface EngineOptions {
  /** Whether it has `allGather`. Default true. */
  allGather?: boolean;
  /** Whether it has `reduceScatter`. Default false. */
  reduceScatter?: boolean;
  /** Whether each rank adds in an order of its own, so that the last bits of the sums differ. Default false. */
  unlike?: boolean;
}

export interface SimulateOptions extends EngineOptions {
  /**
   * Called before each message. It may throw, which fails the operation on this rank alone, change the values, return a
   * promise for which the operation waits, or return 'skip': the operation then does nothing on this rank.
   */
  spoil?: (sending: Sending) => undefined | 'skip' | Promise<undefined | 'skip'>;
  /** Receives an array for each rank, which gets an entry for each message. */
  log?: Message[][];
}

interface Call extends Message {
  readonly own: Float64Array;
  readonly result: Float64Array;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Runs the program once for each rank, all in this thread. The operations of the engine return promises, which are
 * fulfilled when all ranks have made the same call. The operations of all ranks are rejected if the calls differ, if
 * some ranks have ended while others wait, or if a rank calls `abort`.
 */
export function simulate<T>(
  size: number,
  program: (comm: Communicator) => T | Promise<T>,
  options: SimulateOptions = {},
): Promise<PromiseSettledResult<T>[]> {
  const engine = new Engine(size, options);
  const run = async (rank: number): Promise<T> => {
    try {
      return await program(engine.of(rank));
    } finally {
      engine.end(rank);
    }
  };
  return Promise.allSettled(Array.from({ length: size }, (_, rank) => run(rank)));
}

class Engine {
  readonly #size: number;
  readonly #options: SimulateOptions;
  readonly #log: Message[][];
  /** The calls that wait for the other ranks, by rank. */
  readonly #calls = new Map<number, Call>();
  /** Why there can be no more messages. */
  #failure: Error | undefined;

  constructor(size: number, options: SimulateOptions) {
    this.#size = size;
    this.#options = options;
    this.#log = options.log ?? [];
    this.#log.splice(0, Infinity, ...Array.from({ length: size }, () => []));
  }

  /** The communicator of one rank. */
  of(rank: number): Communicator {
    const { allGather = true, reduceScatter = false } = this.#options;
    return {
      rank,
      size: this.#size,
      allReduce: (values, op) => this.#send(rank, op, values, values),
      ...(allGather && { allGather: (own: Float64Array, all: Float64Array) => this.#send(rank, 'gather', own, all) }),
      ...(reduceScatter && {
        reduceScatter: (values: Float64Array, own: Float64Array) => this.#send(rank, 'scatter', values, own),
      }),
      abort: (code, reason) => {
        this.#fail(new Error(`rank ${rank} aborts with ${code}: ${reason}`));
      },
    };
  }

  /** The program of this rank is over: whoever waits for it would wait for ever. */
  end(rank: number): void {
    const reason = new Error(`rank ${rank} has ended`);
    if (this.#calls.size > 0) this.#fail(reason);
    this.#failure ??= reason;
  }

  async #send(rank: number, operation: Operation, own: Float64Array, result: Float64Array): Promise<void> {
    const messages = this.#log[rank] ?? [];
    const message = { operation, length: own.length };
    const index = messages.push(message) - 1;
    if ((await this.#options.spoil?.({ ...message, rank, index, values: own })) === 'skip') return;
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#calls.has(rank))
      throw this.#fail(new Error(`rank ${rank} calls ${operation} before its last call is over`));
    await new Promise<void>((resolve, reject) => {
      this.#calls.set(rank, { ...message, own, result, resolve, reject });
      if (this.#calls.size === this.#size) this.#exchange();
    });
  }

  /** All ranks have called. */
  #exchange(): void {
    const calls = Array.from({ length: this.#size }, (_, rank) => this.#calls.get(rank)!);
    const wordsOf = ({ operation, length }: Message): string => `${operation} of ${length}`;
    const other = calls.find((call) => wordsOf(call) !== wordsOf(calls[0]!));
    if (other !== undefined) {
      const found = `rank 0 calls ${wordsOf(calls[0]!)}, rank ${calls.indexOf(other)} ${wordsOf(other)}`;
      this.#fail(new Error(`the ranks are out of step: ${found}`));
      return;
    }
    const parts = calls.map(({ own }) => own.slice());
    for (const [rank, { operation, result }] of calls.entries()) {
      combine(operation, parts, result, rank, this.#options.unlike === true);
    }
    this.#calls.clear();
    for (const { resolve } of calls) resolve();
  }

  #fail(error: Error): Error {
    this.#failure ??= error;
    const waiting = [...this.#calls.values()];
    this.#calls.clear();
    for (const { reject } of waiting) reject(this.#failure);
    return this.#failure;
  }
}

/** An error that a worker thread has thrown, with its name and its code. */
interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string;
}

/** What the worker of a rank tells in the end. */
export type Settled = { readonly value: unknown } | { readonly thrown: Thrown };

/**
 * Runs the export `program(comm, data)` of a module once for each rank, each in a worker thread. The operations of the
 * engine are synchronous. They throw as those of `simulate` reject, and after 20 s without an answer. Data and results
 * are cloned; of an error its name, its message and its code come back.
 *
 * @param module an .mjs file
 */
export function simulateSync<T>(
  size: number,
  module: string,
  data: unknown,
  options: EngineOptions = {},
): Promise<PromiseSettledResult<T>[]> {
  const memory = new SharedArrayBuffer(bytesFor(size));
  const entry = path.join(__dirname, 'programs', 'rank.mjs');
  const run = (rank: number): Promise<T> =>
    new Promise((resolve, reject) => {
      const workerData = { rank, size, memory, module: pathToFileURL(module).href, data, options };
      const worker = new Worker(entry, { workerData });
      let settled: Settled | undefined;
      worker.on('message', (message: Settled) => (settled = message));
      worker.on('error', reject);
      worker.on('exit', (code) => {
        if (settled === undefined) reject(new Error(`the worker of rank ${rank} exits with ${code}`));
        else if ('thrown' in settled) reject(Object.assign(new Error(), settled.thrown));
        else resolve(settled.value as T);
      });
    });
  return Promise.allSettled(Array.from({ length: size }, (_, rank) => run(rank)));
}

/** The number of entries that a rank hands over at a time in `simulateSync`. */
export const CAPACITY = 1024;

/** Counts and the call of each rank, then what each rank hands over: see programs/rank.mjs. */
function bytesFor(size: number): number {
  return 8 * (size + 2) + 8 * CAPACITY * size;
}
