// Checks of options that the package and its adapters share.

import { types } from 'node:util';
import { isController, optionsHint } from './argument-hints';
import { isObject, isPlain, isRecord } from './own';
import { checkFunction, refuseArgument, wrongType } from './refusals';

const OTHER_KINDS = [types.isMap, types.isSet, types.isDate, types.isPromise, types.isAnyArrayBuffer] as const;

/** Whether the value can be meant as options: the keys of a Map or of a signal, for instance, would go unnoticed. */
function isOptionsObject(value: unknown): value is Record<string, unknown> {
  if (!isRecord(value)) return false;
  return (
    isPlain(value) || !(OTHER_KINDS.some((is) => is(value)) || value instanceof AbortSignal || isController(value))
  );
}

/**
 * Throws unless the value is an object of options. The message tells where a value that is one of the options belongs.
 */
export function checkOptionsObject(
  given: unknown,
  known: readonly string[],
  owner: string,
): asserts given is Record<string, unknown> {
  if (isOptionsObject(given)) return;
  throw wrongType('an object', `the options of ${owner}`, given, optionsHint(given, known, owner));
}

/** The names of the options of one step. */
export const STEP_OPTION_NAMES = ['onIteration', 'signal', 'timeLimit', 'onFailure'] as const;

/** Throws unless the values are such as a step takes; one that is undefined counts as absent. */
export function checkStepValues(values: Readonly<Partial<Record<(typeof STEP_OPTION_NAMES)[number], unknown>>>): void {
  const { onIteration, signal, timeLimit, onFailure } = values;
  if (onIteration !== undefined) checkFunction(onIteration, 'onIteration');
  if (onFailure !== undefined) checkFunction(onFailure, 'onFailure');
  if (signal !== undefined && !isAbortSignal(signal)) {
    const hint = isController(signal) ? '; take its signal: controller.signal' : '';
    throw wrongType('an AbortSignal', 'signal', signal, hint);
  }
  if (timeLimit !== undefined && !(typeof timeLimit === 'number' && timeLimit > 0)) {
    throw refuseArgument('number', 'a number of milliseconds > 0', 'timeLimit', timeLimit);
  }
}

/** Looks at the methods and not at the class: a signal may come from another realm, or from a library. */
function isAbortSignal(signal: unknown): boolean {
  if (!isObject(signal)) return false;
  const { aborted, addEventListener, removeEventListener } = signal as Partial<AbortSignal>;
  return [typeof aborted, typeof addEventListener, typeof removeEventListener].join() === 'boolean,function,function';
}
