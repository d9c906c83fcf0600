// What a solve is given in the first place: the function and the start.

import { numbersOf, type OwnedArray } from '../checks/arrays';
import { rangeError } from '../checks/errors';
import { isFunction, isRecord } from '../checks/own';
import { wrongType } from '../checks/refusals';

/** What to do about a gradient that is a function of its own. */
export const ONE_FUNCTION = 'takes one function, (x, gradient) => value, that fills gradient';

/** Throws unless fun is a function, and x0 is none. */
export function checkFunctions(call: string, fun: unknown, x0: unknown): void {
  if (!isFunction(fun)) {
    const bag = isRecord(fun) ? `; arguments go in one by one: ${call}(fun, x0, options)` : '';
    const hint = typeof x0 === 'function' ? `; fun comes before x0: ${call}(fun, x0)` : bag;
    throw wrongType('a function', 'fun', fun, hint);
  }
  if (typeof x0 === 'function') throw wrongType('an array of numbers', 'x0', x0, `; ${call} ${ONE_FUNCTION}`);
}

/** A vector of numbers, copied. */
export function copyStart(x0: unknown, name: string): OwnedArray {
  const numbers = numbersOf(x0, name, 'an array of numbers', `; options come last: (fun, ${name}, options)`);
  return numbers.copyAs('float64') as OwnedArray;
}

/** Throws for a vector without numbers. */
export function refuseEmpty(start: ArrayLike<number>, name: string): void {
  if (start.length > 0) return;
  throw rangeError('ERR_LBFGS_ARG_VALUE', `Expected at least one number for ${name} but received none`);
}
