import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import type { FromTrainer } from '../../examples/electron/messages';
import { makeFolder, PREBUILD, runIn, sideTools } from '../consumers/consumer';
import { manifest, packageExample, packagersNode, Trainer } from './packaged';

describe('examples/electron, packaged', () => {
  const tools = process.platform === 'linux' ? sideTools('electron', "Electron's packager") : undefined;
  if (tools === undefined) return;
  const folder = makeFolder();
  const addon = path.join('node_modules', 'lbfgs', PREBUILD);
  let packaged = '';
  let trainer: Trainer;
  before(async () => {
    packaged = await packageExample(folder, tools);
    trainer = new Trainer(packaged, tools);
  });
  after(() => trainer.end());

  it('names the package of this version', () => {
    const own = JSON.parse(fs.readFileSync(path.join(__dirname, '..', '..', 'package.json'), 'utf8')) as {
      version: string;
    };
    const text = fs.readFileSync(path.join(__dirname, '..', '..', 'examples', 'electron', 'package.json'), 'utf8');
    assert.ok(text.includes(`"lbfgs": "file:lbfgs-${own.version}.tgz"`));
  });

  it('is one archive, with the addon and nothing else beside it', () => {
    const files = fs.readdirSync(path.join(packaged, 'resources'), { recursive: true, encoding: 'utf8' });
    const plain = files.filter((file) => fs.statSync(path.join(packaged, 'resources', file)).isFile());
    assert.deepEqual(plain.sort(), ['app.asar', path.join('app.asar.unpacked', addon)]);
  });

  it('holds the app and what it depends on, not what made it', async () => {
    const archive = path.join(packaged, 'resources', 'app.asar');
    const asar = path.join(tools, 'node_modules', '@electron', 'asar', 'bin', 'asar.mjs');
    const listed = (await runIn(folder, packagersNode(), [asar, 'list', archive]))
      .split('\n')
      .map((line) => line.slice(1));
    const needed = [
      'main.js',
      'preload.js',
      'trainer.js',
      'page/index.html',
      'node_modules/lbfgs/dist/index.js',
      addon,
    ];
    assert.deepEqual(
      needed.filter((file) => !listed.includes(file)),
      [],
    );
    const unwanted = [
      ...Object.keys(manifest.devDependencies).map((name) => `node_modules/${name}/`),
      '.tgz',
      'tsconfig',
      'output',
    ];
    assert.deepEqual(
      listed.filter((file) => unwanted.some((part) => file.includes(part))),
      [],
    );
  });

  it('trains from within the archive, with the unpacked addon, under an executable of another name', async () => {
    const ended = trainer.until('ended');
    trainer.say('start');
    const messages = await ended;
    const { binaries, executable } = await trainer.loaded();
    assert.deepEqual(binaries, [path.join(packaged, 'resources', 'app.asar.unpacked', addon)]);
    assert.equal(executable, path.join(packaged, 'spirals'));

    const [first, ...rest] = messages as [FromTrainer, ...FromTrainer[]];
    assert.ok(first.kind === 'started' && first.points instanceof Float32Array && first.labels instanceof Uint8Array);
    assert.equal(first.points.length, 2 * first.labels.length);
    const progress = rest.filter((message) => message.kind === 'progress');
    assert.ok(progress.length > 3, String(progress.length));
    assert.ok(progress.every(({ losses, map }) => losses instanceof Float64Array && map instanceof Float32Array));
    const losses = progress.flatMap(({ losses }) => [...losses]);
    assert.equal(losses.length, progress.at(-1)!.iteration);
    assert.ok(
      losses.every((loss, i) => i === 0 || loss <= losses[i - 1]!),
      'every iteration goes down',
    );
    const last = messages.at(-1)!;
    assert.ok(last.kind === 'ended' && last.loss! < 0.02, JSON.stringify(last));
    assert.equal(losses.at(-1), last.loss);
  });

  it('learns which spiral a point is on', async () => {
    const ended = trainer.until('ended');
    trainer.say('start');
    const messages = await ended;
    const [first] = messages;
    const last = messages.filter((message) => message.kind === 'progress').at(-1)!;
    assert.ok(first?.kind === 'started');
    const side = Math.sqrt(last.map.length);
    const right = Array.from(first.labels).filter((label, n) => {
      const [x, y] = first.points.subarray(2 * n) as unknown as [number, number];
      const at = Math.floor(((1 - y) / 2) * side) * side + Math.floor(((x + 1) / 2) * side);
      return last.map[at]! > 0.5 === (label === 1);
    });
    assert.ok(right.length > 0.95 * first.labels.length, `${right.length} of ${first.labels.length}`);
  });

  it('stops where the window says cancel, and trains again from the start afterwards', async () => {
    const under = trainer.until('progress');
    const ended = trainer.until('ended');
    trainer.say('start');
    await under;
    trainer.say('cancel');
    const stopped = (await ended).at(-1)!;
    assert.ok(stopped.kind === 'ended' && stopped.status === 'stopped', JSON.stringify(stopped));

    const again = trainer.until('progress');
    const endedAgain = trainer.until('ended');
    trainer.say('start');
    const [, progress] = await again;
    assert.ok(progress?.kind === 'progress' && progress.losses[0]! > 0.6);
    trainer.say('cancel');
    await endedAgain;
  });
});
