// The mocha suite, or the files that are named. Further arguments go to mocha: -g 'part of a name', --reporter dot, …

import { mocha, succeeds } from './run.mjs';

const [program, ...args] = mocha(process.argv.slice(2));
if (!succeeds(program ?? process.execPath, args)) process.exitCode = 1;
