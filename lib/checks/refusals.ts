// How an argument that does not fit is refused: the message, and the class and code of the error that follow from what
// is wrong.

import { describe, rangeError, typeError, type ErrorCode } from './errors';
import { isFunction } from './own';

/** The message of an error. @param hint what to do about it, behind '; ' */
export function mismatch(what: string, name: string, value: unknown, hint = ''): string {
  return `Expected ${what} for ${name} but received ${describe(value)}${hint}`;
}

/** The error for an argument of another type than is wanted. */
export function wrongType(what: string, name: string, value: unknown, hint = ''): TypeError {
  return typeError('ERR_LBFGS_ARG_TYPE', mismatch(what, name, value, hint));
}

/** The error for an argument that is not accepted: a RangeError where its `typeof` is the right one. */
export function refuseArgument(type: string, what: string, name: string, value: unknown): TypeError | RangeError {
  if (typeof value !== type) return wrongType(what, name, value);
  return rangeError('ERR_LBFGS_ARG_VALUE', mismatch(what, name, value));
}

export function checkFunction(value: unknown, name: string, hint = ''): void {
  if (!isFunction(value)) throw wrongType('a function', name, value, hint);
}

/**
 * The function that makes the errors for the fields of a document: a state dict or a checkpoint. `received` is the
 * value as `describe` gives it, or words for it.
 */
export function fieldRefusal(document: string, code: ErrorCode) {
  return (what: string, field: string, received: string): RangeError => {
    const short = field.length > 100 ? `${field.slice(0, 100)}…` : field;
    const name = field === document ? document : `${short} of ${document}`;
    return rangeError(code, `Expected ${what} for ${name} but received ${received}`);
  };
}
