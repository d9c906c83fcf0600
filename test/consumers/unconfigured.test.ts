// Tools that are told nothing of the package: those that collect a program's files take the binary along; those that make one file of it
// leave the binary out, and the file says so when it starts, and what helps.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { copyPrograms, installInto, makeFolder, nodeIn, PREBUILD, ROOT, sideTools } from './consumer';

const REQUIRED = `
const { minimize } = require('lbfgs');
const { decodeCheckpoint } = require('lbfgs/safetensors');
console.log(minimize(([x], g) => ((g[0] = 2 * x), x * x), [3]).x[0], typeof decodeCheckpoint);`;

interface FileTracer {
  nodeFileTrace: (
    files: string[],
    options: { base: string },
  ) => Promise<{ fileList: Set<string>; warnings: Set<Error> }>;
}

describe('without a setting', () => {
  const tools = sideTools('bundlers', 'bundlers that are told nothing');
  if (tools === undefined) return;
  const modules = path.join(tools, 'node_modules');
  const cli = (...parts: string[]): string => path.join(modules, ...parts);

  const folder = fs.realpathSync(makeFolder());
  const PROGRAMS = ['all.mjs', 'required.cjs'];
  const prebuilds = path.join(folder, 'node_modules', 'lbfgs', 'prebuilds');
  const expected: Record<string, string> = {};
  before(async () => {
    installInto(folder);
    // As published: one for each platform. What is in the others is not looked at here.
    for (const [name, other] of [
      ['linux-arm64', 'lbfgs.musl.node'],
      ['darwin-arm64', 'lbfgs.node'],
    ] as const) {
      fs.mkdirSync(path.join(prebuilds, name), { recursive: true });
      if (!PREBUILD.includes(name)) fs.writeFileSync(path.join(prebuilds, name, other), 'of another platform');
    }
    copyPrograms(folder, 'train.mjs', 'adapters.mjs', 'shard.mjs');
    fs.writeFileSync(path.join(folder, 'all.mjs'), "import './train.mjs';\nimport './adapters.mjs';\n");
    fs.writeFileSync(path.join(folder, 'required.cjs'), REQUIRED);
    for (const name of PROGRAMS) expected[name] = await nodeIn(folder, name);
  });
  const away = (): string => fs.mkdtempSync(path.join(elsewhere, 'made-'));
  const elsewhere = fs.realpathSync(makeFolder());

  for (const name of PROGRAMS) {
    it(`@vercel/nft, by which Next.js, Vercel and Netlify find files, finds all that ${name} needs`, async () => {
      const { nodeFileTrace } = createRequire(path.join(tools, 'package.json'))('@vercel/nft') as FileTracer;
      const { fileList, warnings } = await nodeFileTrace([path.join(folder, name)], { base: folder });
      assert.deepEqual([...warnings], []);
      const deployed = away();
      for (const file of fileList) fs.cpSync(path.join(folder, file), path.join(deployed, file));
      assert.equal(await nodeIn(deployed, name), expected[name]);
      // It may run on another machine than it is made on.
      const found = fs.readdirSync(path.join(deployed, 'node_modules', 'lbfgs', 'prebuilds'));
      assert.deepEqual(found, fs.readdirSync(prebuilds));
      assert.ok(!fs.existsSync(path.join(deployed, 'node_modules', 'lbfgs', 'native')));
    });

    it(`ncc makes a folder of ${name} that runs by itself`, async () => {
      const out = away();
      await nodeIn(folder, cli('@vercel', 'ncc', 'dist', 'ncc', 'cli.js'), 'build', name, '--quiet', '--out', out);
      assert.ok(fs.existsSync(path.join(out, PREBUILD)));
      assert.equal(await nodeIn(out, `index${path.extname(name)}`), expected[name]);
    });
  }

  it('a deployment that lost its binary names a page, not a compiler', async () => {
    const { nodeFileTrace } = createRequire(path.join(tools, 'package.json'))('@vercel/nft') as FileTracer;
    const { fileList } = await nodeFileTrace([path.join(folder, 'required.cjs')], { base: folder });
    const deployed = away();
    for (const file of fileList) {
      if (!file.endsWith('.node')) fs.cpSync(path.join(folder, file), path.join(deployed, file));
    }
    await assert.rejects(nodeIn(deployed, 'required.cjs'), (error: Error) => {
      assert.match(
        error.message,
        /in a copy of some of its files, without the binary: .* as docs\/bundlers\.md has it/,
      );
      assert.doesNotMatch(error.message, /C\+\+20|lbfgs\.mjs/);
      return true;
    });
  });

  const esbuild = cli('esbuild', 'bin', 'esbuild');
  const BUNDLERS: Readonly<Record<string, (out: string) => string[]>> = {
    'esbuild, as CommonJS': (out) => [
      esbuild,
      'train.mjs',
      '--bundle',
      '--platform=node',
      `--outfile=${out}/train.cjs`,
    ],
    'esbuild, as an ES module': (out) => [
      ...[esbuild, 'train.mjs', '--bundle', '--platform=node', '--format=esm'],
      `--outfile=${out}/train.mjs`,
    ],
    webpack: (out) => [
      ...[cli('webpack-cli', 'bin', 'cli.js'), '--target', 'node', '--mode', 'production', '--entry', './train.mjs'],
      ...['--output-path', out, '--output-filename', 'train.cjs'],
    ],
  };
  for (const [name, command] of Object.entries(BUNDLERS)) {
    it(`${name} bundles without complaint, and the bundle says what to do`, async () => {
      const out = away();
      const printed = await nodeIn(folder, ...command(out));
      assert.doesNotMatch(printed, /warning/i);
      const [program, ...others] = fs.readdirSync(out);
      assert.deepEqual(others, []);
      await assert.rejects(nodeIn(out, program!), (error: Error) => {
        const [, said] = /LBFGSError\d?\]?: (Expected .*)\n[^]*code: 'ERR_LBFGS_NATIVE'/.exec(error.message) ?? [];
        assert.match(said ?? '', / as docs\/bundlers\.md has it$/, error.message.slice(-2000));
        assert.doesNotMatch(said!, /C\+\+20|lbfgs\.mjs/);
        return true;
      });
    });
  }
});

describe('npm run prebuild -- host', () => {
  if (process.env['LBFGS_PREBUILD']) {
    console.log('left out: npm run prebuild -- host (here is another build of the addon)');
    return;
  }
  it('puts the build of a clone where its recipes look for a binary', async () => {
    const folder = makeFolder();
    const script = path.join(ROOT, 'scripts', 'prebuild', 'main.mjs');
    await nodeIn(ROOT, script, 'host', '--into', folder);
    const built = fs.readFileSync(path.join(ROOT, 'build', 'Release', 'lbfgs.node'));
    assert.ok(fs.readFileSync(path.join(folder, PREBUILD)).equals(built));
    assert.deepEqual(fs.readdirSync(path.join(folder, 'prebuilds')), [path.basename(path.dirname(PREBUILD))]);
  });
});
