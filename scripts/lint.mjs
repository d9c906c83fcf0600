// Runs every check of the written form; with --fix, corrects what can be corrected.

import * as fs from 'node:fs';
import path from 'node:path';
import { clangTidy } from './clang-tidy.mjs';
import { isThere, root, succeeds, tool } from './run.mjs';

const fix = process.argv.includes('--fix');
const node = process.execPath;
/** @type {string[]} */
const failed = [];

/** @param {string} name @param {string} command @param {string[]} args */
function check(name, command, args) {
  if (succeeds(command, args)) console.log(`${name}: fine`);
  else failed.push(name);
}

check('eslint', node, [tool('eslint', 'bin', 'eslint.js'), '--max-warnings', '0', ...(fix ? ['--fix'] : []), '.']);
check('prettier', node, [
  tool('prettier', 'bin', 'prettier.cjs'),
  '--log-level',
  'warn',
  fix ? '--write' : '--check',
  '.',
]);
// Code for browsers has TypeScript projects of its own, with the types of browsers.
for (const folder of fix ? [] : ['.', 'docs/.vitepress', 'test/site'])
  check(`tsc -p ${folder}`, node, [tool('typescript', 'bin', 'tsc'), '--noEmit', '-p', folder]);

const cpp = ['native/core', 'native/binding', 'native/mpi', 'native/linux', 'native/windows', 'test', 'bench']
  .filter((dir) => fs.existsSync(path.join(root, dir)))
  .flatMap((dir) =>
    fs.readdirSync(path.join(root, dir), { recursive: true, encoding: 'utf8' }).map((name) => `${dir}/${name}`),
  )
  .filter((file) => /\.[ch]pp$/.test(file));
if (!isThere('clang-format')) {
  console.log('clang-format: not installed, so the C++ sources were not looked at');
  if (process.env['CI']) failed.push('clang-format');
} else if (cpp.length > 0) {
  check('clang-format', 'clang-format', [...(fix ? ['-i'] : ['--dry-run', '-Werror']), ...cpp]);
}

if (!fix) {
  const fine = await clangTidy();
  if (fine) console.log('clang-tidy: fine');
  else if (fine === false || process.env['CI']) failed.push('clang-tidy');
}

if (failed.length > 0) {
  console.error(`lint: ${failed.join(', ')} failed${fix ? '' : ' (npm run format puts right what can be put right)'}`);
  process.exitCode = 1;
}
