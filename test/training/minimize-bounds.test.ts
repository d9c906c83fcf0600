// minimize with bounds and with an L1 penalty, on the problems that have them and on random ones.

import assert from 'node:assert/strict';
import { LBFGSError, minimize, type MinimizeOptions, type MinimizeResult } from 'lbfgs';
import { BOUNDED, L1, type BoundedProblem } from '../problems/collection/bounded';
import { isInside, penaltyAt, projected, valueAt } from '../problems/collection/bounded/problem';
import { randomBounded } from '../problems/collection/bounded/random';
import { RecordedInBox, solveInBox, type BoundedOutcome } from '../problems/collection/bounded/solve';
import { projectedNewton } from '../problems/collection/bounded/verify';

type Solved = BoundedOutcome & { readonly problem: BoundedProblem; readonly result: MinimizeResult };

const limitsOf = ({ lower, upper, weights }: BoundedProblem): MinimizeOptions => ({
  bounds: { lower, upper },
  l1: weights,
});

const solveAll = (problems: readonly BoundedProblem[], options: MinimizeOptions): Solved[] =>
  problems.map((problem) => ({
    problem,
    ...solveInBox(problem, (fun, x0) => minimize(fun, x0, { ...options, ...limitsOf(problem) })),
  }));

/** Those that do not end as near as `accuracy` to a minimum, in words. */
const away = (solved: readonly Solved[], accuracy: number): string[] =>
  solved
    .filter(({ gap }) => !(Math.abs(gap) <= accuracy))
    .map(({ problem, gap, allEvaluations, result: { status } }) =>
      [problem.name, status, gap.toExponential(1), `${allEvaluations} evaluations`].join(', '),
    );

const TIGHT = { toleranceGrad: 1e-9, toleranceChange: 0 };
const RANDOM_PROBLEMS = 10_000;

describe('minimize with bounds and L1, on the problems that have them', () => {
  let atDefaults: Solved[];
  let tight: Solved[];
  before(() => {
    atDefaults = solveAll([...BOUNDED, ...L1], {});
    tight = solveAll([...BOUNDED, ...L1], TIGHT);
  });

  it('ends within 1e-6 of a minimum on all of them at its defaults', () => {
    assert.deepEqual(away(atDefaults, 1e-6), []);
  });

  it('needs few evaluations at its defaults: 67 in the mean with bounds, 67 with L1', () => {
    const evaluationsOf = (problems: readonly BoundedProblem[]): number =>
      atDefaults.reduce((sum, one) => sum + (problems.includes(one.problem) ? one.allEvaluations : 0), 0);
    const means = [BOUNDED, L1].map((problems) => evaluationsOf(problems) / problems.length);
    assert.ok(means[0]! <= 1.1 * 67 && means[1]! <= 1.1 * 67, means.join());
  });

  it('ends within 1e-10 of a minimum on all of them with small tolerances', () => {
    assert.deepEqual(away(tight, 1e-10), []);
  });

  for (const historySize of [5, 10, 50]) {
    it(`ends as near with ${historySize} pairs`, () => {
      assert.deepEqual(away(solveAll([...BOUNDED, ...L1], { ...TIGHT, historySize }), 1e-10), []);
    });
  }

  it('finds the zeros of the L1 solutions, exactly', () => {
    const supportOf = (x: Float64Array): number[] => [...x.keys()].filter((i) => x[i] !== 0);
    for (const { problem, minimum, result } of tight.filter((one) => L1.includes(one.problem))) {
      const { x } = projectedNewton(problem, problem.minima[minimum]!.near);
      assert.deepEqual(supportOf(result.x), supportOf(x), problem.name);
    }
  });

  it('never evaluates outside the box', () => {
    for (const { problem, outside } of [...atDefaults, ...tight]) assert.equal(outside, 0, problem.name);
  });

  it('returns F, and the gradient of f, at the point that it returns', () => {
    for (const { problem, result } of [...atDefaults, ...tight]) {
      const gradient = new Float64Array(result.x.length);
      const value = valueAt(problem, result.x, gradient);
      const rounding = 1e-15 * result.x.length * (Math.abs(value) + 2 * penaltyAt(problem, result.x));
      assert.ok(Math.abs(result.loss - value) <= rounding, `${problem.name}: ${result.loss}, ${value}`);
      const isFree = (i: number): boolean => problem.lower[i] !== problem.upper[i];
      for (const i of gradient.keys()) if (isFree(i)) assert.equal(result.gradient[i], gradient[i], problem.name);
    }
  });

  it(`stays in the box and never ends above its start on ${RANDOM_PROBLEMS} random problems`, () => {
    let [solved, moved, failed] = [0, 0, 0];
    for (let seed = 0; seed < RANDOM_PROBLEMS; seed++) {
      const problem = randomBounded(seed);
      const recorded = new RecordedInBox(problem);
      const x0 = projected(problem, problem.start);
      const first = valueAt(problem, x0, new Float64Array(x0.length));
      try {
        const { x, loss, status, evaluations } = minimize(recorded.evaluate, problem.start, {
          ...limitsOf(problem),
          maxEval: 60,
        });
        const { outside, allEvaluations } = recorded.outcome(x);
        assert.equal(outside, 0, problem.name);
        assert.equal(allEvaluations, evaluations, problem.name);
        assert.ok(isInside(problem, x) && !x.some((value) => Object.is(value, -0)), problem.name);
        const rounding = 1e-14 * (Math.abs(first) + 2 * penaltyAt(problem, x0));
        assert.ok(loss <= first + rounding, `${problem.name}: ${loss} after ${first}`);
        solved++;
        if (loss < first) moved++;
        if (status === 'line_search_failed') failed++;
      } catch (error) {
        // Where f is not defined at the start.
        assert.ok(
          error instanceof LBFGSError && error.code === 'ERR_LBFGS_NON_FINITE_START',
          `${problem.name}: ${String(error)}`,
        );
        assert.equal(recorded.outcome(x0).outside, 0, problem.name);
      }
    }
    assert.ok(solved > 0.8 * RANDOM_PROBLEMS && moved > 0.5 * RANDOM_PROBLEMS, `${solved}, ${moved}`);
    // Some functions are not defined in a part of the box, which is a wall.
    assert.ok(failed <= 0.02 * RANDOM_PROBLEMS, `${failed} line searches failed`);
  });
});
