// What is optimised.

import { inspect } from 'node:util';
import { checkNumbers, copyAs, dtypeOf, isFloatArray, lengthOf, type Dtype, type FloatArray } from './arrays';
import { describe, rangeError, typeError } from './errors';
import { checkKeys } from './options';

/** Numbers nested to any depth, each level of one length: `[[1, 2], [3, 4]]` has the shape `[2, 2]`. */
export type NestedNumbers = readonly number[] | readonly NestedNumbers[];

/** What can be optimised: flat row-major values, changed in place, and the gradient at them. Any object of this form will do. */
export interface ParameterLike {
  /** The values; may be another array of the same length and dtype at the next step, not within one. */
  data: FloatArray;
  /** The gradient at `data`, as long as `data`; null counts as zero, as in torch. May be another array at every evaluation. */
  grad: FloatArray | null;
  /** Sizes whose product is the length of `data`; one dimension where absent. */
  readonly shape?: readonly number[];
  /** `'cpu'` where absent. */
  readonly device?: string;
  /** Used in error messages. */
  readonly name?: string;
}

/** How to make a `Parameter`. */
export interface ParameterInit {
  /** Of the copy made of (nested) numbers, `'float64'` by default; a typed array has its own. */
  dtype?: Dtype;
  /** By default one dimension, or the nesting of the numbers. */
  shape?: readonly number[];
  /** For error messages. */
  name?: string;
  /** Where the values are: `'cpu'`, the only one of this build and the default. */
  device?: 'cpu';
}

/** Where a Parameter keeps its gradient: a property, because a proxy of a Parameter (`reactive()` of a user interface) has no #private. */
const GRADIENT = Symbol('gradient');

/**
 * Values to optimise, with their gradient: torch's `nn.Parameter` as far as an optimiser needs it.
 *
 * @example
 * const weights = new Parameter([[0, 0], [0, 0]]);   // float64, shape [2, 2]
 * weights.grad = new Float64Array(4);
 */
export class Parameter implements ParameterLike {
  /** The values, flat and row-major, changed in place by each step: the array given to the constructor, or the copy of its numbers. */
  readonly data: FloatArray;
  /** Sizes whose product is the length of `data`; frozen. */
  readonly shape: readonly number[];
  /** Of `data`, and of `grad` whenever that is set. */
  readonly dtype: Dtype;
  /** `'cpu'`: this build computes nowhere else. */
  readonly device: 'cpu';
  /** Used in error messages; absent where none was given. */
  declare readonly name?: string;
  /** @internal */
  declare readonly [GRADIENT]: { value: FloatArray | null };

  /**
   * @param data a Float32Array or Float64Array, which is wrapped, not copied; or (nested) numbers, which are copied
   * @throws TypeError, RangeError where data or an option does not fit
   */
  constructor(data: FloatArray | NestedNumbers, init: ParameterInit = {}) {
    checkInit(init);
    if (isFloatArray(data)) {
      const dtype = dtypeOf(data) ?? 'float64';
      if (init.dtype !== undefined && init.dtype !== dtype) {
        throw typeError(
          'ERR_LBFGS_ARG_TYPE',
          `Expected dtype '${dtype}' for a parameter on ${describe(data)} but received '${init.dtype}'; an array is wrapped, not converted`,
        );
      }
      this.data = data;
      this.dtype = dtype;
      this.shape = [lengthOf(data)];
    } else {
      this.shape = shapeOf(data);
      this.dtype = init.dtype ?? 'float64';
      this.data = copyAs(this.dtype, (data as readonly unknown[]).flat(Infinity) as number[]);
    }
    if (init.shape !== undefined) this.shape = checkShape(init.shape, lengthOf(this.data), 'the parameter');
    Object.freeze(this.shape);
    this.device = 'cpu';
    Object.defineProperty(this, GRADIENT, { value: { value: null } });
    if (init.name !== undefined) this.name = init.name;
  }

  /** Number of entries; 0 is allowed. */
  get size(): number {
    return lengthOf(this.data);
  }

  /** The gradient, as long as `data`; null counts as zero. */
  get grad(): FloatArray | null {
    return this[GRADIENT].value;
  }

  /** Keeps an array of the parameter's dtype as it is; other numbers are copied into a new array of that dtype. */
  set grad(value: FloatArray | ArrayLike<number> | null) {
    if (value === null) {
      this[GRADIENT].value = null;
      return;
    }
    checkNumbers(value, 'grad', 'an array of numbers or null');
    const size = isFloatArray(value) ? lengthOf(value) : value.length;
    if (size !== this.size) {
      throw rangeError(
        'ERR_LBFGS_GRAD',
        `Expected ${this.size} entries for grad of ${nameOf(this)} but received ${size}`,
      );
    }
    this[GRADIENT].value = dtypeOf(value) === this.dtype ? (value as FloatArray) : copyAs(this.dtype, value);
  }

  /** Name, dtype, shape and whether there is a gradient, on one line; no values. What `console.log` shows. @internal */
  [inspect.custom](): string {
    const name = this.name === undefined ? '' : ` '${this.name}'`;
    const grad = this.grad === null ? 'no gradient' : 'with gradient';
    return `Parameter${name} { ${this.dtype} [${this.shape.join(', ')}], ${grad} }`;
  }
}

/** How an error message calls a parameter that stands alone. */
function nameOf(parameter: ParameterLike): string {
  return parameter.name === undefined ? 'the parameter' : `the parameter '${parameter.name}'`;
}

function checkInit(init: ParameterInit): void {
  checkKeys(init, ['dtype', 'shape', 'name', 'device'], 'Parameter');
  const { dtype, device, name } = init as Record<keyof ParameterInit, unknown>;
  for (const [option, value, accepted] of [
    ['dtype', dtype, ['float32', 'float64']],
    ['device', device, ['cpu']],
  ] as const) {
    if (value === undefined || accepted.some((each) => each === value)) continue;
    const message = `Expected ${accepted.map(describe).join(' or ')} for ${option} but received ${describe(value)}`;
    if (typeof value !== 'string') throw typeError('ERR_LBFGS_ARG_TYPE', message);
    throw rangeError(option === 'device' ? 'ERR_LBFGS_DEVICE' : 'ERR_LBFGS_ARG_VALUE', message);
  }
  if (name !== undefined && typeof name !== 'string') {
    throw typeError('ERR_LBFGS_ARG_TYPE', `Expected a string for name but received ${describe(name)}`);
  }
}

/** The sizes of nested numbers; refuses levels of different lengths and entries that are not numbers. */
function shapeOf(data: NestedNumbers): number[] {
  if (!Array.isArray(data)) {
    throw typeError(
      'ERR_LBFGS_ARG_TYPE',
      `Expected a Float32Array, a Float64Array or (nested) numbers for data but received ${describe(data)}`,
    );
  }
  const levels: readonly unknown[] = data;
  if (!levels.some(Array.isArray)) {
    const odd = levels.findIndex((entry) => typeof entry !== 'number');
    if (odd < 0) return [levels.length];
    throw typeError(
      'ERR_LBFGS_ARG_TYPE',
      `Expected numbers for data but received ${describe(levels[odd])} at index ${odd}`,
    );
  }
  const shapes = (levels as NestedNumbers[]).map(shapeOf);
  const first = shapes[0] ?? [];
  const ragged = shapes.findIndex((shape) => shape.join() !== first.join());
  if (ragged >= 0) {
    throw rangeError(
      'ERR_LBFGS_ARG_VALUE',
      `Expected nested numbers of one shape for data but received [${first.join(', ')}] at index 0 and [${(shapes[ragged] ?? []).join(', ')}] at index ${ragged}`,
    );
  }
  return [levels.length, ...first];
}

/** A copy of the shape, if its sizes multiply to `size`. */
export function checkShape(shape: unknown, size: number, owner: string): readonly number[] {
  if (!Array.isArray(shape) || !shape.every((extent) => Number.isSafeInteger(extent) && (extent as number) >= 0)) {
    throw typeError(
      'ERR_LBFGS_ARG_TYPE',
      `Expected an array of integers >= 0 for shape of ${owner} but received ${describe(shape)}`,
    );
  }
  const sizes = [...(shape as number[])];
  const product = sizes.reduce((total, extent) => total * extent, 1);
  if (product !== size) {
    throw rangeError(
      'ERR_LBFGS_ARG_VALUE',
      `Expected sizes that multiply to ${size} for shape of ${owner} but received [${sizes.join(', ')}]`,
    );
  }
  return sizes;
}
