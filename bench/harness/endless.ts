// The problem that iterations are timed on; ../peers/objectives.hpp has the same in C++, and ../README.md says why it
// is this one.

export type FloatArray = Float32Array | Float64Array;
/** Fills the gradient at x, returns the loss. */
export type Objective = (x: FloatArray, gradient: FloatArray) => number;

/** For vectors like this one. n < 1000: -log(w . x); otherwise x . D x / 2. */
export function endless(x: FloatArray): Objective {
  const n = x.length;
  const c = x.slice();
  for (let i = 0; i < n; i++) c[i] = n < 1000 ? (1 + (i % 3)) / n : 10 ** ((-6 * i) / (n - 1));
  return n < 1000 ? logarithm(c) : quadratic(c);
}

/** f = -log(w . x), which falls for ever. */
const logarithm =
  (w: FloatArray): Objective =>
  (x, gradient) => {
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += w[i]! * x[i]!;
    const scale = -1 / sum;
    for (let i = 0; i < x.length; i++) gradient[i] = scale * w[i]!;
    return finite(-Math.log(sum));
  };

/** f = x . D x / 2, D log-spaced from 1 to 1e-6. */
const quadratic =
  (d: FloatArray): Objective =>
  (x, gradient) => {
    let sum = 0;
    for (let i = 0; i < x.length; i++) {
      const slope = d[i]! * x[i]!;
      gradient[i] = slope;
      sum += slope * x[i]!;
    }
    return finite(0.5 * sum);
  };

function finite(loss: number): number {
  if (!Number.isFinite(loss)) throw new Error('the loss is not finite');
  return loss;
}
