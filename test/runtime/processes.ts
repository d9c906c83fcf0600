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
  return nodeWith('', args);
}

/** As `node`, for a program that leaves by process.exit or by an error which nobody catches. */
export function leavingNode(...args: string[]): Promise<string> {
  // Node then does not take V8 down, whose memory LeakSanitizer would report as lost.
  return nodeWith('detect_leaks=0', args);
}

/** @param sanitizer options of the address sanitizer (npm run sanitize) beyond this process's; the later of two values counts */
async function nodeWith(sanitizer: string, args: readonly string[]): Promise<string> {
  const ASAN_OPTIONS = [process.env['ASAN_OPTIONS'], sanitizer].filter(Boolean).join(':');
  const { stdout, stderr } = await run(process.execPath, args, {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '', ASAN_OPTIONS },
  });
  if (stderr !== '') throw new Error(stderr);
  return stdout.trim();
}

/** Runs a program of `programs/`. */
export function runProgram(name: string, ...nodeOptions: string[]): Promise<string> {
  return node(...nodeOptions, programPath(name));
}

/** The same for a program that measures its resident memory, without what the address sanitizer keeps of freed memory. */
export function measureProgram(name: string, ...nodeOptions: string[]): Promise<string> {
  return nodeWith('quarantine_size_mb=1:thread_local_quarantine_size_kb=64', [...nodeOptions, programPath(name)]);
}

/** Starts a program of `programs/` as a worker thread, without the TypeScript loader of the tests. */
export function startWorker(name: string, workerData?: unknown): Worker {
  return new Worker(programPath(name), { workerData, execArgv: [] });
}
