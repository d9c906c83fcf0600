// The programs of docs/recipes.md that compute gradients.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import { nodeIn } from '../consumers/consumer';
import { blocksOf } from '../docs/blocks';
import { frameworks, withFrameworks } from './framework';

describe('the gradients of docs/recipes.md', () => {
  const folder = frameworks('the recipe with mathjs');
  if (folder === undefined) return;

  for (const name of ['expression.mjs', 'tape.mjs']) {
    it(`are right in ${name}, which prints what it says`, () =>
      withFrameworks(folder, async (place) => {
        const program = blocksOf('docs/recipes.md', 'js').find((text) => text.startsWith(`// ${name}`));
        const [, expected] = /\n\/\/ (.*)\n$/.exec(program ?? '') ?? [];
        assert.ok(program !== undefined && expected !== undefined);
        fs.writeFileSync(path.join(place, name), program);
        assert.equal(await nodeIn(place, name), expected);
      }));
  }
});
