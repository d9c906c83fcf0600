// The programs of docs/observing.md.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import { nodeIn } from '../consumers/consumer';
import { blocksOf } from './blocks';
import { withFolder } from './programs';

describe('docs/observing.md', () => {
  it('has programs that run as they stand there', () =>
    withFolder(async (folder) => {
      const [channel, tensorboard] = blocksOf('docs/observing.md', 'js') as [string, string];
      fs.writeFileSync(path.join(folder, 'channel.mjs'), channel);
      assert.match(
        await nodeIn(folder, 'channel.mjs'),
        /^minimize 1 converged_gradient \d+\nminimizeAsync 1 converged_gradient \d+$/,
      );
      fs.writeFileSync(path.join(folder, 'tensorboard.mjs'), tensorboard);
      await nodeIn(folder, 'tensorboard.mjs');
      const [name] = fs.readdirSync(path.join(folder, 'logs'));
      assert.match(name!, /tfevents/);
      assert.ok(fs.statSync(path.join(folder, 'logs', name!)).size > 60);
    }));
});
