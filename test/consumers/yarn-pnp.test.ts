import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import { checkShards } from '../docs/pages';
import { placeOf } from '../docs/place';
import { copyPrograms, installInto, makeFolder, nodeIn, PLAIN, PREBUILD, runIn, sideTools } from './consumer';

/** Offline, without install scripts, everything in the folder. */
const SETTINGS = {
  YARN_NODE_LINKER: 'pnp',
  YARN_ENABLE_SCRIPTS: '0',
  YARN_ENABLE_NETWORK: '0',
  YARN_ENABLE_TELEMETRY: '0',
  YARN_ENABLE_GLOBAL_CACHE: '0',
  YARN_ENABLE_IMMUTABLE_INSTALLS: '0', // which CI=true would switch on
};

describe("under Yarn's Plug'n'Play", () => {
  const tools = sideTools('bundlers', 'Yarn');
  if (tools === undefined) return;
  const cli = path.join(tools, 'node_modules', '@yarnpkg', 'cli-dist', 'bin', 'yarn.js');
  const yarn = (cwd: string, ...args: string[]): Promise<string> =>
    runIn(cwd, process.execPath, [cli, ...args], { ...SETTINGS, YARN_GLOBAL_FOLDER: path.join(cwd, 'global') });

  const around = makeFolder();
  const app = path.join(around, 'app');
  let expected = '';
  before(async () => {
    installInto(around);
    copyPrograms(around, 'train.mjs');
    expected = await nodeIn(around, 'train.mjs');
    fs.mkdirSync(app);
    for (const name of ['lbfgs', 'node-gyp-build']) {
      const packed = await runIn(path.join(around, 'node_modules', name), 'npm', ['pack', '--ignore-scripts']);
      const tarball = packed.split('\n').pop()!;
      fs.renameSync(path.join(around, 'node_modules', name, tarball), path.join(app, `${name}.tgz`));
    }
    const tarballs = { lbfgs: 'file:./lbfgs.tgz', 'node-gyp-build': 'file:./node-gyp-build.tgz' };
    const manifest = { name: 'app', private: true, dependencies: { lbfgs: tarballs.lbfgs }, resolutions: tarballs };
    fs.writeFileSync(path.join(app, 'package.json'), JSON.stringify(manifest));
    fs.writeFileSync(path.join(app, 'yarn.lock'), ''); // this folder is a project of its own
    copyPrograms(app, 'train.mjs');
    await yarn(app, 'install');
  });

  it('the package is unplugged, and nothing is in node_modules', () => {
    assert.ok(!fs.existsSync(path.join(app, 'node_modules')));
    const unplugged = fs.readdirSync(path.join(app, '.yarn', 'unplugged'));
    assert.equal(unplugged.length, 1);
    const ours = path.join(app, '.yarn', 'unplugged', unplugged[0]!, 'node_modules', 'lbfgs');
    assert.ok(fs.existsSync(path.join(ours, PREBUILD)));
  });

  it('is imported', async () => {
    assert.equal(await yarn(app, 'node', 'train.mjs'), expected);
  });

  it("saves and loads the checkpoint of several processes, where Yarn's files stand before those of Node", async () => {
    const NODE_OPTIONS = await yarn(app, 'node', '-p', 'process.env.NODE_OPTIONS');
    await checkShards(placeOf(app, { ...PLAIN, NODE_OPTIONS }));
  });

  it('is required', async () => {
    const program =
      "const { minimize } = require('lbfgs'); console.log(minimize(([x], g) => ((g[0] = 2 * x), x * x), [3]).status)";
    assert.equal(await yarn(app, 'node', '-e', program), 'converged_gradient');
  });
});
