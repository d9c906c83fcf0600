// The real libraries that the bridges are for, as scripts/side-tools.mjs installs them.

import { createRequire } from 'node:module';
import path from 'node:path';
import { sideTools } from '../consumers/consumer';

/** The folder that has them, or undefined after saying what is left out. */
export const frameworks = (what: string): string | undefined => sideTools('frameworks', what);

/** What `require(name)` returns in a program that has these libraries. */
export const framework = (folder: string, name: string): unknown =>
  createRequire(path.join(folder, 'package.json'))(name);
