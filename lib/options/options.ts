// The options, torch's defaults and the checks of both.

import { types } from 'node:util';
import { isController, optionsHint } from '../checks/argument-hints';
import type { Dtype } from '../checks/arrays';
import { rangeError, typeError } from '../checks/errors';
import { bare, isCount, isInteger, isPlain, isRecord } from '../checks/own';
import { mismatch, refuseArgument, wrongType } from '../checks/refusals';
import { lineSearchRule, type LineSearchFn } from './line-searches';
import { hintFor } from './option-hints';
import { isThreadCount, threadsByDefault } from './threads';

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

let defaults: Readonly<ResolvedOptions> | undefined;

/** torch's defaults, and ours for what torch has not; made when first asked for, since the number of threads takes a while to find. */
export function defaultOptions(): Readonly<ResolvedOptions> {
  defaults ??= {
    lr: 1,
    maxIter: 20,
    maxEval: null,
    toleranceGrad: 1e-7,
    toleranceChange: 1e-9,
    historySize: 100,
    lineSearchFn: null,
    maxLs: 25,
    threads: threadsByDefault(),
    historyDtype: null,
  };
  return defaults;
}

type OptionName = keyof ResolvedOptions;

interface Rule {
  expected: string;
  accepts: (value: unknown) => boolean;
}
const COUNT_OR_NULL: Rule = {
  expected: 'an integer >= 0 or null',
  accepts: (value) => value === null || isCount(value),
};
const SIZE: Rule = {
  expected: 'a finite number >= 0',
  accepts: (value) => Number.isFinite(value) && (value as number) >= 0,
};

const RULES: Readonly<Record<OptionName, Rule>> = {
  lr: SIZE,
  maxIter: { expected: 'an integer >= 0', accepts: isCount },
  maxEval: COUNT_OR_NULL,
  toleranceGrad: SIZE,
  toleranceChange: SIZE,
  historySize: { expected: 'an integer >= 1', accepts: (value) => isInteger(value, 1) },
  lineSearchFn: lineSearchRule,
  maxLs: COUNT_OR_NULL,
  threads: { expected: 'an integer from 1 to 64', accepts: isThreadCount },
  historyDtype: {
    expected: "'float32', 'float64' or null",
    accepts: (value) => value === null || value === 'float32' || value === 'float64',
  },
};

export const OPTION_NAMES = Object.keys(RULES) as readonly OptionName[];

const STRING_OPTIONS: readonly OptionName[] = ['lineSearchFn', 'historyDtype'];

/** What the option can be, in words and as a test. */
export function optionRule(name: OptionName): Readonly<Rule> {
  return RULES[name];
}

/** Throws unless the value is one that the option can have. */
export function checkOption(name: OptionName, value: unknown): void {
  const { expected, accepts } = RULES[name];
  if (accepts(value)) return;
  throw refuseArgument(STRING_OPTIONS.includes(name) ? 'string' : 'number', expected, name, value);
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
  return overlay(checkKeys(given, OPTION_NAMES, owner), base);
}

/** The same for options that checkKeys() has returned, perhaps among others. */
export function overlay(own: LBFGSOptions, base: Readonly<ResolvedOptions>): ResolvedOptions {
  const resolved = { ...base };
  for (const name of OPTION_NAMES) {
    const value = own[name];
    if (value === undefined) continue;
    checkOption(name, value);
    (resolved as Record<OptionName, unknown>)[name] = value;
  }
  if (Number.isNaN(resolved.threads)) {
    const name = 'the environment variable LBFGS_THREADS';
    const message = mismatch(RULES.threads.expected, name, process.env['LBFGS_THREADS']);
    throw rangeError('ERR_LBFGS_ARG_VALUE', message);
  }
  resolved.maxEval = resolveMaxEval(resolved.maxEval, resolved.maxIter);
  return resolved;
}

/**
 * The object's own properties, each read once, without those that anybody may have put on Object.prototype. Throws
 * unless it is an object with no other keys than `known`; says what was likely meant by one that is not.
 */
export function checkKeys<Given extends object>(given: Given, known: readonly string[], owner: string): Given {
  if (!isOptionsObject(given)) {
    throw wrongType('an object', `the options of ${owner}`, given, optionsHint(given, known, owner));
  }
  const own = bare();
  for (const name of Object.keys(given)) {
    if (known.includes(name)) {
      own[name] = given[name];
      continue;
    }
    const message = mismatch('a known option', owner, name, `; ${hintFor(name, known, owner)}`);
    throw typeError('ERR_LBFGS_UNKNOWN_OPTION', message);
  }
  return own as Given;
}

const OTHER_KINDS = [types.isMap, types.isSet, types.isDate, types.isPromise, types.isAnyArrayBuffer] as const;

/** Whether the value can be meant as options: the keys of a Map or of a signal, for instance, would go unnoticed. */
function isOptionsObject(value: unknown): value is Record<string, unknown> {
  if (!isRecord(value)) return false;
  return (
    isPlain(value) || !(OTHER_KINDS.some((is) => is(value)) || value instanceof AbortSignal || isController(value))
  );
}
