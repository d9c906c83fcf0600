// lbfgs/workers in programs of their own: modules of every kind, and when the process ends.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';
import { withFolder } from '../docs/programs';
import { node } from '../runtime/processes';

const ROOT = path.join(__dirname, '..', '..');
/** The package itself stays where it is, with its binary. */
const index: Plugin = {
  name: 'index',
  setup(builder) {
    builder.onResolve({ filter: /^\.\/index\.js$/ }, () => ({
      path: path.join(ROOT, 'dist', 'index.js'),
      external: true,
    }));
  },
};
const MODULE = path.join(__dirname, 'programs', 'shard.mjs');
const OPTIONS = `{ module: ${JSON.stringify(MODULE)}, length: 2, shards: 2, data: {} }`;
const START = `const { createShards } = await import('lbfgs/workers');
const x = new Float64Array(2), gradient = new Float64Array(2);
const shards = await createShards(${OPTIONS});`;
const run = (program: string): Promise<string> => node('--input-type=module', '--eval', program);

describe('a program with shards', () => {
  it('ends without close()', async () => {
    assert.equal(await run(`${START} console.log(await shards.evaluate(x, gradient));`), '15.5');
    assert.equal(await run(`${START} console.log('idle');`), 'idle');
  });

  it('does not end while they are started, or evaluated', async () => {
    const late = 'data:text/javascript,export default () => new Promise((resolve) => setTimeout(resolve, 50, () => 2))';
    const program = START.replace(JSON.stringify(MODULE), JSON.stringify(late));
    assert.equal(await run(`${program} console.log(await shards.evaluate(x, gradient));`), '4');
  });

  it('ends where close() is forgotten after an error', async () => {
    const broken = START.replace('data: {}', "data: { does: 'exits', of: 1 }");
    const program = `${broken} console.log(await shards.evaluate(x, gradient).catch(({ code }) => code));`;
    assert.equal(await run(program), 'ERR_LBFGS_WORKER_EXIT');
  });

  it('may be CommonJS', async () => {
    const program = `const { createShards } = require('lbfgs/workers');
      createShards(${OPTIONS}).then(async (shards) => {
        console.log(await shards.evaluate(new Float64Array(2), new Float64Array(2)));
        await shards.close();
      });`;
    assert.equal(await node('--eval', program), '15.5');
  });

  it('loads modules of every kind', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lbfgs-shards-'));
    const setup = '() => () => 1';
    const modules = {
      'a b.mjs': `export default ${setup}`,
      'plain.cjs': `module.exports = ${setup}`,
      'compiled.cjs': `Object.defineProperty(exports, '__esModule', { value: true }); exports.default = ${setup}`,
    };
    try {
      for (const [name, text] of Object.entries(modules)) {
        const file = path.join(folder, name);
        fs.writeFileSync(file, text);
        for (const module of [JSON.stringify(file), `require('node:url').pathToFileURL(${JSON.stringify(file)})`]) {
          const program = `require('lbfgs/workers').createShards({ module: ${module}, length: 1, shards: 2 }).then(
            async ({ evaluate }) => console.log(await evaluate(new Float64Array(1), new Float64Array(1))))`;
          assert.equal(await node('--eval', program), '2', name);
        }
      }
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it('may be a worker itself', async () => {
    const program = `const { Worker } = require('node:worker_threads');
      const inner = ${JSON.stringify(`(async () => { ${START} console.log(await shards.evaluate(x, gradient)); })()`)};
      new Worker(inner, { eval: true });`;
    assert.equal(await node('--eval', program), '15.5');
  });

  it('needs no file of the package for its workers, whatever a bundler does to names', async () => {
    const { outputFiles } = await build({
      entryPoints: [path.join(ROOT, 'dist', 'workers.js')],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      minify: true,
      keepNames: true,
      write: false,
      plugins: [index],
    });
    const program = `${outputFiles[0]!.text}
      module.exports.createShards(${OPTIONS}).then(async ({ evaluate }) =>
        console.log(await evaluate(new Float64Array(2), new Float64Array(2))));`;
    await withFolder(async (folder) => {
      const file = path.join(folder, 'bundle.cjs');
      fs.writeFileSync(file, program);
      assert.equal(await node(file), '15.5');
    });
  });
});
