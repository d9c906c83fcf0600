// Loads the binary when the package is loaded: build/Release of a clone, otherwise the prebuilt one for this platform.

import { createRequire } from 'node:module';
import { adviceOn, nameOf } from './native/addon-advice';
import { findAddon, foldersOf } from './native/addon-file';
import { checkElf } from './native/elf';
import { LBFGSError } from './checks/errors';
import type { NativeBinding } from './native/native';

function loadBinding(): NativeBinding {
  let file: string | undefined;
  try {
    file = findAddon();
    if (file === undefined) throw new Error('No file of that name is there');
    checkElf(file);
    // Not `require` itself: a bundler would take the file for a module that it has to find while it bundles.
    return createRequire(file)(file) as NativeBinding;
  } catch (cause) {
    const expected = `Expected a native addon for ${nameOf()} but received ${found(file, cause)}`;
    throw new LBFGSError('ERR_LBFGS_NATIVE', `${expected}. ${adviceOn(cause)}`, { cause });
  }
}

function found(file: string | undefined, cause: unknown): string {
  if (file === undefined) {
    const [folder] = foldersOf();
    const platform = `${process.platform}-${process.arch}`;
    const build = process.env['PREBUILDS_ONLY'] ? '' : 'no lbfgs.node in build/Release and ';
    return `none: ${build}none that fits in prebuilds/${platform}, of ${folder}`;
  }
  const why = cause instanceof Error ? cause.message.trim().replaceAll(/\s+/g, ' ') : String(cause);
  return `${file}, which does not load (${why})`;
}

// `export =`, as a binary exports itself: a bundler may put the binary in this file's place.
export = loadBinding();
