// Writes an ES module beside each entry point in dist/: `import` gets the very objects that `require` gets, so that there is one
// class identity however the package is loaded.

import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', 'dist');
const require = createRequire(import.meta.url);

/** Writes only what changed, so that nothing downstream is rebuilt for nothing. @param {string} name @param {string} text */
function write(name, text) {
  const file = path.join(dist, name);
  if (!fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== text) fs.writeFileSync(file, text);
}

for (const entry of ['index', 'safetensors']) {
  /** @type {Record<string, unknown>} */
  const exported = require(path.join(dist, `${entry}.js`));
  const names = Object.keys(exported)
    .filter((name) => name !== '__esModule')
    .sort();
  if (names.length === 0 || names.includes('default')) {
    throw new Error(`Expected named exports only from dist/${entry}.js but found [${names.join(', ')}]`);
  }
  const lines = names.map((name) => `export const ${name} = cjs.${name};`);
  write(`${entry}.mjs`, `import cjs from './${entry}.js';\n${lines.join('\n')}\n`);
  write(`${entry}.d.mts`, `export * from './${entry}.js';\n`);
}
