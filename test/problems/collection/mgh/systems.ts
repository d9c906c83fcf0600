// Problems 27-34 of Moré, Garbow and Hillstrom: systems of equations and linear functions.

import { filled, repeated, sumOfSquares, type Evaluate, type Problem } from '../problem';

const source = 'Moré, Garbow & Hillstrom, ACM TOMS 7 (1981), problem';

/** Number of variables and of residuals of the linear functions. */
const [N, M] = [5, 10];

export const SYSTEMS: readonly Problem[] = [
  ...[10, 30, 40].map((n): Problem => ({
    name: `Brown almost-linear, n = ${n}`,
    start: repeated([0.5], n),
    evaluate: brownAlmostLinear,
    minima: [
      { value: 0, near: repeated([1], n) },
      { value: 1, near: filled(n, (j) => (j === n ? n + 1 : 0)) },
    ],
    source: `${source} 27`,
  })),
  boundaryValue(10),
  {
    name: 'discrete integral equation, n = 10',
    start: filled(10, (j) => (j / 11) * (j / 11 - 1)),
    evaluate: discreteIntegral,
    minima: [{ value: 0 }],
    source: `${source} 29`,
  },
  {
    name: 'Broyden tridiagonal, n = 10',
    start: repeated([-1], 10),
    evaluate: broydenTridiagonal,
    minima: [{ value: 0 }],
    source: `${source} 30`,
  },
  {
    name: 'Broyden banded, n = 10',
    start: repeated([-1], 10),
    evaluate: broydenBanded,
    minima: [
      { value: 0 },
      {
        value: 3.057278432425818,
        near: [0.2107, 0.261, 0.2279, 0.197, 0.2032, 0.2219, 0.1628, 0.0483, -0.0794, -0.1531],
        isPublished: false,
      },
    ],
    source: `${source} 31`,
  },
  {
    name: 'linear, full rank',
    start: repeated([1], N),
    evaluate: sumOfSquares(M, (x, row, i) => {
      row.fill(-2 / M);
      if (i < N) row[i]! += 1;
      return (i < N ? x[i]! : 0) - (2 / M) * total(x) - 1;
    }),
    minima: [{ value: M - N }],
    source: `${source} 32, n = 5, m = 10; f* = m - n`,
  },
  {
    name: 'linear, rank 1',
    start: repeated([1], N),
    evaluate: sumOfSquares(M, (x, row, i) => {
      for (const j of x.keys()) row[j] = (i + 1) * (j + 1);
      return (i + 1) * weighted(x) - 1;
    }),
    minima: [{ value: (M * (M - 1)) / (2 * (2 * M + 1)) }],
    source: `${source} 33, n = 5, m = 10; f* = m (m - 1) / (2 (2 m + 1))`,
  },
  {
    name: 'linear, rank 1 with zero columns and rows',
    start: repeated([1], N),
    evaluate: sumOfSquares(M, (x, row, i) => {
      if (i === 0 || i === M - 1) return -1;
      for (let j = 1; j < N - 1; j++) row[j] = i * (j + 1);
      return i * (weighted(x) - x[0]! - N * x[N - 1]!) - 1;
    }),
    minima: [{ value: (M ** 2 + 3 * M - 6) / (2 * (2 * M - 3)) }],
    source: `${source} 34, n = 5, m = 10; f* = (m^2 + 3 m - 6) / (2 (2 m - 3))`,
  },
];

function total(x: Float64Array): number {
  return x.reduce((sum, value) => sum + value, 0);
}

/** sum j x_j */
function weighted(x: Float64Array): number {
  return x.reduce((sum, value, j) => sum + (j + 1) * value, 0);
}

function brownAlmostLinear(x: Float64Array, gradient: Float64Array): number {
  const n = x.length;
  return sumOfSquares(n, (_, row, i) => {
    if (i < n - 1) {
      row.fill(1)[i] = 2;
      return x[i]! + total(x) - (n + 1);
    }
    for (const j of x.keys()) row[j] = x.reduce((product, value, k) => (k === j ? product : product * value), 1);
    return x.reduce((product, value) => product * value, 1) - 1;
  })(x, gradient);
}

/** -u'' + (u + t + 1)^3 / 2 = 0 on a grid. */
export function boundaryValue(n: number): Problem {
  const h = 1 / (n + 1);
  const evaluate: Evaluate = (x, gradient) => {
    let sum = 0;
    gradient.fill(0);
    for (let i = 0; i < n; i++) {
      const inside = x[i]! + (i + 1) * h + 1;
      const neighbours = (i > 0 ? x[i - 1]! : 0) + (i + 1 < n ? x[i + 1]! : 0);
      const residual = 2 * x[i]! - neighbours + (h * h * inside ** 3) / 2;
      sum += residual ** 2;
      gradient[i]! += 2 * residual * (2 + 1.5 * h * h * inside ** 2);
      if (i > 0) gradient[i - 1]! -= 2 * residual;
      if (i + 1 < n) gradient[i + 1]! -= 2 * residual;
    }
    return sum;
  };
  return {
    name: `discrete boundary value, n = ${n}`,
    start: filled(n, (j) => j * h * (j * h - 1)),
    evaluate,
    minima: [{ value: 0 }],
    source: `${source} 28`,
  };
}

function discreteIntegral(x: Float64Array, gradient: Float64Array): number {
  const n = x.length;
  const h = 1 / (n + 1);
  return sumOfSquares(n, (_, row, i) => {
    const t = (i + 1) * h;
    let value = x[i]!;
    for (const [j, u] of x.entries()) {
      const s = (j + 1) * h;
      const kernel = (h / 2) * (j <= i ? (1 - t) * s : t * (1 - s));
      value += kernel * (u + s + 1) ** 3;
      row[j] = 3 * kernel * (u + s + 1) ** 2;
    }
    row[i]! += 1;
    return value;
  })(x, gradient);
}

function broydenTridiagonal(x: Float64Array, gradient: Float64Array): number {
  return sumOfSquares(x.length, (_, row, i) => {
    row[i] = 3 - 4 * x[i]!;
    if (i > 0) row[i - 1] = -1;
    if (i + 1 < x.length) row[i + 1] = -2;
    return (3 - 2 * x[i]!) * x[i]! - (x[i - 1] ?? 0) - 2 * (x[i + 1] ?? 0) + 1;
  })(x, gradient);
}

function broydenBanded(x: Float64Array, gradient: Float64Array): number {
  return sumOfSquares(x.length, (_, row, i) => {
    let value = x[i]! * (2 + 5 * x[i]! ** 2) + 1;
    for (let j = Math.max(0, i - 5); j <= Math.min(x.length - 1, i + 1); j++) {
      if (j === i) continue;
      value -= x[j]! * (1 + x[j]!);
      row[j] = -(1 + 2 * x[j]!);
    }
    row[i] = 2 + 15 * x[i]! ** 2;
    return value;
  })(x, gradient);
}
