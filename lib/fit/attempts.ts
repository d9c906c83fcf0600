// A fit from its start, and again where it got lost.

import { LBFGSError } from '../index';
import { levenbergMarquardt } from './levenberg-marquardt';
import type { FitEnd, FitProblem, FitRules } from './problem';
import { looseParameters, statisticsOf } from './result';
import type { Sweeps } from './sweeps';

/** The first radii of the attempts, in lengths |D p| of the start. */
const RADII = [1, 0.1, 10];

/**
 * Fits from the start. The first step decides about the valley, and some lead to where a parameter no longer matters: a
 * rate so high that its exponential is zero at every point. A fit that ends where the data do not determine a parameter
 * is tried again with other first steps; the lowest loss of all attempts counts.
 */
export function fitInAttempts(problem: FitProblem, sweeps: Sweeps, rules: Omit<FitRules, 'radius'>): FitEnd {
  let best: FitEnd | undefined;
  let iterations = 0;
  for (const radius of RADII) {
    const before = iterations;
    const end = levenbergMarquardt(problem, sweeps, {
      ...rules,
      radius,
      maxIter: rules.maxIter - before,
      onIteration:
        rules.onIteration && ((info, p) => rules.onIteration!({ ...info, iteration: before + info.iteration }, p)),
    });
    if (end instanceof LBFGSError) {
      if (best === undefined) throw end;
      break; // the model is not finite any more where it was
    }
    iterations += end.iterations;
    if (best === undefined || (end.loss < best.loss && isEnd(end))) best = end;
    if (!isEnd(end) || !isLost(problem, best)) break;
  }
  return { ...best!, iterations };
}

/** Whether the attempt ended by itself. */
function isEnd({ status }: FitEnd): boolean {
  return status.startsWith('converged_') || status === 'line_search_failed' || status === 'non_finite';
}

function isLost(problem: FitProblem, { p, residuals, r, loss }: FitEnd): boolean {
  if (loss === 0) return false;
  const { standardErrors } = statisticsOf(problem, residuals, r, problem.x.length === problem.free.length);
  return standardErrors.some(Number.isNaN) || looseParameters(problem, p, standardErrors).length > 0;
}
