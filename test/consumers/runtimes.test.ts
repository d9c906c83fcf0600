// The smoke suite: programs/smoke.mjs under runtimes that cannot run mocha, or not this one. The same binary, the same lines as here.

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
  let expected: string[] = [];
  before(async () => {
    installInto(folder);
    copyPrograms(folder, 'smoke.mjs', 'smoke-training.mjs', 'smoke-worker.mjs');
    expected = (await nodeIn(folder, 'smoke.mjs')).split('\n');
    assert.ok(expected.length > 25);
  });

  for (const [name, [program, ...args]] of Object.entries(RUNTIMES)) {
    it(`gives on ${name} the lines that it gives here`, async () => {
      const command = path.join(tools, 'node_modules', program);
      const home = { HOME: folder, DENO_DIR: path.join(folder, 'deno'), DENO_NO_UPDATE_CHECK: '1' };
      const lines = await runIn(folder, command, [...args, 'smoke.mjs'], home);
      assert.deepEqual(lines.split('\n'), expected);
    });
  }
});
