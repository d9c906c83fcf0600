// What helps where the binary was not found, or does not load.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { attempt, foldersOf, libcName } from './addon-file';

/** This platform, as package.json's "imports" name it: linux-x64-glibc. */
export function nameOf(): string {
  return [process.platform, process.arch, libcName()].filter(Boolean).join('-');
}

/** One sentence that says what to do. */
export function adviceOn(cause: unknown): string {
  const { code, resource = '' } = (cause ?? {}) as { code?: unknown; resource?: string };
  if (code === 'ERR_DLOPEN_DISABLED') {
    return permission() !== undefined
      ? 'Node was started with its permission model, which forbids addons: start it with --allow-addons as well'
      : 'Addons are switched off in this process: start Node without --no-addons';
  }
  const unreadable = code === 'ERR_ACCESS_DENIED' ? resource : unreadableFolder();
  if (unreadable !== undefined) {
    return `Node was started with its permission model, which forbids to read ${unreadable}: start it with --allow-fs-read for it as well`;
  }
  const { LBFGS_PREBUILD, PREBUILDS_ONLY } = process.env;
  if (LBFGS_PREBUILD) {
    return `The environment variable LBFGS_PREBUILD names the folder that is looked into: unset it, or let it name one with a fitting addon`;
  }
  const command = attempt(() => commandOf(path.resolve(__dirname, '..')));
  if (command === undefined) {
    return (
      `The package's code is in a bundle, or in a copy of some of its files, without the binary: leave lbfgs out of the bundle, or take ` +
      `the binary in by the condition lbfgs-${nameOf()}, as docs/bundlers.md has it`
    );
  }
  return `To compile it here, offline, with cmake and a C++20 compiler: ${command}${PREBUILDS_ONLY ? '; then unset the environment variable PREBUILDS_ONLY, which leaves build/Release out' : ''}`;
}

interface Permission {
  has(scope: 'fs.read', resource: string): boolean;
}
/** What Node's permission model allows; undefined where it is off. */
const permission = (): Permission | undefined => (process as { permission?: Permission }).permission;

/** The folder that was looked into without being allowed to. */
function unreadableFolder(): string | undefined {
  const [folder] = foldersOf();
  return permission()?.has('fs.read', folder) === false ? folder : undefined;
}

/** The command that compiles the addon, for a shell; undefined where the package's own file for it is not there. */
function commandOf(root: string): string | undefined {
  const file = path.join(root, 'bin', 'lbfgs.mjs');
  if (!existsSync(file)) return undefined;
  return `node ${quote(file)} build`;
}

/** A path as one word of a command line: in double quotes where these suffice, because Windows has no others. */
function quote(file: string): string {
  const isPlain = process.platform === 'win32' || !/["$`\\!]/.test(file);
  return isPlain ? `"${file}"` : `'${file.replaceAll("'", String.raw`'\''`)}'`;
}
