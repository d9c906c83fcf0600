// The package from a registry, by each package manager, in a fresh folder, with no compiler on the PATH.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import { sideTool } from '../../scripts/prebuild/emulate.mjs';
import { expectedSmoke, leftOut, newFolder, outputOf, pack, packedPackage, pathOf, ROOT, run, smokeIn } from './place';
import { startRegistry, type Registry } from './registry';

interface Manager {
  readonly node: string;
  readonly command: readonly string[];
}
const NODE_22 = sideTool('node22', 'bin', 'node');
const npm = (node: string, name: string): Manager => ({
  node,
  command: [node, sideTool(name, 'bin', 'npm-cli.js'), 'install', '--no-audit', '--no-fund', '--no-update-notifier'],
});
const MANAGERS: Readonly<Record<string, Manager>> = {
  'npm 11': npm(process.execPath, 'npm11'),
  'npm 12': npm(NODE_22, 'npm12'), // which asks for this Node
  pnpm: { node: process.execPath, command: [sideTool('@pnpm', 'exe.linux-x64', 'pnpm'), 'add'] },
};
const VARIANTS = { '': [], ' --ignore-scripts': ['--ignore-scripts'] };

/** A project's folder, whose packages come from this registry. */
function newProject({ url }: Registry): string {
  const folder = newFolder();
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'a-project', private: true }));
  fs.writeFileSync(path.join(folder, '.npmrc'), `registry=${url}\n`);
  return folder;
}

describe('the package, installed', () => {
  const reason = leftOut();
  if (reason !== null) {
    console.log(`left out: the package as it is installed (${reason})`);
    return;
  }

  let registry: Registry;
  before('a registry', async () => {
    const dependency = path.join(ROOT, 'node_modules', 'node-gyp-build');
    registry = await startRegistry([
      { folder: ROOT, tarball: await packedPackage() },
      { folder: dependency, tarball: await pack(dependency) },
    ]);
  });
  after(() => registry.close());

  for (const [name, { node, command }] of Object.entries(MANAGERS)) {
    for (const [variant, options] of Object.entries(VARIANTS)) {
      it(`by ${name}${variant}, trains, without a compiler and without a script`, async () => {
        const folder = newProject(registry);
        const env = { PATH: pathOf({ node }) };
        const { status, stdout, stderr } = await run([...command, ...options, 'lbfgs'], { cwd: folder, env });
        assert.equal(status, 0, stdout + stderr);
        // npm 12 and pnpm name the packages whose scripts they did not run.
        assert.doesNotMatch(stdout + stderr, /scripts?\b.*(ignored|blocked|not yet covered)|approve|gyp/i);
        assert.equal(await smokeIn(folder, [node], { PATH: env.PATH }), await expectedSmoke());
        assert.ok(!fs.existsSync(path.join(folder, 'node_modules', 'lbfgs', 'build')));
      });
    }
  }

  it('has its command on the PATH of the project', async () => {
    const folder = newProject(registry);
    const { command } = MANAGERS['npm 11']!;
    const env = { PATH: pathOf({ node: process.execPath }) };
    await outputOf([...command, 'lbfgs'], { cwd: folder, env });
    const bin = path.join(folder, 'node_modules', '.bin', 'lbfgs');
    const printed = await outputOf([bin, '--help'], { cwd: folder, env: { PATH: `${env.PATH}:/usr/bin` } });
    assert.match(printed, /^usage: lbfgs build/);
  });
});
