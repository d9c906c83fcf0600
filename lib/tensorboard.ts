// The progress of a training as TensorBoard reads it. docs/observing.md shows how.

/**
 * The loss and the gradient of each iteration as the bytes of a TensorBoard event file. This module opens no file.
 *
 * @module lbfgs/tensorboard
 */

import { fileVersion, scalars } from './adapters/tensorboard-events';
import { describe, rangeError } from './checks/errors';
import { isCount, isRecord } from './checks/own';
import { mismatch, refuseArgument, wrongType } from './checks/refusals';

/** Bytes in memory that is not shared, for `fs.writeSync` and streams. */
export type EventBytes = Uint8Array & Readonly<Record<'buffer', ArrayBuffer>>;

/** What `iterationEvent` takes of an iteration: the argument of `onIteration` is one. */
export interface IterationScalars {
  /** The step of the events, an integer >= 0. */
  readonly iteration: number;
  /** Written as `loss`. */
  readonly loss: number;
  /** Written as `gradNorm`. */
  readonly gradNorm: number;
}

/** Options of the events. */
export interface EventOptions {
  /** The time of the event in milliseconds since 1970-01-01 UTC, finite. Default: `Date.now()`. */
  time?: number;
}

/**
 * The first bytes of an event file. Its name must contain `tfevents`: `events.out.tfevents.1700000000`, for instance.
 *
 * @throws RangeError or TypeError if the time does not fit
 *
 * @example
 * const file = fs.openSync('logs/events.out.tfevents.1', 'w');
 * fs.writeSync(file, eventFileHeader());
 * minimize(fun, x0, { onIteration: (info) => void fs.writeSync(file, iterationEvent(info)) });
 */
export function eventFileHeader(options: EventOptions = {}): EventBytes {
  return fileVersion(secondsOf(options));
}

/**
 * The bytes of one iteration: the scalars `loss` and `gradNorm`, to be appended to an event file. TensorBoard keeps
 * them as float32; a number that is not finite is written as it is.
 *
 * @throws TypeError or RangeError if the iteration does not fit
 */
export function iterationEvent(info: IterationScalars, options: EventOptions = {}): EventBytes {
  if (!isRecord(info)) throw wrongType('the argument of onIteration', 'the iteration', info);
  const { iteration, loss, gradNorm } = info;
  return scalarEvent(iteration, { loss, gradNorm }, options);
}

/**
 * The bytes of scalars of your own at a step, by their tags.
 *
 * @param step an integer >= 0
 * @param values numbers by tag, such as `{ 'accuracy/test': 0.9 }`
 * @throws TypeError or RangeError for an argument that does not fit
 */
export function scalarEvent(
  step: number,
  values: Readonly<Record<string, number>>,
  options: EventOptions = {},
): EventBytes {
  if (!isCount(step)) throw refuseArgument('number', 'an integer >= 0', 'step', step);
  if (!isRecord(values)) throw wrongType('numbers by tag', 'values', values);
  const entries = Object.entries(values);
  for (const [tag, value] of entries) {
    if (typeof value !== 'number') throw wrongType('a number', describe(tag), value);
  }
  return scalars(secondsOf(options), step, entries);
}

function secondsOf(options: EventOptions): number {
  if (!isRecord(options)) throw wrongType('an object', 'the options of the event', options);
  const { time = Date.now() } = options;
  if (typeof time !== 'number') throw wrongType('a number of milliseconds', 'time', time);
  if (!Number.isFinite(time)) throw rangeError('ERR_LBFGS_ARG_VALUE', mismatch('a finite number', 'time', time));
  return time / 1000;
}
