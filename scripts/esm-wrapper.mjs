// Writes dist/index.mjs and dist/index.d.mts: `import` gets the very objects that `require` gets, so that there is one class
// identity however the package is loaded.

import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', 'dist');
/** @type {Record<string, unknown>} */
const exported = createRequire(import.meta.url)(path.join(dist, 'index.js'));
const names = Object.keys(exported)
  .filter((name) => name !== '__esModule')
  .sort();
if (names.length === 0 || names.includes('default')) {
  throw new Error(`Expected named exports only from dist/index.js but found [${names.join(', ')}]`);
}

/** Writes only what changed, so that nothing downstream is rebuilt for nothing. @param {string} name @param {string} text */
function write(name, text) {
  const file = path.join(dist, name);
  if (!fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== text) fs.writeFileSync(file, text);
}

write(
  'index.mjs',
  `import cjs from './index.js';\n${names.map((name) => `export const ${name} = cjs.${name};`).join('\n')}\n`,
);
write('index.d.mts', `export * from './index.js';\n`);
