// publint and are-the-types-wrong on what `npm pack` would ship. What is in it, a test says: test/package/contents.test.ts.

import { root, run, tool } from './run.mjs';

run(process.execPath, [tool('publint', 'src', 'cli.js'), '--strict', '--pack', 'npm']);
run(process.execPath, [tool('@arethetypeswrong', 'cli', 'dist', 'index.js'), '--pack', root, '--format', 'ascii']);
