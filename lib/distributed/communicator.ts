// What connects the processes of one optimisation.

import { isFunction, isInteger, isObject } from '../checks/own';

/**
 * An engine that connects `size` processes, the ranks, each of which runs the same program on its own part. `lbfgs/mpi`
 * has one for MPI. All ranks call the same operations in the same order.
 *
 * An engine whose operations return promises serves `stepAsync`, `iterate` and `minimizeAsync`; the synchronous `step`
 * and `minimize` refuse it with `ERR_LBFGS_COMM`.
 */
export interface Communicator {
  /** The number of this process, an integer from 0 to size - 1. */
  readonly rank: number;
  /** The number of processes, an integer >= 1. */
  readonly size: number;
  /**
   * Combines arrays of one length entry by entry, in place: values <- those of all ranks together. The sums of
   * different ranks may differ in their last bits; the library only lets one rank contribute to each sum.
   */
  allReduce(values: Float64Array, op: 'sum' | 'max'): void | Promise<void>;
  /**
   * Fills `all`, size times as long as `own`, with the arrays of all ranks in the order of the ranks. Without it the
   * library makes one of `allReduce`, with messages size times as long.
   */
  allGather?(own: Float64Array, all: Float64Array): void | Promise<void>;
  /**
   * The same as `allGather` while the event loop goes on. If it is there, `stepAsync`, `iterate` and `minimizeAsync`
   * use it, so that one engine can serve them and the synchronous calls.
   */
  allGatherAsync?(own: Float64Array, all: Float64Array): Promise<void>;
  /**
   * Sums arrays of one length entry by entry and fills `own` with this rank's block of the sums, the entries from rank
   * times own.length on. `values` has size times the length of `own`, and may change. `dataParallel` uses it for long
   * gradients.
   */
  reduceScatter?(values: Float64Array, own: Float64Array): void | Promise<void>;
  /**
   * The same as `allReduce` while the event loop goes on. `dataParallel` uses it where the closure returns promises.
   */
  allReduceAsync?(values: Float64Array, op: 'sum' | 'max'): Promise<void>;
  /** The same as `reduceScatter` while the event loop goes on. */
  reduceScatterAsync?(values: Float64Array, own: Float64Array): Promise<void>;
  /**
   * Ends the processes of all ranks, with this exit code. Called where a rank cannot go on and the others would wait
   * for it.
   */
  abort?(code: number, reason: string): void;
}

/**
 * all <- the numbers of all ranks in the order of the ranks; returns a promise where the engine does. An engine without
 * `allGather` keeps all bits but those of -0, which its sums make 0.
 * @param waits whether the caller waits for promises
 */
export function gather(comm: Communicator, own: Float64Array, all: Float64Array, waits: boolean): void | Promise<void> {
  if (waits && comm.allGatherAsync !== undefined) return comm.allGatherAsync(own, all);
  if (comm.allGather !== undefined) return comm.allGather(own, all);
  all.fill(0);
  all.set(own, comm.rank * own.length);
  return comm.allReduce(all, 'sum');
}

/** What a communicator is, in words. */
export const A_COMMUNICATOR = 'a communicator ({ rank, size, allReduce }) or null';

/** Whether the value can be the option `comm`. */
export function isCommunicator(value: unknown): value is Communicator {
  if (!isObject(value)) return false;
  const { rank, size, allReduce, allGather } = value as Partial<Communicator>;
  return (
    isInteger(size, 1) &&
    isInteger(rank, 0, size - 1) &&
    isFunction(allReduce) &&
    (allGather === undefined || isFunction(allGather))
  );
}
