// The arrows of the house (CONTRIBUTING.md): a file of native/ includes, and a file of lib/ imports, only what they allow.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ESLint } from 'eslint';

const ROOT = path.resolve(__dirname, '..', '..');

/** What the check says of a copy of native/ in which a file begins with one include more; '' where it finds nothing. */
function faultsWith(file: string, include: string): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lbfgs-arrows-'));
  try {
    fs.cpSync(path.join(ROOT, 'cmake'), path.join(folder, 'cmake'), { recursive: true });
    for (const part of ['core', 'binding'])
      fs.cpSync(path.join(ROOT, 'native', part), path.join(folder, 'native', part), { recursive: true });
    const changed = path.join(folder, 'native', file);
    fs.mkdirSync(path.dirname(changed), { recursive: true });
    const source = fs.existsSync(changed) ? fs.readFileSync(changed, 'utf8') : '';
    fs.writeFileSync(changed, `${include}\n${source}`);
    const { status, stderr } = spawnSync('cmake', ['-P', path.join(folder, 'cmake', 'arrows.cmake')], {
      encoding: 'utf8',
    });
    assert.equal(status === 0, stderr === '', stderr);
    return stderr.replaceAll(/\s+/g, ' ');
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

describe('the arrows between the rooms of native/', () => {
  const allowed = {
    'a header of the system': ['core/ask/task.hpp', '#include <vector>'],
    'a room below': ['core/methods/lbfgs.cpp', '#include "core/vectors/vectors.hpp"'],
    'the own room': ['core/vectors/cpu/pairs.hpp', '#include "core/vectors/cpu/chunks.hpp"'],
  } as const;
  for (const [what, [file, include]] of Object.entries(allowed)) {
    it(`allow ${what}`, () => {
      assert.equal(faultsWith(file, include), '');
    });
  }

  const refused = {
    'a room above': ['core/ask/ask.hpp', 'core/methods/step.hpp'],
    'a room beside': ['core/line_search/cubic.hpp', 'core/vectors/vectors.hpp'],
    'the device below the passes': ['core/methods/lbfgs.cpp', 'core/vectors/cpu/history.hpp'],
    'the binding from the core': ['core/optimizer.cpp', 'binding/arguments.hpp'],
    'a path without its room': ['core/optimizer.cpp', 'options.hpp'],
  } as const;
  for (const [what, [file, header]] of Object.entries(refused)) {
    it(`refuse ${what}, and name the file and the header`, () => {
      const room = path.posix.dirname(file);
      assert.match(
        faultsWith(file, `#include "${header}"`),
        new RegExp(`native/${file}: ${room} may not include "${header}"`),
      );
    });
  }

  it('refuse a folder that is no room', () => {
    assert.match(faultsWith('core/attic/old.hpp', ''), /the folder core\/attic is no room of cmake\/arrows\.cmake/);
  });
});

describe('the arrows between the rooms of lib/', function () {
  this.timeout(120_000); // the linter reads the types of the whole package

  /** What the linter says of the imports of a file that begins with one import more. */
  async function messagesFor(file: string, from: string): Promise<string[]> {
    const filePath = path.join(ROOT, 'lib', file);
    const code = `import * as added from '${from}';\nvoid added;\n${fs.readFileSync(filePath, 'utf8')}`;
    const results = await new ESLint({ cwd: ROOT }).lintText(code, { filePath });
    const messages = results.flatMap((result) => result.messages);
    return messages.filter(({ ruleId }) => ruleId === 'no-restricted-imports').map(({ message }) => message);
  }

  it('allow a room below', async () => {
    assert.deepEqual(await messagesFor('state/state-dict.ts', '../checks/errors'), []);
  });

  for (const [file, from] of [
    ['checks/own.ts', '../native/core'],
    ['native/elf.ts', '../step/step'],
    ['state/state-dict.ts', '../lbfgs'],
  ] as const) {
    it(`refuse ${from} in lib/${file}`, async () => {
      const [message] = await messagesFor(file, from);
      assert.match(message ?? '', new RegExp(`lib/${path.dirname(file)} imports only from itself`));
    });
  }

  it('refuse a package', async () => {
    const [message] = await messagesFor('checks/own.ts', 'lodash');
    assert.match(message ?? '', /lib\/ imports only node: modules, node-gyp-build and its own files/);
  });
});
