// What the solves and the fits of the fault matrices give in a process of their own.

import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { deserialize } from 'node:v8';

export interface Clean {
  readonly solves: Readonly<Record<string, unknown>>;
  readonly fits: Readonly<Record<string, unknown>>;
}

let clean: Clean | undefined;

/** Runs that process once. */
export function inFreshProcess(): Clean {
  const program = path.join(__dirname, 'programs', 'clean-solves.ts');
  clean ??= deserialize(execFileSync(process.execPath, ['--require', 'tsx/cjs', program])) as Clean;
  return clean;
}
