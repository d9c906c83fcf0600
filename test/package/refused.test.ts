// Where no addon fits or loads: what the first import says, and the one command that it names.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import { expectedSmoke, installed, leftOut, newFolder, outputOf, OWN, pathOf, ROOT, run, smokeIn } from './place';

const OFFLINE = 'http://127.0.0.1:9'; // nobody listens there
const NO_NETWORK = { http_proxy: OFFLINE, https_proxy: OFFLINE, all_proxy: OFFLINE };
const { platform, arch } = process;
const START = `Expected a native addon for ${platform}-${arch}-glibc but received `;
const which = (name: string): string =>
  execFileSync('/bin/sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();

/** The message of the error that the first import ends with. */
async function refusalIn(folder: string): Promise<string> {
  const program =
    "try { require('lbfgs'); } catch ({ name, code, message }) { console.log(`${name} ${code} ${message}`); }";
  const printed = await outputOf([process.execPath, '-e', program], { cwd: folder });
  const prefix = 'LBFGSError ERR_LBFGS_NATIVE ';
  assert.ok(printed.startsWith(prefix), printed);
  return printed.slice(prefix.length);
}

/** The command that a message names. */
function commandOf(message: string): readonly string[] {
  const [, file] =
    / To compile it here, offline, with cmake and a C\+\+20 compiler: node "(.+)" build$/.exec(message) ?? [];
  assert.ok(file !== undefined, message);
  return [process.execPath, file, 'build'];
}

describe('the package without an addon that loads', () => {
  const reason = leftOut();
  if (reason !== null) {
    console.log(`left out: the package without an addon (${reason})`);
    return;
  }
  const own = OWN!;

  it('names what it looked for', async () => {
    const folder = await installed();
    fs.rmSync(path.join(folder, 'node_modules', 'lbfgs', 'prebuilds'), { recursive: true });
    const root = fs.realpathSync(path.join(folder, 'node_modules', 'lbfgs'));
    const message = await refusalIn(folder);
    const found = `none: no lbfgs.node in build/Release and none that fits in prebuilds/${platform}-${arch}, of ${root}. `;
    assert.ok(message.startsWith(START + found), message);
    commandOf(message);
  });

  for (const share of [0, 0.001, 0.5, 0.999999]) {
    it(`says so where the file is cut after ${share * 100} % of it`, async () => {
      const folder = await installed();
      const file = fs.realpathSync(path.join(folder, 'node_modules', 'lbfgs', own));
      const left = Math.floor(share * fs.statSync(file).size);
      fs.truncateSync(file, left);
      const message = await refusalIn(folder);
      assert.ok(message.startsWith(`${START}${file}, which does not load (it is cut short, ${left} bytes). `), message);
      commandOf(message);
    });
  }

  it('says so where the file is for another CPU', async () => {
    const folder = await installed();
    const root = fs.realpathSync(path.join(folder, 'node_modules', 'lbfgs'));
    const [other, otherFile] =
      arch === 'x64' ? ['arm64', 'linux-arm64/lbfgs.glibc.node'] : ['x64', 'linux-x64/lbfgs.glibc.node'];
    fs.copyFileSync(path.join(ROOT, 'prebuilds', otherFile), path.join(root, own));
    const message = await refusalIn(folder);
    assert.ok(
      message.startsWith(`${START}${path.join(root, own)}, which does not load (it is for ${other}). `),
      message,
    );
    commandOf(message);
  });

  it('passes on what the system says of any other file', async () => {
    const folder = await installed();
    const file = fs.realpathSync(path.join(folder, 'node_modules', 'lbfgs', own));
    fs.writeFileSync(file, 'no library at all\n'.repeat(100));
    assert.match(await refusalIn(folder), /which does not load \(.*invalid ELF header\)\. /);
  });

  it('is compiled by the command that the message names, offline, in a path that cmake could not have, and then loads', async () => {
    const folder = path.join(newFolder(), 'a;b, [c]');
    fs.renameSync(await installed(), folder);
    fs.rmSync(path.join(folder, 'node_modules', 'lbfgs', 'prebuilds'), { recursive: true });
    const command = commandOf(await refusalIn(folder));
    const printed = await outputOf(command, { cwd: newFolder(), env: NO_NETWORK });
    assert.match(printed, /\nlbfgs build: done, .*\/build\/Release\/lbfgs\.node$/);
    assert.equal(await smokeIn(folder), await expectedSmoke());
    // The folder that it was compiled in is gone.
    assert.deepEqual(fs.readdirSync(path.join(folder, 'node_modules', 'lbfgs', 'build')), ['Release']);
    assert.deepEqual(fs.readdirSync(path.join(folder, 'node_modules', 'lbfgs', 'build', 'Release')), ['lbfgs.node']);
  }).timeout(180_000);

  describe('its command says what is missing', () => {
    const build = async (env: Readonly<Record<string, string>>, folder?: string): Promise<string> => {
      const place = folder ?? (await installed());
      const bin = path.join(place, 'node_modules', 'lbfgs', 'bin', 'lbfgs.mjs');
      const { status, stderr } = await run([process.execPath, bin, 'build'], { cwd: place, env });
      assert.equal(status, 1);
      return stderr;
    };

    it('all of it', async () => {
      const stderr = await build({ PATH: newFolder() });
      assert.match(
        stderr,
        /^lbfgs build: Expected cmake >= 3\.21 and a C\+\+20 compiler and ninja or make on the PATH but/,
      );
      assert.match(stderr, /\n {2}Debian, Ubuntu {3}apt-get install cmake g\+\+ make\n/);
    });

    it('the compiler, the one that CXX names', async () => {
      const PATH = pathOf({ cmake: which('cmake'), ninja: which('ninja') });
      assert.match(await build({ PATH }), /^lbfgs build: Expected a C\+\+20 compiler on the PATH but/);
      const stderr = await build({ PATH: `${PATH}:/usr/bin`, CXX: 'no-such-compiler' });
      assert.match(
        stderr,
        /^lbfgs build: Expected the C\+\+ compiler that CXX names \(no-such-compiler\) on the PATH but/,
      );
    });

    it('a newer cmake', async () => {
      const folder = newFolder();
      fs.writeFileSync(path.join(folder, 'cmake'), '#!/bin/sh\necho cmake version 3.18.4\n', { mode: 0o755 });
      const stderr = await build({ PATH: `${folder}:${process.env['PATH']}` });
      assert.match(stderr, /^lbfgs build: Expected cmake >= 3\.21 \(this one is 3\.18\) on the PATH but/);
    });

    it('a compiler that knows C++20, with what cmake said', async () => {
      const folder = newFolder();
      fs.writeFileSync(
        path.join(folder, 'old-c++'),
        '#!/bin/sh\necho this compiler is from 2011 >&2\ncase "$*" in *--version*) exit 0;; esac\nexit 1\n',
        { mode: 0o755 },
      );
      const stderr = await build({ CXX: path.join(folder, 'old-c++') });
      assert.match(stderr, /this compiler is from 2011/);
      assert.match(stderr, /lbfgs build: cmake failed; what it said is above\. What it needs:\n {2}Debian/);
    });

    it('the headers, in a clone that is not built', async () => {
      const folder = await installed();
      fs.rmSync(path.join(folder, 'node_modules', 'lbfgs', 'native', 'vendor'), { recursive: true });
      assert.match(
        await build({}, folder),
        /^lbfgs build: Expected the sources of the addon in .* but native\/vendor\/node-api\/include is missing: .*in a clone .*npm ci/,
      );
    });

    it('a folder that can be written', async () => {
      const folder = await installed();
      fs.writeFileSync(path.join(folder, 'node_modules', 'lbfgs', 'build'), 'a file');
      assert.match(
        await build({}, folder),
        /^lbfgs build: Expected a folder that can be written for .*Release but received/,
      );
    });
  });
});
