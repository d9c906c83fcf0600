// Runs the program that argv names as Electron runs it in a utility process, with the arguments behind it.

import { createRequire } from 'node:module';
import { offerPort } from './parent-port.mjs';

const [program = ''] = process.argv.splice(2, 1);
offerPort(() => {
  createRequire(import.meta.url)(program);
});
