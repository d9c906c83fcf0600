// Checks of the fields of a state dict. A field that does not fit is refused with its name.

import { vectorHint } from '../checks/argument-hints';
import { copyOf, isFloatArray, isShared, lengthOf, type FloatArray } from '../checks/arrays';
import { describe, typeError } from '../checks/errors';
import { isInteger, isRecord, listOf, type List } from '../checks/own';
import { fieldRefusal, mismatch } from '../checks/refusals';
import { native as binding } from '../native/native';

export const refuse = fieldRefusal('the state dict', 'ERR_LBFGS_STATE_DICT');

/** A vector of a state dict, and what it is called there. */
export interface NamedVector {
  readonly vector: FloatArray;
  readonly name: string;
}

/** The vector, or a copy of one in memory that another thread may write to. */
export function vectorOf(vector: unknown, name: string, size: number): NamedVector {
  if (!isFloatArray(vector) || lengthOf(vector) !== size) throw refuseVector(vector, name, size);
  return { vector: isShared(vector) ? copyOf(vector) : vector, name };
}

/**
 * Copies the vector's numbers into an array of the core's dtype and size; throws unless all of them are finite there.
 */
export function copyFinite({ vector, name }: NamedVector, into: FloatArray): void {
  if (lengthOf(vector) !== lengthOf(into)) throw refuseVector(vector, name, lengthOf(into)); // detached since
  into.set(vector);
  if (!binding.allFinite(into)) throw refuse('finite numbers', name, 'NaN or infinity');
}

function refuseVector(vector: unknown, name: string, size: number): RangeError {
  const received = isFloatArray(vector) ? `${lengthOf(vector)} entries` : describe(vector) + vectorHint(vector);
  return refuse(`a float array of ${size} entries`, name, received);
}

export function asRecord(value: unknown, name: string): Record<string, unknown> {
  if (isRecord(value)) return value;
  throw typeError('ERR_LBFGS_STATE_DICT', mismatch('an object', name, value));
}

export function asList(value: unknown, name: string): List {
  const list = listOf(value);
  if (list !== undefined) return list;
  throw typeError('ERR_LBFGS_STATE_DICT', mismatch('an array', `${name} of the state dict`, value));
}

export function checkCount(value: unknown, name: string, most = Number.MAX_SAFE_INTEGER): number {
  if (isInteger(value, 0, most)) return value;
  const expected = most < Number.MAX_SAFE_INTEGER ? `an integer from 0 to ${most}` : 'an integer >= 0';
  throw refuse(expected, name, describe(value));
}

/** @param least the smallest value that is accepted; `bound` says it in words */
export function checkNumber(value: unknown, name: string, least = -Infinity, bound = ''): number {
  if (!Number.isFinite(value)) throw refuse('a finite number', name, describe(value));
  if ((value as number) < least) throw refuse(`a finite number ${bound}`, name, describe(value));
  return value as number;
}
