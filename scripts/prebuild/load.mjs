// How long the package or an addon alone takes to load, on top of Node, and that loading is all that happens then: no thread is started.

import { spawnSync } from 'node:child_process';
import { root } from '../run.mjs';

const LIMIT_MS = 10;
const RUNS = 10;
const PROGRAM = `
  const { readdirSync } = require('node:fs');
  const threads = () => (process.platform === 'linux' ? readdirSync('/proc/self/task').length : 0);
  require.resolve('lbfgs/package.json'); // Node's part: it loads what looks into packages when there is the first one
  const before = threads();
  const start = performance.now();
  require(process.argv[1]);
  const took = performance.now() - start;
  console.log(JSON.stringify({ took, started: threads() - before }));`;

/**
 * The quickest of a few processes, for what else the machine does only ever adds.
 * @param {string} module what is required, as from this package @param {NodeJS.ProcessEnv} [env] variables beyond this process's
 * @returns {{ took: number, fault?: string }}
 */
export function measureLoad(module, env = {}) {
  let took = Infinity;
  for (let run = 0; run < RUNS; run++) {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', PROGRAM, module], {
      encoding: 'utf8',
      cwd: root,
      env: { ...process.env, ...env },
    });
    if (status !== 0) return { took, fault: `it does not load: ${stderr.trim()}` };
    /** @type {{ took: number, started: number }} */
    const answer = JSON.parse(stdout);
    if (answer.started > 0) return { took, fault: `loading it starts ${answer.started} threads` };
    took = Math.min(took, answer.took);
  }
  return took < LIMIT_MS ? { took } : { took, fault: `loading it takes ${took.toFixed(1)} ms, ${LIMIT_MS} or more` };
}
