// Builds the site into build-docs/: TypeDoc makes the pages of the API, stage.mjs the other pages, record.ts the
// recorded runs of the package, and VitePress the site of all of them. DOCS_BASE is the path that the site will be
// served under, '/' unless it is set.

import * as fs from 'node:fs';
import path from 'node:path';
import { root, run, tool } from '../run.mjs';
import { stage } from './stage.mjs';

const staged = path.join(root, 'build-site');
fs.rmSync(staged, { recursive: true, force: true });
run(process.execPath, [tool('typedoc', 'bin', 'typedoc')]);
console.log(`${stage(staged)} pages, files and pictures of the repository`);
run(process.execPath, [
  tool('tsx', 'dist', 'cli.mjs'),
  path.join(root, 'docs', '.vitepress', 'demo', 'record.ts'),
  path.join(staged, 'public', 'runs'),
]);
run(process.execPath, [tool('vitepress', 'bin', 'vitepress.js'), 'build', path.join(root, 'docs')]);
