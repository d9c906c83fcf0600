// Stands for Electron around its utility process: reads modules from asar archives, and gives trainer.js a port whose other end is the
// process that forked this one. argv: where asar-node is, the trainer.

import fs from 'node:fs'; // the object that asar-node changes, not its exports
import Module, { createRequire } from 'node:module';
import path from 'node:path';
import { offerPort } from './parent-port.mjs';

const [, , asarNode = '', trainer = ''] = process.argv;
const require = createRequire(import.meta.url);
const registry = /** @type {{ register(): void }} */ (require(asarNode));
registry.register();

/**
 * The part of Node's loader that is looked into.
 * @typedef {object} Loader
 * @property {(request: string, parent: { filename: string }, ...rest: unknown[]) => string} _resolveFilename
 */
// asar-node lacks the "imports" of a package.json in an archive, which Electron reads.
const loader = /** @type {Loader} */ (/** @type {unknown} */ (Module));
const resolveFilename = loader._resolveFilename.bind(loader);
/** @type {Loader['_resolveFilename']} */
loader._resolveFilename = (request, parent, ...rest) => {
  if (!request.startsWith('#')) return resolveFilename(request, parent, ...rest);
  let folder = path.dirname(parent.filename);
  while (!fs.existsSync(path.join(folder, 'package.json'))) folder = path.dirname(folder);
  /** @type {{ imports: Record<string, { default: string }> }} */
  const { imports } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return path.join(folder, imports[request]?.default ?? '');
};

offerPort(() => {
  require(trainer);
});

// No part of Electron: which binaries were loaded, and by what executable.
process.on('message', (data) => {
  if (data !== 'binaries') return;
  const binaries = Object.keys(require.cache).filter((file) => file.endsWith('.node'));
  process.send?.({ kind: 'binaries', binaries, executable: process.execPath });
});
