// examples/electron with a model of PyTorch: the trainer in a process of Node, with a stand-in for Electron's port. Its window and the
// real Electron are left to test/electron and to .github/workflows/electron.yml.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Parameter } from 'lbfgs';
import type { Data, FromTrainer } from '../../examples/electron/messages';
import { installInto, makeFolder, ROOT } from '../consumers/consumer';
import { TrainerProcess } from '../electron/trainer-process';
import { frameworks } from './framework';

const EXAMPLE = path.join(ROOT, 'examples', 'electron');

/** What network.js and exported.js make. */
interface Network {
  parameters: Parameter[];
  evaluate(data?: Data): number | Promise<number>;
  map(): Float32Array | Promise<Float32Array>;
}

describe('examples/electron with a model of PyTorch', () => {
  const tools = frameworks('the Electron example with ONNX Runtime');
  if (tools === undefined) return;
  const folder = makeFolder();
  let trainer: TrainerProcess;
  before(() => {
    fs.cpSync(EXAMPLE, folder, { recursive: true });
    installInto(folder);
    for (const name of ['onnxruntime-node', 'onnxruntime-common']) {
      fs.symlinkSync(path.join(tools, 'node_modules', name), path.join(folder, 'node_modules', name));
    }
    trainer = new TrainerProcess('plain-host.mjs', [path.join(folder, 'trainer.js'), '--onnx']);
  });
  after(() => trainer.end());

  const progressOf = (messages: readonly FromTrainer[]) => messages.filter((message) => message.kind === 'progress');

  it('has the loss, the gradients and the answers of the network that is written by hand', async () => {
    const load = createRequire(path.join(folder, 'package.json'));
    const { spirals } = load('./spirals.js') as { spirals: () => Data };
    const { makeNetwork } = load('./network.js') as { makeNetwork: () => Network };
    const { openExported } = load('./exported.js') as { openExported: (data: Data) => Promise<Network> };
    const [hand, exported] = [makeNetwork(), await openExported(spirals())];
    for (const [index, { data }] of hand.parameters.entries()) exported.parameters[index]!.data.set(data);
    const [wanted, found] = [await hand.evaluate(spirals()), await exported.evaluate()];
    assert.ok(Math.abs(found - wanted) < 1e-12, `${found} is not ${wanted}`);
    for (const [index, { grad, shape }] of exported.parameters.entries()) {
      const same = hand.parameters[index]!;
      assert.deepEqual(shape, same.shape);
      assert.ok(grad!.every((value, entry) => Math.abs(value - same.grad![entry]!) < 1e-12));
    }
    const [map, mapWanted] = [await exported.map(), await hand.map()];
    assert.ok(map.length === mapWanted.length && map.every((each, at) => Math.abs(each - mapWanted[at]!) < 1e-6));
  });

  it('trains in the utility process until the spirals are apart', async () => {
    const ended = trainer.until('ended');
    trainer.say('start');
    const messages = await ended;
    const last = messages.at(-1)!;
    assert.ok(last.kind === 'ended' && last.loss! < 0.02, JSON.stringify(last));
    const losses = progressOf(messages).flatMap(({ losses }) => [...losses]);
    assert.ok(losses.every((loss, i) => i === 0 || loss <= losses[i - 1]!));
    assert.equal(losses.at(-1), last.loss);

    const [first] = messages;
    assert.ok(first?.kind === 'started');
    const { map } = progressOf(messages).at(-1)!;
    const side = Math.sqrt(map.length);
    const right = Array.from(first.labels).filter((label, n) => {
      const [x, y] = [first.points[2 * n]!, first.points[2 * n + 1]!];
      const at = Math.floor(((1 - y) / 2) * side) * side + Math.floor(((x + 1) / 2) * side);
      return map[at]! > 0.5 === (label === 1);
    });
    assert.ok(right.length > 0.95 * first.labels.length, `${right.length} of ${first.labels.length}`);
  });

  it('stops where the window says cancel, and trains again from the start afterwards', async () => {
    const [under, ended] = [trainer.until('progress'), trainer.until('ended')];
    trainer.say('start');
    await under;
    trainer.say('cancel');
    const stopped = (await ended).at(-1)!;
    assert.ok(stopped.kind === 'ended' && stopped.status === 'stopped', JSON.stringify(stopped));
    const [again, endedAgain] = [trainer.until('progress'), trainer.until('ended')];
    trainer.say('start');
    const progress = (await again).at(-1)!;
    assert.ok(progress.kind === 'progress' && progress.losses[0]! > 0.6);
    trainer.say('cancel');
    await endedAgain;
  });
});
