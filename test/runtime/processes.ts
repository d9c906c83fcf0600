// Programs of the tests, run by themselves.

import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';

const root = path.resolve(__dirname, '..', '..');
const run = promisify(execFile);

function programPath(name: string): string {
  return path.join(__dirname, 'programs', `${name}.mjs`);
}

/** Runs node in the package's root and returns what it prints; rejects where it fails or prints a warning. */
export function node(...args: string[]): Promise<string> {
  return nodeWith({}, args);
}

/** As `node`, for a program that is expected to end in an error which nobody catches. */
export function failingNode(...args: string[]): Promise<string> {
  // Node then leaves without taking V8 down, whose memory LeakSanitizer would report as lost (npm run sanitize). The later of two
  // values counts.
  return nodeWith({ ASAN_OPTIONS: `${process.env['ASAN_OPTIONS'] ?? ''}:detect_leaks=0` }, args);
}

async function nodeWith(env: NodeJS.ProcessEnv, args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await run(process.execPath, args, {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  });
  if (stderr !== '') throw new Error(stderr);
  return stdout.trim();
}

/** Runs a program of `programs/`. */
export function runProgram(name: string, ...nodeOptions: string[]): Promise<string> {
  return node(...nodeOptions, programPath(name));
}

/** Starts a program of `programs/` as a worker thread, without the TypeScript loader of the tests. */
export function startWorker(name: string, workerData?: unknown): Worker {
  return new Worker(programPath(name), { workerData, execArgv: [] });
}
