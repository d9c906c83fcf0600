// The workers of all shards: one evaluation at a time, and one end for all of them.

import { types } from 'node:util';
import { LBFGSError } from '../index';
import { lengthOf } from '../checks/arrays';
import { typeError } from '../checks/errors';
import { refuseArgument, wrongType } from '../checks/refusals';
import type { ShardSettings } from './workers-options';
import { ShardWorker, type ShardPlace } from './workers-shard-worker';

const shared = (length: number): Float64Array =>
  new Float64Array(new SharedArrayBuffer(length * Float64Array.BYTES_PER_ELEMENT));

/**
 * Whether the error says that data could not be copied. Node 20 has an error code of its own for data with a
 * MessagePort.
 */
function isCopyFailure(error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return error.name === 'DataCloneError' || code === 'ERR_MISSING_TRANSFERABLE_IN_TRANSFER_LIST';
}

export class ShardPool {
  readonly length: number;
  readonly #workers: ShardWorker[] = [];
  readonly #x: Float64Array;
  readonly #gradients: readonly Float64Array[];
  readonly #signal: AbortSignal | undefined;
  /** Why there are no evaluations any more. */
  #end: { readonly error: unknown } | undefined;
  /** Ends what is pending: the start or an evaluation. */
  #interrupt: ((error: unknown) => void) | undefined;
  #terminated: Promise<void> | undefined;

  constructor({ length, shards, signal }: ShardSettings) {
    this.length = length;
    this.#x = shared(length);
    this.#gradients = Array.from({ length: shards }, () => shared(length));
    this.#signal = signal;
  }

  /** Starts the workers. If one of them cannot be set up, all have ended when the promise is rejected. */
  async start({ module, shards, data }: ShardSettings): Promise<void> {
    try {
      if (this.#signal?.aborted === true) throw this.#signal.reason;
      this.#signal?.addEventListener('abort', this.#abort);
      for (const [shard, gradient] of this.#gradients.entries()) {
        this.#workers.push(this.#worker({ module, shard, shards, data, x: this.#x, gradient }));
      }
      await this.#interruptible(Promise.all(this.#workers.map((worker) => worker.started())));
      this.#want(false);
    } catch (error) {
      this.#finish(error);
      await this.#terminated;
      throw error;
    }
  }

  async evaluate(x: Float64Array, gradient: Float64Array): Promise<number> {
    this.#check(x, 'x');
    this.#check(gradient, 'gradient');
    if (this.#end !== undefined) throw this.#end.error;
    if (this.#interrupt !== undefined) {
      throw new LBFGSError(
        'ERR_LBFGS_BUSY',
        'Expected the evaluation that is pending to end first but received another one; await each of them',
      );
    }
    this.#x.set(x);
    this.#want(true);
    const results = await this.#interruptible(Promise.all(this.#workers.map((worker) => worker.evaluate())));
    this.#want(false);
    this.#check(gradient, 'gradient'); // it may have been given away meanwhile
    let loss = 0;
    for (const [shard, result] of results.entries()) {
      if ('error' in result) throw result.error;
      loss = shard === 0 ? result.loss : loss + result.loss;
    }
    this.#sumInto(gradient);
    return loss;
  }

  /** Ends the workers; resolves once all have ended. */
  async close(): Promise<void> {
    const isPending = this.#interrupt !== undefined;
    this.#finish(
      isPending
        ? new LBFGSError(
            'ERR_LBFGS_WORKER_EXIT',
            'Expected the evaluation that is pending to end before close() but the workers were ended meanwhile',
          )
        : undefined,
    );
    const message = 'Expected shards that are open but these have been closed';
    this.#end = { error: new LBFGSError('ERR_LBFGS_DISPOSED', message) };
    await this.#terminated;
  }

  #worker(place: ShardPlace): ShardWorker {
    try {
      return new ShardWorker(place, (error) => {
        this.#finish(error);
      });
    } catch (error) {
      if (!(error instanceof Error) || !isCopyFailure(error)) throw error;
      const message = `Expected data that can be copied into a worker for data but the copy failed: ${error.message}`;
      throw Object.assign(typeError('ERR_LBFGS_ARG_TYPE', message), { cause: error });
    }
  }

  readonly #abort = (): void => {
    this.#finish(this.#signal?.reason);
  };

  /** There are no evaluations from now on; the first error counts. */
  #finish(error: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    this.#signal?.removeEventListener('abort', this.#abort);
    this.#interrupt?.(error);
    this.#terminated = Promise.all(this.#workers.map((worker) => worker.terminate())).then(() => undefined);
  }

  /** A promise as `work`, but rejected at once if the workers end before `work` settles. */
  async #interruptible<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await new Promise((resolve, reject) => {
        this.#interrupt = reject;
        work.then(resolve, reject);
      });
    } finally {
      this.#interrupt = undefined;
    }
  }

  /** Workers that are not wanted do not keep the process alive. */
  #want(isWanted: boolean): void {
    for (const worker of this.#workers) worker.isWanted = isWanted;
  }

  /** Adds the gradients in the order of the shards, so that a repeat has the same bits. */
  #sumInto(gradient: Float64Array): void {
    const [first, ...others] = this.#gradients as [Float64Array, ...Float64Array[]];
    gradient.set(first);
    for (const other of others) {
      for (let index = 0; index < other.length; index++) gradient[index]! += other[index]!;
    }
  }

  #check(array: unknown, name: string): void {
    if (!types.isFloat64Array(array)) throw wrongType('a Float64Array', name, array);
    const length = lengthOf(array);
    if (length !== this.length) throw refuseArgument('number', `${this.length} numbers`, name, length);
  }
}
