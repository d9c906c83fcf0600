// npm run prebuild:check [-- --all | target…]: checks whether prebuilds/, and the Eigen that its addons are compiled
// with, may be published. Every file there is checked; the named targets, or with --all every target, must be there.
// --in <folder>: checks the prebuilds/ of that folder instead of the repository's. --untimed: does not check how long
// loading takes, for tests, which must not depend on a clock.

import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../run.mjs';
import { inspect } from './inspect.mjs';
import { measureLoads } from './load.mjs';
import { problemsOf } from './rules.mjs';
import { fileOf, isOfThisProcess, named, targets } from './targets.mjs';

const { values, positionals } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    in: { type: 'string', default: root },
    untimed: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
/** Of the processor time that Node itself takes to start: 10 ms where that is 50, and more on a slower machine. */
const LOAD_LIMIT = 0.2;
const folder = path.resolve(values.in);
const required = values.all ? targets : positionals.length > 0 ? named(positionals) : [];

/** @type {string[]} */
const faults = [];
/** @param {string} file @param {string} fault */
const blame = (file, fault) => faults.push(`${file}: ${fault}`);

const prebuilds = path.join(folder, 'prebuilds');
const there = fs.existsSync(prebuilds)
  ? fs
      .readdirSync(prebuilds, { recursive: true, withFileTypes: true, encoding: 'utf8' })
      .filter((entry) => !entry.isDirectory() && entry.name !== 'README.md')
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
  : [];
for (const target of required) if (!there.includes(fileOf(target))) blame(fileOf(target), 'is missing');
if (there.length === 0) blame('prebuilds', 'holds none (npm run prebuild)');

for (const file of there.sort()) {
  const target = targets.find((each) => fileOf(each) === file);
  if (target === undefined) {
    blame(file, 'is the file of no target');
    continue;
  }
  const inspected = inspect(path.join(folder, file));
  const problems = problemsOf(target, inspected);
  if (problems.length === 0 && isOfThisProcess(target)) {
    try {
      const { addon, library, node } = measureLoads(path.join(folder, file), folder, values.untimed ? 1 : 60);
      const [addonTook, libraryTook, nodeTook] = [addon, library, node].map((time) => `${time.toFixed(1)} ms`);
      const took = `loads in ${addonTook}, the package with it in ${libraryTook}, where Node starts in ${nodeTook}`;
      if (values.untimed || Math.max(addon, library) < LOAD_LIMIT * node) console.log(`${file}: ${took}`);
      else problems.push(`${took}: expected less than ${LOAD_LIMIT * 100} % of that`);
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  for (const problem of problems) blame(file, problem);
  const versions = inspected.imported.map((symbol) => /@GLIBC_(.*)/.exec(symbol)?.[1] ?? '').filter(Boolean);
  const newest = versions.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
  const floor = newest === undefined ? '' : `, glibc >= ${newest}`;
  if (problems.length === 0)
    console.log(`${file}: ${inspected.target}, ${Math.round(inspected.size / 1000)} kB${floor}: fine`);
}
const eigen = [path.join(root, 'scripts', 'fetch-eigen.mjs'), '--check'];
const { status, stderr } = spawnSync(process.execPath, eigen, { encoding: 'utf8' });
if (status !== 0) faults.push(stderr.trim());
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
