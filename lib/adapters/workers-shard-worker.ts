// One worker: the thread, and the port over which it is asked for evaluations.

import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { LBFGSError } from '../index';
import { typeError } from '../checks/errors';
import type { Misfit, ShardAnswer, ShardStart } from './workers-messages';

/** The text of workers-shard.ts, which scripts/bundle.mjs puts here. */
declare const SHARD_PROGRAM: string;

/** The loss of a shard, or the error that it ended with. */
export type ShardResult = { readonly loss: number } | { readonly error: unknown };

/** All that a worker starts with but its port. */
export type ShardPlace = Omit<ShardStart, 'port'>;

export class ShardWorker {
  readonly #place: ShardPlace;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #exited: Promise<void>;
  #receive: ((answer: ShardAnswer) => void) | undefined;

  /**
   * @param gone is called once, with the error, when the thread has ended by itself or by an error that nobody caught
   * @throws what the constructor of Worker throws: data that cannot be cloned, for instance
   */
  constructor(place: ShardPlace, gone: (error: unknown) => void) {
    const { port1, port2 } = new MessageChannel();
    const start: ShardStart = { ...place, port: port2 };
    this.#place = place;
    this.#port = port1;
    this.#worker = new Worker(SHARD_PROGRAM, {
      eval: true,
      name: `lbfgs shard ${place.shard}`,
      workerData: { lbfgsShard: start },
      transferList: [port2],
    });
    this.#worker.on('error', gone);
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', (code) => {
        port1.close();
        gone(this.#exitError(code));
        resolve();
      });
    });
    port1.on('message', (answer: ShardAnswer) => {
      this.#receive?.(answer);
    });
    port1.unref(); // the thread alone keeps the event loop alive, while it is wanted
  }

  /** Whether the process is to wait for this worker. */
  set isWanted(isWanted: boolean) {
    if (isWanted) this.#worker.ref();
    else this.#worker.unref();
  }

  /** Resolves once the module is set up. */
  async started(): Promise<void> {
    const answer = await this.#answer();
    if (answer.kind !== 'ready') throw this.#errorOf(answer);
  }

  /** Evaluates the shard at the shared point. Never rejects. */
  async evaluate(): Promise<ShardResult> {
    const answer = this.#answer();
    this.#port.postMessage(null);
    const found = await answer;
    return found.kind === 'loss' ? { loss: found.loss } : { error: this.#errorOf(found) };
  }

  /** Ends the thread; resolves once it has ended. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
    await this.#exited;
  }

  #answer(): Promise<ShardAnswer> {
    return new Promise((resolve) => {
      this.#receive = resolve;
    });
  }

  #errorOf(answer: ShardAnswer): unknown {
    if (answer.kind === 'misfit') return this.#misfitError(answer.misfit, answer.received);
    if (answer.kind !== 'thrown') return undefined;
    const { thrown, properties } = answer;
    for (const [name, value] of properties) {
      const isVisible = name !== 'name' && name !== 'cause' && name !== 'errors';
      Object.defineProperty(thrown, name, { value, writable: true, enumerable: isVisible, configurable: true });
    }
    return thrown;
  }

  #misfitError(misfit: Misfit, received: string): TypeError {
    const { module } = this.#place;
    const behind = `of the module ${module}`;
    switch (misfit) {
      case 'export':
        return typeError(
          'ERR_LBFGS_ARG_TYPE',
          `Expected a function for the default export ${behind} but received ${received}; ` +
            'export default ({ shard, shards, data }) => (x, gradient) => loss',
        );
      case 'evaluate':
        return typeError(
          'ERR_LBFGS_ARG_TYPE',
          `Expected a function (x, gradient) => loss for the result of the default export ${behind} ` +
            `but received ${received}`,
        );
      case 'loss':
        return typeError(
          'ERR_LBFGS_CLOSURE_RESULT',
          `Expected a number for the loss of shard ${this.#place.shard} ${behind} but received ${received}`,
        );
    }
  }

  #exitError(code: number): LBFGSError {
    const { shard, shards, module } = this.#place;
    return new LBFGSError(
      'ERR_LBFGS_WORKER_EXIT',
      `Expected the worker of shard ${shard} of ${shards} (${module}) to run until close() ` +
        `but it ended with code ${code}`,
    );
  }
}
