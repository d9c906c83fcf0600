import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const EXAMPLES = join(__dirname, '..', '..', 'examples');

/** Runs an example as a user would, with pipes instead of a terminal; rejects where it exits with anything but 0. */
export function runExample(file: string, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
  return runExampleIn({}, file, ...args);
}

/** The same with these environment variables. */
export function runExampleIn(
  environment: Readonly<Record<string, string | undefined>>,
  file: string,
  ...args: string[]
): Promise<{ stdout: string; stderr: string }> {
  // Not by tsx's command, which ends its process in a way that a leak detector takes for leaks.
  const command = ['--import', 'tsx', join(EXAMPLES, file), ...args];
  const unset = { NO_COLOR: undefined, FORCE_COLOR: undefined, COLUMNS: undefined };
  return promisify(execFile)(process.execPath, command, { env: { ...process.env, ...unset, ...environment } });
}
