// The parameters of a group, as they are handed over one by one.

import { floatsHint, holdsParameters } from '../checks/argument-hints';
import { FLOATS, isFloatArray, lengthOf, type FloatArray } from '../checks/arrays';
import { describe, rangeError, typeError } from '../checks/errors';
import { declared, isArray, isDeclared, isObject } from '../checks/own';
import { wrongType } from '../checks/refusals';
import { parameterLabel } from './labels';
import { checkShape, type ParameterLike } from './parameter';

/**
 * Parameters as they are handed over one by one: each is checked before the next one is asked for, so that a bad one is
 * the last.
 */
export class ParameterList {
  readonly #parameters: ParameterLike[] = [];
  /** By parameter and by array, the index where it was first met. */
  readonly #seen = new Map<unknown, number>();

  get length(): number {
    return this.#parameters.length;
  }

  add(item: unknown): void {
    const index = this.#parameters.length;
    const data = checkParameter(item, index);
    for (const identity of new Set<unknown>([item, data])) {
      const other = this.#seen.get(identity);
      if (other !== undefined) {
        throw rangeError(
          'ERR_LBFGS_DUPLICATE_PARAMETER',
          `Expected every parameter once but ${parameterLabel(index, item as object)} has the array of ${parameterLabel(other, this.#parameters[other]!)}`,
        );
      }
      this.#seen.set(identity, index);
    }
    this.#parameters.push(item as ParameterLike);
  }

  /** All of them; at least one, all on one device. */
  finish(): readonly ParameterLike[] {
    if (this.#parameters.length === 0) throw noParameter();
    checkDevices(this.#parameters);
    return Object.freeze(this.#parameters);
  }
}

export function noParameter(): RangeError {
  return rangeError('ERR_LBFGS_ARG_VALUE', 'Expected at least one parameter but received none');
}

/** The parameter's values. */
function checkParameter(item: unknown, index: number): FloatArray {
  if (!isObject(item) || !isDeclared(item, 'data')) {
    throw typeError(
      'ERR_LBFGS_ARG_TYPE',
      `Expected a parameter ({ data, grad }) at index ${index} but received ${describe(item)}${hintFor(item, index)}`,
    );
  }
  const { data } = item as { data: unknown };
  const name = declared(item, 'name');
  if (name !== undefined && typeof name !== 'string') {
    throw wrongType('a string', `name of parameter ${index}`, name);
  }
  if (!isFloatArray(data)) {
    throw wrongType(FLOATS, `data of ${parameterLabel(index, item)}`, data, floatsHint(data));
  }
  const shape = declared(item, 'shape');
  if (shape !== undefined) checkShape(shape, lengthOf(data), parameterLabel(index, item));
  return data;
}

/** What to do with what is no parameter yet. */
function hintFor(item: unknown, index: number): string {
  if (isFloatArray(item)) return '; wrap it: new Parameter(array)';
  if (isArray(item))
    return holdsParameters(item) ? '; spread it: [...parameters]' : '; wrap it: [new Parameter(numbers)]';
  return typeof item === 'number' && index === 0 ? '; wrap the numbers in a parameter: [new Parameter([1, 2, 3])]' : '';
}

function checkDevices(parameters: readonly ParameterLike[]): void {
  const devices = parameters.map((parameter) => declared(parameter, 'device') ?? 'cpu');
  const first = devices[0];
  for (const [index, parameter] of parameters.entries()) {
    const device = devices[index];
    if (device !== first) {
      throw rangeError(
        'ERR_LBFGS_DEVICE',
        `Expected one device for all parameters but parameter 0 is on ${describe(first)} and ${parameterLabel(index, parameter)} on ${describe(device)}`,
      );
    }
    if (device !== 'cpu') {
      throw rangeError(
        'ERR_LBFGS_DEVICE',
        `Expected device 'cpu' for ${parameterLabel(index, parameter)} but received ${describe(device)}; this build computes on the CPU`,
      );
    }
  }
}
