// Parameters as one vector: their values out of them, their gradients into them.

import type { AsyncClosure, ClosureCall, ParameterLike } from '../index';
import { dtypeOf, isFloatArray, lengthOf, newArray, type FloatArray } from '../checks/arrays';
import { rangeError } from '../checks/errors';
import { isObject, listOf } from '../checks/own';
import { mismatch, wrongType } from '../checks/refusals';

type Evaluate = (x: Float64Array, gradient: Float64Array) => Promise<number>;

/** A closure for these parameters, one behind the other, out of a function of one vector of `length` numbers. */
export function closureOf(parameters: readonly ParameterLike[], length: number, evaluate: Evaluate): AsyncClosure {
  const list = checkParameters(parameters);
  checkSizes(list, length);
  const x = new Float64Array(length);
  const gradient = new Float64Array(length);
  return async (call?: ClosureCall): Promise<number> => {
    checkSizes(list, length);
    let at = 0;
    for (const { data } of list) {
      x.set(data, at);
      at += lengthOf(data);
    }
    const loss = await evaluate(x, gradient);
    // After an abort another step may have begun, whose gradients these are not.
    if (call?.signal?.aborted === true) throw call.signal.reason;
    checkSizes(list, length);
    at = 0;
    for (const parameter of list) {
      const size = lengthOf(parameter.data);
      const part = gradient.subarray(at, at + size);
      if (isFloatArray(parameter.grad) && lengthOf(parameter.grad) === size) parameter.grad.set(part);
      else parameter.grad = gradientFor(parameter.data, part);
      at += size;
    }
    return loss;
  };
}

function gradientFor(data: FloatArray, values: Float64Array): FloatArray {
  const grad = newArray(dtypeOf(data) ?? 'float64', values.length);
  grad.set(values);
  return grad;
}

function checkParameters(parameters: unknown): readonly ParameterLike[] {
  const list = listOf(parameters);
  if (list === undefined) throw wrongType('an array of parameters', 'parameters', parameters);
  return Array.from({ length: list.length }, (_, index) => {
    const parameter = list.at(index);
    if (!isObject(parameter)) throw wrongType('a parameter', `parameter ${index}`, parameter);
    return parameter as ParameterLike;
  });
}

/**
 * Throws unless the parameters have `length` numbers in all. Called at each evaluation, since `data` may be another
 * array by then.
 */
function checkSizes(parameters: readonly ParameterLike[], length: number): void {
  let sum = 0;
  for (const [index, { data }] of parameters.entries()) {
    if (!isFloatArray(data)) throw wrongType('a float array', `data of parameter ${index}`, data);
    sum += lengthOf(data);
  }
  if (sum !== length) {
    const message = mismatch(`${length} numbers in all, the length that createShards was given,`, 'parameters', sum);
    throw rangeError('ERR_LBFGS_ARG_VALUE', message);
  }
}
