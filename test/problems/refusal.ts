// What `assert.throws` compares an error of the library with: its class, its code and its message.

import type { ErrorCode } from 'lbfgs';

export interface Refusal {
  name: 'TypeError' | 'RangeError' | 'LBFGSError';
  code: ErrorCode;
  message: string | RegExp;
}

export function typeRefusal(code: ErrorCode, message: string | RegExp): Refusal {
  return { name: 'TypeError', code, message };
}

export function rangeRefusal(code: ErrorCode, message: string | RegExp): Refusal {
  return { name: 'RangeError', code, message };
}

export function lbfgsRefusal(code: ErrorCode, message: string | RegExp): Refusal {
  return { name: 'LBFGSError', code, message };
}

/** A value of a wrong type, as a program without types hands it over. */
export function untyped(value: unknown): never {
  return value as never;
}
