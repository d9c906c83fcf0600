// Runs a subject on problems of the collection. The values of the objective come from this process, so that the
// evaluations of all subjects are counted alike.

import type { Objective } from 'lbfgs';
import type { Problem } from '../../test/problems/collection';
import { Recorded, type Outcome } from '../../test/problems/collection/solve';
import { SubjectProcess } from '../process';
import type { Subject } from '../subjects';

/** The most evaluations that count on a problem; a line search may end beyond them. */
export const BUDGET = 5000;

/** The result of a subject on a problem. */
export interface Solved extends Outcome {
  readonly problem: string;
  readonly n: number;
  readonly status: string; // in the library's own words, or why it has no result
  readonly converged: boolean | undefined; // whether the library says so; undefined where it says nothing
}

/** Runs the problems in turn, all in one process, or in a new one where a process ends. */
export async function playProblems(subject: Subject, problems: readonly Problem[]): Promise<Solved[]> {
  const harness = new SubjectProcess(subject);
  const solved: Solved[] = [];
  for (const problem of problems) solved.push(await solvedBy(harness, problem));
  harness.close();
  return solved;
}

async function solvedBy(harness: SubjectProcess, problem: Problem): Promise<Solved> {
  const { name, start } = problem;
  const recorded = new Recorded(problem);
  let end = start; // the last evaluation is that of the point that the library returns
  const fun: Objective = (x, gradient) => recorded.evaluate((end = x), gradient);
  const reply = await harness.ask({ problem: name, values: 'parent', x0: [...start], maxEval: BUDGET }, fun);
  const counted = 'solve' in reply ? Math.min(reply.evaluations, BUDGET) : BUDGET;
  return {
    ...recorded.outcome(end, counted),
    ...{ problem: name, n: start.length },
    status: 'status' in reply ? reply.status : 'failed' in reply ? reply.failed : 'unavailable',
    converged: 'solve' in reply ? reply.converged : false,
  };
}
