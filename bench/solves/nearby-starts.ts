// How the CO2 fit of the benchmark ends, from 24 starts that differ by millionths. `npx tsx bench/solves/nearby-starts.ts`

import { minimize } from 'lbfgs';
import { problemNamed } from './problems';

const STARTS = 24;
const { x0, fun, toleranceGrad } = problemNamed('co2');

const ends = new Map<string, number>();
for (let k = 0; k < STARTS; k++) {
  const start = Float64Array.from(x0, (value, i) => value * (k === 0 ? 1 : 1 + 1e-6 * Math.sin(13 * k + i)));
  const { status } = minimize(fun, start, { toleranceGrad, toleranceChange: 0, maxIter: 3000 });
  ends.set(status, (ends.get(status) ?? 0) + 1);
}
for (const [status, count] of ends) console.log(`${status}: ${count} of ${STARTS}`);
