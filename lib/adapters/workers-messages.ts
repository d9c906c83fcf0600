// What a shard's worker is started with, and what it answers. Types only: the two sides are compiled apart.

import type { MessagePort } from 'node:worker_threads';

/** What a worker gets when it starts. */
export interface ShardStart {
  /** The other end of it receives the answers; each message on it asks for one evaluation. */
  readonly port: MessagePort;
  /** The specifier of the user's module, for `import()`. */
  readonly module: string;
  readonly shard: number;
  readonly shards: number;
  readonly data: unknown;
  /** The point, shared by all workers; the main thread writes it. */
  readonly x: Float64Array;
  /** The gradient of this shard, shared with the main thread; the worker writes it. */
  readonly gradient: Float64Array;
}

/** What user code returned, or what the module exports, that is not what it should be. */
export type Misfit = 'export' | 'evaluate' | 'loss';

/** What a worker answers: first that it is ready, then one loss for each evaluation, or why there is none. */
export type ShardAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'loss'; readonly loss: number }
  /** User code threw. Properties beside the message and the stack are lost in a clone, so they are listed. */
  | {
      readonly kind: 'thrown';
      readonly thrown: unknown;
      readonly properties: readonly [name: string, value: unknown][];
    }
  | { readonly kind: 'misfit'; readonly misfit: Misfit; readonly received: string };
