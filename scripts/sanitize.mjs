// The mocha suite on an addon built with AddressSanitizer and UndefinedBehaviorSanitizer, leaks included, ending at the
// first finding. Left out are tests that start programs, which use the ordinary build, and those of the examples, the
// pictures and the pages. Linux only. `npm run sanitize -- thread` uses ThreadSanitizer. Further arguments go to mocha.

import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { anotherBuild, buildAddon, mocha, root, run } from './run.mjs';

const [first, ...rest] = process.argv.slice(2);
const thread = first === 'thread';
const mochaArgs = thread || first === undefined ? rest : [first, ...rest];
const folder = thread ? 'build-tsan' : 'build-asan';
const libraries = thread ? ['libtsan.so'] : ['libasan.so', 'libubsan.so'];

buildAddon(folder, { LBFGS_SANITIZE: thread ? 'thread' : 'address,undefined' });

// Node itself is not instrumented, so the runtimes must be there before it starts.
const compiler = process.env['CXX'] ?? 'g++';
const preload = libraries.map((name) =>
  execFileSync(compiler, [`-print-file-name=${name}`], { encoding: 'utf8' }).trim(),
);
// Node 24 and later leak one OpenSSL table at start-up. Nothing of v8:: or node:: is ever suppressed: that would hide
// real leaks.
const leaks =
  Number(process.versions.node.split('.', 1)[0]) >= 24
    ? `:suppressions=${path.join(root, 'scripts', 'lsan.supp')}`
    : '';
const ofPrograms = ['examples/**', 'docs/**', 'mpi/examples.test.ts', 'mpi/picture.test.ts'];
const leftOut = ofPrograms.flatMap((name) => ['--ignore', `test/${name}`]);
const command = mocha([...anotherBuild, ...leftOut, ...mochaArgs]);

// Only the tests get the preload (by env), not this script, the build or the compiler. ThreadSanitizer needs fixed
// addresses (setarch -R).
run('env', [`LD_PRELOAD=${preload.join(' ')}`, ...(thread ? ['setarch', '-R'] : []), ...command], {
  LBFGS_PREBUILD: path.join(root, folder),
  // allocator_may_return_null: tests ask for more memory than there is, and the core must answer as it does without the
  // sanitizer.
  ASAN_OPTIONS:
    'detect_leaks=1:halt_on_error=1:strict_string_checks=1:detect_stack_use_after_return=1:allocator_may_return_null=1',
  LSAN_OPTIONS: `print_suppressions=0${leaks}`,
  UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
  TSAN_OPTIONS: 'halt_on_error=1:ignore_noninstrumented_modules=1',
});
