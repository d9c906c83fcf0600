// What a user's function returned in place of a number, and what to do about that.

import { types } from 'node:util';
import { isNumeric } from '../checks/argument-hints';
import { lengthOf, type FloatArray } from '../checks/arrays';
import { describe, typeError } from '../checks/errors';
import type { Words } from '../native/step-owner';

/** The error for a result that is not a number. */
export function refuseResult(result: unknown, words: Words): TypeError {
  const hint = hintFor(result, words);
  return typeError(
    'ERR_LBFGS_CLOSURE_RESULT',
    `Expected a number from ${words.fun} but received ${describe(result)}${hint === '' ? '' : `; ${hint}`}`,
  );
}

/** Never runs code of the result: no getter, no trap of a proxy. */
function hintFor(result: unknown, words: Words): string {
  if (result === undefined) return 'did you forget return?';
  if (isNumeric(result)) return 'convert it: Number(loss)';
  if (result === null) return 'return NaN where there is no loss';
  if (typeof result === 'boolean') return 'return the loss itself';
  if (typeof result === 'function') return 'call it, and return what it returns';
  if (typeof result !== 'object' || types.isProxy(result)) return '';
  return hintForObject(result, words);
}

const NAMES_OF_A_LOSS = ['loss', 'value', 'fx', 'f', 'cost', 'fun'];

function hintForObject(result: object, { fun, asyncCall, gradientAdvice }: Words): string {
  if (types.isPromise(result) || propertyOf(result, 'then') === 'a function') {
    return `${fun} must be synchronous: use ${asyncCall}, or await its data before the call`;
  }
  if (types.isNumberObject(result)) return 'return the number itself, not an object made by new Number';
  if (Array.isArray(result) || types.isTypedArray(result)) {
    const length = Array.isArray(result) ? result.length : lengthOf(result as FloatArray);
    if (length === 1) return 'return its one entry, result[0]';
    const isPair = length === 2 && Array.isArray(result) && typeof result[1] === 'object';
    return isPair
      ? `return the loss alone and ${gradientAdvice}`
      : 'return one number, for instance the sum of the entries';
  }
  if (propertyOf(result, 'dataSync') === 'a function') return 'return a number, for instance tensor.dataSync()[0]';
  if (propertyOf(result, 'item') === 'a function') return 'return a number, for instance tensor.item()';
  const name = NAMES_OF_A_LOSS.find((each) => propertyOf(result, each) !== undefined);
  return name === undefined ? '' : `return the loss alone, result.${name}, and ${gradientAdvice}`;
}

/** What the property is, as far as that can be told without a getter; undefined where there is none. */
function propertyOf(result: object, name: string): string | undefined {
  for (
    let owner: object | null = result;
    owner !== null && owner !== Object.prototype && !types.isProxy(owner);
    owner = Object.getPrototypeOf(owner) as object | null
  ) {
    const property = Object.getOwnPropertyDescriptor(owner, name);
    if (property !== undefined) return describe(property.value);
  }
  return undefined;
}
