// The values of whatever a user gives as an iterable, which may never end or be none.

import { types } from 'node:util';
import { paramsHint } from '../checks/argument-hints';
import { inheritsTypedArray, isFloatArray } from '../checks/arrays';
import { describe, typeError } from '../checks/errors';
import { isFunction, isObject } from '../checks/own';
import { wrongType } from '../checks/refusals';

/**
 * The language's own methods that throw for any other kind of object than theirs, each with whether a value is of that
 * kind. What only inherits such a method cannot be iterated.
 */
const OWN_METHODS = new Map<unknown, (value: unknown) => boolean>([
  [Reflect.get(Map.prototype, Symbol.iterator), types.isMap],
  [Reflect.get(Set.prototype, Symbol.iterator), types.isSet],
  [Reflect.get(String.prototype, Symbol.iterator), () => false], // characters are no parameters
  [Reflect.get(new Map().values(), 'next'), types.isMapIterator],
  [Reflect.get(new Set().values(), 'next'), types.isSetIterator],
  [Reflect.get(iterate(undefined), 'next'), types.isGeneratorObject],
]);

/**
 * The values of an iterable, each asked for when the one before has been dealt with: as `for … of` does, with an error
 * of ours where the engine's own would say that a part of the iterator is not what it should be.
 */
export function* iterate(params: unknown): Generator<unknown, void, undefined> {
  const iterator = iteratorOf(params);
  const next: unknown = Reflect.get(iterator, 'next');
  if (!isFunction(next) || !canBeCalledOn(next, iterator)) throw noIterator(iterator);
  let isDone = true; // where the iterator itself throws it is not to be closed
  try {
    for (;;) {
      const result = Reflect.apply(next as () => unknown, iterator, []);
      if (!isObject(result)) throw noIterator(result);
      const { done, value } = result as { done?: unknown; value?: unknown };
      if (done) return;
      isDone = false;
      yield value;
      isDone = true;
    }
  } finally {
    if (!isDone) (iterator as Iterator<unknown>).return?.();
  }
}

function iteratorOf(params: unknown): object {
  if (isFloatArray(params) || (isObject(params) && inheritsTypedArray(params))) {
    throw noIterable(params, '; make it one: [new Parameter(array)]');
  }
  const method: unknown = isObject(params) ? Reflect.get(params, Symbol.iterator) : undefined;
  if (!isFunction(method) || !canBeCalledOn(method, params)) throw noIterable(params, paramsHint(params));
  const iterator: unknown = Reflect.apply(method as () => unknown, params, []);
  if (isObject(iterator)) return iterator;
  throw noIterator(iterator);
}

function canBeCalledOn(method: unknown, value: unknown): boolean {
  return OWN_METHODS.get(method)?.(value) ?? true;
}

function noIterable(params: unknown, hint: string): TypeError {
  return wrongType('an iterable of parameters', 'params', params, hint);
}

function noIterator(returned: unknown): TypeError {
  const received = `one whose iterator returns ${describe(returned)}`;
  return typeError('ERR_LBFGS_ARG_TYPE', `Expected an iterable of parameters for params but received ${received}`);
}
