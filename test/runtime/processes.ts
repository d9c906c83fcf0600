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
export async function node(...args: string[]): Promise<string> {
  const { stdout, stderr } = await run(process.execPath, args, {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '' },
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
