// every-path.ts with each instruction set that this CPU has. The set is chosen once in a process: a process for each.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { instructionSets } from '../problems/machine';

const root = path.resolve(__dirname, '..', '..');
const { here, missing } = instructionSets();

/** Runs every-path.ts; the digest of its long trainings. Rejects with what mocha has to say where a test fails. */
function runWith(set: string): Promise<string> {
  const mocha = path.join(root, 'node_modules', 'mocha', 'bin', 'mocha.js');
  const args = [mocha, '--reporter', 'dot', path.join(__dirname, 'every-path.ts')];
  const env = { ...process.env, LBFGS_INSTRUCTION_SET: set };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: root, env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      const digest = /[0-9a-f]{64}/.exec(stdout)?.[0];
      if (error === null && digest !== undefined) resolve(digest);
      else reject(new Error(`with ${set}:\n${stdout}${stderr}`));
    });
  });
}

describe('on every path: the two-loop recursion and the compact form, 1 and more threads', () => {
  const outcomes = new Map<string, PromiseSettledResult<string>>();

  before('side by side', async function () {
    this.timeout(600_000); // on an instrumented addon
    const settled = await Promise.allSettled(here.map(runWith));
    for (const [index, set] of here.entries()) outcomes.set(set, settled[index]!);
  });

  for (const set of here) {
    it(`the recorded traces, the bits of long trainings and their resumption hold with ${set}`, () => {
      const outcome = outcomes.get(set)!;
      if (outcome.status === 'rejected') throw outcome.reason;
    });
  }

  it(`the bits are the same with ${here.join(', ')}`, () => {
    const digests = Array.from(outcomes.values(), (outcome) => outcome.status === 'fulfilled' && outcome.value);
    assert.deepEqual(digests, Array(here.length).fill(digests[0]));
    assert.match(String(digests[0]), /^[0-9a-f]{64}$/);
  });

  after(() => {
    if (missing.length > 0) console.log(`    left out: ${missing.join(', ')} (not in this CPU, or not known to be)`);
  });
});
