// Bound-constrained problems of Hock and Schittkowski, and others of the literature with few variables.

import { MGH } from '../mgh';
import { elements, filled, repeated, single, squaresOf, windows, type Evaluate } from '../problem';
import { bounded, evaluateOf, type BoundedProblem } from './problem';

const { cos, log, sin, sqrt } = Math;
const source = 'Hock & Schittkowski, Lecture Notes in Economics and Mathematical Systems 187 (1981), problem';
const CUTE = 'Bongartz, Conn, Gould & Toint, ACM TOMS 21 (1995),';

const rosenbrock = evaluateOf(MGH, 'Rosenbrock');

/** sum of sin(a + b) + (a - b)^2 - 1.5 a + 2.5 b + 1 over neighbours. */
const mccormick = (n: number): Evaluate =>
  elements(windows(n, 2), ([a, b]) => [
    sin(a + b) + (a - b) ** 2 - 1.5 * a + 2.5 * b + 1,
    cos(a + b) + 2 * (a - b) - 1.5,
    cos(a + b) - 2 * (a - b) + 2.5,
  ]);

/** (x_1 - 1)^2 + sum of (x_j - sqrt(x_(j+1)))^2 */
const hatfld = squaresOf(
  ([a]) => [a - 1, 1, 0, 0, 0],
  ([a, b]) => [a - sqrt(b), 1, -0.5 / sqrt(b), 0, 0],
  ([, b, c]) => [b - sqrt(c), 0, 1, -0.5 / sqrt(c), 0],
  ([, , c, d]) => [c - sqrt(d), 0, 0, 1, -0.5 / sqrt(d)],
);

/** 2 - x_1 x_2 … x_n / n! */
function product(x: Float64Array, gradient: Float64Array): number {
  for (const j of x.keys()) {
    gradient[j] = x.reduce((part, value, k) => (k === j ? part / (k + 1) : (part * value) / (k + 1)), -1);
  }
  return 2 + x.reduce((part, value, k) => (part * value) / (k + 1), -1);
}

/** sum of log(x_j - 2)^2 + log(10 - x_j)^2, less the product to the power of 0.2. */
function logarithms(x: Float64Array, gradient: Float64Array): number {
  const power = x.reduce((part, value) => part * value, 1) ** 0.2;
  let sum = -power;
  for (const [j, value] of x.entries()) {
    const [low, high] = [log(value - 2), log(10 - value)];
    sum += low ** 2 + high ** 2;
    gradient[j] = (2 * low) / (value - 2) - (2 * high) / (10 - value) - (0.2 * power) / value;
  }
  return sum;
}

export const PUBLISHED: readonly BoundedProblem[] = [
  bounded({
    name: 'HS1',
    start: Float64Array.of(-2, 1),
    lower: [-Infinity, -1.5],
    evaluate: rosenbrock,
    minima: [{ value: 0, near: [1, 1] }],
    source: `${source} 1`,
  }),
  bounded({
    name: 'HS2',
    start: Float64Array.of(-2, 1),
    lower: [-Infinity, 1.5],
    evaluate: rosenbrock,
    minima: [{ value: 0.050426187893607075, near: [1.2243707, 1.5] }, { value: 4.941229317989185 }],
    source: `${source} 2`,
  }),
  bounded({
    name: 'HS3',
    start: Float64Array.of(10, 1),
    lower: [-Infinity, 0],
    evaluate: single(([a, b]) => [b + 1e-5 * (b - a) ** 2, -2e-5 * (b - a), 1 + 2e-5 * (b - a)]),
    minima: [{ value: 0 }],
    source: `${source} 3`,
  }),
  bounded({
    name: 'HS4',
    start: Float64Array.of(1.125, 0.125),
    lower: [1, 0],
    evaluate: single(([a, b]) => [(a + 1) ** 3 / 3 + b, (a + 1) ** 2, 1]),
    minima: [{ value: 8 / 3 }],
    source: `${source} 4`,
  }),
  bounded({
    name: 'HS5',
    start: Float64Array.of(0, 0),
    lower: [-1.5, -3],
    upper: [4, 3],
    evaluate: mccormick(2),
    minima: [{ value: -sqrt(3) / 2 - Math.PI / 3 }],
    source: `${source} 5`,
  }),
  bounded({
    name: 'HS25',
    start: Float64Array.of(100, 12.5, 3),
    lower: [0.1, 0, 0],
    upper: [100, 25.6, 5],
    evaluate: evaluateOf(MGH, 'Gulf research and development'),
    minima: [{ value: 0, near: [50, 25, 1.5] }],
    source: `${source} 25`,
  }),
  bounded({
    name: 'HS38',
    start: Float64Array.of(-3, -1, -3, -1),
    lower: -10,
    upper: 10,
    evaluate: evaluateOf(MGH, 'Wood'),
    minima: [{ value: 0, near: [1, 1, 1, 1] }],
    source: `${source} 38`,
  }),
  bounded({
    name: 'HS45',
    start: repeated([2], 5),
    lower: 0,
    upper: filled(5, (j) => j),
    evaluate: product,
    minima: [{ value: 1 }],
    source: `${source} 45`,
  }),
  bounded({
    name: 'HS110',
    start: repeated([9], 10),
    lower: 2.001,
    upper: 9.999,
    evaluate: logarithms,
    minima: [{ value: -45.778469707446334 }],
    source: `${source} 110`,
  }),
  bounded({
    name: 'HATFLDA',
    start: repeated([0.1], 4),
    lower: 1e-7,
    evaluate: hatfld,
    minima: [{ value: 0, near: [1, 1, 1, 1] }],
    source: `${CUTE} HATFLDA`,
  }),
  bounded({
    name: 'HATFLDB',
    start: repeated([0.1], 4),
    lower: 1e-7,
    upper: [Infinity, 0.8, Infinity, Infinity],
    evaluate: hatfld,
    minima: [{ value: 0.005572809000084123 }],
    source: `${CUTE} HATFLDB`,
  }),
  bounded({
    name: 'LOGROS',
    start: Float64Array.of(-1.2, 1),
    lower: 0,
    evaluate: single(([a, b]) => {
      const [valley, away] = [b - a * a, 1 - a];
      const inside = 1 + 1e4 * valley ** 2 + away ** 2;
      return [log(inside), (-4e4 * a * valley - 2 * away) / inside, (2e4 * valley) / inside];
    }),
    minima: [{ value: 0, near: [1, 1] }],
    source: `${CUTE} LOGROS`,
  }),
  bounded({
    name: 'MCCORMCK, n = 50',
    start: new Float64Array(50),
    lower: -1.5,
    upper: 3,
    evaluate: mccormick(50),
    minima: [{ value: -46.126925644202636 }],
    source: `${CUTE} MCCORMCK`,
  }),
];
