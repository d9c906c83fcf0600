// Electron's memory cage: no ArrayBuffer may lie on memory that V8 has not allocated. The build makes the use of one a compile error.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import { makeFolder, PLAIN, ROOT } from '../consumers/consumer';

const COMMANDS = path.join(ROOT, 'build', 'compile_commands.json');

interface CompileCommand {
  directory: string;
  command: string;
  file: string;
}

describe("Electron's memory cage", () => {
  if (process.platform !== 'linux' || !fs.existsSync(COMMANDS)) {
    console.log('left out: the memory cage (Linux only, with build/compile_commands.json)');
    return;
  }
  const folder = makeFolder();
  const commands = JSON.parse(fs.readFileSync(COMMANDS, 'utf8')) as CompileCommand[];
  const binding = commands.filter(({ file }) => path.dirname(file) === path.join(ROOT, 'native', 'binding'));

  /** What the compiler says of a use of this function, under the very options of a file of the addon. */
  function compileUse({ directory, command }: CompileCommand, used: string): { status: number | null; stderr: string } {
    const probe = path.join(folder, 'probe.cpp');
    fs.writeFileSync(probe, `#include <node_api.h>\n[[maybe_unused]] static const auto probe = &${used};\n`);
    const options = command.replace(/ -o \S+ -c \S+$/, '');
    assert.notEqual(options, command);
    const env = { ...process.env, ...PLAIN };
    return spawnSync(`${options} -fsyntax-only ${probe}`, { cwd: directory, shell: true, encoding: 'utf8', env });
  }

  it('is kept to by every file of the addon: external buffers do not compile, copies do', () => {
    assert.ok(binding.length >= 4);
    for (const command of binding) {
      assert.equal(compileUse(command, 'napi_create_buffer_copy').status, 0);
      for (const forbidden of ['napi_create_external_arraybuffer', 'napi_create_external_buffer']) {
        const { status, stderr } = compileUse(command, forbidden);
        assert.notEqual(status, 0);
        assert.ok(stderr.includes(forbidden) && stderr.includes('declared'), stderr);
      }
    }
  });

  it('is kept to by the addon that was built: it asks for no external buffer, and for nothing of V8 or of Node beyond Node-API', () => {
    const addon = path.join(ROOT, 'build', 'Release', 'lbfgs.node');
    const { stdout, status } = spawnSync('nm', ['--dynamic', '--undefined-only', addon], { encoding: 'utf8' });
    assert.equal(status, 0);
    const symbols = stdout.split('\n').map((line) => line.trim().split(' ').pop() ?? '');
    assert.ok(symbols.includes('napi_get_typedarray_info'));
    assert.deepEqual(
      symbols.filter((name) => /external_(array)?buffer|^uv_|_ZNK?2v8|_ZNK?4node/.test(name)),
      [],
    );
  });
});
