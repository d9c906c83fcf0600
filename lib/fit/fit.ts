// A fit from its arguments to its result.

import { pick } from '../checks/own';
import { checkFunction } from '../checks/refusals';
import type { CurveFitData, CurveFitOptions, CurveFitParameter, CurveFitResult } from '../curve-fit';
import { minimize } from '../index';
import { SOLVE_OPTION_NAMES, splitOptions, type MinimizeOptions } from '../minimize-options';
import { checkKeys } from '../options/options';
import { checkStepOptions } from '../step/step-options';
import { fitInAttempts } from './attempts';
import { checkData, OWN_FIT_OPTION_NAMES, readProblem, type OwnFitOptions } from './input';
import { MANY, ManyParameters } from './many-parameters';
import type { FitEnd, FitProblem, FitRules } from './problem';
import { looseParameters, statisticsOf } from './result';
import { doubts, endSentence, sizesSentence } from './sentence';
import { Sweeps } from './sweeps';

/** curveFit (lib/curve-fit.ts). */
function fitCurve<N extends string>(
  model: (x: number, p: Readonly<Record<N, number>>) => number,
  data: CurveFitData,
  start: Record<N, number | CurveFitParameter>,
  options: CurveFitOptions<N>,
): CurveFitResult<N> {
  checkFunction(model, 'model');
  checkData(data); // first, for those who pass (model, x, y, start): otherwise their start would be taken for options
  const { own, solve } = splitFitOptions(options);
  const problem = readProblem(model, data, start, own);
  const { lbfgsOptions, rules, stepOptions, onIteration } = splitOptions(
    'curveFit',
    solve,
    new Float64Array(problem.free.length || 1),
  );
  const { signal, timeLimit } = checkStepOptions(stepOptions);
  const sweeps = new Sweeps(problem, signal, timeLimit);
  const { maxIter, maxEval } = lbfgsOptions;
  const fitRules = {
    maxIter,
    maxEval: maxEval!,
    toleranceGrad: solve.toleranceGrad ?? 0,
    toleranceChange: solve.toleranceChange ?? 1e-16,
    noise: rules.noise,
    onIteration,
  };
  sweeps.checkSignal();
  const isMany = problem.free.length > MANY;
  const end = isMany ? fitMany(problem, sweeps, solve) : fitFew(problem, sweeps, fitRules);
  return resultOf(problem, end, sweeps.count, own.absoluteSigma === true);
}

interface End extends Omit<FitEnd, 'loss' | 'promised' | 'cosine'> {
  readonly sentence: string;
}

function fitFew(problem: FitProblem, sweeps: Sweeps, rules: Omit<FitRules, 'radius'>): End {
  const end = fitInAttempts(problem, sweeps, rules);
  return { ...end, sentence: problem.free.length === 0 ? 'All parameters are fixed' : endSentence(end, rules) };
}

/** L-BFGS on the free parameters divided by their sizes. */
function fitMany(problem: FitProblem, sweeps: Sweeps, { onIteration, ...options }: MinimizeOptions): End {
  const fit = new ManyParameters(problem, sweeps);
  const { start, bounds } = fit.scaled;
  const solve = minimize((z, gradient) => fit.evaluate(z, gradient), start, {
    ...options,
    ...(bounds !== undefined && { bounds }),
    ...(onIteration !== undefined && {
      onIteration: (info, z) => onIteration({ ...info, evaluations: sweeps.count }, fit.pointOf(z).slice()),
    }),
  });
  const ending = fit.ending(solve.x);
  const isBroken = ending.residuals.some(Number.isNaN);
  return {
    ...ending,
    status: isBroken ? 'non_finite' : solve.status,
    iterations: solve.iterations,
    sentence: solve.message + (isBroken ? '; the model is not finite there any more' : ''),
  };
}

function resultOf(problem: FitProblem, end: End, evaluations: number, isAbsolute: boolean): CurveFitResult {
  const { names, free, x } = problem;
  const { status, p, iterations } = end;
  const statistics = statisticsOf(problem, end.residuals, end.r, isAbsolute);
  const { rss, r2, state, standardErrors } = statistics;
  const doubtful = doubts(problem, end, state, looseParameters(problem, p, standardErrors));
  return {
    params: byName(names, p),
    standardErrors: byName(names, standardErrors),
    covariance: statistics.covariance as CurveFitResult['covariance'],
    rss,
    r2,
    degreesOfFreedom: x.length - free.length,
    status,
    converged: status.startsWith('converged_'),
    message: `${end.sentence}; ${sizesSentence(x.length, free.length)}${doubtful}`,
    iterations,
    evaluations,
  };
}

function byName(names: readonly string[], values: Float64Array): Record<string, number> {
  return Object.fromEntries(names.map((name, j) => [name, values[j]!]));
}

/** Splits the options into those of the fit and those of the solver; each is read once. */
function splitFitOptions(options: CurveFitOptions): { own: OwnFitOptions; solve: MinimizeOptions } {
  const names = [...OWN_FIT_OPTION_NAMES, ...SOLVE_OPTION_NAMES];
  const given = checkKeys(options, names, 'curveFit') as Record<string, unknown>;
  const own = pick(given, OWN_FIT_OPTION_NAMES) as OwnFitOptions;
  return { own, solve: pick(given, SOLVE_OPTION_NAMES) };
}

// One function: the exports of several names would take what was put on Object.prototype for names of theirs.
export = fitCurve;
