// The programs of docs/recipes.md that speak HTTP.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { checkServer } from '../docs/bridge-pages';
import { checkService, programsOf } from '../docs/pages';
import { beside, placeOf, writeInto } from '../docs/place';
import { withFolder } from '../docs/programs';
import { frameworks, withFrameworks } from './framework';

describe('docs/recipes.md', () => {
  it('trains with a gradient service behind HTTP', () => withFolder((folder) => checkService(placeOf(folder))));
});

describe('docs/recipes.md on a server', () => {
  const modules = frameworks('the server of docs/recipes.md');
  if (modules === undefined) return;

  it('sends progress as server-sent events, and the end', () =>
    withFrameworks(modules, (folder) => checkServer(placeOf(folder))));

  it('cancels the training with the request', () =>
    withFrameworks(modules, async (folder) => {
      const place = placeOf(folder);
      writeInto(place, { 'server.mjs': programsOf('docs/recipes.md').get('server.mjs')! });
      await beside(place, ['server.mjs'], async (url, lines) => {
        const response = await new Promise<http.IncomingMessage>((resolve, reject) =>
          http.get(`${url}/train`, resolve).on('error', reject),
        );
        await once(response, 'data');
        response.destroy();
        assert.equal((await lines.next()).value, 'cancelled');
      });
    }));
});
