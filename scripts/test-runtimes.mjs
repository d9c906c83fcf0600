// The mocha suite with the same addon on each Node in build-tools/runtimes (npm run side-tools) of another major
// version than this one. The newest Node runs all tests but those that start programs (bundled, packaged or by MPI),
// which run on this Node anyway; the others run the tests of the API. Arguments: --newest or --between, for one of the
// two; --whole, for everything on each; --jobs N, for so many at once (as many as there are processors where absent);
// further ones go to mocha.

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { mocha, outputOf, root, withoutPrograms } from './run.mjs';

const folder = path.join(root, 'build-tools', 'runtimes', 'node_modules');
const major = Number(process.versions.node.split('.', 1)[0]);
const found = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
const others = found
  .filter((name) => /^node-\d+$/.test(name) && name !== `node-${major}`)
  .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
const newest = others.at(-1);
/** The tests that a Node other than the newest runs. */
const api = ['async', 'distributed', 'torch', 'unit'].map((name) => `test/${name}/**/*.test.ts`);
if (others.length === 0) {
  console.error('No other Node is installed (npm run side-tools -- runtimes; for Linux on x64 only)');
  process.exitCode = 1;
}

const given = process.argv.slice(2);
/** @param {string} name */
const takes = (name) => given.includes(name) && given.splice(given.indexOf(name), 1).length > 0;
const isWhole = takes('--whole');
const [onlyNewest, onlyBetween] = [takes('--newest'), takes('--between')];
const jobs = given.includes('--jobs') ? Number(given.splice(given.indexOf('--jobs'), 2)[1]) : availableParallelism();
if (!(jobs >= 1)) throw new Error('Expected a number from 1 on after --jobs');

// Several run at once; the output of each is printed in one piece.
const waiting = others.filter((name) => (name === newest ? !onlyBetween : !onlyNewest));
await Promise.all(Array.from({ length: jobs }, testNext));

async function testNext() {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const program = path.join(folder, name, 'bin', 'node');
    const version = execFileSync(program, ['--version'], { encoding: 'utf8' }).trim();
    const [, ...args] = mocha([
      ...(isWhole ? [] : [...withoutPrograms, '--ignore', 'test/mpi/**']),
      ...given,
      ...(isWhole || name === newest ? [] : api),
    ]);
    const PATH = [path.dirname(program), process.env['PATH']].join(path.delimiter);
    const { succeeded, output } = await outputOf(program, args, { PATH });
    console.log(`\n=== Node ${version}\n${output}`);
    if (!succeeded) process.exitCode = 1;
  }
}
