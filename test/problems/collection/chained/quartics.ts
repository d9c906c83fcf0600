// Chained functions of other kinds, to n = 1000.

import { elements, filled, repeated, sumOf, windows, type Evaluate, type Problem } from '../problem';

const { cos, exp, PI, sin, tan } = Math;
const CUTE = 'CUTE (Bongartz, Conn, Gould & Toint, ACM TOMS 21, 1995),';

/** sum of c_j (x_j - m_j)^p */
function powers(p: number, weight: (j: number) => number, centre: (j: number) => number): Evaluate {
  return (x, gradient) => {
    let sum = 0;
    for (const [i, value] of x.entries()) {
      const away = value - centre(i + 1);
      sum += weight(i + 1) * away ** p;
      gradient[i] = weight(i + 1) * p * away ** (p - 1);
    }
    return sum;
  };
}

export const QUARTICS: readonly Problem[] = [
  {
    name: 'ENGVAL1, n = 1000',
    start: repeated([2], 1000),
    evaluate: elements(windows(1000, 2), ([a, b]) => {
      const norm = a * a + b * b;
      return [norm ** 2 - 4 * a + 3, 4 * norm * a - 4, 4 * norm * b];
    }),
    minima: [{ value: 1108.194718785004 }],
    source: `${CUTE} ENGVAL1`,
  },
  {
    name: 'ARWHEAD, n = 1000',
    start: repeated([1], 1000),
    evaluate: elements(
      Array.from({ length: 999 }, (_, i) => [i, 999]),
      ([a, last]) => {
        const norm = a * a + last * last;
        return [norm ** 2 - 4 * a + 3, 4 * norm * a - 4, 4 * norm * last];
      },
    ),
    minima: [{ value: 0, near: filled(1000, (j) => (j < 1000 ? 1 : 0)) }],
    source: `${CUTE} ARWHEAD`,
  },
  {
    name: 'TRIDIA, n = 1000',
    start: repeated([1], 1000),
    evaluate: sumOf(
      elements([[0]], ([a]) => [(a - 1) ** 2, 2 * (a - 1)]),
      elements(windows(1000, 2), ([a, b], i) => {
        const away = 2 * b - a;
        return [(i + 2) * away ** 2, -2 * (i + 2) * away, 4 * (i + 2) * away];
      }),
    ),
    minima: [{ value: 0, near: filled(1000, (j) => 2 ** (1 - j)) }],
    source: `${CUTE} TRIDIA`,
  },
  {
    name: 'BDQRTIC, n = 1000',
    start: repeated([1], 1000),
    evaluate: elements(
      windows(999, 4).map((four) => [...four, 999]),
      (v) => {
        const [first] = v;
        const inner = [1, 2, 3, 4, 5].reduce((sum, weight, k) => sum + weight * v[k]! ** 2, 0);
        const [a, ...others] = [1, 2, 3, 4, 5].map((weight, k) => 4 * weight * v[k]! * inner);
        return [(3 - 4 * first) ** 2 + inner ** 2, a! - 8 * (3 - 4 * first), ...others];
      },
    ),
    minima: [{ value: 3983.8179505765675 }],
    source: `${CUTE} BDQRTIC`,
  },
  {
    name: 'CRAGGLVY, n = 1000',
    start: filled(1000, (j) => (j === 1 ? 1 : 2)),
    evaluate: elements(windows(1000, 4, 2), ([a, b, c, d]) => {
      const [first, second, third] = [exp(a) - b, b - c, tan(c - d) + c - d];
      const bend = 4 * third ** 3 * (2 + tan(c - d) ** 2);
      return [
        first ** 4 + 100 * second ** 6 + third ** 4 + a ** 8 + (d - 1) ** 2,
        4 * first ** 3 * exp(a) + 8 * a ** 7,
        -4 * first ** 3 + 600 * second ** 5,
        bend - 600 * second ** 5,
        2 * (d - 1) - bend,
      ];
    }),
    minima: [{ value: 336.423147872921 }],
    source: `${CUTE} CRAGGLVY`,
  },
  {
    name: 'EDENSCH, n = 1000',
    start: new Float64Array(1000),
    evaluate: sumOf(
      () => 16,
      elements(windows(1000, 2), ([a, b]) => {
        const product = a * b - 2 * b;
        return [
          (a - 2) ** 4 + product ** 2 + (b + 1) ** 2,
          4 * (a - 2) ** 3 + 2 * product * b,
          2 * product * (a - 2) + 2 * (b + 1),
        ];
      }),
    ),
    minima: [{ value: 6003.2845920207665 }],
    source: `${CUTE} EDENSCH`,
  },
  {
    name: 'TOINTGSS, n = 1000',
    start: repeated([3], 1000),
    evaluate: elements(windows(1000, 3), ([a, b, c]) => {
      const [weight, width] = [10 / 1002 + c * c, 0.1 + c * c];
      const e = exp(-((a - b) ** 2) / width);
      const slope = (2 * weight * e * (a - b)) / width;
      return [weight * (2 - e), slope, -slope, 2 * c * (2 - e) - (2 * weight * e * c * (a - b) ** 2) / width ** 2];
    }),
    minima: [
      { value: 9980 / 1002, near: new Float64Array(1000) },
      { value: 9990 / 1002, near: filled(1000, (j) => (j === 1 ? 10 : 0)), isPublished: false },
    ],
    source: `${CUTE} TOINTGSS; f* = 10 (n - 2) / (n + 2); next to it, one of the differences is large`,
  },
  {
    name: 'SCHMVETT, n = 1000',
    start: repeated([0.5], 1000),
    evaluate: elements(windows(1000, 3), ([a, b, c]) => {
      const [difference, angle, ratio] = [a - b, (PI * b + c) / 2, (a + c) / b - 2];
      const hill = 1 / (1 + difference ** 2);
      const [fall, e] = [2 * difference * hill ** 2, 2 * ratio * exp(-(ratio ** 2))];
      return [
        -hill - sin(angle) - exp(-(ratio ** 2)),
        fall + e / b,
        -fall - (PI / 2) * cos(angle) - (e * (a + c)) / b ** 2,
        -cos(angle) / 2 + e / b,
      ];
    }),
    minima: [{ value: -2994 }],
    source: `${CUTE} SCHMVETT; f* = -3 (n - 2)`,
  },
  {
    name: 'DQDRTIC, n = 1000',
    start: repeated([3], 1000),
    evaluate: elements(windows(1000, 3), ([a, b, c]) => [a * a + 100 * (b * b + c * c), 2 * a, 200 * b, 200 * c]),
    minima: [{ value: 0, near: new Float64Array(1000) }],
    source: `${CUTE} DQDRTIC`,
  },
  {
    name: 'QUARTC, n = 1000',
    start: repeated([2], 1000),
    evaluate: powers(
      4,
      () => 1,
      (j) => j,
    ),
    minima: [{ value: 0, near: filled(1000, (j) => j) }],
    source: `${CUTE} QUARTC`,
  },
  {
    name: 'NONDQUAR, n = 100',
    start: repeated([1, -1], 100),
    evaluate: sumOf(
      elements(
        [
          [0, 1],
          [98, 99],
        ],
        ([a, b], i) => {
          const away = i === 0 ? a - b : a + b;
          return [away ** 2, 2 * away, i === 0 ? -2 * away : 2 * away];
        },
      ),
      elements(
        windows(99, 2).map((two) => [...two, 99]),
        ([a, b, c]) => {
          const slope = 4 * (a + b + c) ** 3;
          return [(a + b + c) ** 4, slope, slope, slope];
        },
      ),
    ),
    minima: [{ value: 0, near: new Float64Array(100) }],
    source: `${CUTE} NONDQUAR`,
  },
  {
    name: 'quadratic with curvatures 1 to 1e6, n = 200',
    start: repeated([1], 200),
    evaluate: powers(
      2,
      (j) => 10 ** ((6 * (j - 1)) / 199),
      () => 0,
    ),
    minima: [{ value: 0, near: new Float64Array(200) }],
    source: 'constructed',
  },
  {
    name: 'Raydan 1, n = 1000',
    start: repeated([1], 1000),
    evaluate: (x, gradient) => {
      let sum = 0;
      for (const [i, value] of x.entries()) {
        sum += ((i + 1) / 10) * (exp(value) - value);
        gradient[i] = ((i + 1) / 10) * (exp(value) - 1);
      }
      return sum;
    },
    minima: [{ value: 50050, near: new Float64Array(1000) }],
    source: 'Raydan, SIAM J. Optim. 7 (1997); f* = sum j / 10 at 0',
  },
];
