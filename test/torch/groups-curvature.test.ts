// Whether it pays to keep the curvature when parameters are added: evaluations to the same loss, with it and with a new
// optimiser at the same point. It does where the old coordinates' curvature still holds, as in the convex problem. For a
// network it is no rule: a head that has converged under frozen layers (30 iterations instead of 10) leaves pairs that hold the
// next ones up, and a new optimiser is there first, by a third or so.

import assert from 'node:assert/strict';
import { LBFGS, type Objective, type ParameterLike } from 'lbfgs';
import { Model } from '../problems/model';
import { PROBLEMS } from '../problems/objectives';
import { initialWeights, layerSizes, networkLoss } from '../training/network';
import { logisticRegression, SURFACE } from '../training/regression';

interface Problem {
  name: string;
  fun: Objective;
  starts: readonly (readonly number[])[];
  cuts: readonly number[];
  /** Parameters that are trained first, by index. */
  first: readonly number[];
  /** Iterations before the others are added. */
  alone: number;
  target: number;
}

const LAYOUT = { inputs: 2, units: 6 };
const CHAINED = PROBLEMS.find(({ name }) => name === 'chained Rosenbrock of 100 variables')!;
const THREE: readonly Problem[] = [
  {
    name: 'network 2-6-1, first layer frozen at first, 12 starts',
    fun: networkLoss(LAYOUT, 'squares', () => SURFACE),
    starts: Array.from({ length: 12 }, (_, index) => initialWeights(LAYOUT, index + 1)),
    cuts: layerSizes(LAYOUT),
    first: [2, 3],
    alone: 10,
    target: 5e-3,
  },
  {
    name: 'chained Rosenbrock of 100 variables, 80 of them at first',
    fun: CHAINED.fun,
    starts: [CHAINED.x0],
    cuts: [80, 20],
    first: [0],
    alone: 100,
    target: 1e-4,
  },
  {
    name: 'logistic regression on 12 features, 8 of them at first',
    fun: logisticRegression(12, 200),
    starts: [Array<number>(12).fill(0)],
    cuts: [8, 4],
    first: [0],
    alone: 20,
    target: 0.1249, // 5e-5 above the minimum
  },
];

/** How the optimiser of all parameters comes from that of the first ones. */
type Continue = (optimizer: LBFGS, first: readonly ParameterLike[], added: readonly ParameterLike[]) => LBFGS;
const keep: Continue = (optimizer, _, added) => {
  optimizer.addParamGroup({ params: added });
  return optimizer;
};
const begin: Continue = (_, first, added) => new LBFGS([...first, ...added], { lineSearchFn: 'strong_wolfe' });

/** Evaluations from the moment when the others are added, over all starts; each reaches the target. */
function evaluations({ name, fun, starts, cuts, first, alone, target }: Problem, goOn: Continue): number {
  let total = 0;
  for (const start of starts) {
    const model = new Model(fun, start, { cuts });
    const early = first.map((index) => model.params[index]!);
    const late = model.params.filter((parameter) => !early.includes(parameter));
    const alonePhase = new LBFGS(early, { lineSearchFn: 'strong_wolfe', maxIter: alone, maxEval: 10_000 });
    alonePhase.step(model.closure);
    assert.ok(model.truth.loss > target, name);
    const optimizer = goOn(alonePhase, early, late);
    Object.assign(optimizer.paramGroups[0], { maxIter: 5000, maxEval: 10_000 });
    optimizer.step(model.closure, { onIteration: ({ loss }) => loss > target });
    assert.ok(model.truth.loss <= target, `${name}: ${optimizer.lastStep!.message}`);
    total += optimizer.lastStep!.evaluations;
  }
  return total;
}

describe('evaluations to the same loss after parameters were added', () => {
  it('are, over three problems, no more with the curvature kept than with a new optimiser', () => {
    const figures = THREE.map((problem) => ({
      problem: problem.name,
      kept: evaluations(problem, keep),
      fresh: evaluations(problem, begin),
    }));
    for (const { problem, kept, fresh } of figures) console.log(`      ${problem}: ${kept} kept, ${fresh} new`);
    const sum = (which: 'kept' | 'fresh'): number => figures.reduce((total, figure) => total + figure[which], 0);
    assert.ok(sum('kept') <= 1.05 * sum('fresh'), JSON.stringify(figures));
  });
});
