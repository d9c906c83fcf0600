// Every solve and every fit of the fault matrices, without a fault, in a process that has done nothing else before.

import { serialize } from 'node:v8';
import { FITS, fit } from '../faulty-fits';
import { run, SUBJECTS } from '../faulty-solves';

void (async () => {
  const solves: Record<string, unknown> = {};
  for (const subject of SUBJECTS) solves[subject.name] = (await run(subject, 'sync')).result;
  const fits = Object.fromEntries(FITS.map((subject) => [subject.name, fit(subject).result]));
  process.stdout.write(serialize({ solves, fits }));
})();
