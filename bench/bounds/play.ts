// Runs a subject on problems with bounds and weights. The values of the objective come from this process, so that the
// evaluations of all subjects are counted alike.

import type { Objective } from 'lbfgs';
import type { BoundedProblem } from '../../test/problems/collection/bounded';
import { isPenalised, projected } from '../../test/problems/collection/bounded/problem';
import { RecordedInBox, type BoundedOutcome } from '../../test/problems/collection/bounded/solve';
import { SubjectProcess } from '../process';
import type { Request } from '../protocol';
import type { Subject } from '../subjects';

/** The options of a solve: the subject's defaults, or all tolerances off but a small one on the residual. */
export type Manner = Pick<Request, 'maxEval' | 'maxIter' | 'toleranceGrad' | 'm'>;

/** The result of a subject on a problem. */
export interface SolvedInBox extends BoundedOutcome {
  readonly problem: string;
  readonly n: number;
  readonly status: string; // in the library's own words, or why it has no result
  readonly converged: boolean | undefined;
}

/**
 * Runs the problems in turn, all in one process, or in a new one where a process ends. null: the subject has no such
 * problems.
 */
export async function playInBox(
  subject: Subject,
  problems: readonly BoundedProblem[],
  manner: Manner,
): Promise<(SolvedInBox | null)[]> {
  const harness = new SubjectProcess(subject);
  const solved: (SolvedInBox | null)[] = [];
  for (const problem of problems) solved.push(await solvedBy(harness, problem, manner));
  harness.close();
  return solved;
}

async function solvedBy(harness: SubjectProcess, problem: BoundedProblem, manner: Manner): Promise<SolvedInBox | null> {
  const { name, start, lower, upper, weights } = problem;
  const recorded = new RecordedInBox(problem);
  const x0 = projected(problem, start);
  let end: Float64Array = x0; // the last evaluation is that of the point that the library returns
  const fun: Objective = (x, gradient) => recorded.evaluate((end = x), gradient);
  const finite = (limits: Float64Array): (number | null)[] =>
    Array.from(limits, (limit) => (Number.isFinite(limit) ? limit : null));
  const hasBounds = [...lower, ...upper].some(Number.isFinite);
  const request: Request = {
    ...{ problem: name, values: 'parent', x0: [...x0] },
    ...(hasBounds && { lower: finite(lower), upper: finite(upper) }),
    ...(isPenalised(problem) && { weights: [...weights] }),
  };
  const reply = await harness.ask({ ...request, ...manner }, fun);
  if ('unavailable' in reply) return null;
  return {
    ...recorded.outcome(end, 'solve' in reply ? reply.evaluations : undefined),
    ...{ problem: name, n: start.length },
    status: 'status' in reply ? reply.status : 'failed' in reply ? reply.failed : '',
    converged: 'solve' in reply ? reply.converged : false,
  };
}
