import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './blocks';

/** The cells of a table row. */
const cellsOf = (row: string): string[] =>
  row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

describe('docs/comparison.md', () => {
  const tables = readFileSync(join(ROOT, 'docs/comparison.md'), 'utf8')
    .split('\n\n')
    .map((paragraph) => paragraph.trim().split('\n'))
    .filter(([head]) => head!.startsWith('|'))
    .map(([head, , ...rows]) => ({ columns: cellsOf(head!), rows: rows.map(cellsOf) }));
  const sources = tables.find(({ columns }) => columns.at(-1) === 'source and version');
  const compared = tables.filter((table) => table !== sources);

  it('has the version of package.json', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    assert.ok(readFileSync(join(ROOT, 'docs/comparison.md'), 'utf8').includes(`It is at version ${version}.`));
  });

  it('has the same libraries in each table, and a source for each', () => {
    assert.ok(compared.length > 1 && sources !== undefined);
    const libraries = compared[0]!.rows.map(([name]) => name!);
    assert.equal(libraries.shift(), '**lbfgs**');
    const named = new Set(sources.rows.map(([name]) => name!));
    assert.deepEqual(
      libraries.filter((name) => !named.has(name)),
      [],
    );
    for (const { rows } of compared) {
      assert.deepEqual(
        rows.map(([name]) => name),
        ['**lbfgs**', ...libraries],
      );
    }
  });

  it('has a test for each feature of this package', () => {
    const untested = compared.flatMap(({ columns, rows: [ours] }) =>
      columns.filter((column, index) => {
        const cell = ours![index]!;
        return !['', 'language', 'licence'].includes(column) && cell !== 'no' && !cell.includes('](../test/');
      }),
    );
    assert.deepEqual(untested, []);
  });

  it('names a version or a commit with each source', () => {
    for (const [, what, source] of sources!.rows) {
      assert.match(source!, /\d\.\d|stable|latest|dev|commit [0-9a-f]{7}/, what);
    }
  });
});
