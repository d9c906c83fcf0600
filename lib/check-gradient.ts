// checkGradient: compares a gradient with differences of the loss.

import { types } from 'node:util';
import { firstOf, holdsParameters } from './checks/argument-hints';
import { dtypeOf, isFloatArray, lengthOf, type Dtype } from './checks/arrays';
import { describe, disown, LBFGSError, rangeError, typeError } from './checks/errors';
import {
  Probe,
  PRECISIONS,
  Rounding,
  TOLERANCE,
  worseOf,
  type Derivative,
  type Subject,
} from './gradient-check/gradient-probe';
import { checkOptions, type CheckGradientOptions, type Settings } from './gradient-check/check-options';
import { boxInSingle, Surroundings } from './gradient-check/surroundings';
import { copyStart, refuseEmpty } from './solve/start';
import { boxOf, project } from './solve/region';
import { refuseResult } from './step/closure-result';
import { NO_STEP, type Objective } from './objective';
import { isFunction, isObject } from './checks/own';
import { mismatch } from './checks/refusals';
import { CLASS_OWNER } from './native/step-owner';
import { ParameterSubject } from './gradient-check/parameter-subject';
import type { ParameterLike } from './parameters/parameter';
import type { Closure } from './step/closure';

/** The result of `checkGradient` for a function. */
export interface GradientCheck {
  /** true if maxRelativeError <= 1e-4. */
  ok: boolean;
  /**
   * The largest difference beyond the error of the finite difference, relative to the larger of the two derivatives.
   */
  maxRelativeError: number;
  /** The coordinate with the largest error, counted over all parameters. */
  worstIndex: number;
  /** The derivative by this coordinate according to the gradient. */
  analytic: number;
  /** The derivative by this coordinate according to the central difference. */
  numeric: number;
}

/** The result of `checkGradient` for parameters. */
export interface ParameterGradientCheck extends GradientCheck {
  /** The index of the parameter that contains `worstIndex`. */
  worstParameter: number;
  /** This parameter in words, such as `parameter 1 ('bias')`. */
  worstName: string;
  /** The entry of this parameter with the largest error, from 0. */
  worstEntry: number;
  /**
   * The parameters whose `grad` was null after the closure, in words as `worstName`. A null gradient counts as zero.
   */
  withoutGradient: readonly string[];
}

const DIRECTIONS = 4;

/**
 * Compares the gradient of a function with central differences, along up to `samples` coordinates and along random
 * directions, which contain every coordinate. If a direction disagrees, a bisection finds the coordinate.
 *
 * @param fun writes the gradient and returns the value
 * @param x the point, n >= 1 numbers; choose one that is not a minimum, where every gradient is small
 * @throws TypeError or RangeError for arguments that do not fit; TypeError `ERR_LBFGS_CLOSURE_RESULT` if fun does not
 * return a number or does not write the gradient; LBFGSError `ERR_LBFGS_DATA_CHANGED` if fun detaches x or the gradient
 */
export function checkGradient(fun: Objective, x: ArrayLike<number>, options?: CheckGradientOptions): GradientCheck;
/**
 * Compares the gradients that a closure sets with central differences of the loss that it returns, at the present
 * values of the parameters. The values change during the check. Afterwards, also if the closure throws, values and
 * gradients are as before.
 *
 * @param params parameters, as for the constructor of `LBFGS`
 * @param closure sets every `grad` and returns the loss, as for `step`; it must be deterministic
 * @throws TypeError or RangeError for arguments that do not fit; TypeError `ERR_LBFGS_CLOSURE_RESULT` if the closure
 * does not return a number or sets no gradient; LBFGSError `ERR_LBFGS_DATA_CHANGED` if the closure replaces `data`
 *
 * @example
 * const { ok, worstName, worstEntry } = checkGradient([weights, bias], closure);
 */
export function checkGradient(
  params: Iterable<ParameterLike>,
  closure: Closure,
  options?: CheckGradientOptions,
): ParameterGradientCheck;
export function checkGradient(first: unknown, second: unknown, options: CheckGradientOptions = {}): GradientCheck {
  const areNumbers = isFloatArray(first) || typeof firstOf(first) === 'number';
  const isList = isObject(first) && Symbol.iterator in first;
  if (isFunction(first) && holdsParameters(second)) throw refuseOrder('an iterable of parameters for params', first);
  if (isFunction(first)) return checkFunction(first as Objective, second, options);
  if (isFunction(second) ? areNumbers : !isList) throw refuseOrder('a function for fun', first);
  return checkParameters(first as Iterable<ParameterLike>, second, options);
}

function refuseOrder(expected: string, received: unknown): TypeError {
  const order = 'checkGradient takes (fun, x) or (params, closure)';
  return typeError('ERR_LBFGS_ARG_TYPE', `Expected ${expected} but received ${describe(received)}; ${order}`);
}

function checkFunction(fun: Objective, x: unknown, options: CheckGradientOptions): GradientCheck {
  const start = copyStart(x, 'x');
  refuseEmpty(start, 'x');
  const settings = checkOptions(options);
  const dtype = settings.dtype ?? dtypeOf(x) ?? 'float64';
  return examine(new FunctionSubject(fun, start, dtype), settings, dtype, dtype);
}

function checkParameters(
  params: Iterable<ParameterLike>,
  closure: unknown,
  options: CheckGradientOptions,
): ParameterGradientCheck {
  if (!isFunction(closure)) {
    throw refuseOrder('a function for closure', closure);
  }
  const settings = checkOptions(options);
  const subject = new ParameterSubject(params, () => callOf(closure as Closure, [NO_STEP], 'the closure'));
  return subject.preserved(() => {
    const check = examine(subject, settings, settings.dtype ?? subject.dtype, subject.narrowest);
    return { ...check, ...subject.locate(check.worstIndex), withoutGradient: subject.withoutGradient };
  });
}

/** @param held the dtype of the points, whose numbers a step must move */
function examine(subject: Subject, settings: Settings, dtype: Dtype, held: Dtype): GradientCheck {
  const { samples, seed, bounds, step = Math.cbrt(PRECISIONS[dtype].epsilon) } = settings;
  const { leastStep } = PRECISIONS[held];
  if (step < leastStep) {
    const hint = '; a smaller one moves none of them';
    const message = mismatch(`a finite number >= ${leastStep}`, `step with ${held} numbers`, step, hint);
    throw rangeError('ERR_LBFGS_ARG_VALUE', message);
  }
  const isSingle = dtype === 'float32' || held === 'float32';
  const surroundings = bounds === undefined ? undefined : surroundingsOf(subject, bounds, step, isSingle);
  const probe = new Probe(subject, step, seed, dtype, surroundings);
  const broken = Math.max(0, probe.firstNonFinite());
  let worst: Derivative = probe.along({ from: broken, to: broken + 1 }, seed);
  for (const index of sampledCoordinates(probe.size, samples)) {
    if (probe.isFixed(index)) continue;
    worst = worseOf(worst, probe.along({ from: index, to: index + 1 }, seed));
  }
  for (let direction = 0; direction < DIRECTIONS; direction++) {
    worst = worseOf(worst, probe.locate(seed + direction));
  }
  const { relativeError: maxRelativeError, range, analytic, numeric } = worst;
  return { ok: maxRelativeError <= TOLERANCE, maxRelativeError, worstIndex: range.from, analytic, numeric };
}

/** The box around the point; moves the point into it. */
function surroundingsOf(subject: Subject, bounds: unknown, step: number, isSingle: boolean): Surroundings {
  const given = boxOf(bounds, subject.x.length);
  const box = isSingle ? boxInSingle(given, subject.x.length) : given;
  project(subject.x, box);
  return new Surroundings(subject.x, box, step, isSingle);
}

/** A function of one vector. */
class FunctionSubject implements Subject {
  readonly x: Float64Array;
  readonly #fun: Objective;
  readonly #point: Float64Array;
  readonly #gradient: Float64Array;
  readonly #rounding: Rounding;

  constructor(fun: Objective, x: Float64Array, dtype: Dtype) {
    this.x = x;
    this.#fun = fun;
    this.#point = new Float64Array(x.length);
    this.#gradient = new Float64Array(x.length);
    this.#rounding = new Rounding(dtype, x.length);
  }

  moveTo(point: Float64Array): void {
    this.#rounding.apply(point);
    this.#point.set(point); // an array of its own, which the function may spoil
  }

  evaluate(gradient?: Float64Array): number {
    if (gradient !== undefined) this.#gradient.set(gradient);
    const loss = callOf(this.#fun, [this.#point, this.#gradient, NO_STEP], 'fun');
    for (const [name, array] of [
      ['x', this.#point],
      ['the gradient', this.#gradient],
    ] as const) {
      if (lengthOf(array) === this.x.length) continue;
      throw new LBFGSError(
        'ERR_LBFGS_DATA_CHANGED',
        `Expected fun to leave the array of ${name} in place but it was detached; hand a copy to whoever transfers it`,
      );
    }
    if (gradient === undefined) return loss;
    gradient.set(this.#gradient);
    if (!gradient.every(Number.isNaN)) return loss;
    throw typeError(
      'ERR_LBFGS_CLOSURE_RESULT',
      'Expected fun to fill the gradient but it left it as it was; fun takes (x, gradient), unlike a closure over parameters',
    );
  }
}

/** What the function returns, if it is a number. */
function callOf(fun: (...args: never[]) => unknown, args: readonly unknown[], name: string): number {
  const loss: unknown = Reflect.apply(fun, undefined, args);
  if (typeof loss === 'number') return loss;
  disown(loss);
  if (!types.isPromise(loss)) throw refuseResult(loss, { ...CLASS_OWNER.words, fun: name });
  const hint = 'checkGradient is synchronous: await what the loss needs before the call';
  throw typeError('ERR_LBFGS_CLOSURE_RESULT', `Expected a number from ${name} but received a Promise; ${hint}`);
}

/** All coordinates, or `samples` of them at equal distances. */
function sampledCoordinates(size: number, samples: number): number[] {
  const count = Math.min(size, samples);
  const last = Math.max(1, count - 1);
  return Array.from({ length: count }, (_, index) => Math.floor((index * (size - 1)) / last));
}
