// What `npm pack` puts into the tarball: everything that a user needs to run it and to compile it, and nothing else.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import { inspect } from '../../scripts/prebuild/inspect.mjs';
import { fileOf, targets } from '../../scripts/prebuild/targets.mjs';
import { leftOut, newFolder, outputOf, packedPackage, ROOT } from './place';

/** The entry points that package.json names. */
const { exports } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { exports: object };
const ENTRIES = Object.keys(exports)
  .filter((name) => name !== './package.json')
  .map((name) => (name === '.' ? 'index' : name.slice('./'.length)));

/** The files below a folder of the repository. */
const below = (folder: string): string[] =>
  fs
    .readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true, encoding: 'utf8' })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)));

/** What lib/ is compiled to: declarations by tsc, the rest by scripts/bundle.mjs. */
function compiled(): string[] {
  const modules = below('lib').filter((name) => !name.endsWith('.d.ts'));
  return [
    ...modules.map((name) => name.replace(/^lib/, 'dist').replace(/\.ts$/, '.d.ts')),
    ...[...ENTRIES, 'addon'].map((name) => `dist/${name}.js`),
    'dist/fit.js',
    'dist/index.js.map',
    ...ENTRIES.map((name) => `dist/${name}.mjs`),
    ...ENTRIES.map((name) => `dist/${name}.d.mts`),
  ];
}

describe('the tarball', () => {
  const reason = leftOut();
  if (reason !== null) {
    console.log(`left out: the tarball (${reason})`);
    return;
  }

  let folder = '';
  const files: string[] = [];
  before(async () => {
    folder = newFolder();
    await outputOf(['tar', '-xzf', await packedPackage(), '-C', folder, '--strip-components=1'], { cwd: folder });
    const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true, encoding: 'utf8' });
    for (const entry of entries) {
      if (!entry.isDirectory()) files.push(path.relative(folder, path.join(entry.parentPath, entry.name)));
    }
  });

  it('holds the compiled library, the addons, the native sources with Eigen, and the pages that belong to it', () => {
    const expected = [
      ...['package.json', 'LICENSE', 'README.md', 'CHANGELOG.md', 'SECURITY.md', 'THIRD-PARTY-NOTICES.md'],
      ...['CMakeLists.txt', 'bin/lbfgs.mjs', 'scripts/fetch-eigen.mjs', 'docs/bundlers.md', 'docs/installing.md'],
      ...[...below('cmake'), ...below('native')],
      ...compiled(),
      ...targets.map(fileOf).filter((file) => fs.existsSync(path.join(ROOT, file))),
    ];
    assert.deepEqual(files.sort(), expected.sort());
  });

  it('holds Eigen and the headers of Node-API with their licences', () => {
    const eigen = files.filter((file) => file.startsWith('native/vendor/eigen/'));
    assert.ok(eigen.includes('native/vendor/eigen/Eigen/Core'));
    assert.ok(eigen.some((file) => /\/(copyright|COPYING\.MPL2)$/.test(file)));
    for (const name of ['node-api-headers', 'node-addon-api']) {
      assert.ok(files.includes(`native/vendor/node-api/LICENSE-${name}`));
    }
  });

  it('is small: the sources less than 4 MB packed with the addons, each of which is below 1 MB', async () => {
    assert.ok(fs.statSync(await packedPackage()).size < 4_000_000);
    const sizes = files.map((file) => [file, fs.statSync(path.join(folder, file)).size] as const);
    const addons = sizes.filter(([file]) => file.endsWith('.node'));
    assert.ok(addons.length > 0);
    for (const [file, size] of addons) assert.ok(size < 1_000_000, `${file}: ${size}`);
    const others = sizes.filter(([file]) => !file.endsWith('.node'));
    assert.ok(others.reduce((sum, [, size]) => sum + size, 0) < 6_000_000);
  });

  it('holds addons that are for what their names say', () => {
    for (const target of targets.filter((each) => files.includes(fileOf(each)))) {
      assert.equal(inspect(path.join(folder, fileOf(target))).target, `${target.platform}-${target.arch}`);
    }
  });

  it('depends on node-gyp-build alone, runs no script where it is installed, and names every entry', () => {
    const manifest = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
      optionalDependencies?: unknown;
      peerDependencies?: unknown;
      engines: unknown;
      scripts: Record<string, string>;
      exports: Record<string, unknown>;
    };
    assert.deepEqual(Object.keys(manifest.dependencies), ['node-gyp-build']);
    assert.deepEqual([manifest.optionalDependencies, manifest.peerDependencies], [undefined, undefined]);
    const atInstall = ['preinstall', 'install', 'postinstall', 'dependencies'];
    assert.deepEqual(
      Object.keys(manifest.scripts).filter((name) => atInstall.includes(name)),
      [],
    );
    // npm would compile it by node-gyp.
    assert.ok(!files.includes('binding.gyp'));
    assert.deepEqual(manifest.engines, { node: '>=20' });
    assert.deepEqual(Object.keys(manifest.exports), [
      '.',
      './safetensors',
      './tfjs',
      './onnx',
      './jax',
      './workers',
      './tensorboard',
      './shards',
      './mpi',
      './package.json',
    ]);
  });
});
