// npm run prebuild:check refuses what must not be published. The spoiled addons are a few lines of C, compiled here for each system.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import { fileOf, named, targets } from '../../scripts/prebuild/targets.mjs';
import { leftOut, newFolder, ROOT, run, type Outcome } from './place';

const CHECK = path.join(ROOT, 'scripts', 'prebuild', 'check.mjs');
const LINUX = 'linux-x64-glibc';

/** What every addon exports; the body of the first is what a test adds. */
const source = (body = ''): string => `
  extern int napi_wrap(void);
  ${body === '' ? '' : `extern int ${body}(void);`}
  __attribute__((visibility("default"))) int napi_register_module_v1(void) { return napi_wrap() ${body === '' ? '' : `+ ${body}()`}; }
  __attribute__((visibility("default"))) int node_api_module_get_api_version_v1(void) { return 8; }
  #ifdef _WIN32
  void *__delayLoadHelper2(void *descriptor, void *address) { return descriptor == address ? descriptor : address; }
  #endif
  `;

const fileIn = (folder: string, target: string): string => path.join(folder, fileOf(named([target])[0]!));

/** A folder whose prebuilds/ hold copies of these of the repository's, each under its own or another's name. */
function withCopies(copies: Readonly<Record<string, string>>): string {
  const folder = newFolder();
  for (const [as, of] of Object.entries(copies)) {
    fs.mkdirSync(path.dirname(fileIn(folder, as)), { recursive: true });
    fs.copyFileSync(fileIn(ROOT, of), fileIn(folder, as));
  }
  return folder;
}

/** The same with one library compiled from C. */
function withCompiled(target: string, code: string, options: readonly string[] = [], name = target): string {
  const folder = newFolder();
  const file = fileIn(folder, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const [c, object] = ['c', 'o'].map((type) => path.join(folder, `addon.${type}`)) as [string, string];
  fs.writeFileSync(c, code);
  const { arch, platform } = named([target])[0]!;
  const cpu = arch === 'x64' ? 'x86_64' : 'aarch64';
  const clang = (triple: string): unknown =>
    execFileSync('clang-14', [
      `--target=${triple}`,
      '-fvisibility=hidden',
      ...(platform === 'linux' ? ['-fPIC'] : []),
      '-c',
      c,
      '-o',
      object,
    ]);
  if (platform === 'darwin') {
    clang(`${arch === 'x64' ? cpu : 'arm64'}-apple-macos11`);
    const version = ['-platform_version', 'macos', '11.0', '11.0'];
    const id = ['-install_name', '@rpath/lbfgs.node', '-undefined', 'dynamic_lookup'];
    const mac = arch === 'x64' ? cpu : 'arm64';
    execFileSync('ld64.lld-14', ['-arch', mac, ...version, '-dylib', ...id, object, '-o', file]);
  } else if (platform === 'win32') {
    clang(`${cpu}-pc-windows-msvc`);
    const [definitions, library] = ['def', 'lib'].map((type) => path.join(folder, `node.${type}`)) as [string, string];
    fs.writeFileSync(definitions, 'LIBRARY node.exe\nEXPORTS\nnapi_wrap\nuv_run\n');
    const machine = `/machine:${arch}`;
    execFileSync('llvm-dlltool-14', ['-m', arch === 'x64' ? 'i386:x86-64' : arch, '-d', definitions, '-l', library]);
    const names = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];
    const exports = names.map((symbol) => `/export:${symbol}`);
    const late = ['/delayload:node.exe', '/noentry', '/nodefaultlib', machine];
    execFileSync('lld-link-14', ['/dll', ...late, ...exports, object, library, `/out:${file}`, `/implib:${library}2`]);
  } else {
    clang(`${cpu}-linux-gnu`);
    execFileSync('clang-14', [
      '-shared',
      '-fuse-ld=lld',
      ...(options.includes('-lc') ? [] : ['-nostdlib']),
      ...options,
      object,
      '-o',
      file,
    ]);
  }
  return folder;
}

const check = (folder: string, ...args: string[]): Promise<Outcome> =>
  run([process.execPath, CHECK, '--untimed', '--in', folder, ...args], { cwd: ROOT });

async function refused(folder: string, ...faults: RegExp[]): Promise<void> {
  const { status, stderr } = await check(folder);
  for (const fault of faults) assert.match(stderr, fault);
  assert.equal(status, 1);
}

describe('prebuild:check', () => {
  const reason = leftOut();
  if (reason !== null) {
    console.log(`left out: prebuild:check (${reason})`);
    return;
  }

  it('lets pass what this machine builds', async () => {
    const { status, stdout, stderr } = await check(ROOT, LINUX);
    assert.equal(stderr, '');
    assert.equal(status, 0);
    assert.match(
      stdout,
      /^prebuilds\/linux-x64\/lbfgs\.glibc\.node: loads in \d+\.\d ms, the package with it in \d+\.\d ms, where Node starts in \d+\.\d ms$/m,
    );
    assert.match(stdout, /^prebuilds\/linux-x64\/lbfgs\.glibc\.node: linux-x64, \d+ kB, glibc >= 2\.\d+: fine$/m);
  });

  it('refuses one that does not load', async () => {
    const trap = '__attribute__((constructor)) static void trap(void) { __builtin_trap(); }';
    await refused(withCompiled(LINUX, source() + trap, ['-Wl,-s']), /lbfgs\.glibc\.node: it does not load/);
  });

  it('refuses a folder that lacks one, naming each', async () => {
    const { status, stderr } = await check(withCopies({ [LINUX]: LINUX }), '--all');
    const missing = targets.filter(({ name }) => name !== LINUX).map((target) => `${fileOf(target)}: is missing`);
    assert.deepEqual(stderr.trim().split('\n'), missing);
    assert.equal(status, 1);
  });

  it('refuses an empty folder', () => refused(newFolder(), /^prebuilds: holds none/));

  it('refuses a file that belongs to no target', async () => {
    const folder = withCopies({ [LINUX]: LINUX });
    fs.writeFileSync(path.join(folder, 'prebuilds', 'linux-x64', 'notes.txt'), '');
    await refused(folder, /^prebuilds\/linux-x64\/notes\.txt: is the file of no target$/m);
  });

  it('refuses a file under the name of another CPU, system or C library', async () => {
    const mislabelled = {
      [LINUX]: 'linux-arm64-glibc',
      'linux-arm64-glibc': LINUX,
      'linux-x64-musl': LINUX,
      'linux-arm64-musl': 'win32-x64',
      'win32-x64': LINUX,
    };
    await refused(
      withCopies(mislabelled),
      /^prebuilds\/linux-x64\/lbfgs\.glibc\.node: it is for linux-arm64$/m,
      /^prebuilds\/linux-arm64\/lbfgs\.glibc\.node: it is for linux-x64$/m,
      /^prebuilds\/linux-x64\/lbfgs\.musl\.node: it needs libc\.so\.6$/m,
      /^prebuilds\/linux-arm64\/lbfgs\.musl\.node: it is for win32-x64$/m,
      /^prebuilds\/win32-x64\/lbfgs\.node: it is for linux-x64$/m,
    );
  });

  it('refuses a musl file under the name of glibc', () =>
    refused(withCopies({ [LINUX]: 'linux-x64-musl' }), /it needs libc\.so$/m));

  it('refuses a file that is cut short', async () => {
    const folder = withCopies({ [LINUX]: LINUX });
    fs.truncateSync(fileIn(folder, LINUX), 300_000);
    await refused(folder, /lbfgs\.glibc\.node: it is no library for any of our platforms, or it is cut short$/m);
  });

  for (const [what, symbol, fault] of [
    ['libuv', 'uv_run', "is of Node's inside"],
    ["V8's C++", '_ZN2v87Isolate10GetCurrentEv', "is of Node's inside"],
    ["Node's C++", '_ZN4node19GetCurrentEventLoopEPN2v87IsolateE', "is of Node's inside"],
    [
      'external array buffers',
      'napi_create_external_arraybuffer',
      'is no function of Node-API 8, or one that we do not use',
    ],
    ['a later Node-API', 'node_api_symbol_for', 'is no function of Node-API 8, or one that we do not use'],
    ['something of nobody', 'a_function', "is not glibc's"],
  ] as const) {
    it(`refuses a use of ${what}`, () =>
      refused(withCompiled(LINUX, source(symbol), ['-s']), new RegExp(`: it uses ${symbol}, which ${fault}$`, 'm')));
  }

  for (const [what, symbol] of [
    ["libgcc's, of glibc", '__getauxval'], // how arm64's atomics may ask for what the CPU has
    ['a C++ library that is not in it', '_ZNSt3__18ios_base5clearEj'],
  ] as const) {
    it(`refuses for musl a use of ${what}`, () =>
      refused(
        withCompiled('linux-x64-musl', source(symbol), ['-s']),
        new RegExp(`: it uses ${symbol}, which is not musl's$`, 'm'),
      ));
  }

  it('refuses a glibc above the floor', () =>
    // Debian 12's own glibc has it since 2.36.
    refused(
      withCompiled(LINUX, source('arc4random'), ['-s', '-lc']),
      /: it uses arc4random@GLIBC_2\.36, which needs more than glibc 2\.28$/m,
    ));

  it('refuses a C++ library that is not linked statically', () =>
    refused(
      withCompiled(LINUX, source('_ZSt9terminatev'), ['-s', '-lc', '-lstdc++']),
      /: it needs libstdc\+\+\.so\.6$/m,
      /: it uses _ZSt9terminatev@GLIBCXX_3\.4, which is of another library than glibc$/m,
    ));

  it('refuses further exports, a table of symbols, and what is too large', () =>
    refused(
      withCompiled(LINUX, `${source()} __attribute__((visibility("default"))) char more[1000000] = {1};`),
      /: it exports more, napi_register_module_v1, node_api_module_get_api_version_v1$/m,
      /: it is not stripped$/m,
      /: it has \d{7} bytes, 1000000 or more$/m,
    ));

  for (const target of ['darwin-x64', 'darwin-arm64', 'win32-arm64']) {
    it(`knows a file for ${target}, and refuses it under another name`, async () => {
      const { status, stdout, stderr } = await check(withCompiled(target, source()));
      assert.deepEqual([status, stderr], [0, '']);
      assert.match(stdout, new RegExp(`: ${target}, \\d+ kB: fine$`, 'm'));
      const other = target === 'darwin-x64' ? 'darwin-arm64' : 'darwin-x64';
      await refused(withCompiled(target, source(), [], other), new RegExp(`: it is for ${target}$`, 'm'));
      await refused(withCompiled(target, source('uv_run')), /: it uses uv_run, which is of Node's inside$/m);
    });
  }
});
