// The smoke suite: programs/smoke.mjs and adapters.mjs under runtimes that cannot run mocha, or not this one. The same binary, the same lines
// as here.

import assert from 'node:assert/strict';
import path from 'node:path';
import { copyPrograms, installInto, makeFolder, nodeIn, runIn, sideTools } from './consumer';

/** Below build-tools/runtimes/node_modules. */
const RUNTIMES: Readonly<Record<string, readonly [program: string, ...args: string[]]>> = {
  Bun: ['@oven/bun-linux-x64/bin/bun'],
  Deno: ['@deno/linux-x64-glibc/deno', 'run', '--no-prompt', '--allow-ffi', '--allow-read', '--allow-env'],
  'Node 20.0, the oldest that may install it': ['node-20.0/bin/node'],
};

describe('the smoke suite', () => {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    console.log('left out: the smoke suite on Bun, Deno and Node 20.0 (they are installed for Linux on x64 only)');
    return;
  }
  const tools = sideTools('runtimes', 'the smoke suite on Bun, Deno and Node 20.0');
  if (tools === undefined) return;

  const folder = makeFolder();
  const PROGRAMS = ['smoke.mjs', 'adapters.mjs'];
  let expected: string[][] = [];
  before(async () => {
    installInto(folder);
    copyPrograms(folder, ...PROGRAMS, 'smoke-training.mjs', 'smoke-worker.mjs', 'shard.mjs');
    expected = await linesBy((program) => nodeIn(folder, program));
    assert.ok(expected[0]!.length > 25 && expected[1]!.length > 5);
  });

  /** The lines of each program, one after the other. */
  async function linesBy(run: (program: string) => Promise<string>): Promise<string[][]> {
    const lines: string[][] = [];
    for (const program of PROGRAMS) lines.push((await run(program)).split('\n'));
    return lines;
  }

  for (const [name, [program, ...args]] of Object.entries(RUNTIMES)) {
    it(`gives on ${name} the lines that it gives here`, async () => {
      const command = path.join(tools, 'node_modules', program);
      const home = { HOME: folder, DENO_DIR: path.join(folder, 'deno'), DENO_NO_UPDATE_CHECK: '1' };
      assert.deepEqual(await linesBy((file) => runIn(folder, command, [...args, file], home)), expected);
    });
  }
});
