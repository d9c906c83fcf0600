import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './blocks';

const codesIn = (file: string, pattern: RegExp): string[] =>
  Array.from(readFileSync(join(ROOT, file), 'utf8').matchAll(pattern), ([, code]) => code ?? '');

describe('docs/errors.md', () => {
  it('lists every code of ErrorCode and no other, each once, in the same order', () => {
    const declared = codesIn('lib/checks/errors.ts', /^ {2}\| '(\w+)'/gm);
    assert.ok(declared.length > 0);
    assert.deepEqual(codesIn('docs/errors.md', /^\| `(\w+)` \|/gm), declared);
  });
});
