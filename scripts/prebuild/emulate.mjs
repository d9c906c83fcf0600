// How this machine runs a program of JavaScript as another platform would: by Node for that platform, or Bun where the
// npm registry has no Node for it (musl), on an emulator or with system libraries of its own.
// scripts/prebuild/setup.mjs installs all of these.

import * as fs from 'node:fs';
import path from 'node:path';
import { root } from '../run.mjs';

export const side = path.join(root, 'build-side');
/** An installed program of the side folder. @param {string[]} parts */
export const sideTool = (...parts) => path.join(side, 'node_modules', ...parts);

/** The system libraries of a target's runtime. @param {string} target */
export const rootOf = (target) => path.join(side, 'systems', target);
export const winePrefix = path.join(side, 'wine');
export const WINE = '/usr/lib/wine/wine64';

/**
 * @typedef {object} Emulator
 * @property {string[]} command to be followed by the program's file and arguments
 * @property {Record<string, string>} env
 */

/**
 * Bun on musl. musl's loader is named in the command, because this machine has none.
 * @param {string} target @param {string} bun @param {string[]} emulator
 */
const onMusl = (target, bun, ...emulator) => ({
  command: [
    ...emulator,
    path.join(rootOf(target), 'libc.so'),
    '--library-path',
    rootOf(target),
    sideTool('@oven', bun, 'bin', 'bun'),
  ],
  env: {},
});
/** @param {string} exe */
const onWine = (exe) => ({
  command: [WINE, exe],
  // Wine reports an older version of Windows than Node requires.
  env: { WINEPREFIX: winePrefix, WINEDEBUG: '-all', NODE_SKIP_PLATFORM_CHECK: '1' },
});

/** A copy of node.exe under another name, as Electron is one. */
export const renamedNode = path.join(side, 'renamed', 'an-app.exe');

/** @type {Readonly<Record<string, { target: string, emulator: Emulator }>>} */
export const emulators = {
  'Node on linux-arm64-glibc': {
    target: 'linux-arm64-glibc',
    emulator: {
      command: ['qemu-aarch64', '-L', rootOf('linux-arm64-glibc'), sideTool('node-arm64', 'bin', 'node')],
      env: {},
    },
  },
  'Bun on linux-x64-musl': { target: 'linux-x64-musl', emulator: onMusl('linux-x64-musl', 'bun-linux-x64-musl') },
  'Bun on linux-arm64-musl': {
    target: 'linux-arm64-musl',
    emulator: onMusl('linux-arm64-musl', 'bun-linux-aarch64-musl', 'qemu-aarch64'),
  },
  'Node on win32-x64': { target: 'win32-x64', emulator: onWine(sideTool('node-win', 'bin', 'node.exe')) },
  'a renamed Node on win32-x64': { target: 'win32-x64', emulator: onWine(renamedNode) },
};

/** Whether setup.mjs came to its end here. */
export const isSetUp = () => fs.existsSync(path.join(side, 'ready'));
