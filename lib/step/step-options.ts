// The options of one step.

import { isController } from '../checks/argument-hints';
import { checkFunction, refuseArgument, wrongType } from '../checks/refusals';
import { checkKeys } from '../options/options';
import { isObject } from '../checks/own';
import type { IterationInfo } from './report';

/** Options of one `step()`. */
export interface StepOptions {
  /**
   * Called after each move; false stops the step there. An iteration that ends at the slope test makes no move and no call. Not the
   * place to edit data: the next move writes over it.
   */
  onIteration?: (info: IterationInfo) => boolean | void;
  /**
   * Once it is aborted the step ends at the last accepted point and throws `signal.reason`. Looked at before the first evaluation, when a
   * closure or callback has returned, and, by stepAsync, while a closure's promise is pending. A signal that fires by the event loop
   * (`AbortSignal.timeout`, a click) cannot fire during synchronous work: neither `step` nor a long closure of `stepAsync` lets the
   * event loop turn. For a budget of a synchronous step there is `timeLimit`.
   */
  signal?: AbortSignal;
  /** Milliseconds, > 0. Looked at after every evaluation; the step then ends at the last accepted point. */
  timeLimit?: number;
}
export const STEP_OPTION_NAMES: readonly (keyof StepOptions)[] = ['onIteration', 'signal', 'timeLimit'];

/** The options, each read once. */
export function checkStepOptions(options: StepOptions): StepOptions {
  const { onIteration, signal, timeLimit } = checkKeys(options, STEP_OPTION_NAMES, 'step');
  if (onIteration !== undefined) checkFunction(onIteration, 'onIteration');
  if (signal !== undefined && !isAbortSignal(signal)) {
    const hint = isController(signal) ? '; take its signal: controller.signal' : '';
    throw wrongType('an AbortSignal', 'signal', signal, hint);
  }
  if (timeLimit !== undefined && !(typeof timeLimit === 'number' && timeLimit > 0)) {
    throw refuseArgument('number', 'a number of milliseconds > 0', 'timeLimit', timeLimit);
  }
  return { onIteration, signal, timeLimit } as StepOptions;
}

/** By what it does: it may come from another realm, or a library. */
function isAbortSignal(signal: unknown): boolean {
  if (!isObject(signal)) return false;
  const { aborted, addEventListener, removeEventListener } = signal as Partial<AbortSignal>;
  return [typeof aborted, typeof addEventListener, typeof removeEventListener].join() === 'boolean,function,function';
}
