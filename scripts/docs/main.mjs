// Builds the site into build-docs/: the API by TypeDoc, the pages by stage.mjs, the recorded runs of the package, and of all of them the
// site by VitePress. DOCS_BASE is the path that it will be served under, '/' unless it is set.

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
