// The message of a fit: why it ended, and what is doubtful.

import type { FitEnd, FitProblem, FitRules } from './problem';

/** Why a Levenberg-Marquardt fit ended. */
export function endSentence(
  { status, promised, cosine, loss, iterations }: FitEnd,
  rules: Omit<FitRules, 'radius'>,
): string {
  const left = `the decrease of the loss that is left, ${brief(promised)} of it,`;
  switch (status) {
    case 'converged_gradient':
      return loss === 0
        ? 'Converged: the model goes through every point'
        : `Converged: the largest cosine between residuals and derivatives, ${brief(cosine)}, ` +
            `is not above toleranceGrad = ${rules.toleranceGrad}`;
    case 'converged_slope':
      return `Converged: ${left} is within toleranceChange = ${rules.toleranceChange}`;
    case 'converged_loss':
      return `Converged: no lower loss was found; ${left} is within its rounding or noise`;
    case 'converged_step':
      return `Converged: the parameters moved by no more than rounding; ${left} is out of reach`;
    case 'line_search_failed':
      return (
        `No step lowered the loss, although the derivatives promise a decrease of ${brief(promised)} of it. ` +
        'Likely causes: a jacobian that does not belong to the model, noise or kinks of the model, ' +
        'a wall of values that are not finite'
      );
    case 'non_finite':
      return 'The derivatives of the model are not finite';
    case 'max_iter':
      return `Stopped after maxIter = ${iterations} iterations`;
    case 'max_eval':
      return `Stopped after maxEval = ${rules.maxEval} evaluations or more`;
    case 'stopped':
      return `Stopped by onIteration after ${iterations} iterations`;
    case 'time_limit':
      return `Stopped by timeLimit after ${iterations} iterations`;
    case 'aborted':
    case 'unbounded':
      return `Ended: ${status}`;
  }
}

/** What the covariance is, or why it is NaN. */
export type CovarianceState =
  | { readonly is: 'known' }
  | { readonly is: 'singular'; readonly undetermined: readonly number[] }
  | { readonly is: 'unscaled' }
  | { readonly is: 'unknown' };

/** The doubts, each behind '; '. @param end its parameters are all parameters */
export function doubts(
  { names, free, lower, upper, loss, weights }: FitProblem,
  { status, p, residuals }: Pick<FitEnd, 'status' | 'p' | 'residuals'>,
  covariance: CovarianceState,
  loose: readonly number[],
): string {
  const doubtful: string[] = [];
  if (!status.startsWith('converged_')) doubtful.push('the fit has not converged');
  const atBound = (which: string, bounds: Float64Array): void => {
    const held = free.filter((j) => p[j] === bounds[j]).map((j) => names[j]!);
    if (held.length > 0) doubtful.push(`${listed(held)} at the ${which} bound, which the standard errors ignore`);
  };
  if (loss !== 'linear' && weights === undefined) {
    const outliers = residuals.filter((r) => Math.abs(r) > 1).length;
    if (outliers === 0 || 2 * outliers > residuals.length) {
      const which = outliers === 0 ? 'none' : `${outliers} of ${residuals.length}`;
      doubtful.push(`without sigma '${loss}' takes residuals above 1 for outliers, and here ${which} are`);
    }
  }
  atBound('lower', lower);
  atBound('upper', upper);
  if (covariance.is === 'singular') {
    const undetermined = covariance.undetermined.map((k) => names[free[k]!]!);
    const are = undetermined.length === 1 ? 'is' : 'are';
    doubtful.push(
      `the covariance is singular and therefore NaN: ${listed(undetermined)} ${are} not determined by the data`,
    );
  }
  if (loose.length > 0) doubtful.push(`the data hardly determine ${listed(loose.map((j) => names[j]!))}`);
  if (covariance.is === 'unscaled') {
    doubtful.push('as many free parameters as points: the covariance is NaN without absoluteSigma');
  }
  if (covariance.is === 'unknown') doubtful.push('the covariance is NaN, because there are no derivatives at the end');
  return doubtful.map((doubt) => `; ${doubt}`).join('');
}

/** The sizes of the problem. */
export function sizesSentence(points: number, free: number): string {
  const degrees = points - free;
  return `${counted(points, 'point')}, ${counted(free, 'free parameter')}, ${counted(degrees, 'degree')} of freedom`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** Names in a sentence; of many the first few. */
function listed(names: readonly string[]): string {
  const most = 5;
  if (names.length > most) return `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)!}`;
}

function brief(value: number): string {
  return String(Number(value.toPrecision(2)));
}
