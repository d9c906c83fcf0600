import assert from 'node:assert/strict';
import { blocksOf } from './blocks';
import { outputOfModule } from './programs';

describe('docs/minimize.md', () => {
  const programs = blocksOf('docs/minimize.md', 'js');
  for (const program of programs) {
    const name = /^\/\/ (\w+\.mjs)$/m.exec(program)?.[1];
    it(`${name ?? 'a program without a name'} prints what the comment below it shows`, async () => {
      assert.ok(name !== undefined);
      const shown = /^\/\/ ([^\n]*)\n$/m.exec(program.slice(program.indexOf('console.log')))?.[1];
      assert.equal((await outputOfModule(name, program)).trim(), shown);
    });
  }

  it('has two programs', () => {
    assert.equal(programs.length, 2);
  });
});
