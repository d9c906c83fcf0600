// The units of a solve: it works in z = x / s, where s is a power of two for each coordinate.

import { numbersOf } from '../checks/arrays';
import { rangeError } from '../checks/errors';
import { mismatch, refuseArgument } from '../checks/refusals';
import type { Region } from '../native/core';
import { at, checkLength, EVERYWHERE, firstOf, indexOf, simplest, type Box, type PerCoordinate } from './region';

/** Beyond these exponents products with x could leave the range of doubles. */
const MOST_EXPONENT = 512;
/** A start this near to 0, as part of half the box's width, says nothing about the size of a variable. */
const NEAR_ZERO = 2 ** -10;

/**
 * The sizes of the variables as the option `scale` has them; undefined where it is not given.
 *
 * @param x0 the start, in the box
 */
export function scaleOf(scale: unknown, x0: Float64Array, box: Box = EVERYWHERE): PerCoordinate | undefined {
  if (scale === undefined) return undefined;
  if (scale === 'auto') return sizesAt(x0, box);
  if (typeof scale === 'string') throw refuseArgument('string', "'auto' or numbers", 'scale', scale);
  let sizes: PerCoordinate;
  if (typeof scale === 'number') sizes = scale;
  else {
    const numbers = numbersOf(scale, 'scale', "'auto', a number or an array of numbers");
    checkLength(numbers.length, x0.length, 'numbers', 'scale');
    sizes = numbers.copyAs('float64') as Float64Array;
  }
  const wrong = firstOf(sizes, (size) => !(size > 0 && size < Infinity));
  if (wrong === undefined) return sizes;
  const message = mismatch('a finite number > 0', 'scale', at(sizes, wrong), indexOf(sizes, wrong));
  throw rangeError('ERR_LBFGS_ARG_VALUE', message);
}

/**
 * What the start and the box say of the size of each variable: |x0|, where that is not 0, and at least a thousandth of
 * half the width of the box. Where x0 is 0: half the width, or 1 if it is infinite.
 */
export function sizesAt(x0: Float64Array, box: Box): Float64Array {
  return x0.map((value, index) => {
    const half = at(box.upper, index) / 2 - at(box.lower, index) / 2;
    const hasWidth = half > 0 && half < Infinity;
    if (value === 0) return hasWidth ? half : 1;
    return Math.max(Math.abs(value), hasWidth ? NEAR_ZERO * half : 0);
  });
}

/**
 * The sizes as the units that a solve works in: rounded to powers of two, so that s z and x / s are exact, bounds
 * included. Where a bound or a weight would not be, the unit is 1. undefined where all are 1.
 */
export function unitsOf(sizes: PerCoordinate, size: number, region: Region | undefined): Float64Array | undefined {
  const units = new Float64Array(size);
  for (let index = 0; index < size; index++) {
    const exponent = Math.round(Math.log2(at(sizes, index)));
    const unit = 2 ** Math.min(Math.max(exponent, -MOST_EXPONENT), MOST_EXPONENT);
    units[index] = region === undefined || isExact(region, index, unit) ? unit : 1;
  }
  return units.every((unit) => unit === 1) ? undefined : units;
}

function isExact({ lower, upper, weights }: Region, index: number, unit: number): boolean {
  return [at(lower, index) / unit, at(upper, index) / unit, at(weights, index) * unit].every(
    (scaled, part) => [scaled * unit, scaled * unit, scaled / unit][part] === at([lower, upper, weights][part]!, index),
  );
}

/** The region of z. */
export function regionInUnits({ lower, upper, weights }: Region, units: Float64Array): Region {
  const each = (numbers: PerCoordinate, change: (value: number, unit: number) => number): PerCoordinate =>
    simplest(units.map((unit, index) => change(at(numbers, index), unit)));
  return {
    lower: each(lower, (value, unit) => value / unit),
    upper: each(upper, (value, unit) => value / unit),
    weights: each(weights, (value, unit) => value * unit),
  };
}
