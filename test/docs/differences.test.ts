import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './blocks';

/** What the last column of a table row names; — is nothing. */
const testsOf = (row: string): string[] => {
  const cells = row.split('|');
  return cells
    .at(-2)!
    .split(',')
    .map((name) => name.trim());
};

describe('docs/differences-from-torch.md', () => {
  const tables = readFileSync(join(ROOT, 'docs/differences-from-torch.md'), 'utf8')
    .split('\n\n')
    .map((paragraph) => paragraph.trim().split('\n'))
    .filter(([head]) => head!.startsWith('|'));

  it('has tables whose last column is the tests', () => {
    assert.ok(tables.length > 0);
    for (const [head] of tables) assert.deepEqual(testsOf(head!), ['tests']);
  });

  it('names tests that are there, by their files', () => {
    const named = new Set(tables.flatMap((rows) => rows.slice(2)).flatMap(testsOf));
    named.delete('—');
    assert.ok(named.size > 0);
    const isThere = (name: string): boolean =>
      ['.test.ts', '.test.cpp'].some((ending) => existsSync(join(ROOT, 'test', name + ending)));
    assert.deepEqual(
      [...named].filter((name) => !isThere(name)),
      [],
    );
  });
});
