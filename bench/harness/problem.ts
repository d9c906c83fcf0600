// The problem that all subjects are timed on; harness.hpp has the same in C++, and ../README.md says why it is this one.

export type FloatArray = Float32Array | Float64Array;

export interface Problem {
  readonly x: FloatArray;
  readonly gradient: FloatArray;
  /** Of those that take steps of fixed length: 1 would leave float32's range too soon. */
  readonly step: number;
  /** Fills the gradient at x, returns the loss. */
  readonly evaluate: () => number;
}

/** n < 1000: f = -log(w . x), which falls for ever; otherwise f = x . D x / 2, D log-spaced from 1 to 1e-6. From x = 1. */
export function makeProblem(n: number, dtype: string): Problem {
  const Floats = dtype === 'float32' ? Float32Array : Float64Array;
  const x = new Floats(n).fill(1);
  const gradient = new Floats(n);
  const isSmall = n < 1000;
  const c = new Floats(n);
  for (let i = 0; i < n; i++) c[i] = isSmall ? (1 + (i % 3)) / n : 10 ** ((-6 * i) / (n - 1));
  const evaluate = isSmall ? logarithm(x, c, gradient) : quadratic(x, c, gradient);
  return { x, gradient, step: isSmall ? 0.1 : 1, evaluate };
}

function logarithm(x: FloatArray, c: FloatArray, gradient: FloatArray): () => number {
  return () => {
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += c[i]! * x[i]!;
    const scale = -1 / sum;
    for (let i = 0; i < x.length; i++) gradient[i] = scale * c[i]!;
    return finite(-Math.log(sum));
  };
}

function quadratic(x: FloatArray, c: FloatArray, gradient: FloatArray): () => number {
  return () => {
    let sum = 0;
    for (let i = 0; i < x.length; i++) {
      const slope = c[i]! * x[i]!;
      gradient[i] = slope;
      sum += slope * x[i]!;
    }
    return finite(0.5 * sum);
  };
}

function finite(loss: number): number {
  if (!Number.isFinite(loss)) throw new Error('the loss is not finite');
  return loss;
}
