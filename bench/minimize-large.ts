// npx tsx bench/minimize-large.ts [n]: the time of an iteration of `minimize` beside one of the class, on long vectors.
// 20 pairs, one thread, line searches that take about one evaluation. The time of the function (separable.ts) is taken
// off.

import { LBFGS, minimize, Parameter, type IterationInfo } from 'lbfgs';
import { readOptions, table } from './output';
import { median } from './protocol';
import { Separable } from './separable';

const PAIRS = 20;
/** The iterations that are timed. They begin when the history is full. */
const ITERATIONS = { first: PAIRS + 1, last: PAIRS + 41 };
const RUNS = 7;
const n = Number(readOptions('npx tsx bench/minimize-large.ts [NUMBERS]', {}).words[0] ?? 1e6);
const separable = new Separable(n);
const shared = { historySize: PAIRS, threads: 1, maxIter: ITERATIONS.last, toleranceGrad: 0, toleranceChange: 0 };

/** The mean milliseconds and evaluations of a timed iteration. */
interface Cost {
  readonly ms: number;
  readonly evaluations: number;
}

function costOf(solve: (onIteration: (info: IterationInfo) => void) => void): Cost {
  const at = new Map<number, { time: number; evaluations: number }>();
  separable.elsewhere = 0;
  solve(({ iteration, evaluations }) => {
    at.set(iteration, { time: performance.now() - separable.elsewhere, evaluations });
  });
  const [first, last] = [at.get(ITERATIONS.first), at.get(ITERATIONS.last)];
  if (first === undefined || last === undefined) throw new Error('The solve ended before its time');
  const count = ITERATIONS.last - ITERATIONS.first;
  return { ms: (last.time - first.time) / count, evaluations: (last.evaluations - first.evaluations) / count };
}

function byClass(onIteration: (info: IterationInfo) => void): void {
  const x = new Parameter(new Float64Array(n));
  const gradient = new Float64Array(n);
  x.grad = gradient;
  const optimizer = new LBFGS([x], { ...shared, maxEval: 1000, lineSearchFn: 'strong_wolfe' });
  optimizer.step(() => separable.evaluate(x.data, gradient), { onIteration });
  optimizer[Symbol.dispose]();
}

const byMinimize =
  (diagonal: boolean) =>
  (onIteration: (info: IterationInfo) => void): void => {
    minimize(separable.evaluate, new Float64Array(n), { ...shared, diagonal, onIteration });
  };

/**
 * Numbers that an iteration moves at least, by entry: two passes over the pairs and 16 more
 * (docs/design/performance.md), 6 for the diagonal.
 */
const subjects = [
  { name: 'LBFGS, strong_wolfe', moves: 4 * PAIRS + 16, cost: () => costOf(byClass) },
  { name: 'minimize, diagonal: false', moves: 4 * PAIRS + 16, cost: () => costOf(byMinimize(false)) },
  { name: 'minimize, diagonal: true', moves: 4 * PAIRS + 22, cost: () => costOf(byMinimize(true)) },
];
const costs = subjects.map((): Cost[] => []);
for (let run = 0; run < RUNS; run++) for (const [index, { cost }] of subjects.entries()) costs[index]!.push(cost());
const rows = subjects.map(({ name, moves }, index) => {
  const ratio = median(costs[index]!.map(({ ms }, run) => ms / moves / (costs[0]![run]!.ms / subjects[0]!.moves)));
  const ms = median(costs[index]!.map((cost) => cost.ms));
  const evaluations = median(costs[index]!.map((cost) => cost.evaluations));
  return [name, ms.toFixed(1), ratio.toFixed(2), evaluations.toFixed(2)];
});
console.log(`n = ${n}, ${PAIRS} pairs, one thread, medians of ${RUNS} runs in turn`);
console.log(table(['', 'ms an iteration', 'time over the floor, beside the class', 'evaluations an iteration'], rows));
