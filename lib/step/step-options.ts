// The options of one step.

import { checkStepValues, STEP_OPTION_NAMES } from '../checks/given-options';
import { checkKeys } from '../options/options';
import type { IterationInfo } from './report';
import type { SearchFailure } from './search-failure';

/**
 * Which method runs the step: `step`, `stepAsync`, or `iterate`, which also waits for its caller after each iteration.
 */
export type StepMode = 'sync' | 'async' | 'iterate';

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

/** The options, each read once. */
export function checkStepOptions(options: StepOptions): StepOptions {
  const { onIteration, signal, timeLimit, onFailure } = checkKeys(options, STEP_OPTION_NAMES, 'step');
  checkStepValues({ onIteration, signal, timeLimit, onFailure });
  return { onIteration, signal, timeLimit, onFailure } as StepOptions;
}
