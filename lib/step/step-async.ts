// What a step waits for: the promises of its closure, and the core at work on another thread.
//
// The other thread never sees an array of the user's: this thread copies the gradients before it starts and the values
// afterwards, each time after the checks of ParameterArrays.

import { types } from 'node:util';
import type { Core } from '../native/core';
import { disown } from '../checks/errors';
import { turnOfTheEventLoop } from './lazy-modules';
import type { Settle } from '../native/native';
import type { ResolvedOptions } from '../options/options';
import type { IterationInfo } from './report';
import { settledOrAborted } from './signals';
import type { StepRun } from './step';

/** A step in progress, which yields what it waits for. */
export type StepLoop<Result> = Generator<Promise<unknown> | IterationInfo, Result, unknown>;

/**
 * Goes on with a step, awaiting its promises, until it ends or yields an iteration.
 * @param goesOn the answer to the iteration that it yielded last
 */
export async function advance<Result>(
  loop: StepLoop<Result>,
  goesOn?: boolean,
): Promise<IteratorResult<IterationInfo, Result>> {
  let part = loop.next(goesOn);
  while (types.isPromise(part.value)) {
    try {
      part = loop.next(await part.value);
    } catch (error) {
      part = loop.throw(error); // where the loop itself threw it has ended, and throws the error again
    }
  }
  return part as IteratorResult<IterationInfo, Result>;
}

/** Goes on with a step to its end; returns its result. */
export async function finish<Result>(loop: StepLoop<Result>): Promise<Result> {
  return (await advance(loop)).value as Result;
}

/**
 * Where the core runs. Each of the methods runs it to its next request; a promise where that takes turns of the event
 * loop.
 */
export interface CoreThread {
  begin(): Promise<void> | undefined;
  /** @param answer what the closure returned */
  tell(answer: unknown): Promise<void> | undefined;
  proceed(goOn: boolean): Promise<void> | undefined;
  /** @param numbers the combined ones */
  reduced(numbers: Float64Array): Promise<void> | undefined;
}

/**
 * Numbers in parameters times pairs from which the core runs on another thread: below it, to start work there takes
 * longer than the work.
 */
const LEAST_WORK = 2 ** 18;
/** Entries copied in one go: some milliseconds. */
const COPIED_AT_ONCE = 2 ** 21;

/** Whether stepAsync works on vectors of this size on another thread. @internal */
export function runsElsewhere(size: number, { historySize }: Pick<ResolvedOptions, 'historySize'>): boolean {
  return size * historySize >= LEAST_WORK;
}

/** The core on another thread. */
export class OtherThread implements CoreThread {
  readonly #core: Core;
  readonly #run: StepRun;
  #started = false;

  constructor(core: Core, run: StepRun) {
    this.#core = core;
    this.#run = run;
  }

  async begin(): Promise<void> {
    await this.#fetch(true, false);
    await this.#work((settle) => {
      this.#core.native.beginAsync(this.#run.isWatched, settle);
    });
  }

  /** The values are read at the first evaluation only: from then on the core knows the point. */
  async tell(answer: unknown): Promise<void> {
    this.#run.take(answer);
    await this.#fetch(!this.#started, true);
    this.#started = true;
    await this.#work((settle) => {
      this.#core.native.tellAsync(settle);
    });
  }

  async proceed(goOn: boolean): Promise<void> {
    await this.#work((settle) => {
      this.#core.native.proceedAsync(goOn, settle);
    });
  }

  async reduced(numbers: Float64Array): Promise<void> {
    await this.#work((settle) => {
      this.#core.native.reducedAsync(numbers, settle);
    });
  }

  async #fetch(data: boolean, gradients: boolean): Promise<void> {
    await this.#inPieces({ gradients }, (at, size) => {
      this.#core.native.fetch(at, size, data, gradients);
      this.#core.exchange.checkMemory();
    });
  }

  async #work(start: (settle: Settle) => void): Promise<void> {
    this.#run.coreStarts();
    let moved = true; // where it fails too, the copies hold the point to go back to
    try {
      moved = await settledBy(start);
      this.#run.coreReturned(); // before anything else may throw: the core waits for an answer, or to be cancelled
    } finally {
      if (moved) await this.#deliver();
    }
  }

  async #deliver(): Promise<void> {
    const { arrays, native, size } = this.#core;
    try {
      arrays.checkData();
      await this.#inPieces({ gradients: false }, (at, count) => {
        native.deliver(at, count);
      });
    } catch (error) {
      arrays.salvage(native); // those that are still there get their values
      native.deliver(0, size);
      throw error;
    }
  }

  /** Copies all entries, a turn of the event loop between pieces, after which the arrays may have changed. */
  async #inPieces(what: { gradients: boolean }, copy: (at: number, size: number) => void): Promise<void> {
    const { arrays, size } = this.#core;
    for (let at = 0; at < size; at += COPIED_AT_ONCE) {
      if (at > 0) {
        await turnOfTheEventLoop();
        arrays.checkMapped(what);
      }
      copy(at, Math.min(COPIED_AT_ONCE, size - at));
    }
  }
}

/** Whether the work on the other thread has written values. */
function settledBy(start: (settle: Settle) => void): Promise<boolean> {
  return new Promise((resolve, reject) => {
    start((error, wroteData) => {
      if (error === null) resolve(wroteData);
      else reject(error);
    });
  });
}

/** What the promise settles to; Aborted as soon as the signal is, whatever becomes of the promise. */
export async function settled(result: unknown, signal: AbortSignal | undefined): Promise<unknown> {
  const isAwaited = (typeof result === 'object' && result !== null) || typeof result === 'function';
  if (!isAwaited) return result;
  disown(result); // a promise whose own `then` throws is rejected beside it
  return signal === undefined ? result : await settledOrAborted(result, signal);
}
