// The real libraries that the bridges are for, as scripts/side-tools.mjs installs them.

import { symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { sideTools } from '../consumers/consumer';
import { withFolder } from '../docs/programs';

/** The folder that has them, or undefined after saying what is left out. */
export const frameworks = (what: string): string | undefined => sideTools('frameworks', what);

/** What `require(name)` returns in a program that has these libraries. */
export const framework = (folder: string, name: string): unknown =>
  createRequire(path.join(folder, 'package.json'))(name);

/** Runs the body with a new folder in which programs find this package and these libraries. */
export function withFrameworks<Result>(frameworks: string, body: (folder: string) => Promise<Result>): Promise<Result> {
  return withFolder((folder) => {
    symlinkSync(path.join(frameworks, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
    return body(folder);
  });
}
