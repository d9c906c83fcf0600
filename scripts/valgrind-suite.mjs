// The mocha suite on the ordinary addon under valgrind, failing where it finds anything, without the tests that start
// programs of their own, which valgrind does not follow. It takes an hour; further arguments go to mocha. Linux only.

import path from 'node:path';
import { mocha, root, run, withoutPrograms } from './run.mjs';

run('valgrind', [
  '--quiet',
  '--error-exitcode=1',
  '--smc-check=all-non-file', // V8 writes code as it goes
  `--suppressions=${path.join(root, 'scripts', 'valgrind.supp')}`,
  ...mocha(['--no-timeouts', ...withoutPrograms, ...process.argv.slice(2)]),
]);
