// Waiting for a promise or for an AbortSignal, whichever is first.
//
// All that wait on one signal share one listener, so that any number of steps may have the same signal: Node warns of a
// leak where an AbortSignal has more than ten. A signal may come from a library and a promise from anywhere, so each
// call of their methods may throw.

import { bare } from '../checks/own';

/** Thrown inside a step whose signal is aborted; what leaves the step is the reason. */
export class Aborted extends Error {
  readonly reason: unknown;

  constructor(reason: unknown) {
    super('aborted');
    this.reason = reason;
  }
}

/** Stops waiting with this error. */
type Waiter = (error: unknown) => void;

/** Without what may stand on Object.prototype: a `signal` would take the listener away. */
const ONCE = Object.assign(bare(), { once: true });

/** Those that wait on one signal. */
class Waiting {
  readonly #signal: AbortSignal;
  readonly #waiters = new Set<Waiter>();
  /** The same function each time: where a signal's removeEventListener does nothing, its listeners do not add up. */
  readonly #listener = (): void => {
    this.#fire();
  };

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(waiter: Waiter): void {
    this.#waiters.add(waiter);
    if (this.#waiters.size === 1) this.#signal.addEventListener('abort', this.#listener, ONCE);
  }

  /** The listener goes with the last one that waits. */
  remove(waiter: Waiter): void {
    if (this.#waiters.delete(waiter) && this.#waiters.size === 0) this.#unlisten();
  }

  #fire(): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    const error = this.#read();
    for (const waiter of waiters) waiter(error);
    attempt(() => {
      this.#unlisten(); // a signal of a library need not know `once`
    });
  }

  #unlisten(): void {
    this.#signal.removeEventListener('abort', this.#listener);
  }

  /**
   * The error for those that wait. The error of a reason that cannot be read is returned, too, and not thrown into the
   * dispatch of the event.
   */
  #read(): unknown {
    try {
      return new Aborted(this.#signal.reason);
    } catch (error) {
      return error;
    }
  }
}

const waitingOn = new WeakMap<AbortSignal, Waiting>();

/**
 * What the value settles to if it is a promise or a thenable, itself otherwise; Aborted as soon as the signal fires,
 * whatever becomes of the value. Of several errors the first one comes out, and none is left without a handler.
 */
export async function settledOrAborted(value: unknown, signal: AbortSignal): Promise<unknown> {
  const settled = new Promise<unknown>((resolve) => {
    resolve(value); // unlike Promise.resolve(value) a promise of our own, whose `then` is the language's
  });
  settled.catch(() => undefined);
  if (signal.aborted) throw new Aborted(signal.reason);
  const waiting = waitingOn.get(signal) ?? new Waiting(signal);
  waitingOn.set(signal, waiting);
  let waiter: Waiter | undefined;
  const first = new Promise<unknown>((resolve, reject) => {
    waiter = reject;
    settled.then(resolve, reject);
  });
  const leave = (): void => {
    waiting.remove(waiter!);
  };
  try {
    waiting.add(waiter!);
  } catch (error) {
    first.catch(() => undefined);
    attempt(leave);
    throw error;
  }
  try {
    const result = await first;
    leave();
    return result;
  } catch (error) {
    attempt(leave);
    throw error;
  }
}

/** Calls `act` where there is an error already, which counts before an error of `act`. */
function attempt(act: () => void): void {
  try {
    act();
  } catch {
    // the earlier error counts
  }
}
