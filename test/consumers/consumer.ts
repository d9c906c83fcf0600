// Folders as users have them, with the package installed in node_modules, and programs run there.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

export const ROOT = path.resolve(__dirname, '..', '..');
const PROGRAMS = path.join(__dirname, 'programs');

/** The ordinary build, as a user runs it: nothing that this process has for a sanitizer, for coverage or for TypeScript. */
export const PLAIN = { NODE_OPTIONS: '', LD_PRELOAD: '', LBFGS_PREBUILD: '', NODE_V8_COVERAGE: undefined };

const isMusl = fs.existsSync('/etc/alpine-release');
const libc = process.platform === 'linux' ? (isMusl ? 'musl' : 'glibc') : undefined;

/** This machine, as package.json's "imports" call it: lbfgs-linux-x64-glibc. */
export const CONDITION = ['lbfgs', process.platform, process.arch, libc].filter(Boolean).join('-');
/** Where the package has the binary for this machine. */
export const PREBUILD = path.join(
  'prebuilds',
  `${process.platform}-${process.arch}`,
  ['lbfgs', libc, 'node'].filter(Boolean).join('.'),
);

/**
 * The folder of these tools in build-tools/ (scripts/side-tools.mjs), or undefined after saying what is left out: where they are not
 * installed, unless this is CI, which installs them; and where another build of the addon is looked at, which is no user's.
 */
export function sideTools(
  group: 'bundlers' | 'electron' | 'frameworks' | 'runtimes' | 'typescripts',
  what: string,
): string | undefined {
  const folder = path.join(ROOT, 'build-tools', group);
  if (process.env['LBFGS_PREBUILD']) {
    console.log(`left out: ${what} (here is another build of the addon than the one that is packed)`);
    return undefined;
  }
  if (fs.existsSync(path.join(folder, 'installed.json')) || process.env['CI']) return folder;
  console.log(`left out: ${what} (npm run side-tools -- ${group})`);
  return undefined;
}

/** Puts the package and its one dependency into `folder`/node_modules, as far as they are loaded, the addon as a prebuilt one. */
export function installInto(folder: string): void {
  fs.mkdirSync(folder, { recursive: true });
  const manifest = path.join(folder, 'package.json');
  if (!fs.existsSync(manifest)) fs.writeFileSync(manifest, JSON.stringify({ dependencies: { lbfgs: '*' } }));
  const modules = path.join(folder, 'node_modules');
  const ours = path.join(modules, 'lbfgs');
  for (const part of ['package.json', 'dist', 'bin']) {
    fs.cpSync(path.join(ROOT, part), path.join(ours, part), { recursive: true });
  }
  fs.mkdirSync(path.dirname(path.join(ours, PREBUILD)), { recursive: true });
  fs.copyFileSync(path.join(ROOT, 'build', 'Release', 'lbfgs.node'), path.join(ours, PREBUILD));
  const dependency = path.join('node_modules', 'node-gyp-build');
  fs.cpSync(path.join(ROOT, dependency), path.join(folder, dependency), { recursive: true });
}

/** A new folder below `parent` that the test file removes when it is through. */
export function makeFolder(parent: string = os.tmpdir()): string {
  const folder = fs.mkdtempSync(path.join(parent, 'lbfgs-consumer-'));
  after(() => {
    fs.rmSync(folder, { recursive: true });
  });
  return folder;
}

/** Copies programs of `programs/` into a folder. */
export function copyPrograms(folder: string, ...names: string[]): void {
  for (const name of names) fs.copyFileSync(path.join(PROGRAMS, name), path.join(folder, name));
}

/** What the command prints; rejects where it fails, with all that it said. Nobody answers where it asks; mocha's limit is its own. */
export async function runIn(
  cwd: string,
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  timeout = 55_000,
): Promise<string> {
  const env = { ...process.env, ...PLAIN, ...environment };
  const running = promisify(execFile)(command, args, { cwd, env, timeout });
  running.child.stdin?.end();
  try {
    return (await running).stdout.trim();
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    assert.fail(`${String(error)}\n${stdout}${stderr}`);
  }
}

/** The same for this Node. */
export function nodeIn(cwd: string, ...args: string[]): Promise<string> {
  return runIn(cwd, process.execPath, args);
}
