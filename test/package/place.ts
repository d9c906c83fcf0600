// Fresh folders with the packed package in them, and the commands that the package's tests run there.

import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileOf, isOfThisProcess, targets } from '../../scripts/prebuild/targets.mjs';
import { isSetUp, sideTool } from '../../scripts/prebuild/emulate.mjs';

export const ROOT = path.resolve(__dirname, '..', '..');
export const SMOKE = path.join(__dirname, 'programs', 'smoke.mjs');
const NPM = sideTool('npm11', 'bin', 'npm-cli.js');

/** The prebuilt addon for this very process, as the package names it. */
export const OWN = targets.filter((target) => isOfThisProcess(target)).map(fileOf)[0];

/** What is not there for the tests of the packed package; null where all is. In CI nothing is left out: a test fails instead. */
export function leftOut(): string | null {
  if (process.env['LBFGS_PREBUILD']) return 'another build of the addon is tested';
  if (process.env['CI']) return null;
  if (OWN === undefined || !fs.existsSync(path.join(ROOT, OWN))) return 'npm run prebuild';
  return isSetUp() ? null : 'node scripts/prebuild/setup.mjs, on Debian';
}

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the commands see of this process's environment: nothing of npm's settings, of coverage and of other builds. */
const BASE = { PATH: process.env['PATH'] ?? '', CI: 'true' };

/** Runs a command to its end, however that is. Its output goes through files, for Node on wine cannot write into sockets. */
export async function run(
  [program = '', ...args]: readonly string[],
  { cwd, env = {} }: { cwd: string; env?: Readonly<Record<string, string>> },
): Promise<Outcome> {
  const folder = newFolder();
  const [out, err] = ['stdout', 'stderr'].map((name) => path.join(folder, name)) as [string, string];
  const [outFile, errFile] = [fs.openSync(out, 'w'), fs.openSync(err, 'w')];
  try {
    const child = spawn(program, args, {
      cwd,
      env: { ...BASE, HOME: folder, ...env },
      stdio: ['ignore', outFile, errFile],
    });
    const status = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('exit', resolve);
    });
    return { status, stdout: fs.readFileSync(out, 'utf8'), stderr: fs.readFileSync(err, 'utf8') };
  } finally {
    fs.closeSync(outFile);
    fs.closeSync(errFile);
  }
}

/** What a command prints; rejects where it fails. */
export async function outputOf(
  command: readonly string[],
  place: { cwd: string; env?: Readonly<Record<string, string>> },
): Promise<string> {
  const { status, stdout, stderr } = await run(command, place);
  if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}\n${stdout}${stderr}`);
  return stdout.trim();
}

const folders: string[] = [];
export function newFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lbfgs-test-'));
  folders.push(folder);
  return folder;
}
after('the fresh folders go', () => {
  for (const folder of folders.splice(0)) fs.rmSync(folder, { recursive: true, force: true });
});

/** A folder for the PATH, with these programs and no others. */
export function pathOf(programs: Readonly<Record<string, string>>): string {
  const folder = newFolder();
  for (const [name, file] of Object.entries(programs)) fs.symlinkSync(file, path.join(folder, name));
  return folder;
}

/** A package's tarball, as npm makes it of a folder; `npm run build` has made everything in it. */
export async function pack(folder: string): Promise<string> {
  const destination = newFolder();
  const args = ['pack', folder, '--ignore-scripts', '--silent', '--pack-destination', destination];
  return path.join(destination, await outputOf([process.execPath, NPM, ...args], { cwd: ROOT }));
}

let packed: Promise<string> | undefined;
/** This package's tarball; made once. */
export function packedPackage(): Promise<string> {
  return (packed ??= pack(ROOT));
}

/** A fresh folder where the package is installed as a package manager leaves it, without one. */
export async function installed(): Promise<string> {
  const folder = newFolder();
  const modules = path.join(folder, 'node_modules');
  fs.mkdirSync(path.join(modules, 'lbfgs'), { recursive: true });
  await outputOf(['tar', '-xzf', await packedPackage(), '-C', path.join(modules, 'lbfgs'), '--strip-components=1'], {
    cwd: folder,
  });
  fs.cpSync(path.join(ROOT, 'node_modules', 'node-gyp-build'), path.join(modules, 'node-gyp-build'), {
    recursive: true,
  });
  return folder;
}

/** Puts the smoke program into a folder and returns what it prints, run by `command`. */
export function smokeIn(
  folder: string,
  command: readonly string[] = [process.execPath],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  fs.copyFileSync(SMOKE, path.join(folder, 'smoke.mjs'));
  return outputOf([...command, 'smoke.mjs'], { cwd: folder, env });
}

let expected: Promise<string> | undefined;
/** What the smoke program prints with the ordinary build of the addon. */
export function expectedSmoke(): Promise<string> {
  return (expected ??= outputOf([process.execPath, SMOKE], { cwd: ROOT }));
}
