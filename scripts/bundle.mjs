// lib/ into dist/: one CommonJS file for each entry point, since Node reads one file several times faster than thirty.
// `index` imports '#addon', which package.json's "imports" answer by `addon`, a file that finds the binary when the
// program starts; or by the binary itself where a bundler is told which (docs/bundlers.md). There are no other files
// for other tools: the file that a tool resolves is the file that runs. Beside each entry stands an ES module: `import`
// gets the very objects that `require` gets, so that there is one class identity however the package is loaded. With
// --apart each file of lib/ becomes a file of dist/, which coverage needs. A file whose text would not change is not
// written, since tests that run meanwhile may read it.

import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build, transform } from 'esbuild';
import { root } from './run.mjs';

const dist = path.join(root, 'dist');
/** @type {{ exports: Record<string, unknown> }} */
const manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
/** The entry points of package.json's "exports", by the names of their files. */
const entries = Object.keys(manifest.exports)
  .filter((name) => name !== './package.json')
  .map((name) => (name === '.' ? 'index' : name.slice('./'.length)));
/**
 * Exports are plain properties, which a test may replace (jest.spyOn), in place of esbuild's getters, which cannot be
 * redefined. No module imports an entry point before the entry point has run, so a getter is not needed.
 */
const plainExports = "module.exports = Object.defineProperty({ ...module.exports }, '__esModule', { value: true });";
/**
 * The beginning of each file. Where esbuild makes an ES module of a bundle, a `require` that throws takes the place of
 * Node's, and its error names neither this package nor a way out. `require` stands outside of `try`, because Rollup
 * does not resolve one within `try`.
 */
const requireWorks = `"use strict";
const requireUtil = () => require('node:util');
try {
  requireUtil();
} catch (cause) {
  const message =
    'Expected a require() for the package lbfgs in this bundle but received none, as in an ES module: give it one by createRequire, or ' +
    'leave lbfgs out of the bundle, as docs/bundlers.md has it';
  throw Object.assign(new Error(message, { cause }), { name: 'LBFGSError', code: 'ERR_LBFGS_NATIVE' });
}`;

/** @type {Set<string>} */
const written = new Set();
/** @param {string} name of a file of dist/ @param {string} text */
function put(name, text) {
  const file = path.join(dist, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  if (!fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== text) fs.writeFileSync(file, text);
  written.add(name);
}

/**
 * @param {Record<string, string>} modules files of lib/ by their name in dist/
 * @param {import('esbuild').BuildOptions} options
 */
async function bundle(modules, options) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(Object.entries(modules).map(([name, module]) => [name, `lib/${module}.ts`])),
    outdir: dist,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logLevel: 'warning',
    define,
    ...options,
    write: false,
  });
  for (const { path: file, text } of outputFiles) {
    const other = file.endsWith('.js') ? /^.*[^ -~\n].*$/m.exec(text) : null;
    if (other)
      throw new Error(`Expected ASCII alone, which Node loads faster by a tenth, but found ${other[0].trim()}`);
    put(path.relative(dist, file), text);
  }
}

/**
 * Bridges to other libraries, and the parts of the index that are loaded on demand, use the package as users do, so
 * that there is one copy of the package, whatever is loaded first.
 * @type {import('esbuild').Plugin}
 */
const oneIndex = {
  name: 'one index',
  setup(builder) {
    builder.onResolve({ filter: /\/fit$/ }, ({ kind }) =>
      kind === 'require-call' ? { path: './fit.js', external: true } : undefined,
    );
    builder.onResolve({ filter: /^\.\.?\/(index|safetensors)$/ }, ({ path: imported, kind }) =>
      kind === 'entry-point' ? undefined : { path: `./${path.basename(imported)}.js`, external: true },
    );
  },
};

/**
 * The program of the worker threads of lbfgs/workers, as a text in place of `SHARD_PROGRAM`, so that no tool has to
 * find a file for it.
 */
const shard = fs.readFileSync(path.join(root, 'lib', 'adapters', 'workers-shard.ts'), 'utf8');
const { code: program } = await transform(shard, { loader: 'ts', target: 'node20', banner: "'use strict';" });
const define = { SHARD_PROGRAM: JSON.stringify(program) };

const external = ['#addon', 'node-gyp-build'];
const common = { bundle: true, external, banner: { js: requireWorks }, plugins: [oneIndex] };
if (process.argv.includes('--apart')) {
  const names = fs
    .readdirSync(path.join(root, 'lib'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts') && name !== 'addon.ts');
  const modules = names.map((name) => name.slice(0, -'.ts'.length).replaceAll(path.sep, '/'));
  await bundle(Object.fromEntries(modules.map((module) => [module, module])), { sourcemap: true });
} else {
  const footer = { js: plainExports };
  // Not minified: Node prints the whole line of an uncaught error, and where esbuild limits the length of lines, it
  // breaks strings, which other tools then indent. The entries besides the index are small and have no map.
  await bundle({ index: 'index' }, { ...common, footer, sourcemap: true });
  const others = Object.fromEntries(entries.filter((entry) => entry !== 'index').map((entry) => [entry, entry]));
  await bundle(others, { ...common, footer });
  await bundle({ fit: 'fit/fit' }, common);
}
await bundle({ addon: 'addon' }, common);

const require = createRequire(import.meta.url);
for (const entry of entries) {
  const file = path.join(dist, `${entry}.js`);
  if (!written.has(`${entry}.js`)) continue;
  /** @type {Record<string, unknown>} */
  const exported = require(file);
  const names = Object.keys(exported)
    .filter((name) => name !== '__esModule')
    .sort();
  if (names.length === 0 || names.includes('default')) {
    throw new Error(`Expected named exports only from dist/${entry}.js but found [${names.join(', ')}]`);
  }
  const lines = names.map((name) => `export const ${name} = cjs.${name};`);
  put(`${entry}.mjs`, `import cjs from './${entry}.js';\n${lines.join('\n')}\n`);
}
for (const entry of entries) {
  put(`${entry}.d.mts`, `export * from './${entry}.js';\n`);
}
for (const name of fs.readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
  if (/\.(m?js|js\.map|d\.mts)$/.test(name) && !written.has(name)) fs.rmSync(path.join(dist, name));
}
