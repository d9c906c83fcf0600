// Every error that the library itself throws, with its code.

import { types } from 'node:util';
import { isClass, isRevoked, listOf } from './own';

/** The `code` of every error of this library. docs/errors.md lists when each is thrown. */
export type ErrorCode =
  | 'ERR_LBFGS_ARG_TYPE'
  | 'ERR_LBFGS_ARG_VALUE'
  | 'ERR_LBFGS_UNKNOWN_OPTION'
  | 'ERR_LBFGS_DUPLICATE_PARAMETER'
  | 'ERR_LBFGS_SHARED_MEMORY'
  | 'ERR_LBFGS_PARAM_GROUPS'
  | 'ERR_LBFGS_DEVICE'
  | 'ERR_LBFGS_CLOSURE_RESULT'
  | 'ERR_LBFGS_HOOK_RESULT'
  | 'ERR_LBFGS_DATA_CHANGED'
  | 'ERR_LBFGS_GRAD'
  | 'ERR_LBFGS_STATE_DICT'
  | 'ERR_LBFGS_CHECKPOINT'
  | 'ERR_LBFGS_OUT_OF_MEMORY'
  | 'ERR_LBFGS_NON_FINITE_START'
  | 'ERR_LBFGS_BUSY'
  | 'ERR_LBFGS_DISPOSED'
  | 'ERR_LBFGS_WORKER_EXIT'
  | 'ERR_LBFGS_NEEDS_CLOSURE'
  | 'ERR_LBFGS_VARIABLES'
  | 'ERR_LBFGS_NO_GRADIENT'
  | 'ERR_LBFGS_NOISY_LOSS'
  | 'ERR_LBFGS_MOVING_VARIABLE'
  | 'ERR_LBFGS_ONNX'
  | 'ERR_LBFGS_COMM'
  | 'ERR_LBFGS_PEER'
  | 'ERR_LBFGS_OUT_OF_STEP'
  | 'ERR_LBFGS_MPI'
  | 'ERR_LBFGS_NATIVE';

/**
 * An error that no single argument causes: a call at the wrong time, data that are not finite, an addon that cannot be
 * loaded. Faulty arguments throw `TypeError` or `RangeError`, which also have a `code`.
 */
export class LBFGSError extends Error {
  /** `'ERR_LBFGS_*'`; stable across versions. */
  readonly code: ErrorCode;

  /**
   * Makes an error with a code. Only this library throws such errors.
   *
   * @param code a stable code, listed in docs/errors.md
   * @param message "Expected <what> for <name> but received <value>"
   * @param options `cause`: the error that caused this one, if any
   */
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LBFGSError';
    this.code = code;
  }
}

export function typeError(code: ErrorCode, message: string): TypeError {
  return withCode(new TypeError(message), code);
}

export function rangeError(code: ErrorCode, message: string): RangeError {
  return withCode(new RangeError(message), code);
}

/** Defined and not assigned: an assignment would find what was put on Object.prototype under this name. */
function withCode<Kind extends Error>(error: Kind, code: ErrorCode): Kind {
  return Object.defineProperty(error, 'code', {
    __proto__: null,
    value: code,
    writable: true,
    enumerable: true,
    configurable: true,
  } as PropertyDescriptor);
}

/**
 * Handles the rejection of a promise that nothing waits for, so that it does not end the process. Works for promises of
 * another realm and of a subclass, whatever their own `then` does. Never throws.
 */
export function disown(value: unknown): void {
  if (!types.isPromise(value)) return;
  const handle = (): void => void Promise.prototype.then.call(value, undefined, () => undefined);
  try {
    handle();
  } catch {
    withoutSpecies(value, handle); // its class cannot make the promise that `then` returns
  }
}

/**
 * Calls `act` while the promise has no `constructor`, so that `then` returns a promise of the language's own class. A
 * frozen promise is left alone.
 */
function withoutSpecies(promise: object, act: () => void): void {
  const own = Reflect.getOwnPropertyDescriptor(promise, 'constructor');
  if (!Reflect.defineProperty(promise, 'constructor', { value: undefined, configurable: true })) return;
  act();
  if (own === undefined) Reflect.deleteProperty(promise, 'constructor');
  else Reflect.defineProperty(promise, 'constructor', own);
}

const LONGEST_TEXT = 40;
/**
 * A bigint of at least this size is not written out: its digits are too many to read, and millions of them take long to
 * compute.
 */
const LONG_BIGINT = 10n ** 40n;

/** A value as an error message shows it: short, on one line, and never running the value's own code. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'bigint':
      return value > -LONG_BIGINT && value < LONG_BIGINT ? `${value}n` : 'a bigint of many digits';
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'symbol':
      return `Symbol(${shorten(value.description ?? '')})`;
    case 'function':
      return isRevoked(value) ? 'a revoked Proxy' : isClass(value) ? 'a class' : 'a function';
    case 'object':
      return value === null ? 'null' : describeObject(value);
  }
}

/** Text as an error message shows it. */
export function quote(text: string): string {
  return `'${shorten(text)}'`;
}

function shorten(text: string): string {
  const short = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
  return short.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ');
}

/** The language's own name of a typed array, undefined for anything else. */
const { get: typedArrayName } = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype) as object,
  Symbol.toStringTag,
) as { get: (this: unknown) => string | undefined };

/** Kinds that Node recognises without running code of the value. Any other object is called an Object. */
const KINDS: readonly [test: (value: unknown) => boolean, name: string][] = [
  [types.isProxy, 'Proxy'],
  [types.isPromise, 'Promise'],
  [types.isDataView, 'DataView'],
  [types.isAnyArrayBuffer, 'ArrayBuffer'],
  [types.isDate, 'Date'],
  [types.isMap, 'Map'],
  [types.isSet, 'Set'],
];

function describeObject(value: object): string {
  const kind = KINDS.find(([test]) => test(value))?.[1] ?? typedArrayName.call(value);
  if (kind === undefined && Array.isArray(value)) return `an array of ${value.length}`;
  const name = kind ?? 'Object';
  return `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}`;
}

/** A list as an error message shows it: its entries where they are few. */
export function describeList(value: unknown): string {
  const list = listOf(value);
  if (list === undefined || list.length > 8) return describe(value);
  return `[${Array.from({ length: list.length }, (_, index) => describe(list.at(index))).join(', ')}]`;
}
