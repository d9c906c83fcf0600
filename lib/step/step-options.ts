// The options of one step.

import { isController } from '../checks/argument-hints';
import { checkFunction, refuseArgument, wrongType } from '../checks/refusals';
import { checkKeys } from '../options/options';
import { isObject } from '../checks/own';
import type { IterationInfo } from './report';
import type { SearchFailure } from './search-failure';

/** Options of one `step()`. */
export interface StepOptions {
  /**
   * Called after each move. If it returns false, the step ends there. An iteration that ends at the slope test makes no
   * move and no call. Do not edit data in it, because the next move overwrites the edit.
   */
  onIteration?: (info: IterationInfo) => boolean | void;
  /**
   * When the signal is aborted, the step ends at the last accepted point and throws `signal.reason`. The signal is
   * tested before the first evaluation, after each call of the closure or of a callback, and in `stepAsync` while the
   * closure's promise is pending. A signal that needs the event loop (`AbortSignal.timeout`, a click) cannot fire
   * during synchronous work; use `timeLimit` there.
   */
  signal?: AbortSignal;
  /**
   * Time in milliseconds, > 0, tested after every evaluation. When it is exceeded, the step ends at the last accepted
   * point.
   */
  timeLimit?: number;
  /**
   * Called once the step has ended in `line_search_failed`, with the trials of that line search: a small object to keep
   * as JSON and to report. The environment variable NODE_DEBUG=lbfgs prints the same.
   */
  onFailure?: (failure: SearchFailure) => void;
}
export const STEP_OPTION_NAMES: readonly (keyof StepOptions)[] = ['onIteration', 'signal', 'timeLimit', 'onFailure'];

/** The options, each read once. */
export function checkStepOptions(options: StepOptions): StepOptions {
  const { onIteration, signal, timeLimit, onFailure } = checkKeys(options, STEP_OPTION_NAMES, 'step');
  if (onIteration !== undefined) checkFunction(onIteration, 'onIteration');
  if (onFailure !== undefined) checkFunction(onFailure, 'onFailure');
  if (signal !== undefined && !isAbortSignal(signal)) {
    const hint = isController(signal) ? '; take its signal: controller.signal' : '';
    throw wrongType('an AbortSignal', 'signal', signal, hint);
  }
  if (timeLimit !== undefined && !(typeof timeLimit === 'number' && timeLimit > 0)) {
    throw refuseArgument('number', 'a number of milliseconds > 0', 'timeLimit', timeLimit);
  }
  return { onIteration, signal, timeLimit, onFailure } as StepOptions;
}

/** By what it does: it may come from another realm, or a library. */
function isAbortSignal(signal: unknown): boolean {
  if (!isObject(signal)) return false;
  const { aborted, addEventListener, removeEventListener } = signal as Partial<AbortSignal>;
  return [typeof aborted, typeof addEventListener, typeof removeEventListener].join() === 'boolean,function,function';
}
