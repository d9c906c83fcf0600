// What a program may have meant by an option that does not exist.

import { ONE_ARRAY } from '../checks/argument-hints';

/** Other libraries' names for options of ours, in letters alone. Of several options whichever the owner has. */
const SYNONYMS = tableOf<readonly string[]>([
  [['lr'], 'learningrate eta alpha step'],
  [['lr', 'step'], 'stepsize steplength'],
  [
    ['toleranceGrad'],
    'gtol pgtol tolgrad gradtol gtolerance gradtolerance gradienttolerance gabstol optimalitytolerance',
  ],
  [['toleranceGrad', 'step'], 'epsilon'],
  [['step'], 'eps h dx relstep'],
  [
    ['toleranceChange'],
    'ftol factr tolfun tolf funtol losstolerance xtol tolx steptol tolerancex tolerancef tolerancefun ftolrel ftolabs xtolrel xtolabs fabstol xabstol functiontolerance steptolerance delta',
  ],
  [['toleranceGrad', 'toleranceChange'], 'tol tolerance tolerances'],
  [
    ['historySize'],
    'm maxcor maxcorrections corrections numcorrections memory memorysize history historylen historylength',
  ],
  [['maxIter'], 'maxit maxits maxiterations maxnumiterations iterations niter nit epochs maxepochs steps maxsteps'],
  [['maxEval'], 'maxfun maxfev maxfevals maxfunevals maxfunctionevaluations evaluations'],
  [['maxLs'], 'maxlinesearch maxlinesearchsteps maxlinesearchiterations linesearchsteps'],
  [['lineSearchFn'], 'linesearch linesearchmethod search strongwolfe'],
  [['onIteration'], 'callback callbacks cb outputfcn showtrace onstep onprogress progress hook listener observer'],
  [['onIteration'], 'verbose verbosity disp display print printlevel iprint log logger logging trace'],
  [['timeLimit'], 'timeout time maxtime maxseconds deadline'],
  [['signal'], 'abort abortsignal abortcontroller controller cancel canceltoken'],
  [['threads'], 'nthreads numthreads threadcount workers concurrency njobs'],
  [['bounds'], 'bound box limits'],
  [['l1'], 'lasso orthantwisec'],
  [['scale'], 'scaling xscale typicalx typx diag parscale'],
  [['jacobian'], 'jac dfun grad gradient gradientfunction fprime derivative derivatives'],
  [['sigma'], 'weights weight error errors yerr'],
  [['samples'], 'nsamples samplesize'],
  [['seed'], 'randomseed randomstate rng'],
  [['shape'], 'dims dimensions size'],
  [['dtype'], 'type precision'],
]);

/** Hints for options that do not exist, by the owner that they were given to. */
const ABSENT: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map([
  [
    'minimize',
    tableOf([
      ['bounds go in as { bounds: { lower, upper } }', 'lb ub lower upper lowerbounds upperbounds'],
      ['there are no constraints in this version', 'constraints constraint'],
      [
        "the function fills its second argument with the gradient, or gradient: 'forward' or 'central' finds it",
        'jac jacobian grad fprime derivative approxgrad finitediffrelstep',
      ],
      ['the method is always L-BFGS', 'method algorithm solver'],
    ]),
  ],
  [
    'curveFit',
    tableOf([
      ['bounds are min and max of each parameter of start', 'bounds bound lb ub lower upper lowerbounds upperbounds'],
      ['sigma is one of the arrays of data', 'sigma weights errors'],
      ['a parameter is fixed by fixed: true in start', 'fixed fix vary'],
    ]),
  ],
  [
    'LBFGS',
    tableOf([
      ['minimize has bounds, LBFGS has none', 'bounds bound lb ub lower upper lowerbounds upperbounds'],
      [ONE_ARRAY, 'data params parameters'],
    ]),
  ],
]);

/** The owner of an option, for options that were given to another owner. */
const ELSEWHERE = tableOf<string>([
  ['step', 'onIteration signal timeLimit'],
  [
    'LBFGS',
    'lr maxIter maxEval toleranceGrad toleranceChange historySize lineSearchFn maxLs threads historyDtype comm',
  ],
]);

/** Longer names are not compared. */
const LONGEST_NAME = 100;

/**
 * The hint of an error for an unknown option: the option that was probably meant, or the options that the owner has.
 */
export function hintFor(name: string, known: readonly string[], owner: string): string {
  const letters = name.length > LONGEST_NAME ? '' : lettersOf(name);
  const meant = meantBy(letters, known);
  if (meant.length > 0) return `did you mean ${meant.join(' or ')}?`;
  const list = known.length === 1 ? `known is ${known.join()}` : `known are ${known.join(', ')}`;
  const place = ELSEWHERE.get(name);
  const note =
    ABSENT.get(owner)?.get(letters) ?? (place === undefined ? besides(letters, owner) : `it is an option of ${place}`);
  return note === undefined ? list : `${note}; ${list}`;
}

/**
 * The hint for a synonym of an option that LBFGS and its steps have between them, given to the wrong one of the two.
 */
function besides(letters: string, owner: string): string | undefined {
  const meant = owner === 'LBFGS' || owner === 'step' ? SYNONYMS.get(letters)?.[0] : undefined;
  const place = meant === undefined ? undefined : ELSEWHERE.get(meant);
  return place === undefined ? undefined : `it is ${meant}, an option of ${place}`;
}

/** The known names that are likely: the same letters, then a synonym, then what reads most like it. */
function meantBy(letters: string, known: readonly string[]): readonly string[] {
  const same = known.filter((candidate) => lettersOf(candidate) === letters);
  if (same.length > 0) return same;
  const synonyms = SYNONYMS.get(letters)?.filter((candidate) => known.includes(candidate)) ?? [];
  return synonyms.length > 0 ? synonyms : nearest(letters, known);
}

/** Options of other libraries that only read like one of ours. */
const UNLIKE_ANY: readonly string[] = ['maxstep', 'miniter', 'minstep', 'sigma', 'wolfe'];

/**
 * The known names at the smallest distance, which is at most a third of the longer name. A name of two letters is near
 * to none.
 */
function nearest(letters: string, known: readonly string[]): string[] {
  if (letters.length < 3) return [];
  if (UNLIKE_ANY.includes(letters)) return [];
  const near = known
    .map((candidate) => ({ candidate, distance: distanceBetween(letters, lettersOf(candidate)) }))
    .filter(({ candidate, distance }) => distance <= Math.floor(Math.max(letters.length, candidate.length) / 3));
  const least = Math.min(...near.map(({ distance }) => distance));
  return near.filter(({ distance }) => distance === least).map(({ candidate }) => candidate);
}

function distanceBetween(a: string, b: string): number {
  const isBeginning = Math.min(a.length, b.length) > 3 && (a.startsWith(b) || b.startsWith(a));
  return isBeginning ? 1 : editDistance(a, b);
}

function lettersOf(text: string): string {
  return text.replaceAll(/[^a-z]/gi, '').toLowerCase();
}

/**
 * Letters to insert, delete, replace, or exchange with their neighbour: the restricted Damerau-Levenshtein distance.
 */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Infinity;
  for (let row = 1; row <= a.length; row++) {
    const next = [row];
    for (let column = 1; column <= b.length; column++) {
      // charAt, because a property '-1' on Object.prototype is no letter.
      const isSame = a.charAt(row - 1) === b.charAt(column - 1);
      const isExchanged = a.charAt(row - 1) === b.charAt(column - 2) && a.charAt(row - 2) === b.charAt(column - 1);
      const replaced = at(row - 1, column - 1) + (isSame ? 0 : 1);
      const exchanged = isExchanged ? at(row - 2, column - 2) + 1 : Infinity;
      next.push(Math.min(replaced, exchanged, at(row - 1, column) + 1, (next[column - 1] ?? 0) + 1));
    }
    rows.push(next);
  }
  return at(a.length, b.length);
}

/** Each of the words with the value beside it. */
function tableOf<Value>(rows: readonly (readonly [Value, string])[]): ReadonlyMap<string, Value> {
  return new Map(rows.flatMap(([value, words]) => words.split(' ').map((word) => [word, value] as const)));
}
