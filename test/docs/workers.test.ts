// The programs of docs/workers.md.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import { installInto, makeFolder, nodeIn } from '../consumers/consumer';
import { blocksOf } from './blocks';

describe('docs/workers.md', () => {
  const folder = makeFolder();

  it('fits a plane with the two files as they stand there', async () => {
    const [main, shard] = blocksOf('docs/workers.md', 'js') as [string, string];
    installInto(folder);
    const fill = 'for (let i = 0; i < rows.length; i += 3) rows.set([i % 7, i % 11, 2 * (i % 7) - (i % 11)], i);';
    const filled = main.replace('// … fill rows …', fill).replace('1e6', '1e3');
    assert.notEqual(filled.length, main.length);
    fs.writeFileSync(path.join(folder, 'main.mjs'), `${filled}\nconsole.log(Array.from(x, Math.round));`);
    fs.writeFileSync(path.join(folder, 'shard.mjs'), shard);
    assert.equal(await nodeIn(folder, 'main.mjs'), '[ 2, -1 ]');
  });
});
