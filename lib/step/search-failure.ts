// A line search that failed, as it can be kept and played again (test/core/search_replay.test.cpp).

import { debuglog } from 'node:util';
import type { Core } from '../native/core';
import type { LineSearchFn } from '../options/line-searches';
import type { ResolvedOptions } from '../options/options';

/** A point of a line x + t d, as the closure evaluated it. Numbers that are not finite are null, as in JSON. */
export interface SearchTrial {
  /** The step length t. */
  readonly t: number;
  /** The loss at x + t d. */
  readonly loss: number | null;
  /** The slope g . d there. */
  readonly slope: number | null;
}

/** All that a line search knew when it failed: plain numbers, for `JSON.stringify`. */
export interface SearchFailure {
  /** The name of the search. */
  readonly lineSearch: LineSearchFn;
  /** The point where the line begins, t = 0. */
  readonly start: SearchTrial;
  /** The trials in their order, the last 32 of them. */
  readonly trials: readonly SearchTrial[];
  /** What the search was limited by. */
  readonly limits: {
    /** The most trials after the first one. */
    readonly maxTrials: number;
    /** The longest step. */
    readonly tMax: number;
    /** max|d|, d the direction of the line. */
    readonly dMax: number;
  };
  /** What was known of the noise of the loss. */
  readonly noise: {
    /** The part of |loss| that is assumed to be noise. */
    readonly relative: number;
    /** The largest noise that the step has measured, this search included; 0: none. */
    readonly found: number;
    /** The largest |loss| at which a line of the step began. */
    readonly largestLoss: number;
  };
}

const log = debuglog('lbfgs');
/** The layout of the numbers that NativeOptimizer::read_search writes. */
const HEADER = 6;
const MOST_TRIALS = 32;

/** The line search that ended the last step; undefined if it made no trial. */
export function readSearchFailure({ native }: Core, options: ResolvedOptions): SearchFailure | undefined {
  const numbers = new Float64Array(HEADER + 3 * (MOST_TRIALS + 1));
  const count = native.readSearch(numbers);
  if (count === 0 || options.lineSearchFn === null) return undefined;
  const [maxTrials, tMax, dMax, relative, found, largestLoss] = numbers as unknown as [...Six, ...number[]];
  const trialAt = (index: number): SearchTrial => {
    const [t, loss, slope] = numbers.subarray(HEADER + 3 * index) as unknown as [number, number, number];
    return { t, loss: finite(loss), slope: finite(slope) };
  };
  return {
    lineSearch: options.lineSearchFn,
    start: trialAt(0),
    trials: Array.from({ length: count }, (_, index) => trialAt(index + 1)),
    limits: { maxTrials, tMax, dMax },
    noise: { relative, found, largestLoss },
  };
}

/** Prints the failure where NODE_DEBUG has `lbfgs`. */
export function logSearchFailure(core: Core, options: ResolvedOptions): void {
  if (log.enabled) log('%s', JSON.stringify(readSearchFailure(core, options)));
}

type Six = [number, number, number, number, number, number];

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
