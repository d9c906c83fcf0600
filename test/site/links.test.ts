// The links of the built site, read from its files.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { builtPages, lacksSite, SITE } from './served';

describe('the links of the site', () => {
  if (lacksSite('the links of the site')) return;

  interface BuiltPage {
    readonly ids: ReadonlySet<string>;
    readonly links: readonly string[];
  }
  const pages = new Map<string, BuiltPage>();
  before(() => {
    for (const name of builtPages()) {
      const html = readFileSync(join(SITE, name), 'utf8');
      const all = (pattern: RegExp): string[] => Array.from(html.matchAll(pattern), ([, value]) => value ?? '');
      pages.set(name, { ids: new Set(all(/ id="([^"]+)"/g)), links: all(/<a [^>]*?href="([^"]+)"/g) });
    }
  });

  it('lead to pages that are there, and to headings of theirs', () => {
    assert.ok(pages.size > 100);
    const broken = new Set<string>();
    for (const [name, { links }] of pages) {
      for (const link of links) {
        const { protocol, host, pathname, hash } = new URL(link, `site://here/${name}`);
        if (protocol !== 'site:' || host !== 'here') continue;
        const target = posix.join('.', decodeURIComponent(pathname), pathname.endsWith('/') ? 'index.html' : '');
        const page = pages.get(target.replace(/^\//, ''));
        const anchor = decodeURIComponent(hash.slice(1));
        if (page === undefined) broken.add(`${name}: ${link}: no such page`);
        else if (anchor !== '' && !page.ids.has(anchor)) broken.add(`${name}: ${link}: no such heading`);
      }
    }
    assert.deepEqual([...broken], []);
  });

  it('reach each page of docs/ from the home page', () => {
    const reached = new Set(['index.html']);
    for (const name of reached) {
      for (const link of pages.get(name)?.links ?? []) {
        const { protocol, pathname } = new URL(link, `site://here/${name}`);
        const target = `${pathname.slice(1)}${pathname.endsWith('/') ? 'index.html' : ''}`;
        if (protocol === 'site:' && pages.has(target)) reached.add(target);
      }
    }
    const lost = [...pages.keys()].filter((name) => name !== '404.html' && !reached.has(name));
    assert.deepEqual(lost, []);
  });
});
