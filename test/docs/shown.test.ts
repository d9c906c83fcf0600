// Pages whose JavaScript programs show in their last comments what they print.

import assert from 'node:assert/strict';
import { checkShown, programsOf, SHOWN } from './pages';
import { placeOf } from './place';
import { withFolder } from './programs';

for (const [page, names] of Object.entries(SHOWN)) {
  describe(page, () => {
    it(`has ${names.length === 1 ? 'one program' : `${names.length} programs`}`, () => {
      assert.deepEqual([...programsOf(page).keys(), ...programsOf(page, 'ts').keys()], names);
    });

    for (const name of names) {
      it(`${name} prints what its last comment shows`, () =>
        withFolder((folder) => checkShown(placeOf(folder), page, name)));
    }
  });
}
