// The programs of docs/workers.md.

import { installInto, makeFolder, PLAIN } from '../consumers/consumer';
import { checkWorkers } from './pages';
import { placeOf } from './place';

describe('docs/workers.md', () => {
  const folder = makeFolder();

  it('fits a plane with the two files as they stand there', async () => {
    installInto(folder);
    await checkWorkers(placeOf(folder, PLAIN));
  });
});
