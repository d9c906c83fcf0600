// Is the gradient the gradient of the loss?

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
import { copyStart } from './minimize';
import { refuseResult } from './step/closure-result';
import { NO_STEP, type Objective } from './objective';
import { checkKeys } from './options/options';
import { isCount, isFunction, isInteger, isObject } from './checks/own';
import { mismatch, refuseArgument } from './checks/refusals';
import { CLASS_OWNER } from './native/step-owner';
import { ParameterSubject } from './gradient-check/parameter-subject';
import type { ParameterLike } from './parameters/parameter';
import type { Closure } from './step/closure';

/** Options of `checkGradient`. */
export interface CheckGradientOptions {
  /** Relative step: coordinate i moves by step * max(1, |x[i]|). Default the cube root of the precision's epsilon: about 6e-6, of float32 5e-3; > 0. */
  step?: number;
  /** Coordinates looked at where there are more; the first and last among them. Default 100, an integer >= 1. */
  samples?: number;
  /** Of the random directions, an integer >= 0. Default 0. */
  seed?: number;
  /**
   * The precision in which loss and gradient are computed. `'float32'` asks with longer steps, at points that float32 can hold, and
   * allows for the rounding of single precision: an error below about 6e-4 of the loss is not seen, so take constants off the loss.
   * Default: that of x where it is a float array, `'float32'` of parameters if all of them are; else `'float64'`.
   */
  dtype?: Dtype;
}

/** What `checkGradient` found. */
export interface GradientCheck {
  /** maxRelativeError <= 1e-4. */
  ok: boolean;
  /** The largest difference beyond what the finite difference leaves open, relative to the larger of the two derivatives. */
  maxRelativeError: number;
  /** The coordinate where it was found, of all parameters one behind the other. */
  worstIndex: number;
  /** The derivative there as the gradient has it. */
  analytic: number;
  /** The derivative there as the central difference has it. */
  numeric: number;
}

/** What `checkGradient` found of the gradients of parameters. */
export interface ParameterGradientCheck extends GradientCheck {
  /** The parameter that `worstIndex` lies in: its index. */
  worstParameter: number;
  /** The same in words: `parameter 1 ('bias')`. */
  worstName: string;
  /** The entry of that parameter, from 0. */
  worstEntry: number;
  /** The parameters whose `grad` was null after the closure, which counts as zero, in words as `worstName`. */
  withoutGradient: readonly string[];
}

const DIRECTIONS = 4;

/**
 * Compares the gradient with central differences: along coordinates (all of them up to `samples`, else a sample), and along random
 * directions, which see every coordinate at once. A direction that disagrees is halved until the coordinate is found.
 *
 * @param fun fills the gradient and returns the value
 * @param x where to look, n >= 1 numbers; best not at a minimum, where every gradient is small
 * @throws TypeError, RangeError for arguments that do not fit
 */
export function checkGradient(fun: Objective, x: ArrayLike<number>, options?: CheckGradientOptions): GradientCheck;
/**
 * Compares the gradients that a closure sets with central differences of the loss that it returns, at the values that the parameters
 * have. These move while it looks; at the end, and if the closure throws, values and gradients are what they were.
 *
 * @param params as the constructor of `LBFGS` takes them
 * @param closure sets every `grad` and returns the loss, as for `step`; anything random in it must be the same at each call
 * @throws TypeError, RangeError for arguments that do not fit, LBFGSError where the closure replaces `data`
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
  const { dtype = dtypeOf(x) ?? 'float64', ...settings } = checkOptions(options);
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
  const { dtype, ...settings } = checkOptions(options);
  const subject = new ParameterSubject(params, () => callOf(closure as Closure, [NO_STEP], 'the closure'));
  return subject.preserved(() => {
    const check = examine(subject, settings, dtype ?? subject.dtype, subject.narrowest);
    return { ...check, ...subject.locate(check.worstIndex), withoutGradient: subject.withoutGradient };
  });
}

/** @param held the dtype of the points, whose numbers a step must move */
function examine(subject: Subject, settings: Settings, dtype: Dtype, held: Dtype): GradientCheck {
  const { samples, seed, step = Math.cbrt(PRECISIONS[dtype].epsilon) } = settings;
  const { leastStep } = PRECISIONS[held];
  if (step < leastStep) {
    const hint = '; a smaller one moves none of them';
    const message = mismatch(`a finite number >= ${leastStep}`, `step with ${held} numbers`, step, hint);
    throw rangeError('ERR_LBFGS_ARG_VALUE', message);
  }
  const probe = new Probe(subject, step, seed, dtype);
  const broken = Math.max(0, probe.firstNonFinite());
  let worst: Derivative = probe.along({ from: broken, to: broken + 1 }, seed);
  for (const index of sampledCoordinates(probe.size, samples)) {
    worst = worseOf(worst, probe.along({ from: index, to: index + 1 }, seed));
  }
  for (let direction = 0; direction < DIRECTIONS; direction++) {
    worst = worseOf(worst, probe.locate(seed + direction));
  }
  const { relativeError: maxRelativeError, range, analytic, numeric } = worst;
  return { ok: maxRelativeError <= TOLERANCE, maxRelativeError, worstIndex: range.from, analytic, numeric };
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

interface Settings {
  samples: number;
  seed: number;
  step: number | undefined;
}

function checkOptions(options: CheckGradientOptions): Settings & { dtype: Dtype | undefined } {
  const given = checkKeys(options, ['step', 'samples', 'seed', 'dtype'], 'checkGradient');
  const { step, samples = 100, seed = 0, dtype } = given;
  const rules = [
    ['step', step, step === undefined || (Number.isFinite(step) && step > 0), 'a finite number > 0', 'number'],
    ['samples', samples, isInteger(samples, 1), 'an integer >= 1', 'number'],
    ['seed', seed, isCount(seed), 'an integer >= 0', 'number'],
    ['dtype', dtype, [undefined, 'float32', 'float64'].includes(dtype), "'float32' or 'float64'", 'string'],
  ] as const;
  for (const [name, value, accepted, expected, type] of rules) {
    if (!accepted) throw refuseArgument(type, expected, name, value);
  }
  return { samples, seed, step, dtype };
}
