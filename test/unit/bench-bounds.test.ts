import assert from 'node:assert/strict';
import { minimize } from 'lbfgs';
import { playInBox, type SolvedInBox } from '../../bench/bounds/play';
import { endingsTable, pairsInBoxTable, togetherTable, unsolvedInBoxTable } from '../../bench/bounds/tables';
import { IN_A_BOX, OURS } from '../../bench/subjects';
import { BOUNDED, L1 } from '../problems/collection/bounded';
import { solveInBox } from '../problems/collection/bounded/solve';

const named = (name: string) => [...BOUNDED, ...L1].find((problem) => problem.name === name)!;
const PROBLEMS = [
  named('HS5'),
  named('lasso, 100 x 50, half of the largest weight'),
  named('L1 logistic regression, three tenths'),
  named('lasso, a weight for each coordinate'),
  named('lasso with x >= 0'),
];
/** Those of them that a library can be given. */
const TAKEN: Readonly<Record<string, readonly number[]>> = {
  libLBFGS: [1, 2],
  'LBFGS++': [0],
  NLopt: [0],
};

describe('bench:bounds', () => {
  // Those in C++ and Python are there after npm run bench:peers.
  for (const subject of IN_A_BOX.filter(({ missing }) => missing() === null)) {
    it(`${subject.name} solves problems with bounds and weights whose values come from the parent process`, async () => {
      for (const manner of [{ maxEval: 1000 }, { toleranceGrad: 1e-9, maxIter: 500 }]) {
        const solved = await playInBox(subject, PROBLEMS, manner);
        const taken = [...solved.keys()].filter((i) => solved[i] !== null);
        assert.deepEqual(taken, TAKEN[subject.name] ?? [...PROBLEMS.keys()]);
        for (const i of taken) {
          const { gap, problem, n, outside, evaluations, allEvaluations } = solved[i]!;
          assert.deepEqual([problem, n, outside], [PROBLEMS[i]!.name, PROBLEMS[i]!.start.length, 0]);
          assert.ok(Math.abs(gap) < 1e-5, `${problem}: ${gap}`);
          assert.ok(evaluations[0]! <= allEvaluations);
        }
      }
    });
  }

  it('counts what minimize counts in this process', async () => {
    const subject = IN_A_BOX.find(({ name }) => name === OURS)!;
    for (const [i, solved] of (await playInBox(subject, PROBLEMS, { maxEval: 1000 })).entries()) {
      const { status, converged, ...outcome } = solved!;
      const { name, start, lower, upper, weights } = PROBLEMS[i]!;
      const { result, ...here } = solveInBox(PROBLEMS[i]!, (fun, x0) =>
        minimize(fun, x0, { maxEval: 1000, bounds: { lower, upper }, l1: weights }),
      );
      assert.deepEqual(outcome, { ...here, problem: name, n: start.length });
      assert.deepEqual({ status, converged }, { status: result.status, converged: result.converged });
    }
  });
});

describe('the tables of bench:bounds', () => {
  const one = (evaluations: (number | undefined)[], gap: number, more: Partial<SolvedInBox> = {}): SolvedInBox => ({
    ...{
      problem: 'a',
      n: 2,
      status: 'ended',
      converged: true,
      evaluations,
      allEvaluations: 40,
      outside: 0,
      minimum: 0,
      gap,
    },
    ...more,
  });
  const played = new Map([
    [OURS, [one([2, 5], 1e-12), one([8, undefined], 1e-7), one([3, 6], 0)]],
    ['SciPy', [one([4, 10], 1e-12), one([2, 4], 1e-3), null]],
    [
      'NLopt',
      [
        one([2, undefined], 1e-8, { outside: 3 }),
        one([undefined, undefined], NaN, { converged: false }),
        one([6, 9], 0),
      ],
    ],
  ]);

  it('sum evaluations over what all reach', () => {
    assert.deepEqual(togetherTable(played).split('\n').slice(2), [
      `| ${OURS} | 3 / 2 of 3 | 2 / 2.0 |  |`,
      '| SciPy | 2 / 2 of 2 | 4 / 4.0 |  |',
      '| NLopt | 2 / 1 of 3 | 2 / 2.0 |  |',
    ]);
  });

  it('compare pairs on the problems that both reach', () => {
    assert.deepEqual(pairsInBoxTable(played).split('\n').slice(2), [
      '| SciPy | 6 : 10 | 0.71 | 1 of 2 | 10 : 5 | 2.00 | 0 of 1 |',
      '| NLopt | 8 : 5 | 1.41 | 0 of 2 | 9 : 6 | 1.50 | 0 of 1 |',
    ]);
  });

  it('count where solves end, and evaluations outside the box', () => {
    assert.deepEqual(endingsTable(played, played).split('\n').slice(2), [
      `| ${OURS} | 3 of 3 | 0 of 3 | 120 | 0 | 0 |`,
      '| SciPy | 1 of 2 | 1 of 2 | 80 | 0 | 0 |',
      '| NLopt | 1 of 3 | 1 of 2 | 120 | 1 | 1 |',
    ]);
  });

  it('name what the first subject does not solve, and who does', () => {
    assert.match(
      unsolvedInBoxTable(played, played),
      /\n\| a \| 2 \| 1\.0e-7 \| ended \| 40 \| 1\.0e-7 \| ended \| 40 \| nobody \|$/,
    );
  });
});
