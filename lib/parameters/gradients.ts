// The data and the gradients of users' parameters: reading them, and what zeroGrad does.

import { floatsHint } from '../checks/argument-hints';
import { fill, FLOATS, isFloatArray, lengthOf, type FloatArray } from '../checks/arrays';
import { LBFGSError, rangeError, typeError } from '../checks/errors';
import { isRevoked } from '../checks/own';
import { mismatch } from '../checks/refusals';
import { parameterLabel } from './labels';
import type { ParameterLike } from './parameter';

export function refuseGrad(grad: unknown, size: number, label: string): Error {
  if (isFloatArray(grad)) {
    return rangeError('ERR_LBFGS_GRAD', `Expected ${size} entries for grad of ${label} but received ${lengthOf(grad)}`);
  }
  const expected = 'a Float32Array, a Float64Array or null';
  return typeError('ERR_LBFGS_GRAD', mismatch(expected, `grad of ${label}`, grad, floatsHint(grad)));
}

// dataOf and gradOf throw what the getter throws; for a proxy that has been revoked, `ERR_LBFGS_DATA_CHANGED`.

export function dataOf(parameter: ParameterLike, index: number): unknown {
  try {
    return parameter.data;
  } catch (error) {
    throw orRevoked(error, parameter, index);
  }
}

export function gradOf(parameter: ParameterLike, index: number): unknown {
  try {
    return parameter.grad;
  } catch (error) {
    throw orRevoked(error, parameter, index);
  }
}

function orRevoked(error: unknown, parameter: ParameterLike, index: number): unknown {
  if (!isRevoked(parameter)) return error;
  return new LBFGSError(
    'ERR_LBFGS_DATA_CHANGED',
    `Expected parameter ${index} to be in use but received a revoked Proxy`,
  );
}

export function refuseKind(data: unknown, parameter: ParameterLike, index: number): never {
  const message = mismatch(FLOATS, `data of ${parameterLabel(index, parameter)}`, data, floatsHint(data));
  throw new LBFGSError('ERR_LBFGS_DATA_CHANGED', message);
}

/** Sets the gradients to null. */
export function clearGrads(parameters: readonly ParameterLike[]): void {
  for (const [index, parameter] of parameters.entries()) {
    if (!isRevoked(parameter) && Reflect.set(parameter, 'grad', null)) continue;
    if (gradOf(parameter, index) === null) continue;
    throw typeError(
      'ERR_LBFGS_GRAD',
      `Expected a grad that can be set to null for ${parameterLabel(index, parameter)} but received one that is read-only`,
    );
  }
}

/** Fills with zeros the gradients that are there, once all are known to be as long as their data. */
export function zeroGrads(parameters: readonly ParameterLike[]): void {
  for (const grad of checkGrads(parameters)) {
    if (grad !== null && lengthOf(grad) > 0) fill.call(grad, 0); // a detached one of no entries cannot be filled
  }
}

/** The gradients, each as long as its data. */
export function checkGrads(parameters: readonly ParameterLike[]): (FloatArray | null)[] {
  return parameters.map((parameter, index) => {
    const grad = gradOf(parameter, index);
    const data = dataOf(parameter, index);
    if (!isFloatArray(data)) refuseKind(data, parameter, index);
    const size = lengthOf(data);
    if (grad === null || (isFloatArray(grad) && lengthOf(grad) === size)) return grad;
    throw refuseGrad(grad, size, parameterLabel(index, parameter));
  });
}

export function gradOrNull(parameter: ParameterLike): unknown {
  try {
    return parameter.grad;
  } catch {
    return null;
  }
}
