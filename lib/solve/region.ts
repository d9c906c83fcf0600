// Bounds and L1 weights as users write them, checked and copied.

import { GrowingArray, numbersOf } from '../checks/arrays';
import { describe, rangeError } from '../checks/errors';
import { isRecord, listOf, type List } from '../checks/own';
import { mismatch, wrongType } from '../checks/refusals';
import type { Region } from '../native/core';
import { checkKeys } from '../options/options';

/** A bound of one variable; null, or an infinity on its side, for none. */
export type Bound = number | null;
/**
 * Bounds of n variables: n pairs `[lower, upper]`, or a lower and an upper bound, each one for all variables or n of
 * them. A variable with lower = upper is fixed.
 */
export type Bounds =
  | readonly (readonly [lower: Bound, upper: Bound])[]
  | {
      /** One for all variables, or n of them. Default: none. */
      readonly lower?: Bound | ArrayLike<Bound>;
      /** One for all variables, or n of them. Default: none. */
      readonly upper?: Bound | ArrayLike<Bound>;
    };

/** One number for all coordinates, or one per coordinate. */
export type PerCoordinate = number | Float64Array;
/** The box of a region. */
export type Box = Pick<Region, 'lower' | 'upper'>;

/** No bounds at all. */
export const EVERYWHERE: Box = { lower: -Infinity, upper: Infinity };

/** The number of this coordinate. */
export function at(numbers: PerCoordinate, index: number): number {
  return typeof numbers === 'number' ? numbers : numbers[index]!;
}

/** How many coordinates the box has; undefined where the same bounds are those of all coordinates, however many. */
export function sizeOfBox({ lower, upper }: Box): number | undefined {
  if (typeof lower !== 'number') return lower.length;
  return typeof upper === 'number' ? undefined : upper.length;
}

/** The region of a solve; undefined where it is all of space, without a penalty. */
export function regionOf(bounds: unknown, l1: unknown, size: number): Region | undefined {
  const { lower, upper } = bounds === undefined ? EVERYWHERE : boxOf(bounds, size);
  const weights = l1 === undefined ? 0 : weightsOf(l1, size);
  if (lower === -Infinity && upper === Infinity && weights === 0) return undefined;
  return { lower, upper, weights };
}

/**
 * The bounds as one box, in arrays of its own; throws unless they are bounds.
 *
 * @param size of x; undefined where it is not known yet
 */
export function boxOf(bounds: unknown, size: number | undefined): Box {
  const pairs = listOf(bounds);
  const box = pairs === undefined ? boxOfSides(bounds, size) : boxOfPairs(pairs, size);
  const count = sizeOfBox(box) ?? 1;
  const hasIndex = sizeOfBox(box) !== undefined;
  for (let index = 0; index < count; index++) checkPair(at(box.lower, index), at(box.upper, index), index, hasIndex);
  return size === undefined ? box : { lower: simplest(box.lower), upper: simplest(box.upper) };
}

function boxOfPairs(pairs: List, size: number | undefined): Box {
  const first = pairs.length === 0 ? undefined : pairs.at(0);
  // Two numbers are no pairs, whatever the number of variables.
  const areTwoNumbers = pairs.length === 2 && typeof first === 'number';
  if (!areTwoNumbers) checkLength(pairs.length, size, 'pairs', 'bounds');
  const [lower, upper] = [new GrowingArray('float64', pairs.length), new GrowingArray('float64', pairs.length)];
  for (let index = 0; index < pairs.length; index++) {
    const entry = index === 0 ? first : pairs.at(index);
    const pair = listOf(entry);
    if (pair?.length !== 2) {
      const hint = areTwoNumbers ? '; the same bounds for all go in as { lower, upper }' : '';
      throw wrongType('a pair [lower, upper]', 'bounds', entry, ` at index ${index}${hint}`);
    }
    lower.push(boundOf(pair.at(0), 'lower', -Infinity, index));
    upper.push(boundOf(pair.at(1), 'upper', Infinity, index));
  }
  return { lower: lower.values as Float64Array, upper: upper.values as Float64Array };
}

function boundOf(value: unknown, side: string, none: number, index: number): number {
  if (value === null) return none;
  if (typeof value === 'number') return value;
  throw wrongType('a number or null', `the ${side} bound`, value, ` at index ${index}`);
}

function boxOfSides(bounds: unknown, size: number | undefined): Box {
  if (!isRecord(bounds)) throw wrongType('an array of pairs [lower, upper] or { lower, upper }', 'bounds', bounds);
  const given = checkKeys(bounds, ['lower', 'upper'], 'bounds');
  const lower = sideOf(given['lower'], 'bounds.lower', -Infinity, size);
  const upper = sideOf(given['upper'], 'bounds.upper', Infinity, size);
  if (typeof lower !== 'number' && typeof upper !== 'number') {
    checkLength(upper.length, lower.length, 'numbers', 'bounds.upper');
  }
  return { lower, upper };
}

function sideOf(value: unknown, name: string, none: number, size: number | undefined): PerCoordinate {
  if (value === undefined || value === null) return none;
  if (typeof value === 'number') return value;
  const numbers = numbersOf(value, name, 'a number, null or an array of them', '', none);
  checkLength(numbers.length, size, 'numbers', name);
  return numbers.copyAs('float64') as Float64Array;
}

function checkPair(lower: number, upper: number, index: number, hasIndex: boolean): void {
  const where = hasIndex ? ` at index ${index}` : '';
  const sides: [wanted: string, name: string, received: string, isRight: boolean][] = [
    ['a number below Infinity', 'the lower bound', describe(lower), lower < Infinity],
    ['a number above -Infinity', 'the upper bound', describe(upper), upper > -Infinity],
    ['lower <= upper', 'bounds', `[${describe(lower)}, ${describe(upper)}]`, lower <= upper],
  ];
  for (const [wanted, name, received, isRight] of sides) {
    if (isRight) continue;
    throw rangeError('ERR_LBFGS_ARG_VALUE', `Expected ${wanted} for ${name} but received ${received}${where}`);
  }
}

function weightsOf(l1: unknown, size: number): PerCoordinate {
  let weights: PerCoordinate;
  if (typeof l1 === 'number') weights = l1;
  else {
    const numbers = numbersOf(l1, 'l1', 'a number or an array of numbers');
    checkLength(numbers.length, size, 'numbers', 'l1');
    weights = numbers.copyAs('float64') as Float64Array;
  }
  const wrong = firstOf(weights, (weight) => !(Number.isFinite(weight) && weight >= 0));
  if (wrong === undefined) return simplest(weights);
  const message = mismatch('a finite number >= 0', 'l1', at(weights, wrong), indexOf(weights, wrong));
  throw rangeError('ERR_LBFGS_ARG_VALUE', message);
}

/** The first coordinate whose number passes the test. */
export function firstOf(numbers: PerCoordinate, test: (value: number) => boolean): number | undefined {
  const index = typeof numbers === 'number' ? (test(numbers) ? 0 : -1) : numbers.findIndex(test);
  return index < 0 ? undefined : index;
}

/** Where a number is, for a message. */
export function indexOf(numbers: PerCoordinate, index: number): string {
  return typeof numbers === 'number' ? '' : ` at index ${index}`;
}

/** Refuses numbers that are not as many as x has. Of anything but a typed array the length is a claim. */
export function checkLength(length: number, size: number | undefined, what: string, name: string): void {
  if (size === undefined || length === size) return;
  throw rangeError('ERR_LBFGS_ARG_VALUE', `Expected ${size} ${what} for ${name} but received ${length}`);
}

/** One number where all are the same, 0 for -0. */
export function simplest(numbers: PerCoordinate): PerCoordinate {
  if (typeof numbers === 'number') return numbers + 0;
  const first = numbers[0];
  if (first !== undefined && numbers.every((value) => value === first)) return first + 0;
  for (let index = 0; index < numbers.length; index++) numbers[index]! += 0;
  return numbers;
}

/** x <- the nearest point of the box. */
export function project(x: Float64Array, { lower, upper }: Box): void {
  for (let index = 0; index < x.length; index++) {
    const value = x[index]!;
    if (value < at(lower, index)) x[index] = at(lower, index);
    else if (value > at(upper, index)) x[index] = at(upper, index);
  }
}

/** The coordinates with lower = upper. */
export function fixedOf({ lower, upper }: Box, size: number): readonly number[] {
  const fixed: number[] = [];
  if (typeof lower === 'number' && typeof upper === 'number' && lower !== upper) return fixed;
  for (let index = 0; index < size; index++) if (at(lower, index) === at(upper, index)) fixed.push(index);
  return fixed;
}
