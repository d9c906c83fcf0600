// Measures how long the package and an addon alone take to load, on top of Node, and checks that loading starts no
// thread.

import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from '../run.mjs';

// Processor time, which hardly depends on what else the machine does; Windows counts it in steps of 16 ms, so there it is time by the clock.
const PROGRAM = `
  const { readdirSync } = require('node:fs');
  const used = ({ user, system }) => (user + system) / 1000;
  const now = () => (process.platform === 'win32' ? performance.now() : used(process.cpuUsage()));
  const threads = () => (process.platform === 'linux' ? readdirSync('/proc/self/task').length : 0);
  const before = threads();
  const start = now();
  require(process.argv[1]);
  const took = now() - start;
  console.log(JSON.stringify({ start, took, started: threads() - before }));`;

/**
 * Milliseconds that Node took to start in a process of its own, and that `require` took then. Throws what is wrong with
 * the module.
 * @param {string} module @param {string} cwd from where it is required
 * @param {NodeJS.ProcessEnv} [env] variables beyond this process's
 */
function load(module, cwd, env = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', PROGRAM, module], {
    encoding: 'utf8',
    cwd,
    env: { ...process.env, ...env },
  });
  if (status !== 0) throw new Error(`it does not load: ${stderr.trim()}`);
  /** @type {{ start: number, took: number, started: number }} */
  const { start, took, started } = JSON.parse(stdout);
  if (started > 0) throw new Error(`loading it starts ${started} threads`);
  return { start, took };
}

/**
 * Measures the milliseconds of loading an addon, of `require('lbfgs')` with the addons of a folder, and of Node's own
 * start. The time of `require` is less that of a package with an empty file in place of ours. The three are measured in
 * turn, and the least time of each is returned, since other work of the machine only adds to a time. Throws what is
 * wrong with the addon or the package.
 * @param {string} addon its file @param {string} folder whose prebuilds/ it is in @param {number} runs of each, >= 1
 */
export function measureLoads(addon, folder, runs) {
  const empty = fs.mkdtempSync(path.join(os.tmpdir(), 'lbfgs-empty-'));
  try {
    fs.copyFileSync(path.join(root, 'package.json'), path.join(empty, 'package.json'));
    fs.mkdirSync(path.join(empty, 'dist'));
    fs.writeFileSync(path.join(empty, 'dist', 'index.js'), '');
    const prebuilt = { LBFGS_PREBUILD: folder, PREBUILDS_ONLY: '1' };
    const rounds = Array.from({ length: runs }, () => ({
      addon: load(addon, root),
      library: load('lbfgs', root, prebuilt),
      empty: load('lbfgs', empty),
    }));
    /** @param {(round: typeof rounds[number]) => number} time */
    const quickest = (time) => Math.min(...rounds.map(time));
    return {
      addon: quickest((round) => round.addon.took),
      library: quickest((round) => round.library.took) - quickest((round) => round.empty.took),
      node: quickest((round) => round.empty.start),
    };
  } finally {
    fs.rmSync(empty, { recursive: true });
  }
}
