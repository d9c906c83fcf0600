// The loop of a step whose closure may return promises.
//
// Long vectors are worked on by another thread, which never sees an array of the user's: the gradients are copied before it starts
// and the values afterwards, here, after the same checks as ever.

import type { Core } from '../native/core';
import { disown } from '../checks/errors';
import { turnOfTheEventLoop } from './late';
import { native as binding, type Settle } from '../native/native';
import type { ResolvedOptions } from '../options/options';
import { isRevoked } from '../checks/own';
import type { IterationInfo } from './report';
import { settledOrAborted } from './signals';
import type { UserFunction } from './closure';
import { Aborted, CANCEL, type StepRun } from './step';

/** Whether to go on after this iteration, perhaps after a while. */
export type Observer = (info: IterationInfo) => Promise<boolean>;

/** Numbers in parameters times pairs from which the core runs on another thread: below it a hop there takes longer than the work. */
const LEAST_WORK = 2 ** 18;
/** Entries copied in one go: some milliseconds. */
const COPIED_AT_ONCE = 2 ** 21;

/** Whether stepAsync works on vectors of this size on another thread. @internal */
export function runsElsewhere(size: number, { historySize }: Pick<ResolvedOptions, 'historySize'>): boolean {
  return size * historySize >= LEAST_WORK;
}

/** As StepRun.all(), for a closure that may return promises. */
export async function runAsync(
  core: Core,
  run: StepRun,
  options: Pick<ResolvedOptions, 'historySize'>,
  closure: UserFunction,
  observe: Observer | undefined,
): Promise<void> {
  try {
    run.prepare();
    const place = runsElsewhere(core.size, options) ? new Elsewhere(core, run) : new Here(core, run);
    const beginning = place.begin();
    if (beginning !== undefined) await beginning; // otherwise the closure is called at once, as by step
    while (run.wantsEvaluation) {
      const answer = run.evaluate(closure);
      run.take(isRevoked(answer) ? answer : await settled(answer, run.signal));
      await place.tell();
      while (run.wantsReport) {
        const { info, goOn } = run.report();
        const observed = observe === undefined || (await observe(info));
        run.resume();
        await place.proceed(goOn && observed);
      }
      run.checkTime();
    }
    run.finish();
  } catch (error) {
    // As in StepRun.all(), and as there not in a function of its own, for which there may be no room.
    core.native.rollBack(error instanceof Aborted ? CANCEL.aborted : CANCEL.stopped, core.arrays.mapped);
    try {
      run.abandon(error);
    } catch {
      // There is no room for more: the gradients stay what the closure made them.
    }
    throw error instanceof Aborted ? error.reason : error;
  }
}

/** Where the core runs. Each of the methods runs it to its next request. */
interface Place {
  begin(): Promise<void> | undefined;
  tell(): Promise<void> | undefined;
  proceed(goOn: boolean): Promise<void> | undefined;
}

/** On this thread. */
class Here implements Place {
  readonly #core: Core;
  readonly #run: StepRun;

  constructor(core: Core, run: StepRun) {
    this.#core = core;
    this.#run = run;
  }

  begin(): undefined {
    this.#run.begin();
  }

  tell(): undefined {
    this.#run.handOver();
    binding.tell(this.#core.native.handle);
    this.#run.answered();
  }

  proceed(goOn: boolean): undefined {
    this.#run.handOver();
    this.#core.native.proceed(goOn);
    this.#run.answered();
  }
}

/** On another thread. */
class Elsewhere implements Place {
  readonly #core: Core;
  readonly #run: StepRun;
  #started = false;

  constructor(core: Core, run: StepRun) {
    this.#core = core;
    this.#run = run;
  }

  async begin(): Promise<void> {
    await this.#fetch(true, false);
    await this.#elsewhere((settle) => {
      this.#core.native.beginAsync(this.#run.watched, settle);
    });
  }

  /** The values are read at the first evaluation only: from then on the core knows the point. */
  async tell(): Promise<void> {
    await this.#fetch(!this.#started, true);
    this.#started = true;
    await this.#elsewhere((settle) => {
      this.#core.native.tellAsync(settle);
    });
  }

  async proceed(goOn: boolean): Promise<void> {
    await this.#elsewhere((settle) => {
      this.#core.native.proceedAsync(goOn, settle);
    });
  }

  async #fetch(data: boolean, gradients: boolean): Promise<void> {
    await this.#inPieces({ gradients }, (at, size) => {
      this.#core.native.fetch(at, size, data, gradients);
      this.#core.exchange.checkMemory();
    });
  }

  async #elsewhere(start: (settle: Settle) => void): Promise<void> {
    this.#run.handOver();
    let moved = true; // where it fails too, the copies hold the point to go back to
    try {
      moved = await settledBy(start);
      this.#run.answered(); // before anything else may throw: the core waits for an answer, or to be cancelled
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
async function settled(result: unknown, signal: AbortSignal | undefined): Promise<unknown> {
  const isAwaited = (typeof result === 'object' && result !== null) || typeof result === 'function';
  if (!isAwaited) return result;
  disown(result); // a promise whose own `then` throws is rejected beside it
  return signal === undefined ? result : await settledOrAborted(result, signal, (reason) => new Aborted(reason));
}
