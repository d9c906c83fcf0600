// Builds libc++, libc++abi and libunwind for musl as static libraries, so that the addon needs nothing but libc: Debian
// has them for glibc only. The source is that of Debian's LLVM, the compiler the clang that the addon is compiled with.

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import { root } from '../run.mjs';
import { download } from './debian.mjs';

const SOURCE = 'llvm-toolchain-14_14.0.6';

const PROJECT = path.join(root, 'cmake', 'libcxx');

/** What the libraries are made of. A sysroot's name depends on it, so that another value makes another sysroot. */
export const LIBCXX = {
  /** @type {import('./debian.mjs').Pin} */
  pin: [
    `l/llvm-toolchain-14/${SOURCE}.orig.tar.xz`,
    'd9bce5f42381d781e273c724db1ab0acd66259bf2782b79891664dbf1953d22c',
  ],
  parts: ['libcxx', 'libcxxabi', 'libunwind'],
  project: fs.readFileSync(path.join(PROJECT, 'CMakeLists.txt'), 'utf8'),
};

/** The needed part of LLVM's source on this machine. */
function source() {
  const folder = path.join(root, 'build-prebuild', SOURCE);
  if (fs.existsSync(folder)) return folder;
  const work = `${folder}.part`;
  fs.rmSync(work, { recursive: true, force: true });
  fs.mkdirSync(work, { recursive: true });
  const parts = LIBCXX.parts.map((part) => `${SOURCE}/${part}`);
  execFileSync('tar', ['-xJf', download(LIBCXX.pin), '-C', work, '--strip-components=1', '--exclude=*/test', ...parts]);
  fs.renameSync(work, folder);
  return folder;
}

/** Builds the three libraries into the sysroot. @param {string} sysroot @param {string} triple */
export function buildLibcxx(sysroot, triple) {
  const build = `${sysroot}-libcxx`;
  fs.rmSync(build, { recursive: true, force: true });
  const options = {
    LLVM_SOURCE: source(),
    LBFGS_TRIPLE: triple,
    LBFGS_SYSROOT: sysroot,
    CMAKE_TOOLCHAIN_FILE: path.join(root, 'cmake', 'toolchains', 'linux.cmake'),
    CMAKE_TRY_COMPILE_TARGET_TYPE: 'STATIC_LIBRARY', // nothing can be linked before the libraries are there
    CMAKE_BUILD_TYPE: 'MinSizeRel',
    CMAKE_INSTALL_PREFIX: path.join(sysroot, 'usr'),
  };
  const defines = Object.entries(options).map(([name, value]) => `-D${name}=${value}`);
  /** @type {import('node:child_process').ExecFileSyncOptions} */
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'] };
  execFileSync('cmake', ['-G', 'Ninja', '-S', PROJECT, '-B', build, ...defines], quiet);
  execFileSync('cmake', ['--build', build], quiet);
  execFileSync('cmake', ['--install', build], quiet);
  fs.rmSync(build, { recursive: true });
}
