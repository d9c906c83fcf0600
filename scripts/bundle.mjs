// lib/ into dist/: one CommonJS file for each entry point, for Node reads one file several times faster than thirty, and one for what
// finds the binary. Beside each entry point stands an ES module: `import` gets the very objects that `require` gets, so that there is
// one class identity however the package is loaded. With --apart a file of lib/ stays a file, as coverage wants it.

import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';
import { root } from './run.mjs';

const entries = ['index', 'safetensors'];
const dist = path.join(root, 'dist');
const apart = process.argv.includes('--apart');

for (const name of fs.readdirSync(dist)) if (/\.js(\.map)?$/.test(name)) fs.rmSync(path.join(dist, name));
const modules = fs.readdirSync(path.join(root, 'lib')).filter((name) => !name.endsWith('.d.ts'));
await build({
  absWorkingDir: root,
  entryPoints: apart ? modules.map((name) => `lib/${name}`) : [...entries, 'addon'].map((name) => `lib/${name}.ts`),
  outdir: dist,
  bundle: !apart,
  ...(apart ? {} : { external: ['#addon', 'node-gyp-build'] }), // the first is for a user's bundler: docs/bundlers.md
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  sourcemap: true,
  logLevel: 'warning',
});

const require = createRequire(import.meta.url);
for (const entry of entries) {
  /** @type {Record<string, unknown>} */
  const exported = require(path.join(dist, `${entry}.js`));
  const names = Object.keys(exported)
    .filter((name) => name !== '__esModule')
    .sort();
  if (names.length === 0 || names.includes('default')) {
    throw new Error(`Expected named exports only from dist/${entry}.js but found [${names.join(', ')}]`);
  }
  const lines = names.map((name) => `export const ${name} = cjs.${name};`);
  fs.writeFileSync(path.join(dist, `${entry}.mjs`), `import cjs from './${entry}.js';\n${lines.join('\n')}\n`);
  fs.writeFileSync(path.join(dist, `${entry}.d.mts`), `export * from './${entry}.js';\n`);
}
