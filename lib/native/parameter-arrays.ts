// The arrays behind the parameters, as the core may use them.
//
// The core keeps pointers to the arrays. A pointer is valid while the array is the same one, of the same length, and
// not detached. This file checks that before every use, in two rounds: first whatever may run user code (getters), then
// the checks, with none in between.

import { floatsHint } from '../checks/argument-hints';
import { dtypeOf, isFloatArray, lengthOf, type Dtype, type FloatArray } from '../checks/arrays';
import { describe, LBFGSError, rangeError } from '../checks/errors';
import { dataOf, gradOf, gradOrNull, refuseGrad, refuseKind } from '../parameters/gradients';
import type { NativeOptimizer } from './native';
import { parameterLabel } from '../parameters/labels';
import type { ParameterLike } from '../parameters/parameter';
import type { Entry } from './step-owner';

const NONE: readonly number[] = [];

export class ParameterArrays {
  readonly sizes: number[];
  readonly dtypes: Dtype[];
  readonly #parameters: readonly ParameterLike[];
  /** The values that are mapped now; undefined: unknown or nothing. */
  readonly mapped: readonly (FloatArray | undefined)[];
  readonly #data: (FloatArray | undefined)[];
  readonly #grads: (FloatArray | null | undefined)[];
  /** The gradients of the evaluation in progress. */
  readonly #seenGrads: unknown[];

  /** @param mayBeEmpty other processes have parameters, too */
  constructor(parameters: readonly ParameterLike[], mayBeEmpty = false) {
    this.#parameters = [...parameters]; // frozen ones are slow to read
    const data = this.#parameters.map(dataOf);
    this.dtypes = data.map((array, index) => dtypeOf(array) ?? refuseKind(array, parameters[index]!, index));
    this.sizes = data.map((array) => lengthOf(array as FloatArray));
    if (this.size === 0 && !mayBeEmpty) {
      throw rangeError(
        'ERR_LBFGS_ARG_VALUE',
        `Expected parameters with at least one value but all ${parameters.length} are empty`,
      );
    }
    this.#data = parameters.map(() => undefined);
    this.mapped = this.#data;
    this.#grads = parameters.map(() => undefined);
    this.#seenGrads = parameters.map(() => null);
  }

  /** Entries in all. */
  get size(): number {
    return this.sizes.reduce((total, size) => total + size, 0);
  }

  /** Throws unless the arrays of `before` come first here, as they were. */
  checkBeginsWith(before: ParameterArrays): void {
    for (const index of before.sizes.keys()) {
      if (this.sizes[index] !== before.sizes[index] || this.dtypes[index] !== before.dtypes[index]) {
        throw before.#refuseData(index, this.#parameters[index]!.data);
      }
    }
  }

  /** Forgets what is mapped: another native optimiser takes over. */
  unmap(): void {
    this.#data.fill(undefined);
    this.#grads.fill(undefined);
  }

  /** Before a step: takes up the arrays that the parameters have now. */
  mapData(native: NativeOptimizer): void {
    const data = this.#parameters.map(dataOf) as FloatArray[];
    const isMapped = (array: unknown, index: number): boolean =>
      array !== undefined && array === this.#data[index] && lengthOf(array as FloatArray) === this.sizes[index];
    if (data.every(isMapped)) return;
    this.unmap();
    for (const [index, array] of data.entries()) {
      if (dtypeOf(array) !== this.dtypes[index] || lengthOf(array) !== this.sizes[index])
        throw this.#refuseData(index, array);
    }
    for (const [index, array] of data.entries()) native.mapData(index, array);
    const overlap = native.overlappingData();
    if (overlap !== null) {
      throw rangeError(
        'ERR_LBFGS_SHARED_MEMORY',
        `Expected parameters in separate memory but the data of ${this.labelOf(overlap[0])} and ${this.labelOf(overlap[1])} overlap`,
      );
    }
    for (const [index, array] of data.entries()) this.#data[index] = array;
  }

  /** After user code ran in the course of a step: the values must be where they were. */
  checkData(): void {
    const parameters = this.#parameters;
    for (let index = 0; index < parameters.length; index++) {
      if (dataOf(parameters[index]!, index) !== this.#data[index]) {
        throw new LBFGSError(
          'ERR_LBFGS_DATA_CHANGED',
          `Expected the same array for data of ${this.labelOf(index)} throughout a step but it was replaced`,
        );
      }
    }
    for (let index = 0; index < parameters.length; index++) {
      const array = this.#data[index]!;
      if (lengthOf(array) !== this.sizes[index]) throw this.#refuseData(index, array);
    }
  }

  /** Throws where an array that is mapped has gone, values or also gradients, without running anybody's code. */
  checkMapped({ gradients }: { gradients: boolean }): void {
    for (const [index, array] of this.#data.entries()) {
      if (array !== undefined && lengthOf(array) !== this.sizes[index]) throw this.#refuseData(index, array);
    }
    if (!gradients) return;
    for (const [index, grad] of this.#grads.entries()) {
      if (grad !== undefined && !this.#isGrad(grad, index)) throw this.#refuseGrad(index, grad);
    }
  }

  /**
   * At an evaluation: the values must be where they were, the gradients are taken up as they are now. Allocates
   * nothing.
   */
  mapEvaluation(native: NativeOptimizer): void {
    const parameters = this.#parameters;
    const seen = this.#seenGrads;
    for (let index = 0; index < parameters.length; index++) seen[index] = gradOf(parameters[index]!, index);
    this.checkData();
    for (let index = 0; index < parameters.length; index++) {
      if (!this.#isGrad(seen[index], index)) throw this.#refuseGrad(index, seen[index]);
    }
    for (let index = 0; index < parameters.length; index++) {
      this.#mapGrad(native, index, seen[index] as FloatArray | null);
    }
  }

  /**
   * The first entry that is not finite: of the values, or of the gradients of the last evaluation. Runs nobody's code.
   */
  firstNonFinite(kind: 'data' | 'grad'): (Entry & { readonly value: number }) | undefined {
    const arrays: readonly unknown[] = kind === 'data' ? this.#data : this.#seenGrads;
    for (const [index, array] of arrays.entries()) {
      if (!isFloatArray(array)) continue;
      const size = lengthOf(array);
      for (let entry = 0; entry < size; entry++) {
        const value = array[entry]!;
        if (!Number.isFinite(value)) return { parameter: this.labelOf(index), entry, value };
      }
    }
    return undefined;
  }

  /** Indices of the parameters that have entries and had no gradient at the last evaluation. */
  withoutGradient(): readonly number[] {
    if (!this.#seenGrads.includes(null)) return NONE;
    return [...this.sizes.keys()].filter((index) => this.sizes[index]! > 0 && this.#seenGrads[index] === null);
  }

  /** How messages call a parameter. */
  labelOf(index: number): string {
    return parameterLabel(index, this.#parameters[index]!);
  }

  /** After something went wrong: maps what can still be written, keeps the core away from the rest. Never throws. */
  salvage(native: NativeOptimizer): void {
    const grads = this.#parameters.map((parameter) => gradOrNull(parameter));
    for (const [index, array] of this.#data.entries()) {
      if (array !== undefined && lengthOf(array) === this.sizes[index]) continue;
      native.mapData(index, null);
      this.#data[index] = undefined;
    }
    for (const [index, grad] of grads.entries()) {
      if (native.mapGrad(index, this.#isGrad(grad, index) ? grad : null) >= 0) native.mapGrad(index, null);
      this.#grads[index] = undefined;
    }
  }

  /** Whether grad is null, or a float array as long as the values. A mapped one is known to be a float array. */
  #isGrad(grad: unknown, index: number): grad is FloatArray | null {
    if (grad === null) return true;
    const isMapped = grad !== undefined && grad === this.#grads[index];
    return (isMapped || isFloatArray(grad)) && lengthOf(grad as FloatArray) === this.sizes[index];
  }

  #refuseGrad(index: number, grad: unknown): Error {
    return refuseGrad(grad, this.sizes[index]!, this.labelOf(index));
  }

  #mapGrad(native: NativeOptimizer, index: number, grad: FloatArray | null): void {
    if (grad === this.#grads[index]) return;
    this.#grads[index] = undefined;
    const shared = native.mapGrad(index, grad);
    if (shared >= 0) {
      throw rangeError(
        'ERR_LBFGS_SHARED_MEMORY',
        `Expected grad of ${this.labelOf(index)} in memory of its own but it overlaps the data of ${this.labelOf(shared)}`,
      );
    }
    this.#grads[index] = grad;
  }

  #refuseData(index: number, array: unknown): Error {
    const expected = `Expected a ${this.dtypes[index] === 'float32' ? 'Float32Array' : 'Float64Array'} of ${this.sizes[index] ?? 0} entries for data of ${this.labelOf(index)}`;
    const received = isFloatArray(array)
      ? `${describe(array)} of ${lengthOf(array)}${lengthOf(array) === 0 ? ' (detached or resized)' : ''}`
      : `${describe(array)}${floatsHint(array)}`;
    return new LBFGSError('ERR_LBFGS_DATA_CHANGED', `${expected} but received ${received}`);
  }
}
