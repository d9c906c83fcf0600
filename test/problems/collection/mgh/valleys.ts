// Problems 1-7, 12-14 and 16 of Moré, Garbow and Hillstrom: few variables, curved valleys, bad scales.

import { squares, squaresOf, type Problem } from '../problem';

const { cos, exp, PI, sin } = Math;
const source = 'Moré, Garbow & Hillstrom, ACM TOMS 7 (1981), problem';

export const VALLEYS: readonly Problem[] = [
  {
    name: 'Rosenbrock',
    start: Float64Array.of(-1.2, 1),
    evaluate: squaresOf(
      ([a, b]) => [10 * (b - a * a), -20 * a, 10],
      ([a]) => [1 - a, -1, 0],
    ),
    minima: [{ value: 0, near: [1, 1] }],
    source: `${source} 1`,
  },
  {
    name: 'Freudenstein-Roth',
    start: Float64Array.of(0.5, -2),
    evaluate: squaresOf(
      ([a, b]) => [a - 13 + ((5 - b) * b - 2) * b, 1, (10 - 3 * b) * b - 2],
      ([a, b]) => [a - 29 + ((b + 1) * b - 14) * b, 1, (3 * b + 2) * b - 14],
    ),
    minima: [{ value: 0, near: [5, 4] }, { value: 48.98425367924001 }],
    source: `${source} 2`,
  },
  {
    name: 'Powell badly scaled',
    start: Float64Array.of(0, 1),
    evaluate: squaresOf(
      ([a, b]) => [1e4 * a * b - 1, 1e4 * b, 1e4 * a],
      ([a, b]) => [exp(-a) + exp(-b) - 1.0001, -exp(-a), -exp(-b)],
    ),
    minima: [{ value: 0, near: [1.0981593e-5, 9.106146] }],
    source: `${source} 3`,
  },
  {
    name: 'Brown badly scaled',
    start: Float64Array.of(1, 1),
    evaluate: squaresOf(
      ([a]) => [a - 1e6, 1, 0],
      ([, b]) => [b - 2e-6, 0, 1],
      ([a, b]) => [a * b - 2, b, a],
    ),
    minima: [{ value: 0, near: [1e6, 2e-6] }],
    source: `${source} 4`,
  },
  {
    name: 'Beale',
    start: Float64Array.of(1, 1),
    evaluate: squares(3, ([a, b], i) => [
      [1.5, 2.25, 2.625][i]! - a * (1 - b ** (i + 1)),
      b ** (i + 1) - 1,
      a * (i + 1) * b ** i,
    ]),
    minima: [{ value: 0, near: [3, 0.5] }],
    source: `${source} 5`,
  },
  {
    name: 'Jennrich-Sampson',
    start: Float64Array.of(0.3, 0.4),
    evaluate: squares(10, ([a, b], i) => {
      const t = i + 1;
      return [2 + 2 * t - exp(t * a) - exp(t * b), -t * exp(t * a), -t * exp(t * b)];
    }),
    minima: [{ value: 124.36218235561478 }],
    source: `${source} 6`,
  },
  {
    name: 'helical valley',
    start: Float64Array.of(-1, 0, 0),
    evaluate: squaresOf(
      ([a, b, c]) => {
        const turns = Math.atan(b / a) / (2 * PI) + (a < 0 ? 0.5 : 0);
        const turning = 50 / (PI * (a * a + b * b));
        return [10 * (c - 10 * turns), turning * b, -turning * a, 10];
      },
      ([a, b]) => {
        const radius = Math.sqrt(a * a + b * b);
        return [10 * (radius - 1), (10 * a) / radius, (10 * b) / radius, 0];
      },
      ([, , c]) => [c, 0, 0, 1],
    ),
    minima: [{ value: 0, near: [1, 0, 0] }],
    source: `${source} 7`,
  },
  {
    name: 'Box in three dimensions',
    start: Float64Array.of(0, 10, 20),
    evaluate: squares(10, ([a, b, c], i) => {
      const t = (i + 1) / 10;
      const difference = exp(-t) - exp(-10 * t);
      return [exp(-t * a) - exp(-t * b) - c * difference, -t * exp(-t * a), t * exp(-t * b), -difference];
    }),
    minima: [{ value: 0, near: [1, 10, 1] }],
    source: `${source} 12, m = 10`,
  },
  {
    name: 'Powell singular',
    start: Float64Array.of(3, -1, 0, 1),
    evaluate: squaresOf(
      ([a, b]) => [a + 10 * b, 1, 10, 0, 0],
      ([, , c, d]) => [Math.sqrt(5) * (c - d), 0, 0, Math.sqrt(5), -Math.sqrt(5)],
      ([, b, c]) => [(b - 2 * c) ** 2, 0, 2 * (b - 2 * c), -4 * (b - 2 * c), 0],
      ([a, , , d]) => [Math.sqrt(10) * (a - d) ** 2, Math.sqrt(40) * (a - d), 0, 0, -Math.sqrt(40) * (a - d)],
    ),
    minima: [{ value: 0, near: [0, 0, 0, 0] }],
    source: `${source} 13`,
  },
  {
    name: 'Wood',
    start: Float64Array.of(-3, -1, -3, -1),
    evaluate: squaresOf(
      ([a, b]) => [10 * (b - a * a), -20 * a, 10, 0, 0],
      ([a]) => [1 - a, -1, 0, 0, 0],
      ([, , c, d]) => [Math.sqrt(90) * (d - c * c), 0, 0, -2 * Math.sqrt(90) * c, Math.sqrt(90)],
      ([, , c]) => [1 - c, 0, 0, -1, 0],
      ([, b, , d]) => [Math.sqrt(10) * (b + d - 2), 0, Math.sqrt(10), 0, Math.sqrt(10)],
      ([, b, , d]) => [(b - d) / Math.sqrt(10), 0, 1 / Math.sqrt(10), 0, -1 / Math.sqrt(10)],
    ),
    minima: [{ value: 0, near: [1, 1, 1, 1] }],
    source: `${source} 14`,
  },
  {
    name: 'Brown-Dennis',
    start: Float64Array.of(25, 5, -5, -1),
    evaluate: squares(20, ([a, b, c, d], i) => {
      const t = (i + 1) / 5;
      const [left, right] = [a + t * b - exp(t), c + d * sin(t) - cos(t)];
      return [left ** 2 + right ** 2, 2 * left, 2 * left * t, 2 * right, 2 * right * sin(t)];
    }),
    minima: [{ value: 85822.20162635628 }],
    source: `${source} 16, m = 20`,
  },
];
