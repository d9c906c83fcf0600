// Programs of the tests, run by themselves.

import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { SANITIZER } from '../problems/machine';

const root = path.resolve(__dirname, '..', '..');
const run = promisify(execFile);

function programPath(name: string): string {
  return path.join(__dirname, 'programs', `${name}.mjs`);
}

/** Runs node in the package's root and returns what it prints; rejects where it fails or prints a warning. */
export function node(...args: string[]): Promise<string> {
  return nodeWith('', args);
}

/** As `node`, with these environment variables. */
export function nodeIn(environment: Readonly<Record<string, string>>, ...args: string[]): Promise<string> {
  return nodeWith('', args, environment);
}

/** As `node`, for a program that leaves by process.exit or by an error which nobody catches. */
export function leavingNode(...args: string[]): Promise<string> {
  // Node then does not take V8 down, whose memory LeakSanitizer would report as lost.
  return nodeWith('detect_leaks=0', args);
}

/**
 * @param sanitizer options of the address sanitizer (npm run sanitize) beyond this process's; the later of two values counts
 * @param launcher a command that starts the program behind it
 */
async function nodeWith(
  sanitizer: string,
  args: readonly string[],
  environment: object = {},
  launcher: readonly string[] = [],
): Promise<string> {
  const [command, ...rest] = [...launcher, process.execPath, ...args] as [string, ...string[]];
  const ASAN_OPTIONS = [process.env['ASAN_OPTIONS'], sanitizer].filter(Boolean).join(':');
  const { stdout, stderr } = await run(command, rest, {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '', ASAN_OPTIONS, ...environment },
  });
  if (stderr !== '') throw new Error(stderr);
  return stdout.trim();
}

/** Bytes for the rest of a process: threads, compiled code, garbage; the address sanitizer's shadow where it is on. */
export const PROCESS = SANITIZER === 'asan' ? 40e6 : 15e6;

/** Runs a program of `programs/`. */
export function runProgram(name: string, ...nodeOptions: string[]): Promise<string> {
  return node(...nodeOptions, programPath(name));
}

/** The same, with stacks of so many bytes for the threads that it starts (Linux, util-linux's prlimit). */
export function runWithStacks(bytes: number, name: string): Promise<string> {
  return nodeWith('', [programPath(name)], {}, ['prlimit', `--stack=${bytes}`]);
}

/**
 * The same for a program that measures its resident memory, without what the address sanitizer keeps of freed memory and of frames that
 * were left, and without V8's counts for `npm run coverage`: each grows by megabytes as it runs. Nor are leaks looked for at its end: a leak shows
 * in what it measures, and the search has crashed there.
 */
export function measureProgram(
  name: string,
  { nodeOptions = [], args = [] }: { nodeOptions?: readonly string[]; args?: readonly string[] } = {},
): Promise<string> {
  const all = [...nodeOptions, programPath(name), ...args];
  const keepsLittle =
    'quarantine_size_mb=1:thread_local_quarantine_size_kb=64:detect_stack_use_after_return=0:detect_leaks=0';
  return nodeWith(keepsLittle, all, { NODE_V8_COVERAGE: undefined });
}

/** Starts a program of `programs/` as a worker thread, without the TypeScript loader of the tests. */
export function startWorker(name: string, workerData?: unknown): Worker {
  return new Worker(programPath(name), { workerData, execArgv: [] });
}
