// The arguments of a fit, checked and as arrays.

import { numbersOf } from '../checks/arrays';
import { describe, rangeError } from '../checks/errors';
import { isArray, isRecord } from '../checks/own';
import { checkFunction, refuseArgument, wrongType } from '../checks/refusals';
import { checkKeys } from '../options/options';
import { clamp } from './box-step';
import type { FitProblem } from './problem';
import { FIT_LOSSES, type FitLoss } from './robust';

/** The options that a fit has and a solve has not. */
export interface OwnFitOptions {
  readonly jacobian?: unknown;
  readonly loss?: unknown;
  readonly scale?: unknown;
  readonly absoluteSigma?: unknown;
}
export const OWN_FIT_OPTION_NAMES: readonly (keyof OwnFitOptions)[] = ['jacobian', 'loss', 'scale', 'absoluteSigma'];

/** The problem, for arguments of unknown content; throws for what does not fit. */
export function readProblem(model: unknown, data: unknown, start: unknown, options: OwnFitOptions): FitProblem {
  const { jacobian, loss = 'linear', scale = 'auto', absoluteSigma } = options;
  if (jacobian !== undefined) checkFunction(jacobian, 'jacobian');
  if (!(FIT_LOSSES as readonly unknown[]).includes(loss)) {
    throw refuseArgument('string', "'linear', 'huber' or 'soft_l1'", 'loss', loss);
  }
  if (absoluteSigma !== undefined && typeof absoluteSigma !== 'boolean') {
    throw wrongType('a boolean', 'absoluteSigma', absoluteSigma);
  }
  const points = readData(data);
  const parameters = readStart(start);
  const { free, start: values, names } = parameters;
  const count = points.x.length;
  if (count < Math.max(1, free.length)) {
    throw rangeError(
      'ERR_LBFGS_ARG_VALUE',
      `Expected at least ${Math.max(1, free.length)} points for ${free.length} free parameters but received ${count}: ` +
        `data.x[${count}] is missing`,
    );
  }
  return {
    ...points,
    ...parameters,
    model: model as FitProblem['model'],
    jacobian: jacobian as FitProblem['jacobian'],
    sizes: readSizes(scale, names, values),
    isScaled: scale !== 'auto',
    loss: loss as FitLoss,
  };
}

const DATA_NAMES: readonly string[] = ['x', 'y', 'sigma'];
const SHAPE = 'an object of arrays, { x, y, sigma? }';

/** Refuses what is no object of arrays, as x itself. */
export function checkData(data: unknown): asserts data is Record<string, unknown> {
  const isX = isArray(data) || ArrayBuffer.isView(data);
  if (isX || !isRecord(data)) throw wrongType(SHAPE, 'data', data, isX ? '; write { x, y }' : '');
}

function readData(data: unknown): Pick<FitProblem, 'x' | 'y' | 'weights'> {
  checkData(data);
  const { x: givenX, y: givenY, sigma: givenSigma } = checkKeys(data, DATA_NAMES, 'data');
  const x = readNumbers(givenX, 'data.x');
  const y = readNumbers(givenY, 'data.y', x.length);
  if (givenSigma === undefined) return { x, y, weights: undefined };
  if (typeof givenSigma === 'number') {
    const hint = `; one for each point: data.x.map(() => ${describe(givenSigma)})`;
    throw wrongType('an array of numbers', 'data.sigma', givenSigma, hint);
  }
  const sigma = readNumbers(givenSigma, 'data.sigma', x.length);
  const notPositive = sigma.findIndex((each) => !(each > 0));
  if (notPositive >= 0) throw refuseEntry('a number > 0', 'data.sigma', notPositive, sigma[notPositive]!);
  return { x, y, weights: sigma.map((each) => 1 / each) };
}

/** A copy of finite numbers, of another array's length where that is given. */
function readNumbers(value: unknown, name: string, length?: number): Float64Array {
  const numbers = numbersOf(value, name, 'an array of numbers');
  if (length !== undefined && numbers.length !== length) {
    const [shorter, index] = numbers.length < length ? [name, numbers.length] : ['data.x', length];
    throw rangeError(
      'ERR_LBFGS_ARG_VALUE',
      `Expected ${length} numbers for ${name}, as in data.x, but received ${numbers.length}: ${shorter}[${index}] is missing`,
    );
  }
  const copy = numbers.copyAs('float64') as Float64Array;
  const broken = copy.findIndex((each) => !Number.isFinite(each));
  if (broken >= 0) throw refuseEntry('a finite number', name, broken, copy[broken]!);
  return copy;
}

function refuseEntry(what: string, name: string, index: number, value: number): RangeError {
  return refuseArgument('number', what, `${name}[${index}]`, value);
}

const PARAMETER_NAMES: readonly string[] = ['value', 'min', 'max', 'fixed'];

type Parameters = Pick<FitProblem, 'names' | 'start' | 'lower' | 'upper' | 'free'>;

function readStart(start: unknown): Parameters {
  if (!isRecord(start)) {
    const hint = isArray(start) || ArrayBuffer.isView(start) ? '; name the parameters: { a: 1, b: 2 }' : '';
    throw wrongType('an object of parameters by name', 'start', start, hint);
  }
  const names = Object.keys(start);
  if (names.length === 0) {
    throw rangeError('ERR_LBFGS_ARG_VALUE', 'Expected at least one parameter for start but received none');
  }
  const read = names.map((name) => readParameter(start[name], `start.${name}`));
  const lower = Float64Array.from(read, ({ min }) => min);
  const upper = Float64Array.from(read, ({ max }) => max);
  return {
    names,
    lower,
    upper,
    start: Float64Array.from(read, ({ value }, j) => clamp(value, j, { lower, upper })),
    free: [...names.keys()].filter((j) => !read[j]!.isFixed && lower[j]! < upper[j]!),
  };
}

function readParameter(given: unknown, name: string): { value: number; min: number; max: number; isFixed: boolean } {
  if (typeof given === 'number') return { value: finite(given, name), min: -Infinity, max: Infinity, isFixed: false };
  if (!isRecord(given)) throw wrongType('a number or { value, min?, max?, fixed? }', name, given);
  const { value, min = -Infinity, max = Infinity, fixed = false } = checkKeys(given, PARAMETER_NAMES, name);
  if (typeof fixed !== 'boolean') throw wrongType('a boolean', `${name}.fixed`, fixed);
  const [least, most] = [bound(min, `${name}.min`, -1), bound(max, `${name}.max`, 1)];
  if (least > most) {
    throw rangeError(
      'ERR_LBFGS_ARG_VALUE',
      `Expected at most max = ${describe(most)} for ${name}.min but received ${describe(least)}`,
    );
  }
  return { value: finite(value, `${name}.value`), min: least, max: most, isFixed: fixed };
}

function finite(value: unknown, name: string): number {
  if (!Number.isFinite(value)) throw refuseArgument('number', 'a finite number', name, value);
  return value as number;
}

/** @param side -1 for a lower bound, 1 for an upper one, which may be infinite to their side */
function bound(value: unknown, name: string, side: -1 | 1): number {
  const isBound = typeof value === 'number' && (Number.isFinite(value) || value === side * Infinity);
  if (!isBound) throw refuseArgument('number', `a finite number or ${describe(side * Infinity)}`, name, value);
  return value;
}

/** The sizes of the parameters: the user's, and for the others those of the start. */
function readSizes(scale: unknown, names: readonly string[], start: Float64Array): Float64Array {
  const sizes = start.map((value) => Math.abs(value) || 1);
  if (scale === 'auto') return sizes;
  if (!isRecord(scale)) throw wrongType("'auto' or an object of numbers by name", 'scale', scale);
  for (const [name, size] of Object.entries(checkKeys(scale, names, 'scale'))) {
    if (size === undefined) continue;
    const isSize = typeof size === 'number' && size > 0 && size < Infinity;
    if (!isSize) throw refuseArgument('number', 'a finite number > 0', `scale.${name}`, size);
    sizes[names.indexOf(name)] = size;
  }
  return sizes;
}
