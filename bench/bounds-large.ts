// npx tsx bench/bounds-large.ts [n]: the time of an iteration with bounds, beside one without and beside SciPy's, on
// long vectors. 10 pairs, one thread. The time of the function (separable.ts) is taken off.

import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { minimize, type MinimizeOptions } from 'lbfgs';
import { readOptions, table } from './output';
import { median } from './protocol';
import { Separable } from './separable';

const ITERATIONS = 30;
const RUNS = 5;
const n = Number(readOptions('npx tsx bench/bounds-large.ts [NUMBERS]', {}).words[0] ?? 1e6);
const separable = new Separable(n);

interface Iteration {
  readonly ms: number;
  /** The part of the variables that reach or leave a bound in an iteration, the mean of the iterations. */
  readonly changes: number;
}

function iterationOf(bound: number | undefined, options: MinimizeOptions): Iteration {
  let changed = 0;
  const wasHeld = new Uint8Array(n);
  separable.elsewhere = 0;
  const begun = performance.now();
  const { iterations } = minimize(separable.evaluate, new Float64Array(n), {
    ...{ historySize: 10, maxIter: ITERATIONS, diagonal: false, threads: 1, toleranceGrad: 0, toleranceChange: 0 },
    ...options,
    onIteration: (_, x) => {
      separable.timed(() => {
        for (let i = 0; bound !== undefined && i < n; i++) {
          const isHeld = Math.abs(x[i]!) === bound ? 1 : 0;
          if (isHeld !== wasHeld[i]) changed++;
          wasHeld[i] = isHeld;
        }
      });
    },
  });
  return { ms: (performance.now() - begun - separable.elsewhere) / iterations, changes: changed / iterations / n };
}

function scipy(): Iteration {
  const script = path.join(__dirname, 'peers', 'bounds_large.py');
  const output = execFileSync('python3', [script, String(n), String(ITERATIONS)], { encoding: 'utf8' });
  return { ms: Number(output), changes: NaN };
}

const both = (bound: number): MinimizeOptions => ({
  bounds: { lower: new Float64Array(n).fill(-bound), upper: new Float64Array(n).fill(bound) },
});
const subjects: readonly (readonly [string, () => Iteration])[] = [
  ['without bounds', () => iterationOf(undefined, {})],
  ['bounds that are never reached', () => iterationOf(10, both(10))],
  ['|x| <= 1.49', () => iterationOf(1.49, both(1.49))],
  ['|x| <= 1', () => iterationOf(1, both(1))],
  ['|x| <= 1, one number for all', () => iterationOf(1, { bounds: { lower: -1, upper: 1 } })],
  ['SciPy L-BFGS-B, |x| <= 1', scipy],
];
const found = new Map<string, Iteration[]>(subjects.map(([name]) => [name, []]));
for (let run = 0; run < RUNS; run++) for (const [name, measure] of subjects) found.get(name)!.push(measure());
const ms = (name: string): number => median(found.get(name)!.map((one) => one.ms));
const rows = subjects.map(([name]) => [
  name,
  ms(name).toFixed(1),
  (ms(name) / ms('without bounds')).toFixed(2),
  `${(100 * median(found.get(name)!.map(({ changes }) => changes))).toFixed(1)} %`,
]);
console.log(`n = ${n}, 10 pairs, one thread, medians of ${RUNS} runs in turn`);
console.log(table(['', 'ms an iteration', 'ratio', 'variables that change sides'], rows));
