// npm run prebuild [-- target…]: fills prebuilds/ with the addons that are named, or with all that this machine can build, and says
// which it leaves out and why. A named one that cannot be built is an error; so is, in CI on Linux, one that other machines build here.

import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import prebuildify from 'prebuildify';
import { root } from '../run.mjs';
import { lackedBy, stripperOf } from './cmake-options.mjs';
import { fileOf, named } from './targets.mjs';

const here = path.join(root, 'scripts', 'prebuild');

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
        out: root,
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
 * Whether npm runs this before `npm run build`, for it takes the name for that: no one asked for prebuilt addons then. Only npm's own
 * command line tells, which it has for a title.
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

if (isBeforeBuild()) process.exit();
const asked = process.argv.slice(2);
for (const target of named(asked)) {
  const lacked = lackedBy(target);
  if (lacked.length > 0) {
    const isOurs = target.triple !== undefined && process.platform === 'linux' && Boolean(process.env['CI']);
    console.log(`${target.name}: left out, it needs ${lacked.join(', ')}`);
    if (asked.length > 0 || isOurs) process.exitCode = 1;
    continue;
  }
  await build(target);
  const { size } = fs.statSync(path.join(root, fileOf(target)));
  console.log(`${target.name}: ${fileOf(target)}, ${Math.round(size / 1000)} kB`);
}
