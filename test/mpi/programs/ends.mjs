// Rank 1 ends in the way that HOW names, before operation 50 of 100. The other ranks go on.

import { connect, MpiCommunicator } from 'lbfgs/mpi';

const timeout = process.env['HOW'] === 'stuck' ? 300 : 30_000;
const comm = connect({ timeout });
const values = new Float64Array(4);
/** `Symbol.dispose`, which Node 20.0 to 20.4 do not have. */
const [dispose] = /** @type {['finalize']} */ (
  /** @type {unknown} */ (Object.getOwnPropertySymbols(MpiCommunicator.prototype))
);
const isAsync = process.env['ASYNC'] !== undefined;

/** @type {Record<string, () => unknown>} */
const ways = {
  throw: () => {
    throw new Error('the closure of rank 1');
  },
  kill: () => process.kill(process.pid, 'SIGKILL'),
  exit: () => process.exit(0),
  using: () => {
    try {
      throw new Error('the scope of rank 1');
    } finally {
      comm[dispose]();
    }
  },
  'exit 7 while pending': async () => {
    void comm.barrierAsync();
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.exit(7);
  },
  abort: () => {
    comm.abort(7, 'rank 1 has had enough');
  },
  'exit while pending': () => {
    void comm.barrierAsync();
    process.exit(0);
  },
  // Alive, but it makes no further call.
  stuck: () => new Promise(() => setInterval(() => undefined, 1000)),
  skip: () => undefined,
};

for (let count = 1; count <= 100; count++) {
  if (comm.rank === 1 && count === 50) {
    await ways[process.env['HOW'] ?? '']?.();
    if (process.env['HOW'] === 'skip') continue;
  }
  if (isAsync) await comm.allReduceAsync(values, 'sum');
  else comm.allReduce(values, 'sum');
}
console.log('done');
