// The properties of a compiled addon, read from the file by llvm-readobj: ELF, COFF or Mach-O, on any machine.

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { isThere } from '../run.mjs';

/** llvm-readobj: its name on Debian 12, and elsewhere. */
const readobj = ['llvm-readobj-14', 'llvm-readobj'].find(isThere);

/**
 * @typedef {object} Inspected
 * @property {string} target platform and architecture of the machine code, as in process: 'linux-x64'; '' for any other
 * file
 * @property {number} size bytes
 * @property {boolean} stripped no table of symbols beyond the dynamic ones
 * @property {string[]} libraries that must be there when it is loaded
 * @property {string[]} exported
 * @property {string[]} imported with the version that it is bound to, if any: 'memcpy@GLIBC_2.14'
 */

/** @type {Readonly<Record<string, string>>} as llvm-readobj calls the formats */
const TARGETS = {
  'elf64-x86-64': 'linux-x64',
  'elf64-littleaarch64': 'linux-arm64',
  'COFF-x86-64': 'win32-x64',
  'COFF-ARM64': 'win32-arm64',
  'Mach-O 64-bit x86-64': 'darwin-x64',
  'Mach-O arm64': 'darwin-arm64',
};
/** The options of llvm-readobj for the files of each system. @type {Readonly<Record<string, string[]>>} */
const QUESTIONS = {
  linux: ['--dyn-syms', '--needed-libs', '--sections'],
  win32: ['--coff-imports', '--coff-exports'],
  darwin: ['--syms', '--needed-libs'],
};

/** @param {string} file @param {string[]} options */
function ask(file, ...options) {
  if (readobj === undefined)
    throw new Error('Expected llvm-readobj on the PATH (Debian: apt-get install llvm-14) but found none');
  return execFileSync(readobj, [...options, file], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/** The blocks `<name> {` … `}` of an answer. @param {string} text @param {string} name */
const blocks = (text, name) =>
  [...text.matchAll(new RegExp(`^( *)${name} \\{\\n([^]*?)^\\1\\}`, 'gm'))].map(([, , block = '']) => block);

/** @param {string} block @param {string} name */
const field = (block, name) => new RegExp(`^ *${name}: (.*?)(?: \\(\\w+\\))?$`, 'm').exec(block)?.[1] ?? '';

/** The libraries of `NeededLibraries [ … ]`. @param {string} text */
const needed = (text) =>
  (/^NeededLibraries \[\n([^]*?)^\]/m.exec(text)?.[1] ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

/** @param {string} text @returns {Omit<Inspected, 'target' | 'size'>} */
function elf(text) {
  const symbols = blocks(text, 'Symbol').filter((block) => field(block, 'Name') !== '');
  const isDefined = (/** @type {string} */ block) => field(block, 'Section') !== 'Undefined';
  return {
    stripped: !blocks(text, 'Section').some((block) => field(block, 'Type') === 'SHT_SYMTAB'),
    libraries: needed(text),
    exported: symbols.filter(isDefined).map((block) => field(block, 'Name').replace(/@.*/, '')),
    imported: symbols.filter((block) => !isDefined(block)).map((block) => field(block, 'Name')),
  };
}

/** @param {string} text @param {string} file @returns {Omit<Inspected, 'target' | 'size'>} */
function coff(text, file) {
  // Blocks without a name are the entries of a library that is bound late.
  const imports = [...blocks(text, 'Import'), ...blocks(text, 'DelayImport')].filter((block) => field(block, 'Name'));
  // llvm-readobj does not list the functions that MinGW's linker binds late, but their names are in the file.
  const late = fs.readFileSync(file, 'latin1').match(/(?<=\0)(napi|node_api)_\w+(?=\0)/g) ?? [];
  const exported = blocks(text, 'Export')
    .map((block) => field(block, 'Name'))
    .filter(Boolean);
  const bound = imports.flatMap((block) => [...block.matchAll(/^ *Symbol: (\S+)/gm)].map(([, name = '']) => name));
  return {
    stripped: field(ask(file, '--file-headers'), 'SymbolCount') === '0',
    libraries: imports.map((block) => field(block, 'Name')),
    exported,
    imported: [...new Set([...bound, ...late])].filter((name) => !exported.includes(name)),
  };
}

/** @param {string} text @returns {Omit<Inspected, 'target' | 'size'>} */
function machO(text) {
  const symbols = blocks(text, 'Symbol');
  const isUndefined = (/** @type {string} */ block) => /^ *Type: Undef/m.test(block);
  const isExternal = (/** @type {string} */ block) => /^ *Extern$/m.test(block);
  const names = (/** @type {string[]} */ of) => of.map((block) => field(block, 'Name').replace(/^_/, ''));
  return {
    // __dyld_private is the linker's own symbol, which no strip removes.
    stripped: symbols.every((block) => isExternal(block) || field(block, 'Name') === '__dyld_private'),
    libraries: needed(text),
    exported: names(symbols.filter((block) => isExternal(block) && !isUndefined(block))),
    imported: names(symbols.filter(isUndefined)),
  };
}

/** @param {string} file @returns {Inspected} */
export function inspect(file) {
  const { size } = fs.statSync(file);
  let format = '';
  try {
    format = field(ask(file, '--file-headers'), 'Format');
  } catch (error) {
    if (readobj === undefined) throw error;
  }
  const target = TARGETS[format] ?? '';
  const [platform = ''] = target.split('-');
  const questions = QUESTIONS[platform];
  if (questions === undefined) return { target, size, stripped: true, libraries: [], exported: [], imported: [] };
  const text = ask(file, ...questions);
  const details = platform === 'linux' ? elf(text) : platform === 'win32' ? coff(text, file) : machO(text);
  return { target, size, ...details };
}
