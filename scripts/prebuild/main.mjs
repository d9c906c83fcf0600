// npm run prebuild [-- target…]: fills prebuilds/ with the addons that are named, or with all that this machine can
// build, and prints which are left out and why. A named addon that cannot be built is an error; in CI on Linux, so is
// any that Linux can cross-compile. `host` is this machine's ordinary build under the name of a prebuilt addon, made in
// seconds. Bundles and packages of a clone use it like a published one, but it is not for publishing (npm run
// prebuild:check). --into <folder>: fills the prebuilds/ of that folder.

import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import prebuildify from 'prebuildify';
import { buildAddon, root } from '../run.mjs';
import { lackedBy, stripperOf } from './cmake-options.mjs';
import { fileOf, isOfThisProcess, named, targets } from './targets.mjs';

const here = path.join(root, 'scripts', 'prebuild');
const { values, positionals } = parseArgs({
  options: { into: { type: 'string', default: root } },
  allowPositionals: true,
});
const folder = path.resolve(values.into);

/** @param {import('./targets.mjs').Target} target @returns {Promise<void>} */
function build(target) {
  const cwd = path.join(root, 'build-prebuild', target.name);
  fs.rmSync(path.join(cwd, 'build'), { recursive: true, force: true });
  fs.mkdirSync(cwd, { recursive: true });
  const adapter = path.join(here, 'cmake-js.mjs');
  return new Promise((resolve, reject) => {
    prebuildify(
      {
        napi: true,
        strip: true,
        stripBin: stripperOf(target),
        platform: target.platform,
        arch: target.arch,
        libc: target.libc,
        tagLibc: target.libc ?? false,
        name: 'lbfgs',
        cwd,
        out: folder,
        // Windows runs no script by its first line; prebuildify gives the command to a shell there.
        nodeGyp: process.platform === 'win32' ? `"${process.execPath}" "${adapter}"` : adapter,
      },
      (error) => {
        if (error) reject(error);
        else resolve();
      },
    );
  });
}

/**
 * Whether npm runs this script before `npm run build`, as it does with any script called prebuild. No prebuilt addons
 * are wanted then. Only the title of npm's process, which is its command line, shows which command it was.
 */
function isBeforeBuild() {
  if (process.env['npm_lifecycle_event'] !== 'prebuild' || process.platform === 'win32') return false;
  let pid = String(process.ppid);
  for (let shells = 0; shells < 3; shells++) {
    const { stdout } = spawnSync('ps', ['-o', 'ppid=,args=', '-p', pid], { encoding: 'utf8' });
    const [, parent = '', args = ''] = /^ *(\d+) (.*)/.exec(stdout) ?? [];
    if (args.startsWith('npm ')) return args.trim().endsWith(' build');
    pid = parent;
  }
  return false;
}

/** Puts the ordinary build where the package carries the addon for this machine. */
function copyHost() {
  const target = targets.find(isOfThisProcess);
  if (target === undefined)
    throw new Error('Expected one of the platforms of the package for host but received another');
  buildAddon('.');
  const file = path.join(folder, fileOf(target));
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.copyFileSync(path.join(root, 'build', 'Release', 'lbfgs.node'), file);
  console.log(`host: ${path.relative(process.cwd(), file)}, as ${target.name}`);
}

if (isBeforeBuild()) process.exit();
const asked = positionals.filter((name) => name !== 'host');
if (asked.length < positionals.length) copyHost();
for (const target of asked.length === 0 && positionals.length > 0 ? [] : named(asked)) {
  const lacked = lackedBy(target);
  if (lacked.length > 0) {
    const isOurs = target.triple !== undefined && process.platform === 'linux' && Boolean(process.env['CI']);
    console.log(`${target.name}: left out, it needs ${lacked.join(', ')}`);
    if (asked.length > 0 || isOurs) process.exitCode = 1;
    continue;
  }
  await build(target);
  const { size } = fs.statSync(path.join(folder, fileOf(target)));
  console.log(`${target.name}: ${fileOf(target)}, ${Math.round(size / 1000)} kB`);
}
