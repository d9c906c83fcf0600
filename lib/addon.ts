// Finds the binary when the package is loaded: build/Release of a clone, otherwise the prebuilt one for this platform.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
// The file that the package's own entry only passes on: one file less to read whenever lbfgs is loaded.
import { resolve } from 'node-gyp-build/node-gyp-build.js';
import { LBFGSError } from './errors';
import type { NativeBinding } from './native';

const root = path.resolve(__dirname, '..');

function loadBinding(): NativeBinding {
  try {
    const file = resolve(root);
    lookAt(file);
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    return require(file) as NativeBinding;
  } catch (cause) {
    throw new LBFGSError('ERR_LBFGS_NATIVE', explain(cause), { cause });
  }
}

/** As an ELF file's header has them. */
const MACHINES: Readonly<Record<number, string>> = { 62: 'x64', 183: 'arm64' };

/**
 * Refuses a Linux library that lost its end, in a download or on a full disk: loading it would end the process by SIGBUS. And one that
 * is for another CPU, of which the system says that it is not there.
 */
function lookAt(file: string): void {
  const header = new DataView(new ArrayBuffer(64));
  const handle = openSync(file, 'r');
  try {
    const read = readSync(handle, header);
    if (read >= 4 && header.getUint32(0) !== 0x7f454c46) return; // no ELF: the other systems look for themselves
    // The table of sections stands last: where it begins, and its entries' length and number.
    const end = Number(header.getBigUint64(0x28, true)) + header.getUint16(0x3a, true) * header.getUint16(0x3c, true);
    const isWhole = read === 64 && readSync(handle, header, 0, 1, end - 1) === 1;
    if (!isWhole) throw new Error(`it is cut short, ${fstatSync(handle).size} bytes`);
    const machine = MACHINES[header.getUint16(0x12, true)] ?? process.arch;
    if (machine !== process.arch) throw new Error(`it is for ${machine}`);
  } finally {
    closeSync(handle);
  }
}

/** What was looked for, what came of it, and the one command that helps. */
function explain(cause: unknown): string {
  const platform = `${process.platform}-${process.arch}`;
  const libc = libcName();
  const target = libc === undefined ? platform : `${platform}-${libc}`;
  return (
    `Expected a native addon for ${target} but received ${found(platform, cause)}. To compile it here, offline, with cmake and a ` +
    `C++20 compiler: node "${path.join(root, 'bin', 'lbfgs.mjs')}" build`
  );
}

function found(platform: string, cause: unknown): string {
  try {
    const why = cause instanceof Error ? cause.message.trim().replaceAll(/\s+/g, ' ') : String(cause);
    return `${resolve(root)}, which does not load (${why})`;
  } catch {
    const folder = process.env['LBFGS_PREBUILD'] ?? root;
    return `none: no lbfgs.node in build/Release and none that fits in prebuilds/${platform}, of ${folder}`;
  }
}

/** The C library that this process runs on; undefined where there is no choice, or the runtime does not say. */
function libcName(): 'glibc' | 'musl' | undefined {
  const { report } = process as { report?: { getReport?: () => unknown } };
  if (process.platform !== 'linux' || report?.getReport === undefined) return undefined;
  const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
}

// As a binary exports itself, for it may stand in this file's place.
export = loadBinding();
