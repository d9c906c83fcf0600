// How long the package and an addon alone take to load, on top of Node, and that loading is all that happens then: no thread is started.

import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from '../run.mjs';

const PROGRAM = `
  const { readdirSync } = require('node:fs');
  const threads = () => (process.platform === 'linux' ? readdirSync('/proc/self/task').length : 0);
  const before = threads();
  const start = performance.now();
  require(process.argv[1]);
  const took = performance.now() - start;
  console.log(JSON.stringify({ took, started: threads() - before }));`;

/**
 * Milliseconds that `require` takes in a process of its own. Throws what is wrong with it.
 * @param {string} module @param {string} cwd from where it is required @param {NodeJS.ProcessEnv} [env] variables beyond this process's
 */
function load(module, cwd, env = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', PROGRAM, module], {
    encoding: 'utf8',
    cwd,
    env: { ...process.env, ...env },
  });
  if (status !== 0) throw new Error(`it does not load: ${stderr.trim()}`);
  /** @type {{ took: number, started: number }} */
  const { took, started } = JSON.parse(stdout);
  if (started > 0) throw new Error(`loading it starts ${started} threads`);
  return took;
}

/**
 * Of an addon, and of `require('lbfgs')` as this package has it with the addons of a folder, less what Node takes for any package: for
 * one that has an empty file in place of ours. In turn, and the quickest of each: what else the machine does only ever adds. Throws
 * what is wrong with either.
 * @param {string} addon its file @param {string} folder whose prebuilds/ it is in @param {number} runs of each, >= 1
 */
export function measureLoads(addon, folder, runs) {
  const empty = fs.mkdtempSync(path.join(os.tmpdir(), 'lbfgs-empty-'));
  try {
    fs.copyFileSync(path.join(root, 'package.json'), path.join(empty, 'package.json'));
    fs.mkdirSync(path.join(empty, 'dist'));
    fs.writeFileSync(path.join(empty, 'dist', 'index.js'), '');
    const quickest = { addon: Infinity, library: Infinity, node: Infinity };
    for (let run = 0; run < runs; run++) {
      quickest.addon = Math.min(quickest.addon, load(addon, root));
      const prebuilt = { LBFGS_PREBUILD: folder, PREBUILDS_ONLY: '1' };
      quickest.library = Math.min(quickest.library, load('lbfgs', root, prebuilt));
      quickest.node = Math.min(quickest.node, load('lbfgs', empty));
    }
    return { addon: quickest.addon, library: quickest.library - quickest.node };
  } finally {
    fs.rmSync(empty, { recursive: true });
  }
}
