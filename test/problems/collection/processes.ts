// The marginal likelihood of Gaussian processes.

import type { Evaluate, Problem } from './problem';

const { exp, log, PI } = Math;

const TIMES = Array.from({ length: 20 }, (_, i) => i / 4 + 0.1 * Math.sin(9 * i));
const VALUES = TIMES.map((t, i) => Math.sin(2 * t) + t / 4 + 0.2 * Math.cos(17 * i * i));

/** L of A = L L', row after row, or undefined where A is not positive definite. */
function cholesky(a: readonly Float64Array[]): Float64Array[] | undefined {
  const l = a.map((row) => row.slice());
  for (const [i, row] of l.entries()) {
    for (let j = 0; j <= i; j++) {
      let sum = row[j]!;
      for (let k = 0; k < j; k++) sum -= row[k]! * l[j]![k]!;
      if (i === j && !(sum > 0)) return undefined;
      row[j] = i === j ? Math.sqrt(sum) : sum / l[j]![j]!;
    }
  }
  return l;
}

/** A^-1 b by the factor of A. */
function solved(l: readonly Float64Array[], b: ArrayLike<number>): Float64Array {
  const x = Float64Array.from(b);
  for (let i = 0; i < x.length; i++) {
    for (let k = 0; k < i; k++) x[i]! -= l[i]![k]! * x[k]!;
    x[i]! /= l[i]![i]!;
  }
  for (let i = x.length - 1; i >= 0; i--) {
    for (let k = i + 1; k < x.length; k++) x[i]! -= l[k]![i]! * x[k]!;
    x[i]! /= l[i]![i]!;
  }
  return x;
}

/**
 * The kernel at two times and its derivatives by the parameters, which are logarithms; the noise is the last of them.
 */
type Kernel = (s: number, t: number, x: readonly number[]) => readonly number[];

/** (y' K^-1 y + log det K + n log 2 pi) / 2, K the kernel's matrix and exp(2 x_last) on its diagonal. */
function marginalLikelihood(kernel: Kernel): Evaluate {
  return (x, gradient) => {
    const n = TIMES.length;
    const noise = exp(2 * x[x.length - 1]!);
    const entries = TIMES.map((s, i) =>
      TIMES.map((t, j) => {
        const [value, ...slopes] = kernel(s, t, [...x]);
        return i === j ? [value! + noise, ...slopes, 2 * noise] : [value!, ...slopes, 0];
      }),
    );
    const l = cholesky(entries.map((row) => Float64Array.from(row, ([value]) => value!)));
    if (!l) return NaN;
    const alpha = solved(l, VALUES);
    const inverse = TIMES.map((_, i) =>
      solved(
        l,
        Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)),
      ),
    );
    for (const p of x.keys()) {
      gradient[p] = 0;
      for (const [i, row] of entries.entries()) {
        for (const [j, entry] of row.entries())
          gradient[p] += ((inverse[i]![j]! - alpha[i]! * alpha[j]!) * entry[p + 1]!) / 2;
      }
    }
    const fit = VALUES.reduce((sum, y, i) => sum + y * alpha[i]!, 0);
    return fit / 2 + l.reduce((sum, row, i) => sum + log(row[i]!), 0) + (n / 2) * log(2 * PI);
  };
}

/** exp(2 b) exp(-(s - t)^2 exp(-2 a) / 2) */
const squaredExponential: Kernel = (s, t, [a, b]) => {
  const z = (s - t) ** 2 * exp(-2 * a!);
  const value = exp(2 * b! - z / 2);
  return [value, value * z, 2 * value];
};

/** exp(2 b) exp(-2 sin(pi (s - t) exp(-c))^2 exp(-2 a)) and a linear part of variance 1/10. */
const periodic: Kernel = (s, t, [a, b, c]) => {
  const angle = PI * (s - t) * exp(-c!);
  const wave = 2 * exp(-2 * a!) * Math.sin(angle) ** 2;
  const value = exp(2 * b! - wave);
  return [value + (s * t) / 10, 2 * wave * value, 2 * value, 2 * exp(-2 * a!) * Math.sin(2 * angle) * angle * value];
};

export const PROCESSES: readonly Problem[] = [
  {
    name: 'Gaussian process, squared exponential kernel',
    start: Float64Array.of(0, 0, 0),
    evaluate: marginalLikelihood(squaredExponential),
    minima: [{ value: 2.0811828435776007 }],
    source: 'Rasmussen & Williams, "Gaussian Processes for Machine Learning" (2006), 5.8; f* by Newton',
  },
  {
    name: 'Gaussian process, periodic kernel',
    start: Float64Array.of(0, 0, 1.1, -1),
    evaluate: marginalLikelihood(periodic),
    minima: [{ value: -1.9575079283563035 }],
    source: 'Rasmussen & Williams, "Gaussian Processes for Machine Learning" (2006), 4.31 and 5.8; f* by Newton',
  },
];
