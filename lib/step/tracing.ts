// Diagnostics of steps: a tracing channel of node:diagnostics_channel, and lines on stderr with NODE_DEBUG=lbfgs.
// Without subscribers nothing is built.

import { tracingChannel } from 'node:diagnostics_channel';
import { debuglog } from 'node:util';
import type { StepReport } from './report';

/** What the subscribers of the channel `lbfgs:step` receive: one object for each call, with numbers and words alone. */
export interface StepTrace {
  /** Which method or function was called. */
  readonly call: 'step' | 'stepAsync' | 'minimize' | 'minimizeAsync';
  /** The number of variables. */
  readonly n: number;
  /** How the call ended; absent before its end, and if it threw. */
  status?: StepReport['status'] | 'unbounded';
  /** Evaluations of this call; absent like `status`. */
  evaluations?: number;
}

type Ended = Pick<StepTrace, 'status' | 'evaluations'>;

const channel = tracingChannel<string, StepTrace>('lbfgs:step');
const log = debuglog('lbfgs');

/** Whether the channel has subscribers. Its own hasSubscribers came late to Node 20. */
export function isTraced(): boolean {
  const { start, end, asyncStart, asyncEnd, error } = channel;
  if (start.hasSubscribers || end.hasSubscribers || error.hasSubscribers) return true;
  return asyncStart.hasSubscribers || asyncEnd.hasSubscribers;
}

/**
 * Does the work, and publishes its messages. The result is not in them: it may hold arrays.
 * @param ended how the work ended, asked once it has
 */
export function traceSync<Result>(trace: StepTrace, work: () => Result, ended: (result: Result) => Ended): Result {
  let result: Result | undefined;
  channel.traceSync(() => {
    result = work();
    note(trace, ended(result));
  }, trace);
  return result as Result;
}

/** As traceSync, for work that takes turns of the event loop. */
export async function traceAsync<Result>(
  trace: StepTrace,
  work: () => Promise<Result>,
  ended: (result: Result) => Ended,
): Promise<Result> {
  let result: Result | undefined;
  await channel.tracePromise(async () => {
    result = await work();
    note(trace, ended(result));
  }, trace);
  return result as Result;
}

function note(trace: StepTrace, { status, evaluations }: Ended): void {
  Object.assign(trace, { status, evaluations });
}

/** Prints a line about a step that has ended where NODE_DEBUG has `lbfgs`. */
export function logStep({ status, iterations, evaluations, loss, gradNorm }: StepReport): void {
  if (!log.enabled) return;
  log('%s after %d iterations, %d evaluations: loss %d, max|g| %d', status, iterations, evaluations, loss, gradNorm);
}
