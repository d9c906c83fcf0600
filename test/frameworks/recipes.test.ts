// The programs of docs/recipes.md that compute gradients.

import { PLAIN } from '../consumers/consumer';
import { checkShown } from '../docs/pages';
import { placeOf } from '../docs/place';
import { frameworks, withFrameworks } from './framework';

describe('the gradients of docs/recipes.md', () => {
  const folder = frameworks('the recipe with mathjs');
  if (folder === undefined) return;

  for (const name of ['expression.mjs', 'tape.mjs']) {
    it(`are right in ${name}, which prints what it says`, () =>
      withFrameworks(folder, (place) => checkShown(placeOf(place, PLAIN), 'docs/recipes.md', name)));
  }
});
