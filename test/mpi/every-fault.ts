// A rank that is killed, exits with 0, throws or leaves a call out, at every message of a step, on every rank, under the
// MPI libraries of this machine: each job must end, with a code other than 0. It takes some ten minutes.
//
//   npx tsx test/mpi/every-fault.ts

import assert from 'node:assert/strict';
import { launch, launchers } from './launch';

const SIZE = 3;

async function main(): Promise<void> {
  for (const launcher of launchers('faults at every message')) {
    const whole = await launch(launcher, SIZE, 'faults.mjs');
    assert.equal(whole.code, 0, whole.stderr);
    const messages = Number(whole.stdout);
    for (const how of ['kill', 'exit', 'throw', 'skip']) {
      let longest = 0;
      for (let broken = 0; broken < SIZE; broken++) {
        for (let at = 0; at < messages; at++) {
          const begun = performance.now();
          const variables = { HOW: how, BROKEN: String(broken), AT: String(at) };
          const { code, signal, stderr } = await launch(launcher, SIZE, 'faults.mjs', variables);
          longest = Math.max(longest, performance.now() - begun);
          assert.ok(
            code !== 0 && signal === null,
            `${launcher.name}, ${how}, rank ${broken}, message ${at}: ${stderr}`,
          );
        }
      }
      const jobs = SIZE * messages;
      console.log(`${launcher.name}: ${how}: ${jobs} of ${jobs} jobs failed, the longest in ${longest.toFixed(0)} ms`);
    }
  }
}

void main();
