// The gradients of parameters that every process holds: this process' own before a sum over all of them, the sums after
// it.

import { dtypeOf, lengthOf, newArray, type FloatArray } from '../checks/arrays';
import { LBFGSError, typeError } from '../checks/errors';
import { mismatch } from '../checks/refusals';
import { checkGrads } from './gradients';
import { parameterLabel } from './labels';
import type { ParameterLike } from './parameter';

export class ReplicatedGradients {
  readonly #parameters: readonly ParameterLike[];
  /** The entries of all parameters. */
  readonly #size: number;
  /** By parameter, where the closure has left null and the sum was not zero: the array of the sums. */
  readonly #made: (FloatArray | undefined)[] = [];

  constructor(parameters: readonly ParameterLike[], size: number) {
    this.#parameters = parameters;
    this.#size = size;
  }

  /**
   * Sets the gradients that `write` has made to null again: otherwise the sums would count as the closure's own
   * gradients at its next call.
   */
  takeBack(): void {
    for (const [index, parameter] of this.#parameters.entries()) {
      const made = this.#made[index];
      if (made !== undefined && parameter.grad === made) parameter.grad = null;
    }
  }

  /** Copies the gradients, one after the other, into `values`; zeros for null. */
  read(values: Float64Array): void {
    const grads = checkGrads(this.#parameters);
    const size = this.#parameters.reduce((sum, { data }) => sum + lengthOf(data), 0);
    if (size !== this.#size) {
      const message = mismatch(`${this.#size} entries, as at the call of dataParallel,`, 'params', size);
      throw new LBFGSError('ERR_LBFGS_DATA_CHANGED', message);
    }
    let at = 0;
    for (const [index, parameter] of this.#parameters.entries()) {
      const grad = grads[index] ?? null;
      const count = lengthOf(parameter.data);
      if (grad !== null) values.set(grad, at);
      else {
        values.fill(0, at, at + count);
        checkSettable(parameter, index);
      }
      at += count;
    }
  }

  /** Copies the sums of all ranks into the gradients. */
  write(values: Float64Array): void {
    let at = 0;
    for (const [index, parameter] of this.#parameters.entries()) {
      const { data, grad } = parameter;
      const part = values.subarray(at, at + lengthOf(data));
      at += part.length;
      if (grad !== null) grad.set(part);
      else if (part.some((entry) => entry !== 0)) {
        let sums = this.#made[index];
        if (sums === undefined || lengthOf(sums) !== part.length)
          sums = newArray(dtypeOf(data) ?? 'float64', part.length);
        sums.set(part);
        this.#made[index] = parameter.grad = sums;
      }
    }
  }
}

/**
 * Throws if a null gradient cannot be replaced, as by the sum of the other ranks' gradients. Called before these ranks
 * receive a message.
 */
function checkSettable(parameter: ParameterLike, index: number): void {
  if (Reflect.set(parameter, 'grad', null)) return;
  throw typeError(
    'ERR_LBFGS_GRAD',
    `Expected a grad that can be set for ${parameterLabel(index, parameter)} but received one that is read-only`,
  );
}
