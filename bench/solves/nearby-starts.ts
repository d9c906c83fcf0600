// npx tsx bench/solves/nearby-starts.ts: how solves end from starts near the usual ones: the CO2 fit of the benchmark
// from 24 starts that differ by millionths, and the NIST fits of test/problems from 16 starts each, every parameter
// changed by up to 40 %.

import { minimize, type MinimizeResult } from 'lbfgs';
import { NIST } from '../../test/problems/collection/nist';
import { solve } from '../../test/problems/collection/solve';
import { randomNumbers } from '../../test/problems/numbers';
import { problemNamed } from './problems';

function sayEnds(what: string, results: readonly MinimizeResult[]): void {
  const ends = new Map<string, number>();
  for (const { status } of results) ends.set(status, (ends.get(status) ?? 0) + 1);
  console.log(`${what}: ${[...ends].map(([status, count]) => `${status} ${count}`).join(', ')} of ${results.length}`);
}

const { x0, fun, toleranceGrad } = problemNamed('co2');
const co2 = Array.from({ length: 24 }, (_, k) => {
  const start = Float64Array.from(x0, (value, i) => value * (k === 0 ? 1 : 1 + 1e-6 * Math.sin(13 * k + i)));
  return minimize(fun, start, { toleranceGrad, toleranceChange: 0, maxIter: 3000 });
});
sayEnds('CO2', co2);

const random = randomNumbers(1);
const fits = NIST.flatMap((problem) =>
  Array.from({ length: 16 }, () => {
    const start = problem.start.map((value) => value * (1 + 0.4 * random()));
    return solve({ ...problem, start }, (f, from) => minimize(f, from, { maxEval: 5000 }));
  }),
);
sayEnds(
  'NIST',
  fits.map(({ result }) => result),
);
const within = fits.filter(({ gap }) => gap <= 1e-6).length;
const claims = fits.filter(({ gap, result }) => result.converged && gap > 1e-4).length;
console.log(
  `NIST: ${within} ended within 1e-6 of a minimum; ${claims} claim to have converged, but are further off than 1e-4`,
);
