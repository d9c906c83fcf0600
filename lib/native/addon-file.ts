// Finds the binary for the platform of this process. The variables that tell npm and node-gyp-build to build for
// another platform (npm_config_arch, npm_config_platform, LIBC) are ignored, because programs that npm starts inherit
// them.

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { libcOf } from './elf';

/**
 * The C library that this process runs on; undefined where there is no choice, or neither the program nor the runtime
 * says.
 */
export function libcName(): 'glibc' | 'musl' | undefined {
  if (process.platform !== 'linux') return undefined;
  return attempt(() => libcOf(process.execPath)) ?? attempt(libcOfReport);
}

interface Report {
  getReport?: () => unknown;
  excludeNetwork?: boolean;
}

/**
 * The C library by Node's diagnostic report, which takes milliseconds: for a program that may not be read, or that is
 * linked statically.
 */
function libcOfReport(): 'glibc' | 'musl' | undefined {
  const { report } = process as { report?: Report };
  if (report?.getReport === undefined) return undefined;
  // With the network in it, a report may ask for the names of all hosts that this process is connected with.
  const { excludeNetwork } = report;
  if (excludeNetwork !== undefined) report.excludeNetwork = true;
  try {
    const { header } = report.getReport() as { header?: Record<string, unknown> };
    // A program linked statically with glibc has the second field alone.
    const glibc = header?.['glibcVersionRuntime'] ?? header?.['glibcVersionCompiler'];
    return glibc === undefined ? 'musl' : 'glibc';
  } finally {
    if (excludeNetwork !== undefined) report.excludeNetwork = excludeNetwork;
  }
}

/** What `look` returns; undefined where it throws, as with files that this process may not read. */
export function attempt<T>(look: () => T | undefined): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

const isThere = (file: string): boolean => attempt(() => existsSync(file)) === true;

/**
 * Files below the package's own folder. Bundlers and tracers that collect the files of a program read these two
 * templates: they know __dirname, take `name` for any text, and so collect the binaries of all platforms. ncc accepts
 * one unknown part at most. In an ES module there is no __dirname, unless the bundler has defined one.
 */
const prebuilt = (name: string): string => `${__dirname}/../prebuilds/${name}`;
const compiled = (): string => `${__dirname}/../build/Release/lbfgs.node`;

/** The folder in which the binary is looked for instead of the package's. */
function folderAskedFor(): string | undefined {
  const { LBFGS_PREBUILD: folder } = process.env;
  return folder === '' ? undefined : folder;
}

/** The folders whose build/Release and prebuilds/ are looked into. */
export function foldersOf(): [string, ...string[]] {
  const beside = path.dirname(process.execPath); // of a program that is one file
  return [folderAskedFor() ?? attempt(() => path.resolve(__dirname, '..')) ?? beside, beside];
}

/** The addon's file; undefined where there is none. */
export function findAddon(): string | undefined {
  const libc = libcName();
  const isOurs = folderAskedFor() === undefined;
  const [first, ...others] = foldersOf();
  const inBuild = isOurs ? compiled : () => path.join(first, 'build', 'Release', 'lbfgs.node');
  const inPrebuilds = isOurs ? prebuilt : (name: string) => path.join(first, 'prebuilds', name);
  const candidates = namesFor(libc).map((name) => () => inPrebuilds(name));
  if (!process.env['PREBUILDS_ONLY']) candidates.unshift(inBuild);
  for (const look of candidates) {
    const file = attempt(() => path.resolve(look()));
    if (file !== undefined && isThere(file)) return file;
  }
  return [first, ...others].map((folder) => attempt(() => fittingIn(folder, libc))).find((file) => file !== undefined);
}

/** As prebuildify names the addon for this process, below prebuilds/. */
function namesFor(libc: string | undefined): string[] {
  const folder = `${process.platform}-${process.arch}`;
  if (process.platform !== 'linux') return [`${folder}/lbfgs.node`];
  return (libc === undefined ? ['glibc', 'musl'] : [libc]).map((tag) => `${folder}/lbfgs.${tag}.node`);
}

interface Tuple {
  readonly name: string;
}
interface Tags {
  readonly file: string;
  readonly libc?: string;
  readonly armv?: string;
}
type Compare<T> = (a: T, b: T) => number;
/** The functions of node-gyp-build that read the names that prebuildify gives to folders and files. */
interface Names {
  parseTuple(name: string): Tuple | undefined;
  matchTuple(platform: string, arch: string): (tuple: Tuple | undefined) => boolean;
  compareTuples: Compare<Tuple>;
  parseTags(file: string): Tags | undefined;
  matchTags(runtime: string, abi: string): (tags: Tags) => boolean;
  compareTags(runtime: string): Compare<Tags>;
}

/**
 * The best of the addon's files in a folder's prebuilds/ whose names have other forms: for several CPUs in one file,
 * for Electron, …
 */
function fittingIn(folder: string, libc: string | undefined): string | undefined {
  const prebuilds = path.join(folder, 'prebuilds');
  const names = readdirSync(prebuilds);
  // Loaded only here: node-gyp-build looks for a file of Alpine's and into the environment when it is loaded.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const rules = require('node-gyp-build/node-gyp-build.js') as Names;
  const runtime = process.versions['electron'] === undefined ? 'node' : 'electron';
  const tuples = names.map((name) => rules.parseTuple(name)).filter((tuple) => tuple !== undefined);
  const [tuple] = tuples.filter(rules.matchTuple(process.platform, process.arch)).sort(rules.compareTuples);
  if (tuple === undefined) return undefined;
  const matches = rules.matchTags(runtime, process.versions.modules);
  const [best] = readdirSync(path.join(prebuilds, tuple.name))
    .filter((file) => file.startsWith('lbfgs.')) // in a bundle, the folder is another package's
    .map((file) => rules.parseTags(file))
    .filter((tags) => tags !== undefined)
    // libc and armv are compared here, because node-gyp-build compares them with the environment.
    .filter(({ libc: of, armv, ...tags }) => (of ?? libc) === libc && armv === undefined && matches(tags))
    .sort(rules.compareTags(runtime));
  return best && path.join(prebuilds, tuple.name, best.file);
}
