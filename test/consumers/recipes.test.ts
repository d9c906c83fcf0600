// The recipes of docs/bundlers.md that make something else than a bundle: a program of one file, a container, a function of AWS Lambda.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import { blocksOf } from '../docs/blocks';
import { CONDITION, copyPrograms, installInto, makeFolder, nodeIn, PREBUILD, runIn, sideTools } from './consumer';

const PAGE = 'docs/bundlers.md';

describe(`recipes of ${PAGE}`, () => {
  const tools = sideTools('bundlers', 'a program of one file, a container, a function');
  if (tools === undefined) return;

  /** A folder with the package, where the bundlers are found, and the files of these blocks, which their first lines name. */
  function withBlocks(info: string): string {
    const folder = fs.mkdtempSync(path.join(tools!, 'run-'));
    made.push(folder);
    installInto(folder);
    copyPrograms(folder, 'train.mjs');
    for (const block of blocksOf(PAGE, info)) {
      const name = /^(?:\/\/|#) (\S+)\n/.exec(block)![1]!;
      const here = block
        .replaceAll('prebuilds/linux-x64/lbfgs.glibc.node', PREBUILD.replaceAll(path.sep, '/'))
        .replaceAll('lbfgs-linux-x64-glibc', CONDITION);
      fs.writeFileSync(path.join(folder, name), here);
    }
    return folder;
  }
  const made: string[] = [];
  after(() => {
    for (const folder of made) fs.rmSync(folder, { recursive: true });
  });
  const elsewhere = makeFolder();

  if (process.platform === 'linux') {
    it('make a program of one file, which runs where nothing else is', async () => {
      const folder = withBlocks('js sea');
      await runIn(folder, process.execPath, ['sea.mjs'], {}, 170_000); // a hundred megabytes go through WebAssembly
      const alone = path.join(elsewhere, 'alone');
      fs.mkdirSync(path.join(alone, 'tmp'), { recursive: true });
      fs.copyFileSync(path.join(folder, 'dist', 'train'), path.join(alone, 'train')); // perhaps to another file system
      const printed = await runIn(alone, path.join(alone, 'train'), [], { TMPDIR: path.join(alone, 'tmp') });
      assert.equal(printed, await nodeIn(folder, 'train.mjs'));
      assert.deepEqual(fs.readdirSync(path.join(alone, 'tmp')), []);
    }).timeout(180_000);
  } else console.log('left out: a program of one file (elsewhere than on Linux, the copy of Node must be signed anew)');

  it('make a function of AWS Lambda out of two files', async () => {
    const folder = withBlocks('js lambda');
    await nodeIn(folder, 'lambda.mjs');
    const away = path.join(elsewhere, 'function');
    fs.cpSync(path.join(folder, 'dist'), away, { recursive: true });
    assert.equal(fs.readdirSync(away).length, 2);
    const call =
      "require('./index.js').handler({ start: [0, 0] }).then((result) => console.log(JSON.stringify(result)))";
    const { x, loss, status } = JSON.parse(await nodeIn(away, '-e', call)) as {
      x: number[];
      loss: number;
      status: string;
    };
    assert.ok(Math.abs(x[0]! - 3) < 1e-6 && Math.abs(x[1]! + 1) < 1e-6 && loss < 1e-12);
    assert.match(status, /^converged_/);
  });

  /** Carries out the steps of a Dockerfile in folders: a stage is a folder, whose paths begin in it. Returns what its CMD prints. */
  async function carryOut(dockerfile: string, context: string, name: string): Promise<string> {
    const stages = new Map<string, string>();
    let [stage, cwd, printed] = ['', '', ''];
    for (const line of dockerfile.split('\n').filter((text) => text !== '' && !text.startsWith('#'))) {
      const [step = '', ...words] = line.split(' ');
      if (step === 'FROM') {
        stage = path.join(elsewhere, `${name}-${stages.size}`);
        fs.mkdirSync(stage);
        stages.set(words[2] ?? 'last', stage);
      } else if (step === 'WORKDIR') {
        cwd = path.join(stage, words[0]!);
        fs.mkdirSync(cwd, { recursive: true });
      } else if (step === 'COPY') {
        const from = /^--from=(.*)$/.exec(words[0]!)?.[1];
        const sources = words.slice(from === undefined ? 0 : 1, -1);
        for (const source of sources) {
          const at = path.join(from === undefined ? context : stages.get(from)!, source);
          const isFolder = fs.statSync(at).isDirectory();
          fs.cpSync(at, path.join(cwd, words.at(-1)!, isFolder ? '' : path.basename(source)), { recursive: true });
        }
      } else if (step === 'RUN') {
        // From the packages' tarballs, for there is no registry here.
        for (const file of fs.readdirSync(context)) {
          if (file.endsWith('.tgz')) fs.copyFileSync(path.join(context, file), path.join(cwd, file));
        }
        await runIn(cwd, '/bin/sh', ['-c', line.slice(4)], { npm_config_offline: 'true' });
      } else if (step === 'CMD') {
        const [command, ...args] = JSON.parse(line.slice(4)) as [string, ...string[]];
        printed = await runIn(cwd, command === 'node' ? process.execPath : command, args);
      } else assert.equal(step, 'USER');
    }
    return printed;
  }

  describe('make a container', () => {
    const context = path.join(elsewhere, 'context');
    let expected = '';
    before(async () => {
      fs.mkdirSync(context);
      const source = path.join(elsewhere, 'source');
      installInto(source);
      copyPrograms(source, 'train.mjs');
      expected = await nodeIn(source, 'train.mjs');
      const dependencies: Record<string, string> = {};
      for (const name of ['lbfgs', 'node-gyp-build']) {
        const packed = await runIn(path.join(source, 'node_modules', name), 'npm', ['pack', '--ignore-scripts']);
        fs.renameSync(
          path.join(source, 'node_modules', name, packed.split('\n').pop()!),
          path.join(context, `${name}.tgz`),
        );
        dependencies[name] = `file:./${name}.tgz`;
      }
      fs.writeFileSync(
        path.join(context, 'package.json'),
        JSON.stringify({ name: 'app', private: true, dependencies }),
      );
      await runIn(context, 'npm', ['install', '--package-lock-only', '--ignore-scripts', '--offline', '--no-audit']);
      copyPrograms(context, 'train.mjs');
    });

    for (const dockerfile of blocksOf(PAGE, 'dockerfile recipe')) {
      const [, name] = /^# (\S+)\n/.exec(dockerfile)!;
      it(`${name}: its steps, carried out here, end in a program that runs without a compiler`, async () => {
        assert.equal(await carryOut(dockerfile, context, name!), expected);
      });
    }
  });
});
