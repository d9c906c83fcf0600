import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { minimize } from 'lbfgs';
import { BUDGET, playProblems, type Solved } from '../../bench/problems/play';
import { writeProfiles } from '../../bench/problems/profiles';
import { conditionsTable, pairsTable, subjectsTable, unsolvedTable } from '../../bench/problems/tables';
import { AT_DEFAULTS, OURS, OURS_0_1_0 } from '../../bench/subjects';
import { COLLECTION } from '../problems/collection';
import { solve } from '../problems/collection/solve';
import { noisy } from '../problems/collection/wrappers';

const named = (name: string) => COLLECTION.find((problem) => problem.name === name)!;
const PROBLEMS = [named('Rosenbrock'), noisy(named('Brown-Dennis'), 'absolute 1e-6', 1)];

describe('bench:problems', () => {
  // Those in C++ and Python are there after npm run bench:peers.
  for (const subject of AT_DEFAULTS.filter(({ missing }) => missing() === null)) {
    it(`${subject.name} solves problems whose values come from the parent process`, async () => {
      const solved = await playProblems(subject, PROBLEMS);
      for (const [i, { evaluations, allEvaluations, gap, problem, n }] of solved.entries()) {
        assert.deepEqual([problem, n], [PROBLEMS[i]!.name, PROBLEMS[i]!.start.length]);
        assert.ok((evaluations[0] ?? 1) <= allEvaluations && allEvaluations <= BUDGET, problem);
        if (i === 0) assert.ok(gap < 1e-6, `${problem}: ${gap}`);
      }
    });
  }

  it('counts what minimize counts in this process', async () => {
    const subject = AT_DEFAULTS.find(({ name }) => name === OURS)!;
    for (const [i, { status, converged, ...outcome }] of (await playProblems(subject, PROBLEMS)).entries()) {
      const problem = PROBLEMS[i]!;
      const { result, ...here } = solve(problem, (fun, x0) => minimize(fun, x0, { maxEval: BUDGET }));
      assert.deepEqual(outcome, { ...here, problem: problem.name, n: problem.start.length });
      assert.deepEqual({ status, converged }, { status: result.status, converged: result.converged });
    }
  });

  it('goes on where a process dies or does not know the request', async () => {
    const dying = { ...AT_DEFAULTS[0]!, command: [process.execPath, '-e', 'process.exit(3)'] };
    const [solved] = await playProblems(dying, PROBLEMS.slice(0, 1));
    assert.deepEqual(
      { status: solved!.status, gap: solved!.gap, converged: solved!.converged },
      { status: 'ended with 3', gap: 1, converged: false },
    );
  });
});

describe('the tables and the picture of bench:problems', () => {
  const one = (evaluations: (number | undefined)[], gap: number, converged?: boolean): Solved => ({
    ...{ problem: 'a', n: 2, status: 'ended', converged, evaluations, allEvaluations: 40, minimum: 0, gap },
  });
  const played = new Map([
    [OURS, [one([2, 5, 10], 1e-12, true), one([4, 8, undefined], 1e-7, true)]],
    [OURS_0_1_0, [one([2, 10, 20], 1e-12, true), one([4, undefined, undefined], 1e-3, true)]],
    ['torch', [one([2, 4, 8], 1e-12), one([undefined, undefined, undefined], NaN)]],
  ]);

  it('counts what is solved and the claims that are false', () => {
    const rows = subjectsTable(played).split('\n').slice(2);
    assert.deepEqual(rows, [
      `| ${OURS} | 2 / 2 / 1 | 1 | 0 of 2 | 80 | 5 | 10 |`,
      `| ${OURS_0_1_0} | 2 / 1 / 1 | 1 | 1 of 2 | 80 | 10 | 20 |`,
      '| torch | 1 / 1 / 1 | 1 | makes none | 80 | 4 | 8 |',
    ]);
  });

  it('compares pairs on the problems that both reach', () => {
    const rows = pairsTable(played).split('\n').slice(2);
    assert.deepEqual(rows, [
      `| ${OURS_0_1_0} | 10 : 5 | 2.00 | 0 of 1 | 20 : 10 | 2.00 | 0 of 1 |`,
      '| torch | 4 : 5 | 0.80 | 1 of 1 | 8 : 10 | 0.80 | 1 of 1 |',
    ]);
  });

  it('names what the first subject does not solve, and who does', () => {
    assert.match(unsolvedTable(played), /\| a \| 2 \| ended \| 1\.0e-7 \| 40 \| nobody \|$/);
  });

  it('compares conditions by their sums', () => {
    const conditions = new Map(['as they are', 'noise'].map((name) => [name, [one([1, 2, 3], 1e-12, true)]]));
    assert.match(
      conditionsTable(conditions),
      /\| noise \| 1 \| 1 \/ 1 \/ 1 \| 40 \| 1\.00 \| 1\.0e-12 \| 0 \| 0 \| 0 of 1 \|$/,
    );
  });

  it('draws a line for each subject in both panels', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lbfgs-profiles-'));
    try {
      const file = join(folder, 'profiles.svg');
      await writeProfiles(played, file);
      const svg = readFileSync(file, 'utf8');
      for (const subject of played.keys()) assert.ok(svg.includes(`>${subject}</text>`), subject);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
