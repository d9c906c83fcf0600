// The environment variable LBFGS_THREADS, which is looked at once, when the package is loaded.

import assert from 'node:assert/strict';
import os from 'node:os';
import { nodeIn } from './processes';

const MAKE =
  "const { LBFGS, Parameter, minimize } = require('lbfgs'); const make = (o) => new LBFGS([new Parameter([1])], o);";

/** What `expression` is in a program that runs with this LBFGS_THREADS. */
async function evaluate(threads: string, expression: string): Promise<unknown> {
  const program = `${MAKE} console.log(JSON.stringify(${expression}))`;
  return JSON.parse(await nodeIn({ LBFGS_THREADS: threads }, '-e', program)) as unknown;
}

/** The same in a worker thread, of which `init` is said. */
async function evaluateInWorker(threads: string, expression: string, init = '{}'): Promise<unknown> {
  const inside = `${MAKE} require('node:worker_threads').parentPort.postMessage(${expression})`;
  const program = `
    const { Worker } = require('node:worker_threads');
    new Worker(${JSON.stringify(inside)}, { eval: true, ...${init} }).on('message', (m) => console.log(JSON.stringify(m)));`;
  return JSON.parse(await nodeIn({ LBFGS_THREADS: threads }, '-e', program)) as unknown;
}

const CORES = Math.min(os.availableParallelism(), 8);
const SHOWN = '[make().defaults.threads, make().paramGroups[0].threads, make({ threads: 5 }).defaults.threads]';

describe('LBFGS_THREADS', () => {
  it('is the default of threads; the option goes before it', async () => {
    assert.deepEqual(await evaluate('3', SHOWN), [3, 3, 5]);
    assert.deepEqual(await evaluate('64', SHOWN), [64, 64, 5]);
  });

  it('counts as absent where it is empty: as many as there are cores, at most 8', async () => {
    assert.deepEqual(await evaluate('', SHOWN), [CORES, CORES, 5]);
  });

  for (const wrong of ['0', '65', '-1', '2.5', 'two', '4 threads', ' ', 'NaN', 'Infinity']) {
    it(`'${wrong}' is refused, by name, where an optimiser is made`, async () => {
      const caught = (call: string): string =>
        `(() => { try { ${call}; } catch ({ name, code, message }) { return [name, code, message]; } })()`;
      const message = `Expected an integer from 1 to 64 for the environment variable LBFGS_THREADS but received '${wrong}'`;
      const refusal = ['RangeError', 'ERR_LBFGS_ARG_VALUE', message];
      const calls = ['make()', 'make({ lr: 0.5 })', 'minimize(() => 1, [1])'].map(caught);
      const expression = `[${calls.join(', ')}, make({ threads: 2 }).defaults.threads]`;
      assert.deepEqual(await evaluate(wrong, expression), [refusal, refusal, refusal, 2]);
    });
  }

  it('is asked for by a worker thread, which has one thread without it', async () => {
    assert.deepEqual(await evaluateInWorker('', SHOWN), [1, 1, 5]);
    assert.deepEqual(await evaluateInWorker('3', SHOWN), [3, 3, 5]);
    assert.deepEqual(await evaluateInWorker('', SHOWN, "{ env: { LBFGS_THREADS: '2' } }"), [2, 2, 5]);
    assert.deepEqual(await evaluateInWorker('3', SHOWN, '{ env: {} }'), [1, 1, 5]);
  });
});
