// Builds and runs the C++ tests: the core alone, without Node. `npm run valgrind` runs them under valgrind, leaks
// included. Arguments go to the test program (doctest's: --help lists them).

import * as fs from 'node:fs';
import path from 'node:path';
import { coreTests, isThere, root, run } from './run.mjs';

const build = path.join(root, 'build-core');
const program = path.join(build, process.platform === 'win32' ? 'lbfgs_core_tests.exe' : 'lbfgs_core_tests');

run(process.execPath, [path.join(root, 'scripts', 'fetch-eigen.mjs'), '--optional']);
fs.rmSync(program, { force: true }); // so that what runs below is never the program of an earlier build
const generator = isThere('ninja') ? ['-G', 'Ninja'] : [];
run('cmake', ['-S', root, '-B', build, ...generator, '-DCMAKE_BUILD_TYPE=Release', '-DLBFGS_CORE_TESTS=ON']);
run('cmake', ['--build', build, '--config', 'Release', '--parallel', '2']);

if (fs.existsSync(program)) {
  const [first, ...rest] = process.argv.slice(2);
  const args = first === '--valgrind' ? rest : process.argv.slice(2);
  // valgrind must not replace the tests' own operator new, which fails where a test asks for that.
  const valgrind = ['valgrind', '--quiet', '--leak-check=full', '--error-exitcode=1'];
  const under = first === '--valgrind' ? [...valgrind, '--soname-synonyms=somalloc=nouserintercepts'] : [];
  const [command = program, ...commandArgs] = [...under, program, ...args];
  run(command, commandArgs, coreTests);
} else {
  console.error('The C++ tests were left out; the warning of CMake above says why.');
  if (process.env['CI']) process.exitCode = 1;
}
