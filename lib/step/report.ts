// The report of a step.

import type { Core } from '../native/core';
import { describe } from '../checks/errors';
import { AT, type Exchange } from '../native/exchange';
import type { ResolvedOptions } from '../options/options';
import { solveSentence } from './solve-sentence';
import type { StepOwner } from '../native/step-owner';

/** The reason why a step ended: the first stopping test that held, in torch's order. */
export type StepStatus =
  /** max|g| <= toleranceGrad */
  | 'converged_gradient'
  /** 0 >= g.d > -toleranceChange */
  | 'converged_slope'
  /** max|t d| <= toleranceChange */
  | 'converged_step'
  /** |loss change| < toleranceChange */
  | 'converged_loss'
  /** the step made maxIter iterations */
  | 'max_iter'
  /** the step made at least maxEval evaluations, counted between iterations */
  | 'max_eval'
  /** the line search found no acceptable point (t = 0) */
  | 'line_search_failed'
  /** without a line search the loss or a gradient became NaN or infinite; the last finite point has returned */
  | 'non_finite'
  /** onIteration returned false */
  | 'stopped'
  /** timeLimit was exceeded; the last accepted point has returned */
  | 'time_limit'
  /** the signal was aborted; the last accepted point has returned, and the step has thrown `signal.reason` */
  | 'aborted';

/**
 * The reason why a solve ended. With `tolerances: 'relative'` the tests of `converged_gradient`, `converged_slope`,
 * `converged_loss` and `line_search_failed` are those that `MinimizeOptions` describes at toleranceGrad,
 * toleranceChange and noise, `converged_step` does not occur, and `'unbounded'` means that the loss fell below -1e200
 * or that a move had the largest length that there is.
 */
export type SolveStatus = StepStatus | 'unbounded';

/** A completed iteration. The counts are those of the current step. */
export interface IterationInfo {
  /** Number of the iteration, from 1. */
  iteration: number;
  /** Closure calls of the step so far. */
  evaluations: number;
  /** Loss at the last evaluated point. */
  loss: number;
  /** max|g| at the last evaluated point. */
  gradNorm: number;
  /** Step length t of the move x + t d. */
  stepSize: number;
}

/** The report of a step. */
export interface StepReport {
  /** Why the step ended. */
  status: StepStatus;
  /** A sentence that explains the status, with its numbers. */
  message: string;
  /**
   * true if gradNorm <= toleranceGrad at the present parameters, or if the status is another `converged_…` and gradNorm
   * is at most a thousandth of that at the optimiser's first evaluation, which the state dict keeps as
   * `first_grad_norm`. `message` says so where a `converged_…` status is not one.
   */
  converged: boolean;
  /**
   * Loss of the step's first evaluation, which `step()` returns. It is not finite only if the step took back the
   * unevaluated move of the previous step (status `non_finite`).
   */
  initialLoss: number;
  /** Loss at the last point that was accepted and evaluated. */
  loss: number;
  /** max|g| at the last point that was accepted and evaluated. */
  gradNorm: number;
  /**
   * true if loss and gradNorm belong to the present values of the parameters. Without a line search the last move of a
   * step is not evaluated, as in torch; then it is false, and loss and gradNorm belong to the point before this move.
   */
  current: boolean;
  /** Iterations of this step. */
  iterations: number;
  /** Closure calls of this step. */
  evaluations: number;
  /** Step length of the last iteration; 0 before the first. */
  stepSize: number;
}

export function readIteration({ numbers }: Exchange): IterationInfo {
  return {
    iteration: numbers[AT.iterations]!,
    evaluations: numbers[AT.evaluations]!,
    loss: numbers[AT.loss]!,
    gradNorm: numbers[AT.gradMax]!,
    stepSize: numbers[AT.stepSize]!,
  };
}

/**
 * A step that ends at a test on slope, move or loss has converged if the gradient is at most this part of the first
 * one.
 */
const STATIONARY_PART = 1e-3;

/**
 * The report of a step that ended with a status of its own.
 * @param broke what became NaN or infinite, where that ended the step or its line search; else nothing
 */
export function readReport(core: Core, options: ResolvedOptions, owner: StepOwner, broke: string): StepReport {
  const { exchange, rules } = core;
  const status = exchange.status as SolveStatus;
  const gradNorm = exchange.numbers[AT.gradMax]!;
  const current = exchange.numbers[AT.current] === 1;
  const counts = readIteration(exchange);
  const report: StepReport = {
    status: status as StepStatus,
    message: '',
    converged: false,
    initialLoss: exchange.numbers[AT.initialLoss]!,
    loss: counts.loss,
    gradNorm,
    current,
    iterations: counts.iteration,
    evaluations: counts.evaluations,
    stepSize: counts.stepSize,
  };
  const reference = exchange.numbers[AT.gradReference]!;
  const isAtTest = status.startsWith('converged_');
  const isGradientSmall = current && gradNorm <= options.toleranceGrad;
  const isStationary = isGradientSmall || (isAtTest && gradNorm <= STATIONARY_PART * reference);
  report.converged = rules === undefined ? isStationary : isAtTest;
  const sentence =
    status === 'non_finite'
      ? `${broke === '' ? 'The point became NaN or infinite' : broke}; the last finite point is back`
      : reasonOf(report, core, options) + (broke === '' ? '' : `. At its last trial: ${uncapitalised(broke)}`);
  const rise = current || !owner.endsOpenMove ? riseOf(report, options) : '';
  const advice = status === 'non_finite' && rise === '' ? `. ${capitalised(remedy(options))}` : '';
  report.message = sentence + gradientClause(report, core, owner) + rise + advice;
  return report;
}

function reasonOf(report: StepReport, { exchange, rules }: Core, options: ResolvedOptions): string {
  const ofSolve = rules?.isRelative === true ? solveSentence(report, exchange.numbers, options, rules) : undefined;
  if (ofSolve !== undefined) return ofSolve;
  const sentence = sentenceOf(report, options);
  if (!report.status.startsWith('converged_')) return sentence;
  if (report.converged) return `Converged: ${sentence}`;
  const reference = exchange.numbers[AT.gradReference]!;
  return (
    `Stopped: ${sentence}, but max|g| = ${report.gradNorm} is above ${STATIONARY_PART} times ${reference}, ` +
    'that at the first evaluation: this is hardly a minimum'
  );
}

function sentenceOf({ status, iterations, evaluations, gradNorm }: StepReport, options: ResolvedOptions): string {
  switch (status) {
    case 'converged_gradient':
      return `max|g| = ${gradNorm} is not above toleranceGrad = ${options.toleranceGrad}`;
    case 'converged_slope':
      return `the slope along the direction is within toleranceChange = ${options.toleranceChange} of zero`;
    case 'converged_step':
      return `no parameter moved by more than toleranceChange = ${options.toleranceChange}`;
    case 'converged_loss':
      return `the loss changed by less than toleranceChange = ${options.toleranceChange}`;
    case 'max_iter':
      return `Stopped after maxIter = ${iterations} iterations`;
    case 'max_eval':
      return `Stopped after ${evaluations} evaluations, maxEval = ${describe(options.maxEval)}`;
    case 'line_search_failed':
      return options.lr === 0
        ? 'The line search made no trial, because lr = 0'
        : 'The line search found no acceptable point. Likely causes: a gradient that does not belong to the loss (see checkGradient), ' +
            'gradients that were added up without being zeroed, a loss that changes between evaluations, a function that writes into the values that it is given, ' +
            'a minimum reached to rounding, numbers near overflow, a maxLs too small for the first step';
    case 'non_finite':
      return '';
    case 'stopped':
      return `Stopped by onIteration after ${iterations} iterations`;
    case 'time_limit':
      return `Stopped by timeLimit after ${iterations} iterations`;
    case 'aborted':
      return `Stopped by the signal after ${iterations} iterations`;
  }
}

/** Parameters named at most: a model can have thousands. */
const MOST_NAMED = 3;

/** Which parameters had no gradient at all, or that the first one was zero. */
function gradientClause({ gradNorm, iterations }: StepReport, { arrays, team }: Core, owner: StepOwner): string {
  const without = team === undefined ? arrays.withoutGradient() : []; // all ranks have the same report
  if (without.length === 0) return gradNorm === 0 && iterations === 0 ? owner.words.zeroGradient : '';
  if (without.length === arrays.sizes.filter((size) => size > 0).length) {
    return '; no parameter has a gradient: did the closure set it?';
  }
  const names = without.slice(0, MOST_NAMED).map((index) => arrays.labelOf(index));
  if (without.length === 1) return `; ${names.join()} has no gradient: did the closure set it?`;
  const more = without.length > MOST_NAMED ? ` and ${without.length - MOST_NAMED} more` : '';
  return `; ${names.join(', ')}${more} have no gradient: did the closure set them?`;
}

/** Without a line search, that the loss rose and what to do about it; nothing where it did not. */
export function riseOf(
  { status, iterations, initialLoss, loss }: Pick<StepReport, 'status' | 'iterations' | 'initialLoss' | 'loss'>,
  options: Pick<ResolvedOptions, 'lineSearchFn' | 'toleranceChange'>,
): string {
  // A loss that only its rounding has raised is no reason to doubt a step that converged.
  const least = status.startsWith('converged_') ? options.toleranceChange : 0;
  // Without an iteration the step went back to a point before its first evaluation, if it moved at all.
  if (options.lineSearchFn !== null || iterations === 0 || !(loss - initialLoss > least)) return '';
  return `; the loss rose ${fromTo(initialLoss, loss)}: ${remedy(options)}`;
}

function remedy({ lineSearchFn }: Pick<ResolvedOptions, 'lineSearchFn'>): string {
  return lineSearchFn === null ? "lower lr, or use lineSearchFn: 'strong_wolfe'" : 'lower lr';
}

function uncapitalised(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Two losses in four digits each, or in all where four do not tell them apart. */
function fromTo(from: number, to: number): string {
  const [shortFrom, shortTo] = [brief(from), brief(to)];
  return shortFrom === shortTo ? `from ${from} to ${to}` : `from ${shortFrom} to ${shortTo}`;
}

function brief(value: number): string {
  const rounded = Number(value.toPrecision(4));
  return Math.abs(rounded) >= 1e6 ? rounded.toExponential() : String(rounded);
}
