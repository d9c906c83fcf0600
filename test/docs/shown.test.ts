// Pages whose JavaScript programs show in their last comments what they print.

import assert from 'node:assert/strict';
import { blocksOf } from './blocks';
import { outputOfModule } from './programs';

const PAGES: Record<string, string[]> = {
  'docs/minimize.md': ['bounds.mjs', 'differences.mjs'],
  'docs/async.md': ['pause.mjs', 'stop.mjs', 'background.mjs'],
  'docs/from-scipy.md': ['scipy.mjs'],
  'docs/.vitepress/pages/index.md': ['valley.mjs'],
};

for (const [page, names] of Object.entries(PAGES)) {
  describe(page, () => {
    const programs = new Map(blocksOf(page, 'js').map((text) => [/^\/\/ (\w+\.mjs)/.exec(text)?.[1], text]));

    it(`has ${names.length === 1 ? 'one program' : `${names.length} programs`}`, () => {
      assert.deepEqual([...programs.keys()], names);
    });

    for (const name of names) {
      it(`${name} prints what its last comment shows`, async () => {
        const program = programs.get(name)!;
        const shown = /\n\/\/ ([^\n]*)\n$/.exec(program)?.[1];
        assert.ok(shown !== undefined);
        assert.equal((await outputOfModule(name, program)).trim(), shown);
      });
    }
  });
}
