// The worker thread of one rank of simulateSync: an engine over shared memory, and the program that uses it.

import { parentPort, workerData } from 'node:worker_threads';
import { combine } from './combine.mjs';

/** The longest wait for the other ranks, in milliseconds: a test that hangs is to fail with words. */
const LONGEST_WAIT = 20_000;
/** How many entries a rank hands over at a time: CAPACITY of ranks.ts. */
const CAPACITY = 1024;
/** @type {readonly import('./combine.mjs').Operation[]} */
const OPERATIONS = ['sum', 'max', 'gather', 'scatter'];

const { rank, size, memory, module, data, options } =
  /** @type {{ rank: number, size: number, memory: SharedArrayBuffer, module: string, data: unknown,
   *   options: import('../ranks.js').EngineOptions }} */ (workerData);

// The memory: how many ranks have arrived, the number of the meeting, a number that changes whenever there is news, and
// the first rank that has ended plus 1. From CALLS on the operation and the length of each rank's call, behind them the
// entries that each rank hands over.
const ARRIVED = 0;
const MEETING = 1;
const NEWS = 2;
const ENDED = 3;
const CALLS = 4;
const words = new Int32Array(memory, 0, CALLS + 2 * size);
const slots = Array.from({ length: size }, (_, at) => {
  return new Float64Array(memory, 8 * (size + 2) + 8 * CAPACITY * at, CAPACITY);
});

function tell() {
  Atomics.add(words, NEWS, 1);
  Atomics.notify(words, NEWS);
}

/** Waits until all ranks are here. */
function meet() {
  const meeting = Atomics.load(words, MEETING);
  if (Atomics.add(words, ARRIVED, 1) === size - 1) {
    Atomics.store(words, ARRIVED, 0);
    Atomics.add(words, MEETING, 1);
    tell();
    return;
  }
  for (;;) {
    const news = Atomics.load(words, NEWS);
    const ended = Atomics.load(words, ENDED) - 1;
    // The order matters: a rank may come here and end before this one looks.
    if (Atomics.load(words, MEETING) !== meeting) return;
    if (ended >= 0) throw new Error(`rank ${ended} has ended`);
    if (Atomics.wait(words, NEWS, news, LONGEST_WAIT) === 'timed-out') {
      throw new Error(`rank ${rank} has waited for ${LONGEST_WAIT} ms`);
    }
  }
}

/** @type {(at: number) => string} */
const callOf = (at) => {
  const operation = OPERATIONS[Atomics.load(words, CALLS + 2 * at)] ?? '';
  return `${operation} of ${Atomics.load(words, CALLS + 2 * at + 1)}`;
};

/** @type {(operation: import('./combine.mjs').Operation, own: Float64Array, result: Float64Array) => void} */
function send(operation, own, result) {
  Atomics.store(words, CALLS + 2 * rank, OPERATIONS.indexOf(operation));
  Atomics.store(words, CALLS + 2 * rank + 1, own.length);
  const parts = Array.from({ length: size }, () => new Float64Array(own.length));
  let at = 0;
  do {
    slots[rank]?.set(own.subarray(at, at + CAPACITY));
    meet();
    const calls = slots.map((_, each) => callOf(each));
    const other = calls.findIndex((call) => call !== calls[0]);
    for (const [each, part] of parts.entries()) {
      part.set(/** @type {Float64Array} */ (slots[each]).subarray(0, Math.min(CAPACITY, own.length - at)), at);
    }
    meet();
    if (other >= 0) {
      throw new Error(`the ranks are out of step: rank 0 calls ${calls[0]}, rank ${other} ${calls[other]}`);
    }
    at += CAPACITY;
  } while (at < own.length);
  combine(operation, parts, result, rank, options.unlike === true);
}

/** @type {import('lbfgs').Communicator} */
const comm = {
  rank,
  size,
  allReduce: (values, op) => {
    send(op, values, values);
  },
  ...(options.allGather !== false && {
    allGather: (/** @type {Float64Array} */ own, /** @type {Float64Array} */ all) => {
      send('gather', own, all);
    },
  }),
  ...(options.reduceScatter === true && {
    reduceScatter: (/** @type {Float64Array} */ values, /** @type {Float64Array} */ own) => {
      send('scatter', values, own);
    },
  }),
};

/** @returns {Promise<import('../ranks.js').Settled>} */
async function run() {
  try {
    const { program } = /** @type {{ program: (comm: unknown, data: unknown) => unknown }} */ (await import(module));
    return { value: await program(comm, data) };
  } catch (error) {
    const { name, message, stack = '', code } = /** @type {Error & { code?: string }} */ (error);
    return { thrown: { name, message, stack, ...(code !== undefined && { code }) } };
  } finally {
    Atomics.compareExchange(words, ENDED, 0, rank + 1);
    tell();
  }
}

parentPort?.postMessage(await run());
