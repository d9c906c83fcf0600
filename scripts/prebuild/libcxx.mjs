// libc++, libc++abi and libunwind for musl, static: Debian has them for glibc only, and the addon is to need nothing but libc.
// Built from the source of Debian's LLVM, with the clang that the addon is compiled with.

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import { root } from '../run.mjs';
import { download } from './debian.mjs';

const SOURCE = 'llvm-toolchain-14_14.0.6';

/** What the libraries are made of: another value, another sysroot. */
export const LIBCXX = {
  /** @type {import('./debian.mjs').Pin} */
  pin: [
    `l/llvm-toolchain-14/${SOURCE}.orig.tar.xz`,
    'd9bce5f42381d781e273c724db1ab0acd66259bf2782b79891664dbf1953d22c',
  ],
  parts: ['cmake', 'llvm/cmake', 'runtimes', 'libcxx', 'libcxxabi', 'libunwind'],
  options: {
    LLVM_ENABLE_RUNTIMES: 'libcxx;libcxxabi;libunwind',
    LLVM_INCLUDE_TESTS: 'OFF',
    LIBCXX_HAS_MUSL_LIBC: 'ON',
    LIBCXX_ENABLE_SHARED: 'OFF',
    LIBCXX_ENABLE_EXPERIMENTAL_LIBRARY: 'OFF',
    LIBCXX_ENABLE_FILESYSTEM: 'OFF',
    LIBCXX_INCLUDE_BENCHMARKS: 'OFF',
    LIBCXX_CXX_ABI: 'libcxxabi',
    LIBCXX_HERMETIC_STATIC_LIBRARY: 'ON',
    LIBCXXABI_ENABLE_SHARED: 'OFF',
    LIBCXXABI_SILENT_TERMINATE: 'ON', // its words need a demangler, which is as large as our line search
    LIBCXXABI_USE_LLVM_UNWINDER: 'ON',
    LIBCXXABI_HERMETIC_STATIC_LIBRARY: 'ON',
    LIBUNWIND_ENABLE_SHARED: 'OFF',
  },
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

/** What CMake found out about the compiler, of which an architecture makes no difference: more than a hundred small programs the first
 * time. @type {Map<string, string>} */
const answers = new Map();

/** @param {string} build */
function remember(build) {
  const cache = fs.readFileSync(path.join(build, 'CMakeCache.txt'), 'utf8');
  for (const [, name = '', value = ''] of cache.matchAll(/^(\w*(?:SUPPORTS|HAS)_\w+):INTERNAL=(.*)$/gm))
    answers.set(name, value);
}

/** Builds the three libraries into the sysroot. @param {string} sysroot @param {string} triple */
export function buildLibcxx(sysroot, triple) {
  const build = `${sysroot}-libcxx`;
  fs.rmSync(build, { recursive: true, force: true });
  /** @type {Record<string, string>} */
  const options = {
    ...Object.fromEntries(answers),
    ...LIBCXX.options,
    CMAKE_BUILD_TYPE: 'MinSizeRel',
    CMAKE_INSTALL_PREFIX: path.join(sysroot, 'usr'),
    CMAKE_SYSTEM_NAME: 'Linux',
    CMAKE_SYSTEM_PROCESSOR: triple.split('-', 1)[0] ?? '',
    CMAKE_SYSROOT: sysroot,
    CMAKE_TRY_COMPILE_TARGET_TYPE: 'STATIC_LIBRARY', // nothing can be linked before the libraries are there
    CMAKE_POSITION_INDEPENDENT_CODE: 'ON',
  };
  for (const [language, compiler] of Object.entries({ C: 'clang-14', CXX: 'clang++-14', ASM: 'clang-14' })) {
    options[`CMAKE_${language}_COMPILER`] = compiler;
    options[`CMAKE_${language}_COMPILER_TARGET`] = triple;
    options[`CMAKE_${language}_FLAGS`] = '-ffunction-sections -fdata-sections';
  }
  const defines = Object.entries(options).map(([name, value]) => `-D${name}=${value}`);
  /** @type {import('node:child_process').ExecFileSyncOptions} */
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'] };
  execFileSync(
    'cmake',
    ['--no-warn-unused-cli', '-G', 'Ninja', '-S', path.join(source(), 'runtimes'), '-B', build, ...defines],
    quiet,
  );
  remember(build);
  execFileSync('cmake', ['--build', build], quiet);
  execFileSync('cmake', ['--install', build], quiet);
  fs.rmSync(build, { recursive: true });
}
