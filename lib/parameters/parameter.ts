// What is optimised.

import { inspect } from 'node:util';
import { entryHint, firstOf } from '../checks/argument-hints';
import {
  dtypeOf,
  FLOATS,
  isFloatArray,
  lengthOf,
  numbersOf,
  sizeOf,
  type Dtype,
  type FloatArray,
} from '../checks/arrays';
import { describe, describeList, LBFGSError, quote, rangeError, typeError } from '../checks/errors';
import { flatten, type NestedNumbers } from '../checks/nested-numbers';
import { checkKeys } from '../options/options';
import { copyList, isArray, isCount, listOf } from '../checks/own';
import { mismatch, refuseArgument, wrongType } from '../checks/refusals';
import { nameOf } from './labels';

/** Any object with values, which are flat, row-major and changed in place, and their gradient. A `Parameter` is one. */
export interface ParameterLike {
  /** The values. Between steps, not within one, the array may be replaced by one of the same length and dtype. */
  data: FloatArray;
  /** The gradient, as long as `data`; null counts as zero, as in torch. Every evaluation may assign another array. */
  grad: FloatArray | null;
  /** Sizes whose product is the length of `data`. If absent, there is one dimension. */
  readonly shape?: readonly number[];
  /** Only `'cpu'` is supported, which is also the default. */
  readonly device?: string;
  /** Used in error messages. */
  readonly name?: string;
}

/** Options of the constructor of `Parameter`. */
export interface ParameterInit {
  /** Dtype of the copy of (nested) numbers. Default `'float64'`. A typed array keeps its own. */
  dtype?: Dtype;
  /** Sizes whose product is the number of entries. Default: the nesting of the numbers, or one dimension. */
  shape?: readonly number[];
  /** Name for error messages. */
  name?: string;
  /** Only `'cpu'` is supported, which is also the default. */
  device?: 'cpu';
}

/**
 * Values to optimise and their gradient, like torch's `nn.Parameter`. `A` is the type of the array: that of the given
 * array, `Float64Array` for numbers, or `Float32Array` for numbers with dtype `'float32'`.
 *
 * @example
 * const weights = new Parameter([[0, 0], [0, 0]]);   // float64, shape [2, 2]
 * weights.grad = new Float64Array(4);
 */
export interface Parameter<A extends FloatArray = FloatArray> extends ParameterLike {
  /**
   * The values, flat and row-major: the array given to the constructor, or the copy of its numbers. Each step changes
   * them in place.
   */
  readonly data: A;
  /**
   * The gradient, of the length of `data`; null counts as zero. An assigned array of the parameter's dtype is kept as
   * it is. Other numbers are copied into a new array of this dtype.
   */
  get grad(): (A extends Float32Array ? Float32Array : Float64Array) | null;
  set grad(value: FloatArray | ArrayLike<number> | null);
  /** Sizes whose product is the length of `data`; frozen. */
  readonly shape: readonly number[];
  /** Number of entries; 0 is allowed. */
  readonly size: number;
  /** Dtype of `data`, and of `grad` unless it is null. */
  readonly dtype: Dtype;
  /** Always `'cpu'`. */
  readonly device: 'cpu';
  /** Name for error messages; absent if none was given. */
  readonly name?: string;
}

/**
 * The type of the class `Parameter`, whose constructor infers the type of the array from its arguments. All signatures
 * but the last have two type parameters, so that `class Weights extends Parameter` and
 * `extends Parameter<Float64Array>` select the last one.
 */
export interface ParameterConstructor {
  /** A copy of (nested) numbers in float64. */
  new <Numbers extends NestedNumbers, Type extends 'float64'>(
    data: Numbers,
    init?: ParameterInit & { dtype?: Type },
  ): Parameter<Float64Array>;
  /** A copy of (nested) numbers in the dtype that is named. */
  new <Numbers extends NestedNumbers, Type extends Dtype>(
    data: Numbers,
    init: ParameterInit & { dtype: Type },
  ): Parameter<Type extends 'float32' ? Float32Array : Float64Array>;
  /** A parameter that wraps the caller's array. */
  new <A extends FloatArray, Type extends Dtype>(data: A, init?: ParameterInit & { dtype?: Type }): Parameter<A>;
  /** A parameter that wraps a Float64Array, or a copy of numbers in float64. */
  new <Data extends Float64Array | NestedNumbers, Type extends 'float64'>(
    data: Data,
    init?: ParameterInit & { dtype?: Type },
  ): Parameter<Float64Array>;
  /**
   * A parameter that wraps the caller's array, or a copy of numbers.
   *
   * @param data a Float32Array or Float64Array, which is not copied; or (nested) numbers, which are copied
   * @throws TypeError or RangeError if data or an option does not fit
   */
  new <A extends FloatArray = FloatArray>(data: A | NestedNumbers, init?: ParameterInit): Parameter<A>;
  /** What all parameters share. */
  readonly prototype: Parameter;
}

/**
 * Where a Parameter keeps its gradient: a property, because a proxy of a Parameter (`reactive()` of a user interface)
 * has no #private.
 */
const GRADIENT = Symbol('gradient');

// The class is anonymous, so that its name is that of the constant. The types of its arguments are those of the
// interface above.
/** Values to optimise and their gradient; see the interface of this name. */
export const Parameter = class implements ParameterLike {
  readonly data: FloatArray;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly device: 'cpu';
  declare readonly name?: string;
  declare readonly [GRADIENT]: { value: FloatArray | null };

  constructor(data: FloatArray | NestedNumbers, init: ParameterInit = {}) {
    const { dtype: wanted, shape, name } = checkInit(init);
    if (isFloatArray(data)) {
      const dtype = dtypeOf(data) ?? 'float64';
      if (wanted !== undefined && wanted !== dtype) {
        throw typeError(
          'ERR_LBFGS_ARG_TYPE',
          `Expected dtype '${dtype}' for a parameter on ${describe(data)} but received '${wanted}'; an array is wrapped, not converted`,
        );
      }
      this.data = data;
      this.dtype = dtype;
      this.shape = [lengthOf(data)];
    } else {
      this.dtype = wanted ?? 'float64';
      ({ values: this.data, shape: this.shape } = flatten(data, this.dtype));
    }
    if (shape !== undefined) this.shape = checkShape(shape, lengthOf(this.data), 'the parameter');
    Object.freeze(this.shape);
    this.device = 'cpu';
    define(this, GRADIENT, { value: { value: null } });
    if (name !== undefined) define(this, 'name', { value: name, writable: true, enumerable: true, configurable: true });
  }

  get size(): number {
    const { data } = checkThis(this);
    if (isFloatArray(data)) return lengthOf(data);
    throw new LBFGSError('ERR_LBFGS_DATA_CHANGED', mismatch(FLOATS, `data of ${nameOf(this)}`, data));
  }

  get grad(): FloatArray | null {
    return gradientOf(this).value;
  }

  set grad(value: FloatArray | ArrayLike<number> | null) {
    const gradient = gradientOf(this);
    if (value === null) {
      gradient.value = null;
      return;
    }
    const numbers = numbersOf(value, 'grad', 'an array of numbers or null');
    if (numbers.length !== this.size) {
      throw rangeError(
        'ERR_LBFGS_GRAD',
        `Expected ${this.size} entries for grad of ${nameOf(this)} but received ${numbers.length}${isArray(firstOf(value)) ? entryHint(firstOf(value), 'grad') : ''}`,
      );
    }
    gradient.value = dtypeOf(value) === this.dtype ? (value as FloatArray) : numbers.copyAs(this.dtype);
  }

  /** Name, dtype, shape and whether there is a gradient, on one line; no values. What `console.log` shows. */
  [inspect.custom](): string {
    const name = typeof this.name === 'string' ? ` ${quote(this.name)}` : '';
    const gradient = this[GRADIENT] as { value: FloatArray | null } | undefined;
    const grad = (gradient?.value ?? null) === null ? 'no gradient' : 'with gradient';
    const dtype = typeof this.dtype === 'string' ? this.dtype : describe(this.dtype);
    return `Parameter${name} { ${dtype} ${describeList(this.shape)}, ${grad} }`;
  }
} as unknown as ParameterConstructor;

/** Defines a property whatever was put on Object.prototype. */
function define(object: object, key: PropertyKey, descriptor: PropertyDescriptor): void {
  Object.defineProperty(object, key, { __proto__: null, ...descriptor } as PropertyDescriptor);
}

function gradientOf(parameter: { [GRADIENT]?: { value: FloatArray | null } }): { value: FloatArray | null } {
  return checkThis(parameter)[GRADIENT] ?? refuseThis(parameter);
}

/** Throws for undefined and null: a getter that is taken out of the class may be called on anything. */
function checkThis<This>(it: This | undefined | null): This {
  return it ?? refuseThis(it);
}

function refuseThis(it: unknown): never {
  throw wrongType('a Parameter', 'this', it);
}

function checkInit(init: ParameterInit): ParameterInit {
  const own = checkKeys(init, ['dtype', 'shape', 'name', 'device'], 'Parameter');
  const { dtype, device, name } = own as Record<keyof ParameterInit, unknown>;
  for (const [option, value, accepted] of [
    ['dtype', dtype, ['float32', 'float64']],
    ['device', device, ['cpu']],
  ] as const) {
    if (value === undefined || accepted.some((each) => each === value)) continue;
    const expected = accepted.map(describe).join(' or ');
    if (option === 'dtype' || typeof value !== 'string') throw refuseArgument('string', expected, option, value);
    throw rangeError('ERR_LBFGS_DEVICE', mismatch(expected, option, value));
  }
  if (name !== undefined && typeof name !== 'string') throw wrongType('a string', 'name', name);
  return own;
}

/** A copy of the shape, if its sizes multiply to `size`. */
export function checkShape(shape: unknown, size: number, owner: string): readonly number[] {
  const list = listOf(shape);
  const sizes = list === undefined ? undefined : copyList(list, isCount);
  if (sizes === undefined) throw wrongType('an array of integers >= 0', `shape of ${owner}`, shape);
  if (sizeOf(sizes) !== size) {
    throw rangeError(
      'ERR_LBFGS_ARG_VALUE',
      `Expected sizes that multiply to ${size} for shape of ${owner} but received ${describeList(sizes)}`,
    );
  }
  return sizes;
}
