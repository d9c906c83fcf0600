// A function of one vector as a training loop sees it: parameters and a closure that sets their gradients.

import type { Closure, Dtype, FloatArray, Objective, ParameterLike } from 'lbfgs';

export interface ModelInit {
  /** Of all parameters, or of each. */
  dtype?: Dtype | readonly Dtype[];
  /** Sizes of the parameters that the vector is cut into; one parameter where absent. */
  cuts?: readonly number[];
}

export interface Evaluation {
  /** 1 for the first. */
  readonly call: number;
  loss: number;
  /** All parameters together; what it holds afterwards becomes the gradient. */
  readonly gradient: Float64Array;
}

export class Model {
  readonly params: readonly ParameterLike[];
  /** Calls of the closure so far. */
  calls = 0;
  /** Spoils an evaluation; may throw. */
  fault: ((evaluation: Evaluation) => void) | undefined;
  readonly #fun: Objective;
  readonly #gradient: Float64Array;

  constructor(fun: Objective, x0: ArrayLike<number>, { dtype = 'float64', cuts = [x0.length] }: ModelInit = {}) {
    const start = Array.from(x0);
    this.#fun = fun;
    this.#gradient = new Float64Array(start.length);
    let from = 0;
    this.params = cuts.map((size, index) => {
      const own = typeof dtype === 'string' ? dtype : dtype[index]!;
      const data = arrayOf(own, start.slice(from, from + size));
      from += size;
      return { data, grad: arrayOf(own, Array<number>(size).fill(0)) };
    });
  }

  /** The values of all parameters together. */
  get x(): Float64Array {
    return this.#concatenated(({ data }) => data);
  }

  /** The gradients of all parameters together, zero where there is none. */
  get gradient(): Float64Array {
    return this.#concatenated(({ grad }) => grad);
  }

  /** Loss and gradient of the function at the present values; the parameters' own gradients stay as they are. */
  get truth(): { loss: number; gradient: Float64Array } {
    const gradient = new Float64Array(this.#gradient.length);
    const loss = this.#fun(this.x, gradient);
    return { loss, gradient: rounded(gradient, this.params[0]!.data) };
  }

  readonly closure: Closure = () => {
    const evaluation: Evaluation = { call: ++this.calls, loss: 0, gradient: this.#gradient };
    evaluation.loss = this.#fun(this.x, this.#gradient);
    this.fault?.(evaluation);
    this.#spread();
    return evaluation.loss;
  };

  #concatenated(pick: (parameter: ParameterLike) => FloatArray | null): Float64Array {
    const all = new Float64Array(this.#gradient.length);
    let from = 0;
    for (const parameter of this.params) {
      all.set(pick(parameter) ?? [], from);
      from += parameter.data.length;
    }
    return all;
  }

  #spread(): void {
    let from = 0;
    for (const { grad, data } of this.params) {
      grad?.set(this.#gradient.subarray(from, from + data.length));
      from += data.length;
    }
  }
}

/** The numbers in a new array of this dtype. */
export function arrayOf(dtype: Dtype, values: readonly number[]): FloatArray {
  return dtype === 'float32' ? Float32Array.from(values) : Float64Array.from(values);
}

/** The values as an array like this one would hold them. */
function rounded(values: Float64Array, like: FloatArray): Float64Array {
  return like instanceof Float32Array ? values.map(Math.fround) : values;
}

/** max |a - b| */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)));
}
