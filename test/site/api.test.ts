// The pages of the API in the built site.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtPages, lacksSite, SITE } from './served';

describe('the API of the site', () => {
  if (lacksSite('the API of the site')) return;

  const textOf = (page: string): string =>
    readFileSync(join(SITE, page), 'utf8')
      .replaceAll(/<[^>]*>/g, '')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"');

  it('shows the types of functions as functions', () => {
    const shown = {
      Objective: '(x, gradient, call?) => number;',
      AsyncObjective: '(x, gradient, call?) => number | Promise<number>;',
      ScalarFunction: '(x, call?) => number;',
      AsyncScalarFunction: '(x, call?) => number | Promise<number>;',
    };
    for (const [name, signature] of Object.entries(shown)) {
      const text = textOf(`api/lbfgs/type-aliases/${name}.html`).replaceAll('&lt;', '<');
      assert.ok(text.includes(`type ${name} = ${signature}`), name);
    }
  });

  it('has no type that is the type of a method of a nameless object', () => {
    const pages = builtPages().filter((name) => name.startsWith('api/'));
    assert.ok(pages.length > 50);
    assert.deepEqual(
      pages.filter((name) => /\bobject\[/.test(textOf(name))),
      [],
    );
  });
});
