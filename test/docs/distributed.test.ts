// The programs of docs/distributed.md.

import { PLAIN } from '../consumers/consumer';
import { checkDriver, checkThreads } from './pages';
import { placeOf } from './place';
import { withFolder } from './programs';

describe('docs/distributed.md', () => {
  it('has a driver whose workers serve over HTTP', () => withFolder((folder) => checkDriver(placeOf(folder, PLAIN))));

  it('has a communicator between worker threads, by which ranks minimise together', () =>
    withFolder((folder) => checkThreads(placeOf(folder, PLAIN))));
});
