// How a checkpoint is refused, whether it is to be written or was read.

import { describe } from '../checks/errors';
import { isRecord } from '../checks/own';
import { fieldRefusal } from '../checks/refusals';

export const refuse = fieldRefusal('the checkpoint', 'ERR_LBFGS_CHECKPOINT');

/** The value, if it can have properties. */
export function asRecord(value: unknown, field: string): Record<string, unknown> {
  if (isRecord(value)) return value;
  throw refuse('an object', field, describe(value));
}

/** The value of JSON text. */
export function parseJson(text: string, field: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refuse('JSON', field, describe(text));
  }
}

/** Throws for half of a surrogate pair, which has no UTF-8. */
export function checkText(text: string, field: string): void {
  if (/\p{Surrogate}/u.test(text)) throw refuse('well-formed text', field, describe(text));
}
