// Faults in every evaluation of a run: the matrix is generated, and the faults are counted.

import assert from 'node:assert/strict';
import { DTYPES, faultsOf, MODES, NOT_FINITE, type Fault } from '../problems/training';
import { callsOf, injected, long, short, trainNotFinite, trainThrowing, WAYS, type Subject } from './faulty-training';

/** Iterations of a step: the whole run, and few enough that the fault also strikes first evaluations of later steps. */
const SHAPES = { 'in one step': 200, 'in steps of 3 iterations': 3 } as const;
const DURATIONS = { once: false, 'for ever': true } as const;
/** Long vectors have a few entries spoiled: of each parameter, and of each end. */
const SOME_ENTRIES = [0, 2, 3, 150, 299] as const;

function indices(size: number): number[] {
  return Array.from({ length: size }, (_, i) => i);
}

/** Tells which case it was that failed. */
async function named<T>(name: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** The fault at one evaluation, in each of these ways, which are to leave the very same. */
async function strikeAlike(k: number, ways: readonly ((k: number) => Promise<unknown>)[]): Promise<void> {
  const [first, ...others] = ways;
  const expected = await first!(k);
  for (const other of others) assert.deepEqual(await other(k), expected);
}

/** The fault at this evaluation, whether or not a promise brings it. */
async function spoil(subject: Subject, fault: Fault, k: number, forEver: boolean): Promise<void> {
  await named(`${fault.name} at evaluation ${k}`, () =>
    strikeAlike(
      k,
      (['step', 'stepAsync'] as const).map((way) => () => trainNotFinite(subject, way, fault, { k, forEver })),
    ),
  );
}

for (const mode of MODES) {
  for (const dtype of DTYPES) {
    for (const [shape, maxIter] of Object.entries(SHAPES)) {
      describe(`a fault at every evaluation of a run ${shape}, ${mode}, ${dtype}`, () => {
        const subject = short(mode, dtype, maxIter);
        const calls = callsOf(subject);

        for (const [duration, forEver] of Object.entries(DURATIONS)) {
          for (const value of NOT_FINITE) {
            it(`${value} in any place, ${duration}, leaves a finite point and does not keep the training from its minimum`, async () => {
              for (const fault of faultsOf(value, indices(subject.size))) {
                for (let k = 1; k <= calls; k++) await spoil(subject, fault, k, forEver);
              }
            });
          }

          it(`an error, ${duration}, brings back the accepted point and does not keep the training from its minimum`, async () => {
            for (let k = 1; k <= calls; k++) {
              await named(`evaluation ${k}`, () =>
                strikeAlike(
                  k,
                  WAYS.map((way) => () => trainThrowing(subject, way, { k, forEver })),
                ),
              );
            }
          });
        }
      });
    }

    describe(`a fault while another thread works on long vectors, ${mode}, ${dtype}`, () => {
      const subject = long(mode, dtype, 10);
      const calls = callsOf(subject);
      const faults = NOT_FINITE.flatMap((value) => faultsOf(value, SOME_ENTRIES));

      for (const [duration, forEver] of Object.entries(DURATIONS)) {
        it(`at every evaluation, a value that is not finite, ${duration}, leaves what step leaves`, async () => {
          for (let k = 1; k <= calls; k++) await spoil(subject, faults[k % faults.length]!, k, forEver);
        });

        it(`at every evaluation, an error, ${duration}, leaves what step leaves`, async () => {
          for (let k = 1; k <= calls; k++) {
            await named(`evaluation ${k}`, () =>
              strikeAlike(
                k,
                (['step', 'stepAsync'] as const).map((way) => () => trainThrowing(subject, way, { k, forEver })),
              ),
            );
          }
        });
      }
    });
  }
}

after(() => {
  const { notFinite, thrown } = injected;
  console.log(`faults injected: ${notFinite + thrown} (${notFinite} values that are not finite, ${thrown} errors)`);
});
