// examples/mpi and the programs of docs/distributed.md that need MPI, by every launcher and several numbers of ranks.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { blocksOf } from '../docs/blocks';
import { withFolder } from '../docs/programs';
import { launch, launchers, type Launcher } from './launch';

const PROGRAMS = path.join(__dirname, 'programs');
const EXAMPLES = path.join(__dirname, '..', '..', 'examples', 'mpi');

/** What rank 0 prints; the other ranks print nothing. */
async function printed(launcher: Launcher, ranks: number, file: string): Promise<string> {
  const { code, stdout, stderr } = await launch(launcher, ranks, path.relative(PROGRAMS, file));
  assert.equal(code, 0, stderr);
  return stdout.trim();
}

const EXPECTED: Record<string, string> = {
  'logistic.mjs': '6000 rows, 40 weights: loss 0.201493\n5594 rows are right, converged: true',
  'sharded.mjs': '200 rows, 5000 weights: loss 0.822699\nthe largest weight is 0.098026\nconverged: true',
};

for (const launcher of launchers('examples/mpi')) {
  describe(`examples/mpi under ${launcher.name}`, () => {
    for (const [name, text] of Object.entries(EXPECTED)) {
      for (const ranks of [1, 2, 4]) {
        it(`${name} prints the same on ${ranks} ranks`, async () => {
          assert.equal(await printed(launcher, ranks, path.join(EXAMPLES, name)), text);
        });
      }
    }
  });

  describe(`docs/distributed.md under ${launcher.name}`, () => {
    const [scatter = ''] = blocksOf('docs/distributed.md', 'js run');
    const shown = /^\/\/ (.*)\n$/m.exec(scatter.slice(scatter.lastIndexOf('console.log')))?.[1];

    for (const ranks of [1, 3]) {
      it(`scatters the gradient over ${ranks} ranks`, () =>
        withFolder(async (folder) => {
          const file = path.join(folder, 'scatter.mjs');
          writeFileSync(file, scatter);
          assert.equal(await printed(launcher, ranks, file), shown);
        }));
    }
  });
}
