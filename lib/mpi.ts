/// <reference lib="esnext.disposable" preserve="true" />
// The processes of an MPI job. docs/distributed.md shows how.

/**
 * The processes of an MPI job as a `Communicator`. The MPI library is found when the program runs; nothing of MPI is
 * needed to install the package.
 *
 * @module lbfgs/mpi
 */

import type { Communicator } from './index';
import {
  checkAbort,
  checkConnectOptions,
  checkMainThread,
  connectionWith,
  Connection,
  faultOf,
  mpiError,
} from './adapters/mpi-connection';
import {
  allGatherOf,
  allReduceOf,
  BARRIER,
  broadcastOf,
  reduceScatterOf,
  type Operation,
} from './adapters/mpi-operations';
import { dispose } from './checks/dispose';
import { wrongType } from './checks/refusals';
import { native } from './native/native';

const { mpi } = native;

/** Options of `connect`. */
export interface ConnectOptions {
  /**
   * The MPI library: a path, or a name that the system's loader finds. Default: the environment variable
   * `LBFGS_MPI_LIBRARY`, or the library that belongs to the launcher, or the first one that is there: Open MPI, MPICH
   * or Intel MPI, a library of the MPI standard's own binary interface.
   */
  library?: string;
  /**
   * How long an operation, `finalize` and the end of the process wait for the other ranks, in milliseconds, >= 0.
   * Afterwards the process prints the reason and ends the job by MPI_Abort, since a collective operation cannot be
   * taken back. 0 is no limit. Default 600000, ten minutes.
   */
  timeout?: number;
  /** @internal The most entries that one call of MPI is given, the same on all ranks. */
  pieceLength?: number;
}

/**
 * All processes of an MPI job: MPI_COMM_WORLD, in a communicator of its own. Every rank makes the same calls in the
 * same order. An operation whose name ends in `Async` works on copies of the arrays, on a thread of its own, and the
 * promise is fulfilled when the result has been copied back; those of one rank run one after another. While one is
 * pending, the other operations and `finalize` throw `ERR_LBFGS_MPI`.
 *
 * A process that ends with code 0 waits until all ranks end. If it ends in any other way the whole job ends, with a
 * code other than 0, also where the other ranks wait for a process that has ended.
 */
export class MpiCommunicator implements Communicator {
  /** The library in use, as it was named to the system's loader. */
  readonly library: string;
  /**
   * The binary interface of the library: that of MPICH, which Intel MPI shares, of Open MPI, or of the MPI standard.
   */
  readonly abi: 'mpich' | 'openmpi' | 'standard';
  /** The number of this process, an integer from 0 to size - 1. */
  readonly rank: number;
  /** The number of processes. */
  readonly size: number;
  readonly #connection: Connection;

  /** @internal Made by `connect` alone. */
  constructor(connection: Connection) {
    if (!(connection instanceof Connection))
      throw wrongType('connect() in place of new', 'MpiCommunicator', connection);
    this.#connection = connection;
    this.library = connection.library;
    this.abi = connection.abi;
    this.rank = connection.rank;
    this.size = connection.size;
  }

  /**
   * values <- the sums or the maxima over all ranks, entry by entry. The arrays of all ranks have one length.
   *
   * @throws as all operations, LBFGSError `ERR_LBFGS_MPI` if the operation fails, and TypeError or RangeError for
   * arrays that do not fit
   */
  allReduce(values: Float64Array, op: 'sum' | 'max'): void {
    this.#run('allReduce', allReduceOf(values, op));
  }
  /** `allReduce`, while the event loop is free. */
  allReduceAsync(values: Float64Array, op: 'sum' | 'max'): Promise<void> {
    return this.#start('allReduceAsync', () => allReduceOf(values, op));
  }

  /** all <- the arrays of all ranks in the order of the ranks. `all` has size times the length of `own`. */
  allGather(own: Float64Array, all: Float64Array): void {
    this.#run('allGather', allGatherOf(own, all, this.size));
  }
  /** `allGather`, while the event loop is free. */
  allGatherAsync(own: Float64Array, all: Float64Array): Promise<void> {
    return this.#start('allGatherAsync', () => allGatherOf(own, all, this.size));
  }

  /** own <- this rank's part of the sum of `all` over all ranks. `all` has size times the length of `own`. */
  reduceScatter(all: Float64Array, own: Float64Array): void {
    this.#run('reduceScatter', reduceScatterOf(all, own, this.size));
  }
  /** `reduceScatter`, while the event loop is free. */
  reduceScatterAsync(all: Float64Array, own: Float64Array): Promise<void> {
    return this.#start('reduceScatterAsync', () => reduceScatterOf(all, own, this.size));
  }

  /** values <- those of the rank `root`, an integer from 0 to size - 1. */
  broadcast(values: Float64Array, root: number): void {
    this.#run('broadcast', broadcastOf(values, root, this.size));
  }
  /** `broadcast`, while the event loop is free. */
  broadcastAsync(values: Float64Array, root: number): Promise<void> {
    return this.#start('broadcastAsync', () => broadcastOf(values, root, this.size));
  }

  /** Waits until all ranks have called it. */
  barrier(): void {
    this.#run('barrier', BARRIER);
  }
  /** `barrier`, while the event loop is free. */
  barrierAsync(): Promise<void> {
    return this.#start('barrierAsync', () => BARRIER);
  }

  /**
   * Prints the reason and ends the processes of all ranks.
   *
   * @param code the exit code of the job, an integer from 1 to 255
   */
  abort(code: number, reason: string): void {
    checkAbort(code, reason);
    this.#check('abort');
    mpi.abort(code, reason);
  }

  /**
   * Waits until all ranks call it or end with code 0, and finalises MPI. No operation is possible afterwards, in the
   * whole process. A second call does nothing.
   */
  finalize(): void {
    this.#connection.leave();
  }
  /**
   * Ends the use of MPI, for `using`. MPI itself is finalised when the process ends: an error may be why the scope is
   * left, and to wait for the other ranks here would keep it from being printed.
   */
  [dispose](): void {
    this.#connection.retire();
  }

  #check(name: string): void {
    if (this.#connection.ended) throw mpiError(`Expected ${name} before finalize but received it afterwards`);
  }

  #run(name: string, { kind, input, output, root }: Operation): void {
    this.#check(name);
    const fault = mpi.run(kind, input, output, root);
    if (fault !== undefined) throw faultOf(name, fault);
  }

  #start(name: string, checked: () => Operation): Promise<void> {
    return new Promise((resolve, reject) => {
      const { kind, input, output, root } = checked();
      this.#check(name);
      const settle = (fault: string | undefined): void => {
        if (fault === undefined) resolve();
        else reject(faultOf(name, fault));
      };
      const fault = mpi.start(kind, input, output, root, settle);
      if (fault !== undefined) settle(fault);
    });
  }
}

let connected: MpiCommunicator | undefined;

/**
 * Loads the MPI library and initialises MPI, once in a process: a second call returns the same communicator, whatever
 * its options, and one after `finalize` throws. Without a launcher the job is this process alone.
 *
 * @throws LBFGSError `ERR_LBFGS_MPI` if there is no MPI library, if it does not belong to the launcher that started the
 * process, on Windows, or in a worker thread; TypeError or RangeError for options that do not fit
 *
 * @example
 * import { connect } from 'lbfgs/mpi';
 *
 * using comm = connect(); // mpirun -n 4 node program.mjs
 * const sum = Float64Array.of(comm.rank);
 * comm.allReduce(sum, 'sum'); // 6 on all four
 */
export function connect(options: ConnectOptions = {}): MpiCommunicator {
  checkMainThread();
  const settings = checkConnectOptions(options);
  const connection = connectionWith(settings);
  connected ??= new MpiCommunicator(connection);
  return connected;
}
