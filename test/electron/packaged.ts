// examples/electron as its own `npm run package` packages it, with Node where Electron would stand.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import { installInto, ROOT, runIn } from '../consumers/consumer';
import { TrainerProcess } from './trainer-process';

const EXAMPLE = path.join(ROOT, 'examples', 'electron');

interface Manifest {
  scripts: Record<'package', string>;
  devDependencies: Record<string, string>;
}
export const manifest = JSON.parse(fs.readFileSync(path.join(EXAMPLE, 'package.json'), 'utf8')) as Manifest;

/** A Node that the packager runs on: this one, or one of the side tools. */
export function packagersNode(): string {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 12)) return process.execPath;
  return path.join(ROOT, 'build-tools', 'runtimes', 'node_modules', 'node-22', 'bin', 'node');
}

/** Electron's zip, without Electron in it. */
async function makeElectronZip(folder: string): Promise<void> {
  const [content, zips] = [path.join(folder, 'electron'), path.join(folder, 'zips')];
  for (const each of [path.join(content, 'resources'), zips]) fs.mkdirSync(each, { recursive: true });
  fs.writeFileSync(path.join(content, 'electron'), 'to be replaced by Node');
  fs.writeFileSync(path.join(content, 'resources', 'default_app.asar'), '');
  const name = `electron-v${manifest.devDependencies['electron']}-${process.platform}-${process.arch}.zip`;
  await runIn(content, 'python3', ['-m', 'zipfile', '-c', path.join(zips, name), 'electron', 'resources']);
}

/** The folder that the packager makes in `folder`, by the example's own command; `tools` is build-tools/electron. */
export async function packageExample(folder: string, tools: string): Promise<string> {
  const app = path.join(folder, 'app');
  fs.cpSync(EXAMPLE, app, { recursive: true });
  installInto(app);
  fs.writeFileSync(path.join(app, 'lbfgs.tgz'), 'not to be packaged');
  for (const [name, version] of Object.entries(manifest.devDependencies)) {
    // As far as the packager looks at what it leaves out.
    const at = path.join(app, 'node_modules', name);
    fs.mkdirSync(at, { recursive: true });
    fs.writeFileSync(path.join(at, 'package.json'), JSON.stringify({ name, version }));
  }
  await makeElectronZip(folder);
  const [command, ...args] = manifest.scripts.package.split(' ');
  assert.equal(command, 'electron-packager');
  const program = path.join(tools, 'node_modules', '@electron', 'packager', 'bin', 'electron-packager.mjs');
  await runIn(app, packagersNode(), [program, ...args, `--electron-zip-dir=${path.join(folder, 'zips')}`]);
  const made = path.join(folder, 'packaged'); // away from the app's own node_modules, which would be found first
  fs.renameSync(path.join(app, 'output', `spirals-${process.platform}-${process.arch}`), made);
  fs.copyFileSync(process.execPath, path.join(made, 'spirals'));
  fs.chmodSync(path.join(made, 'spirals'), 0o755);
  return made;
}

/** The packaged app's trainer, run by the packaged executable. */
export class Trainer extends TrainerProcess {
  constructor(packaged: string, tools: string) {
    const asarNode = path.join(tools, 'node_modules', 'asar-node');
    const trainer = path.join(packaged, 'resources', 'app.asar', 'trainer.js');
    super('host.mjs', [asarNode, trainer], path.join(packaged, 'spirals'));
  }
}
