// The options, torch's defaults and the checks of both.

import type { Dtype } from '../checks/arrays';
import { rangeError, typeError } from '../checks/errors';
import { checkOptionsObject } from '../checks/given-options';
import { bare, isCount, isInteger } from '../checks/own';
import { mismatch, refuseArgument } from '../checks/refusals';
import { A_COMMUNICATOR, isCommunicator, type Communicator } from '../distributed/communicator';
import { lineSearchRule, type LineSearchFn } from './line-searches';
import { hintFor } from './option-hints';
import { isThreadCount, threadsByDefault } from './threads';

/** Options of `LBFGS`. The defaults are torch's. An unknown option throws `ERR_LBFGS_UNKNOWN_OPTION`. */
export interface LBFGSOptions {
  /** Step length, or the first trial of a line search; finite and >= 0. Default 1. torch: `lr`. */
  lr?: number;
  /** Largest number of iterations per `step()`, an integer >= 0. Default 20. torch: `max_iter`. */
  maxIter?: number;
  /**
   * Largest number of evaluations per `step()`, an integer >= 0. It is compared between iterations, so one line search
   * may exceed it. The default is null, which stands for floor(maxIter * 5 / 4) at the time it is set. torch:
   * `max_eval`.
   */
  maxEval?: number | null;
  /** A step ends when max|g| <= toleranceGrad; finite and >= 0. Default 1e-7. torch: `tolerance_grad`. */
  toleranceGrad?: number;
  /**
   * A step ends when the slope g.d is above -toleranceChange, when max|t d| <= toleranceChange, or when the loss
   * changes by less than toleranceChange; finite and >= 0. Default 1e-9. torch: `tolerance_change`.
   */
  toleranceChange?: number;
  /**
   * Number of curvature pairs that are kept, an integer >= 1. Default 100. The pairs need 2 historySize vectors of
   * memory, which becomes resident as the history fills. torch: `history_size`.
   */
  historySize?: number;
  /**
   * The line search; null (the default) for steps of length `lr`. `'strong_wolfe'` is torch's. `'noise_tolerant'` is
   * that of `minimize`: it compares slopes where differences of losses are only noise, and keeps pairs by a bound that
   * does not depend on the unit of the loss. torch loads a state dict that names it, but refuses the next step. torch:
   * `line_search_fn`.
   */
  lineSearchFn?: LineSearchFn | null;
  /**
   * Largest number of trials of a line search after the first one, an integer >= 0. The default is 25, torch's constant
   * before 2.10. null stands for maxEval less the evaluations made in this step, torch's rule since 2.10. The option is
   * not part of the state dict.
   */
  maxLs?: number | null;
  /**
   * Number of threads that share the work on vectors of more than 16384 numbers, an integer from 1 to 64. It does not
   * change the results. The default is the environment variable LBFGS_THREADS; if it is not set, min(CPU cores, 8), and
   * 1 in a worker thread. The option is not part of the state dict.
   */
  threads?: number;
  /**
   * The dtype in which the curvature pairs are stored. `'float32'` halves the memory of the history of float64
   * parameters, and may cost some iterations. null, the default, and `'float64'` stand for the computing dtype. A
   * change between steps converts the pairs. The option is not part of the state dict.
   */
  historyDtype?: Dtype | null;
  /**
   * The processes that hold the parameters, each of them a part: `params` are this process' part, and the closure
   * returns its part of the loss. The parts of the loss are added in the order of the ranks. Every step is a call of
   * all ranks, with the same options; docs/distributed.md has the rules. A rank may have empty parameters, of the dtype
   * of the others. The default, null, is one process. The option cannot be assigned later, and is not part of the state
   * dict.
   */
  comm?: Communicator | null;
}

/** All options, each with its value. */
export type ResolvedOptions = Required<LBFGSOptions>;

let defaults: Readonly<ResolvedOptions> | undefined;

/**
 * torch's defaults, and ours for what torch has not; made when first asked for, since the number of threads takes a
 * while to find.
 */
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
    comm: null,
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
  comm: { expected: A_COMMUNICATOR, accepts: (value) => value === null || isCommunicator(value) },
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
  if (name === 'comm') throw typeError('ERR_LBFGS_COMM', mismatch(expected, name, value));
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

/** As resolveOptions, for options that checkKeys() has returned, perhaps among others. */
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
  const options: unknown = given;
  checkOptionsObject(options, known, owner);
  const own = bare();
  for (const name of Object.keys(options)) {
    if (known.includes(name)) {
      own[name] = options[name];
      continue;
    }
    const message = mismatch('a known option', owner, name, `; ${hintFor(name, known, owner)}`);
    throw typeError('ERR_LBFGS_UNKNOWN_OPTION', message);
  }
  return own as Given;
}
