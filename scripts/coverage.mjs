// Line coverage of lib/ (c8) and of native/core and native/binding (gcov): the mocha suite on an instrumented addon,
// and at the same time the C++ tests, which count into the same files. Left out are tests that start programs, and
// tests that repeat very often what others do a few times (test/integrity, the paths of every instruction set, the
// memory in use): they take minutes and run no further line. The compiler must be g++, the one that gcov belongs to.

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import { anotherBuild, buildAddon, coreTests, mocha, outputOf, root, run, tool } from './run.mjs';

const folder = 'build-coverage';
const build = path.join(root, folder, 'build');

buildAddon(folder, { LBFGS_COVERAGE: 'ON', LBFGS_CORE_TESTS: 'ON' });
const counters = () =>
  fs.readdirSync(build, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.gcda'));
for (const name of counters()) fs.rmSync(path.join(build, name));

/**
 * A failing test fails this command too, but the figures are still worth printing.
 * @param {string} program @param {string[]} args @param {NodeJS.ProcessEnv} env
 */
async function count(program, args, env) {
  const { succeeded, output } = await outputOf(program, args, env);
  console.log(output);
  if (!succeeded) process.exitCode = 1;
}

const bundle = path.join(root, 'scripts', 'bundle.mjs');
run(process.execPath, [bundle, '--apart']);
const repetitive = ['test/integrity/**', 'test/parity/paths.test.ts', 'test/runtime/memory.test.ts'].flatMap(
  (files) => ['--ignore', files],
);
const suite = mocha([...anotherBuild, ...repetitive, '--reporter', 'dot']);
const counted = [
  count(process.execPath, [tool('c8', 'bin', 'c8.js'), ...suite], { LBFGS_PREBUILD: path.join(root, folder) }),
];
const coreProgram = path.join(build, 'lbfgs_core_tests');
if (fs.existsSync(coreProgram)) counted.push(count(coreProgram, [], coreTests));
else console.log('The C++ tests are not counted: they could not be built here.');
try {
  await Promise.all(counted);
} finally {
  run(process.execPath, [bundle]);
}

/**
 * The part of gcov's JSON that is read here.
 * @typedef {{ files: { file: string, lines: { line_number: number, count: number }[] }[] }} Gcov
 */
/**
 * How often each line ran, by file. A header is compiled into several objects: their counts add up.
 * @type {Map<string, Map<number, number>>}
 */
const files = new Map();
for (const name of counters()) {
  const json = execFileSync('gcov', ['--json-format', '--stdout', path.join(build, name)], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    cwd: build,
  });
  for (const text of json.split('\n').filter((line) => line !== '')) {
    /** @type {Gcov} */
    const report = JSON.parse(text);
    for (const { file, lines } of report.files) {
      const relative = path.relative(root, path.resolve(build, file));
      if (!/^native\/(core|binding)\//.test(relative)) continue;
      /** @type {Map<number, number>} */
      const counts = files.get(relative) ?? new Map();
      for (const { line_number: line, count } of lines) counts.set(line, (counts.get(line) ?? 0) + count);
      files.set(relative, counts);
    }
  }
}

/** @param {string} name @param {Map<number, number>[]} parts */
function print(name, parts) {
  const all = parts.flatMap((counts) => [...counts.values()]);
  const run = all.filter((count) => count > 0).length;
  const only = parts.length === 1 && parts[0] !== undefined ? [...parts[0]].filter(([, count]) => count === 0) : [];
  const missed = only.map(([line]) => line).sort((a, b) => a - b);
  const percent = all.length === 0 ? 100 : (100 * run) / all.length;
  console.log(
    `${name.padEnd(40)} ${percent.toFixed(2).padStart(7)} % of ${String(all.length).padStart(5)} lines  ${missed.join(' ')}`,
  );
}

console.log('\nC++ (lines; those never run)');
for (const dir of ['native/core', 'native/binding']) {
  const own = [...files].filter(([file]) => file.startsWith(`${dir}/`)).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [file, counts] of own) print(file, [counts]);
  print(
    `all of ${dir}`,
    own.map(([, counts]) => counts),
  );
}
