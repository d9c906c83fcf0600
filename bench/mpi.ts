// mpirun -n 2 node --import tsx bench/mpi.ts: the time of the operations of lbfgs/mpi from JavaScript, and the delay of
// the event loop of rank 0 while operations wait for a rank that is 30 ms late.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { connect, type MpiCommunicator } from 'lbfgs/mpi';
import { machineName, table } from './output';

const LATE = 30; // milliseconds
const ROUNDS = 40;

type Call = (comm: MpiCommunicator, values: Float64Array, all: Float64Array) => void | Promise<void>;
const OPERATIONS: readonly [name: string, length: number, rounds: number, sync: Call, async: Call][] = [
  [
    'allReduce',
    1,
    20_000,
    (c, x) => {
      c.allReduce(x, 'sum');
    },
    (c, x) => c.allReduceAsync(x, 'sum'),
  ],
  [
    'allGather',
    48,
    20_000,
    (c, x, all) => {
      c.allGather(x, all);
    },
    (c, x, all) => c.allGatherAsync(x, all),
  ],
  [
    'reduceScatter',
    48,
    20_000,
    (c, x, all) => {
      c.reduceScatter(all, x);
    },
    (c, x, all) => c.reduceScatterAsync(all, x),
  ],
  [
    'broadcast',
    48,
    20_000,
    (c, x) => {
      c.broadcast(x, 0);
    },
    (c, x) => c.broadcastAsync(x, 0),
  ],
  [
    'allReduce',
    131_072,
    500,
    (c, x) => {
      c.allReduce(x, 'sum');
    },
    (c, x) => c.allReduceAsync(x, 'sum'),
  ],
];

/** The median in microseconds. */
async function timed(comm: MpiCommunicator, call: Call, length: number, rounds: number): Promise<string> {
  const values = new Float64Array(length).fill(1e-300);
  const all = new Float64Array(length * comm.size);
  const times = new Float64Array(rounds);
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    const pending = call(comm, values, all);
    if (pending !== undefined) await pending;
    times[round] = performance.now() - start;
  }
  times.sort();
  return (times[rounds >> 1]! * 1e3).toFixed(1);
}

/**
 * The delay of the event loop and the CPU time while the last rank joins each operation LATE milliseconds after the
 * others.
 */
async function late(comm: MpiCommunicator, call: Call): Promise<[delay: string, longest: string, cpu: string]> {
  const values = new Float64Array(48);
  const all = new Float64Array(48 * comm.size);
  const monitor = monitorEventLoopDelay({ resolution: 1 });
  await comm.barrierAsync();
  monitor.enable();
  const before = process.cpuUsage();
  const start = performance.now();
  for (let round = 0; round < ROUNDS; round++) {
    if (comm.rank === comm.size - 1) await setTimeout(LATE);
    await call(comm, values, all);
    await setImmediate(); // so that the delay of a synchronous call is seen
  }
  const { user, system } = process.cpuUsage(before);
  const cpu = (user + system) / 1e3 / (performance.now() - start);
  monitor.disable();
  return [(monitor.percentile(50) / 1e6).toFixed(1), (monitor.max / 1e6).toFixed(1), `${(100 * cpu).toFixed(0)} %`];
}

async function main(): Promise<void> {
  const comm = connect();
  const rows: string[][] = [];
  for (const [name, length, rounds, sync, async] of OPERATIONS) {
    const times = [await timed(comm, sync, length, rounds), await timed(comm, async, length, rounds / 10)];
    rows.push([name, String(8 * length), ...times]);
  }
  const waits = [
    ['allGather', ...(await late(comm, OPERATIONS[1]![3]))],
    ['allGatherAsync', ...(await late(comm, OPERATIONS[1]![4]))],
  ];
  comm.finalize();
  if (comm.rank !== 0) return;
  console.log(`${comm.library} (${comm.abi}), ${comm.size} ranks, ${machineName()}\n`);
  console.log(table(['operation', 'bytes', 'median, us', 'median as …Async, us'], rows));
  console.log(`\nThe last rank is ${LATE} ms late:\n`);
  console.log(table(['operation', 'loop delay p50, ms', 'longest, ms', 'CPU of rank 0'], waits));
}

void main();
