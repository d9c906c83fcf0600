// Chained functions whose minimum lies in a curved valley, to n = 1000.

import { boundaryValue } from '../mgh/systems';
import { extendedPowell, extendedRosenbrock, penalty1, penalty2, variablyDimensioned } from '../mgh/sums';
import { elements, filled, repeated, sumOf, windows, type Problem } from '../problem';

const { cos, sin } = Math;

/** (b - a^2)^2 with its derivatives, times weight. */
function valley(a: number, b: number, weight: number): [number, number, number] {
  const away = b - a * a;
  return [weight * away ** 2, -4 * weight * a * away, 2 * weight * away];
}

/** 100 (b - a^2)^2 + (1 - a)^2 over neighbours. */
export function chainedRosenbrock(n: number): Problem['evaluate'] {
  return elements(windows(n, 2), ([a, b]) => {
    const [value, byA, byB] = valley(a, b, 100);
    return [value + (1 - a) ** 2, byA - 2 * (1 - a), byB];
  });
}

const CUTE = 'CUTE (Bongartz, Conn, Gould & Toint, ACM TOMS 21, 1995),';

export const VALLEYS: readonly Problem[] = [
  ...[100, 1000].map((n): Problem => ({
    name: `chained Rosenbrock, n = ${n}`,
    start: repeated([-1.2, 1], n),
    evaluate: chainedRosenbrock(n),
    minima: [{ value: 0, near: repeated([1], n) }],
    source: 'Toint (1978); bench/solves has it, too',
  })),
  {
    name: 'SROSENBR, n = 1000',
    start: repeated([-1.2, 1], 1000),
    evaluate: extendedRosenbrock(1000),
    minima: [{ value: 0, near: repeated([1], 1000) }],
    source: `${CUTE} SROSENBR`,
  },
  {
    name: 'extended Powell singular, n = 1000',
    start: repeated([3, -1, 0, 1], 1000),
    evaluate: extendedPowell(1000),
    minima: [{ value: 0, near: new Float64Array(1000) }],
    source: `${CUTE} POWELLSG`,
  },
  {
    name: 'WOODS, n = 1000',
    start: repeated([-3, -1, -3, -1], 1000),
    evaluate: elements(windows(1000, 4, 4), ([a, b, c, d]) => {
      const [left, byA, byB] = valley(a, b, 100);
      const [right, byC, byD] = valley(c, d, 90);
      const [sum, difference] = [b + d - 2, b - d];
      return [
        left + right + (1 - a) ** 2 + (1 - c) ** 2 + 10 * sum ** 2 + 0.1 * difference ** 2,
        byA - 2 * (1 - a),
        byB + 20 * sum + 0.2 * difference,
        byC - 2 * (1 - c),
        byD + 20 * sum - 0.2 * difference,
      ];
    }),
    minima: [{ value: 0, near: repeated([1], 1000) }],
    source: `${CUTE} WOODS`,
  },
  {
    name: 'GENROSE, n = 100',
    start: filled(100, (j) => j / 101),
    evaluate: sumOf(
      () => 1,
      elements(windows(100, 2), ([a, b]) => {
        const [value, byA, byB] = valley(a, b, 100);
        return [value + (b - 1) ** 2, byA, byB + 2 * (b - 1)];
      }),
    ),
    minima: [{ value: 1, near: repeated([1], 100) }],
    source: `${CUTE} GENROSE`,
  },
  {
    name: 'LIARWHD, n = 1000',
    start: repeated([4], 1000),
    evaluate: elements(
      Array.from({ length: 1000 }, (_, i) => [i, 0]),
      ([a, first]) => {
        const away = a * a - first;
        return [4 * away ** 2 + (a - 1) ** 2, 16 * a * away + 2 * (a - 1), -8 * away];
      },
    ),
    minima: [{ value: 0, near: repeated([1], 1000) }],
    source: `${CUTE} LIARWHD`,
  },
  {
    name: 'NONDIA, n = 1000',
    start: repeated([-1], 1000),
    evaluate: sumOf(
      elements([[0]], ([a]) => [(a - 1) ** 2, 2 * (a - 1)]),
      elements(
        Array.from({ length: 999 }, (_, i) => [i, 0]),
        ([a, first], i) => {
          const away = first - a * a;
          return i === 0
            ? [100 * away ** 2, 200 * away * (1 - 2 * a), 0]
            : [100 * away ** 2, -400 * a * away, 200 * away];
        },
      ),
    ),
    minima: [{ value: 0, near: repeated([1], 1000) }],
    source: `${CUTE} NONDIA`,
  },
  {
    name: 'FLETCHCR, n = 100',
    start: new Float64Array(100),
    evaluate: elements(windows(100, 2), ([a, b]) => {
      const away = b - a + 1 - a * a;
      return [100 * away ** 2, -200 * away * (1 + 2 * a), 200 * away];
    }),
    minima: [{ value: 0 }],
    source: `${CUTE} FLETCHCR`,
  },
  {
    name: 'FREUROTH, n = 100',
    start: repeated([0.5, -2, ...repeated([0], 98)], 100),
    evaluate: elements(windows(100, 2), ([a, b]) => {
      const [left, right] = [a - 13 + ((5 - b) * b - 2) * b, a - 29 + ((b + 1) * b - 14) * b];
      const byB = left * ((10 - 3 * b) * b - 2) + right * ((3 * b + 2) * b - 14);
      return [left ** 2 + right ** 2, 2 * (left + right), 2 * byB];
    }),
    minima: [{ value: 11964.577348654182 }],
    source: `${CUTE} FREUROTH`,
  },
  {
    name: 'COSINE, n = 1000',
    start: repeated([1], 1000),
    evaluate: elements(windows(1000, 2), ([a, b]) => {
      const angle = a * a - b / 2;
      return [cos(angle), -2 * a * sin(angle), sin(angle) / 2];
    }),
    minima: [{ value: -999 }],
    source: `${CUTE} COSINE; f* = -(n - 1), where every cosine is -1`,
  },
  {
    name: 'VARDIM, n = 200',
    start: filled(200, (j) => 1 - j / 200),
    evaluate: variablyDimensioned,
    minima: [{ value: 0, near: repeated([1], 200) }],
    source: `${CUTE} VARDIM`,
  },
  {
    name: 'PENALTY1, n = 1000',
    start: filled(1000, (j) => j),
    evaluate: penalty1,
    minima: [{ value: 0.00968617543244541 }],
    source: `${CUTE} PENALTY1`,
  },
  {
    name: 'PENALTY2, n = 50',
    start: repeated([0.5], 50),
    evaluate: penalty2,
    minima: [{ value: 4.296098133861358 }],
    source: `${CUTE} PENALTY2`,
  },
  { ...boundaryValue(100), name: 'MOREBV, n = 100', source: `${CUTE} MOREBV` },
];
