// minimize at its defaults on the problem collection: what it solves, in any unit, with noise, with a wrong gradient.

import assert from 'node:assert/strict';
import { minimize, type MinimizeOptions, type MinimizeResult } from 'lbfgs';
import { problemNamed } from '../../bench/solves/problems';
import { COLLECTION, MGH, OTHERS, type Problem } from '../problems/collection';
import { solve, type Solution } from '../problems/collection/solve';
import { noisy, scaled, wrongGradient, type Mistake, type Noise } from '../problems/collection/wrappers';

type Solved = Solution<MinimizeResult> & { readonly name: string };

const solveAll = (problems: readonly Problem[], options: MinimizeOptions = BUDGET): Solved[] =>
  problems.map((problem) => ({ name: problem.name, ...solve(problem, (fun, x0) => minimize(fun, x0, options)) }));
/** Enough for all but the two problems that need more at any scale. */
const BUDGET = { maxEval: 5000 };
const NEED_MORE = ['chained Rosenbrock, n = 1000', 'MOREBV, n = 100'];

const small = COLLECTION.filter(({ name, start }) => start.length <= 100 && !NEED_MORE.includes(name));
const evaluationsOf = (solutions: readonly Solved[]): number =>
  solutions.reduce((sum, { allEvaluations }) => sum + allEvaluations, 0);
const unsolved = (solutions: readonly Solved[]): string[] =>
  solutions.filter(({ evaluations }) => evaluations[2] === undefined).map(({ name }) => name);
/** Those that claim to have converged, though the loss is above a minimum by more than 1e-4 of what there was to gain. */
const falseClaims = (solutions: readonly Solved[]): string[] =>
  solutions.filter(({ gap, result }) => result.converged && gap > 1e-4).map(({ name }) => name);

describe('minimize on the problem collection', () => {
  let base: Solved[];
  before(() => {
    base = solveAll(COLLECTION);
  });
  it('solves all problems of Moré, Garbow and Hillstrom, 40 of them globally', () => {
    const solutions = base.filter(({ name }) => MGH.some((other) => other.name === name));
    assert.deepEqual(unsolved(solutions), []);
    assert.deepEqual(falseClaims(solutions), []);
    assert.ok(solutions.filter(({ minimum }) => minimum === 0).length >= 40);
    assert.ok(evaluationsOf(solutions) <= 3100, `${evaluationsOf(solutions)} evaluations`);
  });

  it('solves the others, and claims nothing that is not so', () => {
    const solutions = base.filter(({ name }) => OTHERS.some((other) => other.name === name));
    assert.deepEqual(unsolved(solutions), NEED_MORE);
    assert.deepEqual(falseClaims(solutions), []);
  });

  for (const [f, x] of [
    [0, 0],
    [-40, 0],
    [40, 0],
    [0, -20],
    [0, 20],
  ] as const) {
    it(`solves the same with f times 2^${f} and x times 2^${x}, in about as many evaluations`, () => {
      const inOtherUnits = (problem: Problem): Problem => scaled(problem, 2 ** f, 2 ** x);
      const solutions = solveAll(COLLECTION.map(inOtherUnits));
      const nameOf = (name: string): string => name.split(', f times')[0]!;
      assert.deepEqual(unsolved(solutions).map(nameOf), unsolved(base));
      assert.deepEqual(falseClaims(solutions), []);
      const ratio = evaluationsOf(solutions) / evaluationsOf(base);
      assert.ok(ratio <= 1.35, `${ratio} times the evaluations`);
      const needMore = COLLECTION.filter(({ name }) => NEED_MORE.includes(name)).map(inOtherUnits);
      for (const { name, gap } of solveAll(needMore, {})) assert.ok(gap <= 1e-6, `${name}: ${gap}`);
    });
  }

  it('fits the CO2 record from 24 nearby starts, in at most 150 evaluations', () => {
    const { x0, fun } = problemNamed('co2');
    for (let k = 0; k < 24; k++) {
      const start = x0.map((value, i) => value * (1 + 1e-6 * Math.sin(13 * k + i)));
      const { converged, loss, evaluations, message } = minimize(fun, start);
      assert.ok(converged && loss < 0.5364169, message);
      assert.ok(evaluations <= 150, `${evaluations} evaluations`);
    }
  });

  const gapOf = (solutions: readonly Solved[]): number =>
    Math.exp(solutions.reduce((sum, { gap }) => sum + Math.log(Math.max(gap, 1e-16)), 0) / solutions.length);
  const failures = (solutions: readonly Solved[]): number =>
    solutions.filter(({ result }) => result.status === 'line_search_failed').length;
  /** By kind of noise: the largest gap in the geometric mean, and how many of the 44 searches may fail. */
  const LIMITS: [Noise, number, number][] = [
    ['float32 values', 1e-12, 0],
    ['float32', 1e-12, 0],
    ['relative 1e-6', 1e-12, 2],
    ['relative 1e-3', 1e-13, 1],
    ['absolute 1e-6', 1e-11, 1],
  ];
  for (const [noise, most, fail] of LIMITS) {
    it(`ends at the floor of its noise: ${noise}`, () => {
      const solutions = solveAll(MGH.map((problem) => noisy(problem, noise, 7)));
      assert.ok(gapOf(solutions) <= most, `${gapOf(solutions)}`);
      assert.ok(failures(solutions) <= fail, `${failures(solutions)}`);
      // Wood's saddle has no slope, and its descents are below the noise.
      assert.deepEqual(
        falseClaims(solutions).filter((name) => !name.startsWith('Wood,')),
        [],
      );
    });
  }

  for (const mistake of ['one sign', 'all signs'] satisfies Mistake[]) {
    it(`names the gradient where it has ${mistake} wrong`, () => {
      const solutions = solveAll(small.filter(({ exact }) => !exact).map((each) => wrongGradient(each, mistake)));
      const named = solutions.filter(
        ({ result: { status, message } }) =>
          status === 'line_search_failed' && message.includes('the gradient does not belong to the loss'),
      );
      assert.ok(named.length >= 0.95 * solutions.length, `${named.length} of ${solutions.length}`);
      assert.deepEqual(
        falseClaims(solutions).filter((name) => !name.startsWith('linear, rank 1')),
        [],
      );
    });

    it(`does not converge on noise where the gradient has ${mistake} wrong`, () => {
      for (const noise of ['float32', 'relative 1e-6', 'absolute 1e-6'] satisfies Noise[]) {
        const wrong = small.filter(({ exact }) => !exact).map((each) => noisy(wrongGradient(each, mistake), noise, 7));
        assert.deepEqual(falseClaims(solveAll(wrong)), []);
      }
    });
  }
});
