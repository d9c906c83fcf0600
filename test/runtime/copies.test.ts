// The package several times in one process, as plugins and reloaded windows bring it: no state is shared through the addon.

import assert from 'node:assert/strict';
import path from 'node:path';
import { copyPrograms, installInto, makeFolder, nodeIn } from '../consumers/consumer';

describe('two copies of the package in one process', () => {
  const folder = makeFolder();
  before(() => {
    for (const name of ['one', 'two']) installInto(path.join(folder, name));
    copyPrograms(folder, 'copies.mjs');
  });

  it('train side by side, one within the closure of the other, with the same numbers', async () => {
    assert.equal(await nodeIn(folder, 'copies.mjs', 'nested'), 'the same');
  });

  it('take parameters that the other one made', async () => {
    assert.equal(await nodeIn(folder, 'copies.mjs', 'exchanged'), 'the same');
  });

  it('may be loaded anew in the same thread while older ones are in use', async () => {
    assert.equal(await nodeIn(folder, 'copies.mjs', 'reloaded'), 'the same');
  });

  it('may be loaded by threads that end, with optimisers in use, while they go on here', async () => {
    assert.equal(await nodeIn(folder, 'copies.mjs', 'threads'), 'the same');
  });
});
