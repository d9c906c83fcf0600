#!/usr/bin/env node
// npx lbfgs build: compiles the addon where the package carries none for the platform. Needs cmake and a C++20 compiler, no network and
// no other npm package: all sources and headers are in this one. The result is build/Release/lbfgs.node, which is loaded first.

import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const CMAKE = { major: 3, minor: 21 };
const isWindows = process.platform === 'win32';

const HOW_TO_INSTALL = `
  Debian, Ubuntu   apt-get install cmake g++ make
  Fedora, RHEL     dnf install cmake gcc-c++ make
  Alpine           apk add cmake g++ make
  macOS            xcode-select --install && brew install cmake
  Windows          Visual Studio (or its Build Tools) with "Desktop development with C++", which has cmake too
Compilers: g++ >= 11, clang >= 14, Visual Studio >= 2022. CXX names another one than the first on the PATH.`;

/** Ends with a reason. @param {string} reason @returns {never} */
function fail(reason) {
  console.error(`lbfgs build: ${reason}`);
  process.exit(1);
}

/** The first of some commands that answers, undefined if none does. @param {(string | undefined)[]} commands */
const firstOf = (...commands) =>
  commands.find((command) => command !== undefined && spawnSync(command, ['--version']).status === 0);

/** What this machine lacks of what a build needs. */
function missing() {
  const lacks = [];
  const needed = `cmake >= ${CMAKE.major}.${CMAKE.minor}`;
  const version = /version (\d+)\.(\d+)/.exec(String(spawnSync('cmake', ['--version']).stdout));
  const [major, minor] = [Number(version?.[1]), Number(version?.[2])];
  if (version === null) lacks.push(needed);
  else if (major < CMAKE.major || (major === CMAKE.major && minor < CMAKE.minor)) {
    lacks.push(`${needed} (this one is ${major}.${minor})`);
  }
  if (isWindows) return lacks; // cmake itself finds Visual Studio
  const { CXX } = process.env;
  const compiler = CXX ? firstOf(CXX.split(' ', 1)[0]) : firstOf('c++', 'g++', 'clang++');
  if (compiler === undefined) lacks.push(CXX ? `the C++ compiler that CXX names (${CXX})` : 'a C++20 compiler');
  if (firstOf('ninja', 'make') === undefined) lacks.push('ninja or make');
  return lacks;
}

/** Runs cmake; its output is shown where it fails. @param {string} doing @param {string[]} args */
function cmake(doing, args) {
  console.log(`lbfgs build: ${doing}`);
  const { status, error, stdout, stderr } = spawnSync('cmake', args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status === 0) return;
  process.stderr.write(`${stdout}${stderr}`);
  fail(`cmake failed${error ? ` (${error.message})` : '; what it said is above'}. What it needs:${HOW_TO_INSTALL}`);
}

/** How cmake is to compile for this very process. */
function configuration() {
  if (isWindows) return ['-A', process.arch === 'arm64' ? 'ARM64' : 'x64'];
  const mac =
    process.platform === 'darwin' ? [`-DCMAKE_OSX_ARCHITECTURES=${process.arch === 'x64' ? 'x86_64' : 'arm64'}`] : [];
  return [...(firstOf('ninja') ? ['-G', 'Ninja'] : ['-G', 'Unix Makefiles']), ...mac];
}

/** The folder that the file is loaded from; whether it can be written is known before a minute is spent. */
function releaseFolder() {
  const folder = path.join(root, 'build', 'Release');
  try {
    fs.mkdirSync(folder, { recursive: true });
    fs.accessSync(folder, fs.constants.W_OK);
  } catch (error) {
    fail(`Expected a folder that can be written for ${folder} but received ${String(error)}`);
  }
  return folder;
}

/** What cmake, ninja or make take for something of their own in a path, and the compiler in an option. */
const UNFIT = isWindows ? /[;"$%,=[\]*?<>|]/ : /[;"$%,=[\]*?<>|\\:\n]/;

/**
 * A new folder to compile in. The package may lie in any path, for its sources are copied here; of this one alone the path must be plain.
 */
function workFolder() {
  const temporary = os.tmpdir();
  const [unfit] = UNFIT.exec(isWindows ? temporary.replace(/^[a-z]:/i, '') : temporary) ?? [];
  if (unfit !== undefined) {
    const variable = isWindows ? 'TEMP' : 'TMPDIR';
    fail(
      `Expected a folder for temporary files without ${JSON.stringify(unfit)} in its path, which cmake cannot have there, but received ` +
        `${temporary}: let ${variable} name another one`,
    );
  }
  const work = fs.mkdtempSync(path.join(temporary, 'lbfgs-build-'));
  process.on('exit', () => {
    fs.rmSync(work, { recursive: true, force: true });
  });
  return work;
}

function build() {
  const include = path.join('native', 'vendor', 'node-api', 'include');
  const absent = ['CMakeLists.txt', 'cmake', 'native', include].find((part) => !fs.existsSync(path.join(root, part)));
  if (absent !== undefined)
    fail(
      `Expected the sources of the addon in ${root} but ${absent} is missing: install the package again; in a clone of the repository run npm ci`,
    );
  const lacks = missing();
  if (lacks.length > 0)
    fail(`Expected ${lacks.join(' and ')} on the PATH but received a machine without.${HOW_TO_INSTALL}`);

  const folder = releaseFolder();
  const work = workFolder();
  const source = path.join(work, 'source');
  for (const part of ['CMakeLists.txt', 'cmake', 'native'])
    fs.cpSync(path.join(root, part), path.join(source, part), { recursive: true });
  const out = path.join(work, 'out');
  cmake('configuring', [
    ...['-S', source, '-B', path.join(work, 'build'), '-DCMAKE_BUILD_TYPE=Release', '-DLBFGS_WERROR=OFF'],
    // Libraries are "runtime" files on Windows.
    ...['LIBRARY', 'RUNTIME'].map((kind) => `-DCMAKE_${kind}_OUTPUT_DIRECTORY_RELEASE=${out}`),
    `-DLBFGS_NODE_API_INCLUDE=${path.join(source, include)}`,
    ...configuration(),
  ]);
  const parallel = process.env['CMAKE_BUILD_PARALLEL_LEVEL'] ?? String(os.availableParallelism());
  cmake('compiling, which takes about a minute', [
    ...['--build', path.join(work, 'build'), '--config', 'Release', '--target', 'lbfgs', '--parallel', parallel],
  ]);

  const built = path.join(out, 'lbfgs.node');
  const { status, stderr } = spawnSync(process.execPath, ['-e', 'require(process.argv[1])', built], {
    encoding: 'utf8',
  });
  if (status !== 0) fail(`what was compiled does not load:\n${stderr}`);
  const file = path.join(folder, 'lbfgs.node');
  fs.copyFileSync(built, `${file}.part`);
  fs.renameSync(`${file}.part`, file); // whole or not at all
  console.log(`lbfgs build: done, ${file}`);
}

if (process.argv.length === 3 && process.argv[2] === 'build') {
  build();
} else {
  console.log(
    'usage: lbfgs build    compiles the native addon of this package for this platform; needs cmake and a C++20 compiler',
  );
  if (!process.argv.includes('--help')) process.exitCode = 1;
}
