// A gradient for a function that has none.

import { rangeError } from './checks/errors';
import { checkFunction, mismatch, refuseArgument } from './checks/refusals';
import { NO_STEP, type AsyncObjective, type Objective } from './objective';
import { checkKeys } from './options/options';
import { checkOrder, Differences, type DifferenceOrder } from './solve/differences';
import { at, boxOf, checkLength, EVERYWHERE, sizeOfBox, type Bounds, type Box } from './solve/region';
import type { ClosureCall } from './step/closure';

/**
 * A function of x alone. Do not keep x. A solve always passes `call`; a program that calls the function itself may omit
 * it. What the function writes into x has no effect on the solve.
 */
export type ScalarFunction = {
  /** One evaluation. */
  evaluate(x: Float64Array, call?: ClosureCall): number;
}['evaluate'];
/** A `ScalarFunction` that may return a promise of its value. */
export type AsyncScalarFunction = {
  /** One evaluation. */
  evaluate(x: Float64Array, call?: ClosureCall): number | Promise<number>;
}['evaluate'];

/** Options of `finiteDifferences`. */
export interface FiniteDifferencesOptions {
  /**
   * The box that no point of a difference leaves, as in `MinimizeOptions`. Where a step would, it goes to the other
   * side. Derivatives by fixed variables are not computed; their entries are 0. Default: none.
   */
  bounds?: Bounds;
  /**
   * `'forward'`: n more calls for a gradient of n entries, which has half the digits of the function. `'central'`, the
   * default: 2 n more calls, two thirds of the digits.
   */
  order?: DifferenceOrder;
  /**
   * The relative step, 2^-48 or more: variable i moves by step * max(|x[i]|, 1), or by step times half the width of its
   * bounds if that is less than 1 and more than |x[i]|. The default is the square root of 2^-52, 1.5e-8, for
   * `'forward'`, and its cube root, 6.1e-6, for `'central'`. If the function has noise, use the square root or the cube
   * root of its relative noise.
   */
  step?: number;
}

/** Steps below it move the larger ones among the variables by too few units of their last place. */
const LEAST_STEP = 2 ** -48;

/**
 * Makes an objective for `minimize` and `checkGradient` of a function that computes no gradient: the objective calls it
 * at x and near x and fills the gradient with finite differences. If the function returns promises, so does the
 * objective, for `minimizeAsync`; its calls are made one after another. `minimize(fun, x0, { gradient: 'central' })`
 * does the same with the solve's own bounds and scale, and counts every call.
 *
 * If the function is not finite at a point of a difference, points on the other side are tried. An entry is NaN if it
 * is finite on neither side. If no digit of the value changes, the step grows up to that of |x[i]| = 1.
 *
 * Source: Nocedal & Wright, "Numerical Optimization" (2006), section 8.1.
 *
 * @throws TypeError or RangeError for arguments that do not fit; the objective throws a RangeError if x has not as many
 * entries as the bounds, or lies outside of them
 *
 * @example
 * const objective = finiteDifferences(([a, b]) => (a - 3) ** 2 + (b + 1) ** 2, { order: 'central' });
 */
export function finiteDifferences(fun: ScalarFunction, options?: FiniteDifferencesOptions): Objective;
export function finiteDifferences(fun: AsyncScalarFunction, options?: FiniteDifferencesOptions): AsyncObjective;
export function finiteDifferences(fun: AsyncScalarFunction, options: FiniteDifferencesOptions = {}): AsyncObjective {
  checkFunction(fun, 'fun');
  const given = checkKeys(options, ['bounds', 'order', 'step'], 'finiteDifferences');
  const { bounds, order = 'central', step } = given;
  checkOrder(order, 'order');
  if (step !== undefined && !(Number.isFinite(step) && step >= LEAST_STEP)) {
    throw refuseArgument('number', `a finite number >= ${LEAST_STEP}`, 'step', step);
  }
  const box = bounds === undefined ? EVERYWHERE : boxOf(bounds, undefined);
  const rules = { box, step, typicalSize: typicalSizeIn(box), waits: true };
  const differences = new Differences<ClosureCall>(fun, order, rules);
  return (x, gradient, call = NO_STEP) => {
    checkInside(x, box);
    return differences.evaluate(x, gradient, call) as number | Promise<number>;
  };
}

/** What a variable's size is taken to be at least: 1, or half the width of its bounds if that is less. */
function typicalSizeIn({ lower, upper }: Box): number | Float64Array {
  const typical = (index: number): number => {
    const half = at(upper, index) / 2 - at(lower, index) / 2;
    return half > 0 ? Math.min(1, half) : 1;
  };
  const size = sizeOfBox({ lower, upper });
  return size === undefined ? typical(0) : Float64Array.from({ length: size }, (_, index) => typical(index));
}

function checkInside(x: Float64Array, box: Box): void {
  if (box === EVERYWHERE) return;
  checkLength(x.length, sizeOfBox(box), 'numbers', 'x');
  const outside = x.findIndex((value, index) => value < at(box.lower, index) || value > at(box.upper, index));
  if (outside < 0) return;
  const side = x[outside]! < at(box.lower, outside) ? `>= ${at(box.lower, outside)}` : `<= ${at(box.upper, outside)}`;
  const message = mismatch(`a number ${side}`, 'x', x[outside], ` at index ${outside}; x must lie in the bounds`);
  throw rangeError('ERR_LBFGS_ARG_VALUE', message);
}
