// The threads that share the passes over long vectors (option `threads`), as the system sees them.

import assert from 'node:assert/strict';
import { SANITIZER } from '../problems/machine';
import { runWithStacks } from './processes';

/** What helper-threads.mjs prints: ids of threads. */
interface Seen {
  inWorker: string[];
  afterWorker: string[];
  limited: string[];
  solves: string[][];
}

describe('helpers', () => {
  if (process.platform !== 'linux' || SANITIZER !== undefined) {
    console.log('left out: the threads of a process (they take Linux, without a sanitizer)');
    return;
  }
  let seen: Seen;

  before(async () => {
    seen = JSON.parse(await runWithStacks(512e6, 'helper-threads')) as Seen;
  });

  it('are started by the first long vectors, and end with the worker thread that had them', () => {
    assert.equal(seen.inWorker.length, 2);
    assert.deepEqual(seen.afterWorker, []);
  });

  it('are done without where they cannot be started', () => {
    assert.equal(seen.limited.length, 1);
  });

  it('are completed once they can, and stay from one call of minimize to the next', () => {
    const [first] = seen.solves;
    assert.equal(first!.length, 2);
    assert.ok(first!.includes(seen.limited[0]!));
    assert.deepEqual(seen.solves, [first, first, first]);
  });
});
