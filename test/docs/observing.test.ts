// The programs of docs/observing.md.

import { PLAIN } from '../consumers/consumer';
import { checkObserving } from './pages';
import { placeOf } from './place';
import { withFolder } from './programs';

describe('docs/observing.md', () => {
  it('has programs that run as they stand there', () => withFolder((folder) => checkObserving(placeOf(folder, PLAIN))));
});
