import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './blocks';

describe('scripts/check-links.mjs', () => {
  const check = (...folder: string[]) =>
    spawnSync(process.execPath, [join(ROOT, 'scripts', 'check-links.mjs'), ...folder], { encoding: 'utf8' });

  /** The lines written about these pages. */
  function findingsOn(pages: Record<string, string>): string[] {
    const folder = mkdtempSync(join(tmpdir(), 'lbfgs-links-'));
    try {
      mkdirSync(join(folder, 'docs'));
      for (const [name, text] of Object.entries(pages)) writeFileSync(join(folder, name), text);
      const { status, stderr } = check(folder);
      assert.equal(status, stderr === '' ? 0 : 1);
      return stderr.split('\n').filter(Boolean);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it('finds nothing on the pages of this repository', () => {
    const { status, stdout, stderr } = check();
    assert.equal(stderr, '');
    assert.match(stdout, /, 0 broken/);
    assert.equal(status, 0);
  });

  it('names page, line and link where a file is missing', () => {
    assert.deepEqual(findingsOn({ 'README.md': 'One\n\n[two](docs/two.md) and ![three](three.svg)\n' }), [
      'README.md:3: docs/two.md: no such file',
      'README.md:3: three.svg: no such file',
    ]);
  });

  it('knows headings as GitHub does, doubles and code in them included', () => {
    const headings = '# The `lr` option, and more\n## Same\n## Same\n```\n# not one\n```\n';
    const links = ['the-lr-option-and-more', 'same', 'same-1', 'same-2', 'not-one'].map(
      (anchor) => `[x](#${anchor})\n`,
    );
    assert.deepEqual(findingsOn({ 'docs/page.md': headings + links.join('') }), [
      'docs/page.md:10: #same-2: no such heading',
      'docs/page.md:11: #not-one: no such heading',
    ]);
  });

  it('follows an anchor into another page', () => {
    const pages = {
      'README.md': '# Top\n[a](docs/page.md#here) [b](docs/page.md#there)\n',
      'docs/page.md': '## Here\n[up](../README.md#top)\n',
    };
    assert.deepEqual(findingsOn(pages), ['README.md:2: docs/page.md#there: no such heading']);
  });

  it('refuses links out of the repository, and reads definitions and HTML', () => {
    const page = '[a](../../x.md)\n\n[b]: gone.md\n<img src="gone.png">\n';
    assert.deepEqual(findingsOn({ 'docs/page.md': page }), [
      'docs/page.md:1: ../../x.md: leads out of the repository',
      'docs/page.md:3: gone.md: no such file',
      'docs/page.md:4: gone.png: no such file',
    ]);
  });

  it('names lines of prose above 120 columns', () => {
    const words = `${'word '.repeat(24)}word`;
    const pages = {
      'README.md': `${'x '.repeat(60)}\n${words}\n\n- ${words}\n`,
      'docs/page.md': `${'é '.repeat(60)}\n`,
    };
    assert.deepEqual(findingsOn(pages), [
      'README.md:2: 124 columns, more than 120',
      'README.md:4: 126 columns, more than 120',
    ]);
  });

  it('lets tables, code, a single link and a single word be as long as they are', () => {
    const words = `${'word '.repeat(24)}word`;
    const lines = [
      `| ${words} |`,
      `\`\`\`\n${words}\n\`\`\``,
      `- [${words}](#top).`,
      `https://example.org/${'x'.repeat(120)}`,
    ];
    assert.deepEqual(findingsOn({ 'README.md': `# Top\n\n${lines.join('\n\n')}\n` }), []);
  });

  it('leaves code and addresses elsewhere alone', () => {
    assert.deepEqual(
      findingsOn({ 'README.md': '`[a](b.md)` ``[`](c.md)`` [d](https://example.org/e.md)\n\n```md\n[f](g.md)\n```\n' }),
      [],
    );
  });
});
