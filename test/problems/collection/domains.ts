// Functions that are defined on a part of the space: NaN or Infinity outside.

import { randomNumbers } from '../numbers';
import { filled, repeated, single, squaresOf, sumOf, type Evaluate, type Problem } from './problem';

const { log, sqrt } = Math;

function matrixOf(seed: number, rows: number, columns: number): Float64Array[] {
  const random = randomNumbers(seed);
  return Array.from({ length: rows }, () => Float64Array.from({ length: columns }, () => random()));
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

/** sum of each coordinate's function, (value, index) => [value, slope]. */
function separable(term: (value: number, i: number) => readonly [number, number]): Evaluate {
  return (x, gradient) => {
    let sum = 0;
    for (const [i, coordinate] of x.entries()) {
      const [value, slope] = term(coordinate, i);
      sum += value;
      gradient[i] = slope;
    }
    return sum;
  };
}

/** sum of term(row . x, index) over the rows. */
function overRows(
  rows: readonly Float64Array[],
  term: (eta: number, i: number) => readonly [number, number],
): Evaluate {
  return (x, gradient) => {
    let sum = 0;
    gradient.fill(0);
    for (const [i, row] of rows.entries()) {
      const [value, slope] = term(dot(row, x), i);
      sum += value;
      for (let j = 0; j < row.length; j++) gradient[j]! += slope * row[j]!;
    }
    return sum;
  };
}

const NORMAL = [1.9, 2.4, 2.1, 3.3, 2.7, 1.2, 2.2, 2.9, 2.6, 1.7];
const MEAN = NORMAL.reduce((sum, y) => sum + y, 0) / 10;
const DEVIATION = sqrt(NORMAL.reduce((sum, y) => sum + (y - MEAN) ** 2, 0) / 10);

const LIFETIMES = [17.88, 28.92, 33, 41.52, 42.12, 45.6, 48.8, 51.84, 51.96, 54.12, 55.56, 67.8];

/** -log likelihood of Weibull's distribution, by its shape and scale. */
const weibull: Evaluate = (x, gradient) => {
  const [shape, scale] = [x[0]!, x[1]!];
  let sum = 0;
  gradient.fill(0);
  for (const time of LIFETIMES) {
    const ratio = log(time / scale);
    const power = (time / scale) ** shape;
    sum -= log(shape / scale) + (shape - 1) * ratio - power;
    gradient[0]! -= 1 / shape + ratio - power * ratio;
    gradient[1]! += (shape - shape * power) / scale;
  }
  return shape > 0 && scale > 0 ? sum : NaN;
};

const COVARIANCE = [
  [4, 1, 0.5],
  [1, 3, -0.7],
  [0.5, -0.7, 2],
] as const;

/**
 * trace(S P) - log det P of a symmetric P, x = [p11, p22, p33, p12, p13, p23]; NaN where P is not positive definite.
 */
const precision: Evaluate = (x, gradient) => {
  const [a, b, c, d, e, f] = [x[0]!, x[1]!, x[2]!, x[3]!, x[4]!, x[5]!];
  const determinant = a * (b * c - f * f) - d * (d * c - e * f) + e * (d * f - b * e);
  const [first, second, third] = COVARIANCE;
  gradient.set([
    first[0] - (b * c - f * f) / determinant,
    second[1] - (a * c - e * e) / determinant,
    third[2] - (a * b - d * d) / determinant,
    2 * (first[1] - (e * f - d * c) / determinant),
    2 * (first[2] - (d * f - b * e) / determinant),
    2 * (second[2] - (d * e - a * f) / determinant),
  ]);
  if (!(a > 0 && a * b - d * d > 0 && determinant > 0)) return NaN;
  const trace = first[0] * a + second[1] * b + third[2] * c + 2 * (first[1] * d + first[2] * e + second[2] * f);
  return trace - log(determinant);
};
const COVARIANCE_DETERMINANT = 4 * (3 * 2 - 0.49) - (2 + 0.35) + 0.5 * (-0.7 - 1.5);

const SLOPES = filled(20, (j) => ((j % 2 === 0 ? 1 : -1) * j) / 2);
const COSTS = filled(30, (j) => 10 ** ((j - 15) / 5));
const BALL = filled(5, (j) => j - 2);

export const DOMAINS: readonly Problem[] = [
  {
    name: 'analytic centre, n = 10',
    start: new Float64Array(10),
    evaluate: overRows(matrixOf(41, 40, 10), (eta) => [-log(1 - eta), 1 / (1 - eta)]),
    minima: [{ value: -9.099125883768762 }],
    source: 'Boyd & Vandenberghe, "Convex Optimization" (2004), 8.5.3; seeded rows; f* by Newton',
  },
  {
    name: 'analytic centre in a box, n = 50',
    start: new Float64Array(50),
    evaluate: sumOf(
      overRows(matrixOf(42, 60, 50), (eta) => [-log(2 - eta), 1 / (2 - eta)]),
      separable((value) => [-log(1 - value * value), (2 * value) / (1 - value * value)]),
    ),
    minima: [{ value: -59.43998241221266 }],
    source: 'Boyd & Vandenberghe, exercise 9.30; seeded rows; f* by Newton',
  },
  {
    name: 'linear function in a box, by logarithms',
    start: new Float64Array(20),
    evaluate: separable((value, i) => [
      SLOPES[i]! * value - log(1 - value * value),
      SLOPES[i]! + (2 * value) / (1 - value * value),
    ]),
    minima: [
      {
        value: SLOPES.reduce((sum, slope) => {
          const at = -slope / (1 + sqrt(1 + slope * slope));
          return sum + slope * at - log(1 - at * at);
        }, 0),
      },
    ],
    source: 'constructed; f* from the root of each coordinate',
  },
  {
    name: 'entropy with a sum of 1',
    start: repeated([0.5], 20),
    evaluate: sumOf(
      separable((value, i) => [value * log(value) + (i / 10) * value, log(value) + 1 + i / 10]),
      overRows([repeated([1], 20)], (eta) => [50 * (eta - 1) ** 2, 100 * (eta - 1)]),
    ),
    minima: [{ value: -2.2139644820171878 }],
    source: 'constructed; f* by Newton',
  },
  {
    name: 'x - 1000 log x from 1e-3',
    start: Float64Array.of(1e-3),
    evaluate: single(([a]) => [a - 1000 * log(a), 1 - 1000 / a]),
    minima: [{ value: 1000 - 1000 * log(1000), near: [1000] }],
    source: 'constructed',
  },
  {
    name: 'likelihood of a normal distribution',
    start: Float64Array.of(0, 1),
    evaluate: single(([mean, deviation]) => {
      const moment = NORMAL.reduce((sum, y) => sum + (y - mean) ** 2, 0) / 10;
      const value = log(deviation) + moment / (2 * deviation ** 2);
      return [value, (mean - MEAN) / deviation ** 2, 1 / deviation - moment / deviation ** 3];
    }),
    minima: [{ value: log(DEVIATION) + 0.5, near: [MEAN, DEVIATION] }],
    source: 'constructed; f* = log s + 1/2',
  },
  {
    name: 'likelihood of a Weibull distribution',
    start: Float64Array.of(1, 20),
    evaluate: weibull,
    minima: [{ value: 47.49482988250934 }],
    source: 'the first lifetimes of ball bearings in Lieblein & Zelen (1956); f* by Newton',
  },
  {
    name: 'tangent plane of a ball, n = 5',
    start: new Float64Array(5),
    evaluate: (x, gradient) => {
      const root = sqrt(1 - dot(x, x));
      for (const [i, value] of x.entries()) gradient[i] = BALL[i]! + value / root;
      return dot(BALL, x) - root;
    },
    minima: [{ value: -sqrt(1 + dot(BALL, BALL)) }],
    source: 'constructed; f* = -sqrt(1 + |c|^2)',
  },
  {
    name: 'costs and their reciprocals, n = 30',
    start: repeated([1], 30),
    evaluate: (x, gradient) => {
      const sum = separable((value, i) => [COSTS[i]! * value + 1 / value, COSTS[i]! - value ** -2])(x, gradient);
      return x.every((value) => value > 0) ? sum : Infinity;
    },
    minima: [{ value: COSTS.reduce((sum, cost) => sum + 2 * sqrt(cost), 0) }],
    source: 'constructed; f* = sum 2 sqrt(c)',
  },
  {
    name: 'precision matrix of 3 x 3',
    start: Float64Array.of(1, 1, 1, 0, 0, 0),
    evaluate: precision,
    minima: [{ value: 3 + log(COVARIANCE_DETERMINANT) }],
    source: 'likelihood of a covariance matrix S; f* = 3 + log det S',
  },
  {
    name: 'tomography, n = 6',
    start: repeated([1], 6),
    evaluate: overRows(
      matrixOf(43, 20, 6).map((row) => row.map((value) => value + 1)),
      (eta, i) => [eta - (5 + (i % 7)) * log(eta), 1 - (5 + (i % 7)) / eta],
    ),
    minima: [{ value: -166.50088295670267 }],
    source: 'Poisson model with identity link, Shepp & Vardi (1982); seeded rows; f* by Newton',
  },
  {
    name: 'residuals of square roots',
    start: Float64Array.of(0.01, 9),
    evaluate: squaresOf(
      ([a, b]) => [sqrt(a) * b - 2, b / (2 * sqrt(a)), sqrt(a)],
      ([a, b]) => [sqrt(b) - a - 1, -1, 1 / (2 * sqrt(b))],
    ),
    minima: [{ value: 0 }],
    source: 'constructed; both residuals are 0 at the minimum',
  },
];
