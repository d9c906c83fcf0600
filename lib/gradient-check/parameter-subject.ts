// The loss of a closure as a function of all its parameters' values, one behind the other.

import { dtypeOf, fill, lengthOf, newArray, set, type Dtype, type FloatArray } from '../checks/arrays';
import { LBFGSError, typeError } from '../checks/errors';
import type { Subject } from './gradient-probe';
import { defaultOptions } from '../options/options';
import { checkGrads } from '../parameters/gradients';
import { resolveGroup } from '../parameters/param-group';
import { parameterLabel } from '../parameters/labels';
import type { ParameterLike } from '../parameters/parameter';

/** A copy of the numbers in an array of the language's own class. */
function copyOf(array: FloatArray): FloatArray {
  const copy = newArray(dtypeOf(array) ?? 'float64', lengthOf(array));
  if (lengthOf(array) > 0) copy.set(array); // one that is detached would throw
  return copy;
}

/** Writes the numbers back, if the array is as long as it was. */
function restore(array: FloatArray, values: FloatArray): void {
  if (lengthOf(array) === lengthOf(values) && lengthOf(values) > 0) set.call(array, values);
}

/** One parameter, its range of the vector, and what it is to have again at the end. */
interface Part {
  readonly parameter: ParameterLike;
  readonly label: string;
  readonly from: number;
  readonly to: number;
  readonly data: FloatArray;
  readonly values: FloatArray;
  readonly grad: FloatArray | null;
  readonly gradient: FloatArray | null;
}

export class ParameterSubject implements Subject {
  readonly x: Float64Array;
  /** The computing dtype: float32 if all parameters are. */
  readonly dtype: Dtype;
  /** float32 if any parameter is. */
  readonly narrowest: Dtype;
  readonly #parts: readonly Part[];
  readonly #loss: () => number;
  /** The parameters that the closure left without a gradient. */
  withoutGradient: readonly string[] = [];

  /** @param loss calls the closure */
  constructor(params: Iterable<ParameterLike>, loss: () => number) {
    const { params: parameters } = resolveGroup(params, {}, defaultOptions()).handle.current;
    const grads = checkGrads(parameters);
    let from = 0;
    this.#parts = parameters.map((parameter, index) => {
      const { data } = parameter;
      const grad = grads[index] ?? null;
      const [begin, end] = [from, (from += lengthOf(data))];
      return {
        parameter,
        label: parameterLabel(index, parameter),
        from: begin,
        to: end,
        data,
        values: copyOf(data),
        grad,
        gradient: grad && copyOf(grad),
      };
    });
    this.#loss = loss;
    this.x = new Float64Array(from);
    for (const part of this.#parts) this.x.set(part.values, part.from);
    const dtypes = this.#parts.map(({ data }) => dtypeOf(data));
    this.dtype = dtypes.every((dtype) => dtype === 'float32') ? 'float32' : 'float64';
    this.narrowest = dtypes.includes('float32') ? 'float32' : 'float64';
  }

  /** Does the work; values and gradients are then what they were before, whether it throws or not. */
  preserved<Result>(work: () => Result): Result {
    let result: Result;
    try {
      result = work();
    } catch (error) {
      try {
        this.#restore();
      } catch {
        // what the parameters' own setters throw comes second
      }
      throw error;
    }
    this.#restore();
    return result;
  }

  moveTo(point: Float64Array): void {
    for (const { data, from, to } of this.#parts) {
      if (from === to) continue;
      set.call(data, point.subarray(from, to));
      point.set(data, from); // a float32 array has rounded them
    }
  }

  evaluate(gradient?: Float64Array): number {
    if (gradient !== undefined) {
      // What the closure does not set stays NaN.
      for (const { grad } of this.#parts) if (grad !== null && lengthOf(grad) > 0) fill.call(grad, NaN);
    }
    const loss = this.#loss();
    this.#checkData();
    const grads = checkGrads(this.#parts.map(({ parameter }) => parameter));
    if (gradient === undefined) return loss;
    for (const [index, { from, to }] of this.#parts.entries()) {
      const grad = grads[index] ?? null;
      if (grad === null) gradient.fill(0, from, to);
      else gradient.set(grad, from);
    }
    this.withoutGradient = this.#parts.filter((_, index) => grads[index] === null).map(({ label }) => label);
    if (!gradient.every(Number.isNaN)) return loss;
    throw typeError(
      'ERR_LBFGS_CLOSURE_RESULT',
      'Expected the closure to fill the gradients but it left them as they were (checkGradient fills them with NaN before); ' +
        'a closure that adds to its gradients has to set them to zero first',
    );
  }

  /** Where a coordinate of the vector is. */
  locate(index: number): { worstParameter: number; worstName: string; worstEntry: number } {
    const worstParameter = this.#parts.findIndex(({ to }) => index < to);
    const { label, from } = this.#parts[worstParameter]!;
    return { worstParameter, worstName: label, worstEntry: index - from };
  }

  #checkData(): void {
    for (const { parameter, label, data, values } of this.#parts) {
      if (parameter.data === data && lengthOf(data) === lengthOf(values)) continue;
      throw new LBFGSError(
        'ERR_LBFGS_DATA_CHANGED',
        `Expected the same array for data of ${label} throughout checkGradient but it was replaced or detached`,
      );
    }
  }

  #restore(): void {
    for (const { data, values, grad, gradient } of this.#parts) {
      restore(data, values);
      if (grad !== null && gradient !== null) restore(grad, gradient);
    }
    for (const { parameter, grad } of this.#parts) parameter.grad = grad;
  }
}
