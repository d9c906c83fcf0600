import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const EXAMPLES = join(__dirname, '..', '..', 'examples');

/** Runs an example as a user would, with pipes instead of a terminal; rejects where it exits with anything but 0. */
export function runExample(file: string, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const tsx = require.resolve('tsx/cli');
  return promisify(execFile)(process.execPath, [tsx, join(EXAMPLES, file), ...args]);
}
