// Programs of ranks.test.ts that run in worker threads.

/**
 * Combines arrays of `length` entries by every operation of the engine.
 *
 * @param {import('lbfgs').Communicator} comm
 * @param {{ length: number, does?: string }} data
 */
export function program(comm, { length, does = '' }) {
  const { rank, size } = comm;
  if (rank === 1 && does === 'throws') throw Object.assign(new RangeError('too far'), { code: 'ERR_FAR' });
  const own = Float64Array.from(
    { length: rank === 1 && does === 'is longer' ? length + 1 : length },
    (_, i) => i + rank,
  );
  if (rank === 1 && does === 'asks for the maximum') return comm.allReduce(own, 'max');
  const sums = own.slice();
  const result = comm.allReduce(sums, 'sum');
  const largest = own.slice();
  void comm.allReduce(largest, 'max');
  const all = new Float64Array(length * size);
  void comm.allGather?.(own, all);
  const block = new Float64Array(Math.ceil(length / size));
  void comm.reduceScatter?.(own, block);
  return { sums, largest, all, block, isSync: result === undefined };
}
