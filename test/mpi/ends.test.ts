// Whatever becomes of one rank, the job ends, with a code other than 0, and no process is left. `launch` waits for the last one.

import assert from 'node:assert/strict';
import { assertAllPrint, launch, launchers } from './launch';

const ENDS: Readonly<Record<string, RegExp>> = {
  throw: /Error: the closure of rank 1/,
  kill: /./s,
  exit: /rank 1 has ended after 49 operations, and this rank waits for it in operation 50, allReduce/,
  abort: /rank 1 of 3 ends the job: rank 1 has had enough/,
  using: /Error: the scope of rank 1/,
  'exit 7 while pending': /rank 1 of 3 ends the job: the process ends with code 7/,
  'exit while pending': /rank 1 of 3 ends the job: Expected the asynchronous operations that are pending to end first/,
  stuck: /allReduce waits for the other ranks longer than the timeout of 300 ms/,
  skip: /rank 1 has ended after 99 operations|rank 0 has ended after 100 operations/,
};

describe('a job of MPI', () => {
  for (const launcher of launchers('the ends of jobs')) {
    for (const [how, message] of Object.entries(ENDS)) {
      const asked = how === 'exit' || how === 'stuck' ? ['', 'Async'] : [''];
      for (const suffix of asked) {
        it(`fails where one rank ends by ${how}${suffix && ' in asynchronous calls'}, under ${launcher.name}`, async () => {
          const variables = { HOW: how, ...(suffix && { ASYNC: '1' }) };
          const { code, signal, stdout, stderr } = await launch(launcher, 3, 'ends.mjs', variables);
          assert.notEqual(code, 0, stderr);
          assert.equal(signal, null, stderr);
          assert.match(stdout + stderr, message);
          if (how === 'abort' || how === 'exit 7 while pending') assert.equal(code, 7);
        });
      }
    }
    it(`succeeds where all ranks end without finalize, under ${launcher.name}`, async () => {
      assertAllPrint(await launch(launcher, 2, 'ends.mjs'), 2, 'done');
    });
  }
});
