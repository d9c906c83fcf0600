// What the scripts here share: where the repository is, running a command with its output shown, building the addon.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/**
 * A file of an installed package, to be run by node itself: no shell, no npx, the same on every platform.
 * @param {string[]} parts
 */
export const tool = (...parts) => path.join(root, 'node_modules', ...parts);

/** Runs a command in the repository with its output shown; true if it ended well. @param {string} command @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env] variables beyond this process's */
export function succeeds(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  if (error) console.error(`${command}: ${error.message}`);
  return status === 0;
}

/**
 * Runs a command in the repository, while others may run; resolves to its output at the end.
 * @param {string} command @param {string[]} args @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{ succeeded: boolean, output: string }>}
 */
export async function outputOf(command, args, env = {}) {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => (output += text));
  const [status] = await once(child, 'close');
  return { succeeded: status === 0, output };
}

/** As succeeds(), but a failure ends this script with the reason. @param {string} command @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env] */
export function run(command, args, env) {
  if (!succeeds(command, args, env)) {
    console.error(
      `failed: ${[path.basename(command), ...args.map((arg) => path.relative(root, arg) || arg)].join(' ')}`,
    );
    process.exit(1);
  }
}

/**
 * The command line that runs mocha. Unless the arguments name files, mocha runs all tests but those of bridges to other
 * libraries (npm run test:frameworks), which need a process of their own, because of what those libraries start in it.
 * @param {string[]} args
 */
export const mocha = (args) => [
  process.execPath,
  tool('mocha', 'bin', 'mocha.js'),
  ...args,
  ...(args.some((arg, index) => arg.endsWith('.ts') && args[index - 1] !== '--ignore')
    ? []
    : ['test/**/*.test.ts', '--ignore', 'test/frameworks/**']),
];

/**
 * Arguments for mocha that leave out the tests that start programs of their own. Those use the ordinary build, on
 * whatever Node they need.
 */
export const withoutPrograms = ['consumers', 'electron', 'package', 'site'].flatMap((name) => [
  '--ignore',
  `test/${name}/**`,
]);

// These tests use the ordinary addon whatever LBFGS_PREBUILD says, or call none.
const otherPrograms = [
  'runtime/kernel-symbols',
  'runtime/old-cpus',
  'unit/arrows',
  'unit/bench-bounds',
  'unit/bench-problems',
];
/** Arguments for mocha that leave out the tests that say nothing about another build of the addon. */
export const anotherBuild = [
  ...withoutPrograms,
  ...otherPrograms.flatMap((name) => ['--ignore', `test/${name}.test.ts`]),
];

/**
 * Variables for the C++ tests. The tests allocate and free long vectors thousands of times, which is four times faster
 * on huge pages.
 */
export const coreTests = {
  LBFGS_GOLDEN_DIR: path.join(root, 'test', 'golden'),
  GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
};

/** @param {string} command */
export const isThere = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;

/**
 * Builds the addon into `<folder>/build/Release/lbfgs.node` ('.' is the ordinary build). LBFGS_PREBUILD=<folder> makes
 * the package load that one instead.
 * @param {string} folder @param {Record<string, string>} [options] CMake options
 * @param {string[]} [further] arguments for cmake-js
 */
export function buildAddon(folder, options = {}, further = []) {
  run(process.execPath, [path.join(root, 'scripts', 'fetch-eigen.mjs'), '--optional']);
  const defines = Object.entries(options).map(([name, value]) => `--CD${name}=${value}`);
  const cmakeJs = [
    tool('cmake-js', 'bin', 'cmake-js'),
    '--log-level',
    'warn',
    '--out',
    path.join(root, folder, 'build'),
    ...further,
  ];
  // Not `compile`: after a compile error, it deletes the whole build and starts again. Configuring each time costs
  // little, and repairs a build folder whose first configuration failed.
  run(process.execPath, [...cmakeJs, 'configure', ...defines]);
  run(process.execPath, [...cmakeJs, 'build']);
}
