// The sentences about why a whole solve with relative tests has ended.

import type { SolveRules } from '../native/core';
import { AT } from '../native/exchange';
import type { ResolvedOptions } from '../options/options';
import type { SolveStatus, StepReport } from './report';

/** The loss is called noisy if what the slopes do not account for shrinks as the step to a power below this. */
const MOST_ORDER_OF_NOISE = 0.3;

/** The sentence for a status that these solves have a test of their own for, else undefined. */
export function solveSentence(
  { status, loss, gradNorm }: Pick<StepReport, 'loss' | 'gradNorm'> & { status: SolveStatus },
  numbers: Float64Array,
  options: ResolvedOptions,
  rules: SolveRules,
): string | undefined {
  const promised = numbers[AT.promised]!;
  switch (status) {
    case 'converged_gradient':
      return `Converged: ${rules.region ? 'the residual max|P(x - g) - x|' : 'max|g|'} = ${gradNorm} is not above ${gradBoundOf(numbers, options, rules)}`;
    case 'converged_slope':
      return (
        `Converged: the decrease still to be had, ${partOf(promised, loss)}, is within ` +
        `toleranceChange = ${options.toleranceChange}`
      );
    case 'converged_loss':
      return options.toleranceChange > rules.noise && numbers[AT.stepSize]! > 0
        ? `Converged: five iterations changed the loss by less than toleranceChange = ${options.toleranceChange} of it`
        : `Converged: no lower loss was found; ${noiseOf(numbers, loss, rules)}`;
    case 'unbounded':
      return 'The loss falls without end, as far as can be seen: is there a minimum?';
    case 'line_search_failed': {
      const failed =
        numbers[AT.stepSize] === 0 ? 'The line search found no lower loss' : 'Five iterations brought no decrease';
      return options.lr === 0 ? undefined : `${failed}: ${causeOf(numbers, loss)}`;
    }
    case 'converged_step':
    case 'max_iter':
    case 'max_eval':
    case 'non_finite':
    case 'stopped':
    case 'time_limit':
    case 'aborted':
      return undefined;
  }
}

function gradBoundOf(numbers: Float64Array, options: ResolvedOptions, rules: SolveRules): string {
  const bound = numbers[AT.gradBound]!;
  if (bound === options.toleranceGrad) return `toleranceGrad = ${bound}`;
  return `${brief(bound)}, ${rules.toleranceGradRelative} of that at the start`;
}

/** The number as a part of the loss. */
function partOf(value: number, loss: number): string {
  if (loss === 0) return brief(value);
  const part = value / Math.abs(loss);
  return part < 2 ? `${brief(part)} of the loss` : `${brief(part)} times the loss`;
}

function noiseOf(numbers: Float64Array, loss: number, rules: SolveRules): string {
  const found = numbers[AT.noiseFound]!;
  const assumed = rules.noise * Math.abs(loss);
  return found > assumed
    ? `differences below ${partOf(found, loss)} are noise (measured)`
    : `differences below ${brief(rules.noise)} of the loss count as noise (assumed)`;
}

/** The likeliest cause, and the numbers that it is judged by. */
function causeOf(numbers: Float64Array, loss: number): string {
  const order = numbers[AT.residualOrder]!;
  const noise = numbers[AT.noiseFound]!;
  const figures =
    `the slope promises a decrease of ${partOf(numbers[AT.promised]!, loss)}, ` +
    `sum |x g| is ${partOf(numbers[AT.sensitivity]!, loss)}`;
  const remainder = `what the slopes do not account for shrinks as the step to the power ${order.toFixed(1)}`;
  if (numbers[AT.blamesGradient] === 1) {
    return (
      `the gradient does not belong to the loss (see checkGradient; a gradient that is added up without being zeroed, ` +
      `a function that writes into x, and a kink look like this, too): ${remainder}; ${figures}`
    );
  }
  if (order < MOST_ORDER_OF_NOISE || noise > 0) {
    const size = noise > 0 ? `, ${partOf(noise, loss)}` : '';
    return `the loss is noisy${size}: what the slopes do not account for does not shrink with the step; ${figures}`;
  }
  const likely = 'a kink, a wall of values that are not finite, or numbers whose squares overflow or underflow';
  return `likely ${likely}; ${Number.isNaN(order) ? '' : `${remainder}; `}${figures}`;
}

function brief(value: number): string {
  return String(Number(value.toPrecision(2)));
}
