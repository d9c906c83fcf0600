// The picture of examples/mpi, drawn anew by each launcher.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { makeFolder, PLAIN } from '../consumers/consumer';
import { assertIsPicture } from '../examples/pictures';
import { runExampleIn } from '../examples/run-example';
import { AS_ROOT, launchers } from './launch';

describe('examples/mpi/picture.ts', () => {
  const folder = makeFolder();

  for (const { name, command } of launchers('the picture of examples/mpi')) {
    it(`draws under ${name} what docs/images/mpi.svg shows: the same steps on 1, 2 and 4 ranks`, async () => {
      const svg = path.join(folder, `${command}.svg`);
      const environment = { ...PLAIN, ...AS_ROOT, LBFGS_MPI_LIBRARY: '' };
      await runExampleIn(environment, 'mpi/picture.ts', '--mpirun', command, '--out', svg);
      assertIsPicture(readFileSync(svg, 'utf8'), 'mpi.svg');
    });
  }
});
