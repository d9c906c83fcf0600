// publint and are-the-types-wrong on what `npm pack` would ship. test/package/contents.test.ts tests which files that
// is.

import path from 'node:path';
import { root, run, tool } from './run.mjs';

// The Eigen in the package must be what was fetched, to the bit.
run(process.execPath, [path.join(root, 'scripts', 'fetch-eigen.mjs'), '--check']);
run(process.execPath, [tool('publint', 'src', 'cli.js'), '--strict', '--pack', 'npm']);
run(process.execPath, [tool('@arethetypeswrong', 'cli', 'dist', 'index.js'), '--pack', root, '--format', 'ascii']);
