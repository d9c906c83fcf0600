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
  | 'ERR_LBFGS_ONNX'
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
  | 'ERR_LBFGS_NATIVE';

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

/** Kinds that Node tells without asking the value; any other object is just that. */
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
