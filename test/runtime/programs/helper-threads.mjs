// Solves with up to two helpers (Linux, util-linux's prlimit) and prints the ids of the threads that are there after each and were not
// before the first: in a worker thread, after its end, where there is room for the stack of one helper only, and three times more.

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { minimize } from 'lbfgs';

const start = new Float64Array(40_000);

const others = readdirSync('/proc/self/task');

/** The ids of the threads that came since. */
function newThreads() {
  return readdirSync('/proc/self/task').filter((id) => !others.includes(id));
}

/** Returns them. */
function solve() {
  minimize(
    (x, gradient) => {
      let loss = 0;
      for (let i = 0; i < x.length; i++) {
        const away = (x[i] ?? 0) - 1;
        gradient[i] = (1 + (i % 3)) * away;
        loss += ((1 + (i % 3)) * away * away) / 2;
      }
      return loss;
    },
    start,
    { threads: 3, maxIter: 3 },
  );
  return newThreads();
}

/** @param {number | 'unlimited'} bytes */
function limitAddressSpace(bytes) {
  execFileSync('prlimit', [`--pid=${process.pid}`, `--as=${bytes}:`]);
}

if (isMainThread) {
  const worker = new Worker(fileURLToPath(import.meta.url));
  const [[inWorker]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
  // The system lists a thread for a moment after its end.
  for (let turn = 0; turn < 10_000 && newThreads().length > 0; turn++) await setImmediate();
  const afterWorker = newThreads();

  const stack = Number(/^Max stack size\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]);
  const used = Number(/^VmSize:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
  limitAddressSpace(used + 1.5 * stack);
  const limited = solve();
  limitAddressSpace('unlimited');
  console.log(JSON.stringify({ inWorker, afterWorker, limited, solves: [solve(), solve(), solve()] }));
} else {
  parentPort?.postMessage(solve());
}
