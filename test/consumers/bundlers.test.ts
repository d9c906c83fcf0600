// The recipes of docs/bundlers.md, as they stand there.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import { blocksOf } from '../docs/blocks';
import { CONDITION, copyPrograms, installInto, makeFolder, nodeIn, PREBUILD, runIn, sideTools } from './consumer';

const PAGE = 'docs/bundlers.md';
/** The condition that the page's recipes name. */
const WRITTEN = 'lbfgs-linux-x64-glibc';

/** A block's file, which its first line names, and its text. */
function fileOf(block: string): { name: string; text: string } {
  const [, name] = /^\/\/ (\S+\.mjs)\n/.exec(block) ?? [];
  assert.ok(name !== undefined, block);
  return { name, text: block };
}

/** The bundler's own command where the block is a configuration; otherwise the block is a program. */
function commandOf(name: string, modules: string): [string, ...string[]] {
  if (name.startsWith('webpack.')) return [path.join(modules, 'webpack-cli', 'bin', 'cli.js'), '--config', name];
  if (name.startsWith('rollup.')) return [path.join(modules, 'rollup', 'dist', 'bin', 'rollup'), '--config', name];
  if (name.startsWith('vite.')) return [path.join(modules, 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn'];
  return [name];
}

describe(PAGE, () => {
  const tools = sideTools('bundlers', 'bundlers');
  if (tools === undefined) return;
  const modules = path.join(tools, 'node_modules');

  /** A folder with the package and a program to bundle, where the bundlers are found, and what Node prints without any. */
  let folder = '';
  let expected = '';
  before(async () => {
    folder = fs.mkdtempSync(path.join(tools, 'run-'));
    installInto(folder);
    copyPrograms(folder, 'train.mjs', 'adapters.mjs', 'shard.mjs');
    // One bundle of both programs, since the start of a bundler is what takes the time.
    fs.renameSync(path.join(folder, 'train.mjs'), path.join(folder, 'index.mjs'));
    fs.writeFileSync(path.join(folder, 'train.mjs'), "import './index.mjs';\nimport './adapters.mjs';\n");
    fs.writeFileSync(path.join(folder, 'addon-plugin.mjs'), blocksOf(PAGE, 'js plugin').join('\n'));
    expected = await nodeIn(folder, 'train.mjs');
    assert.match(expected, /^workers 1 -2 3 0 converged_gradient$/m);
    for (const name of ['tfjs', 'jax', 'workers', 'onnx']) assert.match(expected, new RegExp(`^${name} true`, 'm'));
  });
  after(() => {
    fs.rmSync(folder, { recursive: true });
  });

  /** Carries out a recipe and returns the folder of what it made, elsewhere, with nothing around it. */
  async function bundle(name: string, text: string): Promise<string> {
    fs.rmSync(path.join(folder, 'dist'), { recursive: true, force: true });
    fs.writeFileSync(path.join(folder, name), text.replaceAll(WRITTEN, CONDITION));
    await nodeIn(folder, ...commandOf(name, modules));
    const away = fs.mkdtempSync(path.join(elsewhere, 'bundle-'));
    fs.cpSync(path.join(folder, 'dist'), away, { recursive: true });
    return away;
  }
  const elsewhere = makeFolder();
  const programIn = (away: string): string => fs.readdirSync(away).find((file) => /^train\.[cm]?js$/.test(file))!;
  /** The module of the shards, which webpack alone emits, under a name of its own. */
  const isShard = (file: string): boolean => /^[0-9a-f]{20}\.mjs$/.test(file);
  const binariesIn = (away: string): string[] => fs.readdirSync(away).filter((file) => file.endsWith('.node'));

  for (const { name, text } of blocksOf(PAGE, 'js external').map(fileOf)) {
    it(`leaves the package out: ${name}`, async () => {
      const away = await bundle(name, text);
      const program = programIn(away);
      const others = fs.readdirSync(away).filter((file) => file !== program);
      assert.deepEqual(others.map(isShard), name.startsWith('webpack.') ? [true] : []);
      if (others.length === 0) copyPrograms(away, 'shard.mjs');
      await assert.rejects(nodeIn(away, program), /Cannot find (module|package) 'lbfgs/);
      installInto(away);
      assert.equal(await nodeIn(away, program), expected);
    });
  }

  for (const { name, text } of blocksOf(PAGE, 'js static').map(fileOf)) {
    it(`takes the package in, and this platform's binary: ${name}`, async () => {
      const away = await bundle(name, text);
      const [binary, ...others] = binariesIn(away);
      assert.deepEqual(others, []);
      const ours = fs.readFileSync(path.join(folder, 'node_modules', 'lbfgs', PREBUILD));
      assert.ok(fs.readFileSync(path.join(away, binary!)).equals(ours));
      if (programIn(away).endsWith('.cjs')) {
        if (!fs.readdirSync(away).some(isShard)) copyPrograms(away, 'shard.mjs');
      } else {
        const shard = await bundle(name, text.replaceAll('train', 'shard'));
        fs.copyFileSync(path.join(shard, 'shard.mjs'), path.join(away, 'shard.mjs'));
      }
      assert.equal(await nodeIn(away, programIn(away)), expected);
    });
  }

  it('says by which error a bundle ends that was told of no platform', async () => {
    const [{ name, text }] = blocksOf(PAGE, 'js static').map(fileOf) as [{ name: string; text: string }];
    assert.equal(name, 'esbuild.mjs');
    const away = await bundle(name, text.replace(/^ *conditions: .*\n/m, ''));
    assert.deepEqual(binariesIn(away), []);
    await assert.rejects(nodeIn(away, programIn(away)), /ERR_LBFGS_NATIVE/);
  });

  it('names every platform that the package has a binary for', () => {
    const text = fs.readFileSync(path.join(__dirname, '..', '..', PAGE), 'utf8');
    const { imports } = JSON.parse(
      fs.readFileSync(path.join(folder, 'node_modules', 'lbfgs', 'package.json'), 'utf8'),
    ) as {
      imports: Record<'#addon', Record<string, string>>;
    };
    const conditions = Object.keys(imports['#addon']).filter((name) => name !== 'default');
    assert.equal(conditions.length, 8);
    const listed = Array.from(text.matchAll(/^\| (`lbfgs-.*?) \|/gm), ([, cell]) => cell!.match(/lbfgs-[\w-]+/g)!);
    assert.deepEqual(listed.flat().sort(), conditions.sort());
  });

  it('resolves #addon to the very file that is looked for without a bundler', async () => {
    const found = "createRequire(require.resolve('lbfgs')).resolve('#addon')";
    const program = `const { createRequire } = require('node:module'); console.log(${found});`;
    const resolved = await runIn(folder, process.execPath, ['--conditions', CONDITION, '-e', program]);
    assert.equal(path.relative(path.join(folder, 'node_modules', 'lbfgs'), resolved), PREBUILD);
    assert.equal(await nodeIn(folder, '--conditions', CONDITION, 'train.mjs'), expected);
  });
});
