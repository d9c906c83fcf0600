// How a target is compiled, and what this machine lacks for it.

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { isThere, root } from '../run.mjs';
import { sysroot } from './sysroot.mjs';

/** @typedef {import('./targets.mjs').Target} Target */

/** A release build must not fail for a warning of a newer compiler. */
const COMMON = { LBFGS_WERROR: 'OFF' };

/** Whether the target is built here by a cross compiler, rather than by the machine's own. @param {Target} target */
const isCross = ({ platform, name }) => platform === 'linux' || (name === 'win32-x64' && process.platform === 'linux');

/** @param {Target} target @returns {Record<string, string>} options of CMake */
export function optionsFor(target) {
  if (target.platform === 'darwin') return { ...COMMON, CMAKE_OSX_DEPLOYMENT_TARGET: '11.0' };
  if (!isCross(target)) return COMMON;
  const toolchain = target.platform === 'linux' ? 'linux' : 'mingw';
  const system = target.platform === 'linux' ? { LBFGS_SYSROOT: sysroot(target) } : {};
  return {
    ...COMMON,
    ...system,
    LBFGS_TRIPLE: target.triple ?? '',
    CMAKE_TOOLCHAIN_FILE: path.join(root, 'cmake', 'toolchains', `${toolchain}.cmake`),
  };
}

/** The program that strips a target's file. @param {Target} target */
export const stripperOf = ({ platform }) => (platform === 'darwin' ? 'strip' : 'llvm-strip-14');

/** What this machine lacks to build a target; empty where it can. @param {Target} target */
export function lackedBy(target) {
  const needed = ['cmake'];
  if (!isCross(target)) {
    if (process.platform !== target.platform) return [`a machine with ${target.platform}`];
    // One Mac builds for both of its architectures; on Windows each has a machine of its own.
    if (target.platform === 'win32' && process.arch !== target.arch) return [`a machine with ${target.name}`];
  } else if (target.platform === 'linux') {
    if (process.platform !== 'linux' || spawnSync('apt-get', ['--version']).status !== 0)
      return ['a machine with Debian'];
    needed.push('clang++-14', 'ld.lld-14', 'llvm-strip-14', 'dpkg-deb', 'ninja');
  } else {
    needed.push('clang++-14', 'ld.lld-14', 'llvm-strip-14', 'x86_64-w64-mingw32-g++-posix');
  }
  return needed.filter((command) => !isThere(command));
}
