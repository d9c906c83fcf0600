// A subject on problems of the collection. The values come from this process, so that all subjects are counted alike.

import type { Objective } from 'lbfgs';
import type { Problem } from '../../test/problems/collection';
import { Recorded, type Outcome } from '../../test/problems/collection/solve';
import { SubjectProcess } from '../process';
import type { Subject } from '../subjects';

/** The evaluations that a subject may make on a problem; what a line search makes beyond does not count. */
export const BUDGET = 5000;

/** A subject on a problem. */
export interface Solved extends Outcome {
  readonly problem: string;
  readonly n: number;
  readonly status: string; // in the library's own words, or why it has no result
  readonly converged: boolean | undefined; // whether the library says so; undefined where it says nothing
}

/** The problems in turn, all by one process, or by the next one where a process dies. */
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
