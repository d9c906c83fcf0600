// What a problem of the collection is, and the forms that most of them are written in.

/** Fills the gradient at x and returns f(x): NaN or an infinity where f is not defined. */
export type Evaluate = (x: Float64Array, gradient: Float64Array) => number;

export interface Minimum {
  /** The value there, to 1e-12 of itself. */
  readonly value: number;
  /** A point from which a descent reaches this minimum; left out where a descent from the problem's start does. */
  readonly near?: ArrayLike<number>;
  /** false for a minimum that was found here, and that no publication names. */
  readonly isPublished?: false;
}

export interface Problem {
  readonly name: string;
  /** Where a solve starts, n numbers. */
  readonly start: Float64Array;
  readonly evaluate: Evaluate;
  /** f without the noise that `evaluate` adds or its mistakes; left out where it adds none. */
  readonly exact?: Evaluate;
  /** The lowest one, f*, first; then other minima in which a descent from the start may end. */
  readonly minima: readonly [Minimum, ...Minimum[]];
  /** Where the problem, and its minimum if published, come from. */
  readonly source: string;
}

/** A point that can be taken apart into named coordinates: at run time a Float64Array with as many as there are. */
export type Point = readonly [
  ...[number, number, number, number, number, number, number, number, number, number, number],
  ...number[],
];

/** The i-th term of a sum: its value, then its derivative by each variable. */
export type Term = (x: Point, i: number) => readonly number[];

/** The i-th residual of a sum of squares: fills its derivatives, which are 0 before, and returns its value. */
export type Residual = (x: Float64Array, derivatives: Float64Array, i: number) => number;

/** sum of r_i(x)^2, i = 0 … m - 1. */
export function sumOfSquares(m: number, residual: Residual): Evaluate {
  return (x, gradient) => {
    const row = new Float64Array(x.length);
    let sum = 0;
    gradient.fill(0);
    for (let i = 0; i < m; i++) {
      const r = residual(x, row.fill(0), i);
      sum += r * r;
      for (let j = 0; j < row.length; j++) gradient[j]! += 2 * r * row[j]!;
    }
    return sum;
  };
}

/** sum of r_i(x)^2, i = 0 … m - 1, where r_i is a term. */
export function squares(m: number, term: Term): Evaluate {
  return sumOfSquares(m, (x, row, i) => {
    const [value, ...derivatives] = term(x as unknown as Point, i);
    row.set(derivatives);
    return value!;
  });
}

/** The sum of the squares of a few terms, each written out. */
export function squaresOf(...terms: readonly Term[]): Evaluate {
  return squares(terms.length, (x, i) => terms[i]!(x, i));
}

/** A function of few variables, written as one term. */
export function single(term: Term): Evaluate {
  return (x, gradient) => {
    const [value, ...derivatives] = term(x as unknown as Point, 0);
    gradient.set(derivatives);
    return value!;
  };
}

/** The sum of terms of few variables each (a partially separable function): `variables[i]` lists those of the i-th. */
export function elements(variables: readonly (readonly number[])[], term: Term): Evaluate {
  const point: number[] = [];
  return (x, gradient) => {
    let sum = 0;
    gradient.fill(0);
    for (let i = 0; i < variables.length; i++) {
      const indices = variables[i]!;
      for (let k = 0; k < indices.length; k++) point[k] = x[indices[k]!]!;
      const parts = term(point as unknown as Point, i);
      sum += parts[0]!;
      for (let k = 0; k < indices.length; k++) gradient[indices[k]!]! += parts[k + 1]!;
    }
    return sum;
  };
}

/** Several functions, added. */
export function sumOf(...parts: readonly Evaluate[]): Evaluate {
  return (x, gradient) => {
    const part = new Float64Array(x.length);
    let sum = 0;
    gradient.fill(0);
    for (const evaluate of parts) {
      sum += evaluate(x, part);
      for (let j = 0; j < part.length; j++) gradient[j]! += part[j]!;
    }
    return sum;
  };
}

/** `values` over and over, n numbers. */
export function repeated(values: readonly number[], n: number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => values[i % values.length]!);
}

/** value(1), …, value(n). */
export function filled(n: number, value: (j: number) => number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => value(i + 1));
}

/** The numbers below n in windows of `width` that begin `stride` apart. */
export function windows(n: number, width: number, stride = 1): number[][] {
  const count = Math.floor((n - width) / stride) + 1;
  return Array.from({ length: count }, (_, i) => Array.from({ length: width }, (_, k) => i * stride + k));
}
