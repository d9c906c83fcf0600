import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { assertAllPrint, launch, launchers } from './launch';

describe('lbfgs/mpi', () => {
  for (const launcher of launchers('the operations of lbfgs/mpi')) {
    const { name, abi, library } = launcher;
    const line = (ranks: number): string => `${abi} ${library} ${ranks}`;

    for (const ranks of [1, 2, 3, 4]) {
      it(`computes what all ranks have together, ${ranks} under ${name}`, async () => {
        assertAllPrint(await launch(launcher, ranks, 'operations.mjs'), ranks, line(ranks));
      });
    }
    it(`cuts arrays that are too long for MPI, under ${name}`, async () => {
      const ended = await launch(launcher, 3, 'operations.mjs', { PIECE: '5', FINALIZE: 'no' });
      assertAllPrint(ended, 3, line(3));
    });
    it(`leaves the event loop free and the arrays alone while operations are pending, under ${name}`, async () => {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lbfgs-mpi-'));
      try {
        const ended = await launch(launcher, 2, 'asynchronous.mjs', { SAID: path.join(folder, 'said') });
        assertAllPrint(ended, 2, 'asynchronous 2');
      } finally {
        fs.rmSync(folder, { recursive: true });
      }
    });
    it(`leaves V8 its signal, under ${name}`, async () => {
      assertAllPrint(await launch(launcher, 1, 'wasm.mjs'), 1, 'RuntimeError 1');
    });
    it(`is a job of one process without a launcher, by the library of ${name}`, async () => {
      const ended = await launch(undefined, 1, 'operations.mjs', { LBFGS_MPI_LIBRARY: library });
      assertAllPrint(ended, 1, line(1));
    });
  }
});
