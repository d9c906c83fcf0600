// `lbfgs build` in paths that build systems cannot have. A stand-in for cmake says what it was given and "compiles" by a copy; the real
// compilation is in test/package/refused.test.ts.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import { copyPrograms, installInto, makeFolder, nodeIn, PREBUILD, ROOT, runIn } from './consumer';

const ODD = `a;b "c" $HOME, d=[e] 'f'`;

/** Notes each call, and makes the library where it was told to when it is asked to compile. */
const STAND_IN = `#!/bin/sh
[ "$1" = --version ] && echo cmake version 3.25.1 && exit
printf '%s\\n' "$@" >> "$NOTES"
for argument; do case $argument in -DCMAKE_LIBRARY_OUTPUT_DIRECTORY_RELEASE=*) echo "\${argument#*=}" > "$NOTES.out";; esac; done
[ "$1" = --build ] || exit 0
out=$(cat "$NOTES.out")
mkdir -p "$out" && cp "$BUILT" "$out/lbfgs.node"
`;

describe('lbfgs build', () => {
  if (process.env['LBFGS_PREBUILD'] || process.platform === 'win32') {
    console.log(
      'left out: lbfgs build in odd paths (it needs the ordinary build, and a shell for a stand-in for cmake)',
    );
    return;
  }

  const folder = fs.realpathSync(makeFolder());
  const odd = path.join(folder, ODD);
  const ours = path.join(odd, 'node_modules', 'lbfgs');
  const notes = path.join(folder, 'notes');
  before(() => {
    installInto(odd);
    fs.rmSync(path.join(ours, PREBUILD));
    // The sources as the package has them, without the many headers of Eigen.
    const isEigen = (file: string): boolean => file.startsWith(path.join(ROOT, 'native', 'vendor', 'eigen'));
    for (const part of ['CMakeLists.txt', 'cmake', 'native']) {
      fs.cpSync(path.join(ROOT, part), path.join(ours, part), { recursive: true, filter: (file) => !isEigen(file) });
    }
    fs.mkdirSync(path.join(folder, 'bin'));
    fs.writeFileSync(path.join(folder, 'bin', 'cmake'), STAND_IN, { mode: 0o755 });
  });
  const build = (environment: Readonly<Record<string, string>> = {}): Promise<string> =>
    runIn(odd, process.execPath, [path.join(ours, 'bin', 'lbfgs.mjs'), 'build'], {
      PATH: `${path.join(folder, 'bin')}:${process.env['PATH']}`,
      NOTES: notes,
      BUILT: path.join(ROOT, 'build', 'Release', 'lbfgs.node'),
      TMPDIR: folder,
      ...environment,
    });

  for (const part of ['native', 'cmake', 'CMakeLists.txt']) {
    it(`says that ${part} is missing, where it is`, async () => {
      const [there, away] = [path.join(ours, part), path.join(folder, 'away')];
      fs.renameSync(there, away);
      const failed = build().finally(() => {
        fs.renameSync(away, there);
      });
      await assert.rejects(failed, ({ message }: Error) =>
        message.includes(`lbfgs build: Expected the sources of the addon in ${ours} but ${part} is missing: `),
      );
    });
  }

  it('gives no path to cmake that it cannot have, and leaves the addon where the package looks for it', async () => {
    copyPrograms(odd, 'train.mjs');
    assert.match(await build(), /\nlbfgs build: done, /);
    const given = fs.readFileSync(notes, 'utf8');
    assert.match(given, /^-S\n.*\/source\n-B\n/m);
    assert.doesNotMatch(given, /[;"$,[]/);
    const source = /^-S\n(.*)/m.exec(given)![1]!;
    assert.ok(!fs.existsSync(source), 'nothing is left of what it compiled in');
    assert.match(await nodeIn(odd, 'train.mjs'), /^true ERR_LBFGS_NON_FINITE_START$/m);
  });

  for (const unfit of [';', '"', '$', '%', ',', '\\', ':', '[']) {
    it(`says before it compiles that the folder for temporary files must not have ${unfit}`, async () => {
      const temporary = path.join(folder, `t${unfit}u`);
      fs.mkdirSync(temporary);
      fs.rmSync(notes, { force: true });
      await assert.rejects(build({ TMPDIR: temporary }), (error: Error) => {
        const found = JSON.stringify(unfit);
        const expected = `lbfgs build: Expected a folder for temporary files without ${found} in its path,`;
        assert.ok(error.message.includes(expected), error.message);
        assert.ok(error.message.includes(`received ${temporary}: let TMPDIR name another one`), error.message);
        return true;
      });
      assert.ok(!fs.existsSync(notes));
    });
  }
});
