// Work that all ranks do, or none of them.

import { LBFGSError, type Communicator } from '../index';
import { typeError } from '../checks/errors';
import { mismatch } from '../checks/refusals';
import { gather, isCommunicator } from '../distributed/communicator';

/** One process on its own. */
const ALONE: Communicator = {
  rank: 0,
  size: 1,
  allReduce: () => undefined,
  allGather: (own, all) => {
    all.set(own);
  },
};

export class Team {
  readonly #comm: Communicator;

  constructor(comm: unknown) {
    if (comm !== null && !isCommunicator(comm)) {
      throw typeError('ERR_LBFGS_COMM', mismatch('a communicator ({ rank, size, allReduce }) or null', 'comm', comm));
    }
    this.#comm = comm ?? ALONE;
  }

  get rank(): number {
    return this.#comm.rank;
  }

  get size(): number {
    return this.#comm.size;
  }

  /**
   * Waits until all ranks have done their work, and returns the numbers of all of them in the order of the ranks. If
   * the work of a rank fails, its error is thrown there, and ERR_LBFGS_PEER on the others.
   * @param count how many numbers the work returns
   */
  async together(what: string, count: number, work: () => Promise<readonly number[]>): Promise<number[][]> {
    const own = new Float64Array(1 + count);
    let failure: { readonly error: unknown } | undefined;
    try {
      own.set(await work(), 1);
    } catch (error) {
      failure = { error };
      own[0] = 1;
    }
    const all = new Float64Array(this.size * own.length);
    await gather(this.#comm, own, all, true);
    if (failure !== undefined) throw failure.error;
    const rows = Array.from({ length: this.size }, (_, rank) =>
      Array.from(all.subarray(rank * own.length, (rank + 1) * own.length)),
    );
    const failed = rows.findIndex(([flag]) => flag !== 0);
    if (failed >= 0) {
      const message = `Expected all ranks to ${what} but rank ${failed} failed; its error is thrown there`;
      throw new LBFGSError('ERR_LBFGS_PEER', message);
    }
    return rows.map((row) => row.slice(1));
  }
}
