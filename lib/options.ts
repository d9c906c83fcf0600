// The options, torch's defaults and the checks of both.

import type { Dtype } from './arrays';
import { describe, rangeError, typeError } from './errors';
import { bare, isRecord } from './own';
import { isThreadCount, threadsByDefault } from './threads';

/** The line searches there are; null takes steps of length `lr`. */
export type LineSearchFn = 'strong_wolfe';

/** Options of `LBFGS`. Defaults are torch's; an option that is not here is an error. */
export interface LBFGSOptions {
  /** Step length, or the first trial of a line search; finite, >= 0. Default 1. torch: `lr`. */
  lr?: number;
  /** Iterations per `step()`, an integer >= 0. Default 20. torch: `max_iter`. */
  maxIter?: number;
  /**
   * Evaluations per `step()`, an integer >= 0, looked at between iterations: a step may go over it by one line search.
   * Default null: floor(maxIter * 5 / 4), resolved when it is set. torch: `max_eval`.
   */
  maxEval?: number | null;
  /** A step ends when max|g| is not above it; finite, >= 0. Default 1e-7. torch: `tolerance_grad`. */
  toleranceGrad?: number;
  /** A step ends when the slope, the move or the change of the loss is below it; finite, >= 0. Default 1e-9. torch: `tolerance_change`. */
  toleranceChange?: number;
  /** Curvature pairs kept, an integer >= 1. Default 100. Memory: 2 historySize vectors, resident as it fills. torch: `history_size`. */
  historySize?: number;
  /** `'strong_wolfe'`, or null (the default) for steps of length `lr`. torch: `line_search_fn`. */
  lineSearchFn?: LineSearchFn | null;
  /**
   * Trials of a line search after its first one, an integer >= 0. Default 25, torch's constant before 2.10.
   * null: maxEval less the evaluations made so far, as torch does since 2.10. Not part of the state dict.
   */
  maxLs?: number | null;
  /**
   * Threads that share the passes over vectors of more than 16384 numbers, an integer from 1 to 64. The numbers are the same
   * whatever it is. Default: the environment variable LBFGS_THREADS; without it as many as there are cores, at most 8, and 1 in
   * a worker thread. Not part of the state dict.
   */
  threads?: number;
  /**
   * How the curvature pairs are stored: `'float32'` halves the memory and the traffic of the history of float64 parameters, and may
   * cost some iterations. Default null: in the computing dtype; so is `'float64'`, for float32 parameters too. Where it is changed
   * between steps, the pairs are converted. Not part of the state dict.
   */
  historyDtype?: Dtype | null;
}

/** Every option with its value. */
export type ResolvedOptions = Required<LBFGSOptions>;

/** torch's defaults, and ours for what torch has not. */
export const DEFAULTS: Readonly<ResolvedOptions> = Object.freeze({
  lr: 1,
  maxIter: 20,
  maxEval: null,
  toleranceGrad: 1e-7,
  toleranceChange: 1e-9,
  historySize: 100,
  lineSearchFn: null,
  maxLs: 25,
  get threads() {
    return threadsByDefault();
  },
  historyDtype: null,
});

type OptionName = keyof ResolvedOptions;
export const OPTION_NAMES = Object.keys(DEFAULTS) as readonly OptionName[];

interface Rule {
  expected: string;
  accepts: (value: unknown) => boolean;
}
const isCount = (least: number) => (value: unknown) => Number.isSafeInteger(value) && (value as number) >= least;
const isSize = (value: unknown) => Number.isFinite(value) && (value as number) >= 0;

const RULES: Readonly<Record<OptionName, Rule>> = {
  lr: { expected: 'a finite number >= 0', accepts: isSize },
  maxIter: { expected: 'an integer >= 0', accepts: isCount(0) },
  maxEval: { expected: 'an integer >= 0 or null', accepts: (value) => value === null || isCount(0)(value) },
  toleranceGrad: { expected: 'a finite number >= 0', accepts: isSize },
  toleranceChange: { expected: 'a finite number >= 0', accepts: isSize },
  historySize: { expected: 'an integer >= 1', accepts: isCount(1) },
  lineSearchFn: { expected: "'strong_wolfe' or null", accepts: (value) => value === null || value === 'strong_wolfe' },
  maxLs: { expected: 'an integer >= 0 or null', accepts: (value) => value === null || isCount(0)(value) },
  threads: { expected: 'an integer from 1 to 64', accepts: isThreadCount },
  historyDtype: {
    expected: "'float32', 'float64' or null",
    accepts: (value) => value === null || value === 'float32' || value === 'float64',
  },
};

const STRING_OPTIONS: readonly OptionName[] = ['lineSearchFn', 'historyDtype'];

/** What the option can be, in words and as a test. */
export function optionRule(name: OptionName): Readonly<Rule> {
  return RULES[name];
}

/** Throws unless the value is one that the option can have. */
export function checkOption(name: OptionName, value: unknown): void {
  const { expected, accepts } = RULES[name];
  if (accepts(value)) return;
  const message = `Expected ${expected} for ${name} but received ${describe(value)}`;
  const rightType = typeof value === (STRING_OPTIONS.includes(name) ? 'string' : 'number');
  throw rightType ? rangeError('ERR_LBFGS_ARG_VALUE', message) : typeError('ERR_LBFGS_ARG_TYPE', message);
}

/** torch's `max_iter * 5 // 4` where maxEval is null. */
export function resolveMaxEval(maxEval: number | null, maxIter: number): number {
  return maxEval ?? Math.min(Math.floor((maxIter * 5) / 4), Number.MAX_SAFE_INTEGER);
}

/**
 * The given options over the base, checked, maxEval resolved. An option that is undefined counts as absent.
 * @param owner what the options are of, for the message about one that does not exist
 */
export function resolveOptions(given: LBFGSOptions, base: Readonly<ResolvedOptions>, owner: string): ResolvedOptions {
  const own = checkKeys(given, OPTION_NAMES, owner);
  const resolved = { ...base };
  for (const name of OPTION_NAMES) {
    const value = own[name];
    if (value === undefined) continue;
    checkOption(name, value);
    (resolved as Record<OptionName, unknown>)[name] = value;
  }
  if (Number.isNaN(resolved.threads)) {
    const received = describe(process.env['LBFGS_THREADS']);
    throw rangeError(
      'ERR_LBFGS_ARG_VALUE',
      `Expected ${RULES.threads.expected} for the environment variable LBFGS_THREADS but received ${received}`,
    );
  }
  resolved.maxEval = resolveMaxEval(resolved.maxEval, resolved.maxIter);
  return resolved;
}

/** Longer names are nobody's slip of the pen. */
const LONGEST_NAME = 100;

/**
 * The object's own properties, each read once, without those that anybody may have put on Object.prototype. Throws
 * unless it is an object with no other keys than `known`; names the nearest for one that is not.
 */
export function checkKeys<Given extends object>(given: Given, known: readonly string[], owner: string): Given {
  if (!isRecord(given)) {
    throw typeError(
      'ERR_LBFGS_ARG_TYPE',
      `Expected an object for the options of ${owner} but received ${describe(given)}`,
    );
  }
  const own = bare();
  for (const name of Object.keys(given)) {
    if (known.includes(name)) {
      own[name] = given[name];
      continue;
    }
    const nearest = name.length > LONGEST_NAME ? undefined : nearestName(name, known);
    const hint = nearest === undefined ? `known are ${known.join(', ')}` : `did you mean ${nearest}?`;
    throw typeError(
      'ERR_LBFGS_UNKNOWN_OPTION',
      `Expected a known option for ${owner} but received ${describe(name)}; ${hint}`,
    );
  }
  return own as Given;
}

/** The known name that reads most like this one, whatever case and underscores: few edits away, or the same beginning. */
function nearestName(name: string, known: readonly string[]): string | undefined {
  const lettersOf = (text: string): string => text.replaceAll(/[^a-z]/gi, '').toLowerCase();
  const letters = lettersOf(name);
  const distanceTo = (candidate: string): number => {
    const other = lettersOf(candidate);
    return letters.length > 3 && (letters.startsWith(other) || other.startsWith(letters))
      ? 1
      : editDistance(letters, other);
  };
  const distances = known.map((candidate) => ({ candidate, distance: distanceTo(candidate) }));
  const nearest = distances.sort((a, b) => a.distance - b.distance)[0];
  return nearest !== undefined && nearest.distance <= Math.max(2, name.length / 3) ? nearest.candidate : undefined;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [index, letter] of Array.from(a).entries()) {
    const next = [index + 1];
    for (const [column, other] of Array.from(b).entries()) {
      const substituted = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(substituted, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
