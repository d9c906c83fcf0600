// Smooth functions of few variables that are not convex, with published minima.

import { filled, repeated, single, squaresOf, sumOf, windows, elements, type Evaluate, type Problem } from './problem';

const { cos, exp, PI, sin } = Math;

interface Hartmann {
  readonly rates: readonly (readonly number[])[];
  readonly centres: readonly (readonly number[])[];
}

const HARTMANN_3: Hartmann = {
  rates: [
    [3, 10, 30],
    [0.1, 10, 35],
    [3, 10, 30],
    [0.1, 10, 35],
  ],
  centres: [
    [0.3689, 0.117, 0.2673],
    [0.4699, 0.4387, 0.747],
    [0.1091, 0.8732, 0.5547],
    [0.0381, 0.5743, 0.8828],
  ],
};

const HARTMANN_6: Hartmann = {
  rates: [
    [10, 3, 17, 3.5, 1.7, 8],
    [0.05, 10, 17, 0.1, 8, 14],
    [3, 3.5, 1.7, 10, 17, 8],
    [17, 8, 0.05, 10, 0.1, 14],
  ],
  centres: [
    [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
    [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
    [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
    [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
  ],
};

const HARTMANN_MINIMA: readonly (readonly [Hartmann, Problem['minima']])[] = [
  [
    HARTMANN_3,
    [
      { value: -3.8627797873326624, near: [0.1146, 0.5556, 0.8525] },
      { value: -3.0897641343826483, isPublished: false },
    ],
  ],
  [
    HARTMANN_6,
    [
      { value: -3.322368011415515 },
      { value: -3.2031619183962317, near: [0.4047, 0.8824, 0.8461, 0.574, 0.1389, 0.0385], isPublished: false },
    ],
  ],
];

function hartmann({ rates, centres }: Hartmann): Evaluate {
  return (x, gradient) => {
    gradient.fill(0);
    return [1, 1.2, 3, 3.2].reduce((sum, height, k) => {
      const away = [...x].map((value, j) => value - centres[k]![j]!);
      const hill = height * exp(-away.reduce((norm, distance, j) => norm + rates[k]![j]! * distance ** 2, 0));
      for (const [j, distance] of away.entries()) gradient[j]! += 2 * hill * rates[k]![j]! * distance;
      return sum - hill;
    }, 0);
  };
}

const goldsteinPrice: Evaluate = single(([a, b]) => {
  const [sum, difference] = [a + b + 1, 2 * a - 3 * b];
  const inner = 19 - 14 * a + 3 * a * a - 14 * b + 6 * a * b + 3 * b * b;
  const outer = 18 - 32 * a + 12 * a * a + 48 * b - 36 * a * b + 27 * b * b;
  const [left, right] = [1 + sum ** 2 * inner, 30 + difference ** 2 * outer];
  const slope = 2 * sum * inner + sum ** 2 * (6 * a + 6 * b - 14);
  const byA = 4 * difference * outer + difference ** 2 * (24 * a - 36 * b - 32);
  const byB = -6 * difference * outer + difference ** 2 * (54 * b - 36 * a + 48);
  return [left * right, slope * right + left * byA, slope * right + left * byB];
});

export const LANDSCAPES: readonly Problem[] = [
  {
    name: 'Himmelblau',
    start: Float64Array.of(0, 0),
    evaluate: squaresOf(
      ([a, b]) => [a * a + b - 11, 2 * a, 1],
      ([a, b]) => [a + b * b - 7, 1, 2 * b],
    ),
    minima: [{ value: 0, near: [3, 2] }],
    source: 'Himmelblau, "Applied Nonlinear Programming" (1972)',
  },
  {
    name: 'six-hump camel',
    start: Float64Array.of(-1.5, 1),
    evaluate: single(([a, b]) => [
      (4 - 2.1 * a * a + a ** 4 / 3) * a * a + a * b + 4 * (b * b - 1) * b * b,
      8 * a - 8.4 * a ** 3 + 2 * a ** 5 + b,
      a - 8 * b + 16 * b ** 3,
    ]),
    minima: [
      { value: -1.0316284534898774, near: [0.0898, -0.7126] },
      { value: -0.2154638243837188, near: [-1.7036, 0.7961] },
    ],
    source: 'Dixon & Szegő, "Towards Global Optimisation 2" (1978)',
  },
  {
    name: 'three-hump camel',
    start: Float64Array.of(2, -1.2),
    evaluate: single(([a, b]) => [
      2 * a * a - 1.05 * a ** 4 + a ** 6 / 6 + a * b + b * b,
      4 * a - 4.2 * a ** 3 + a ** 5 + b,
      a + 2 * b,
    ]),
    minima: [
      { value: 0, near: [0, 0] },
      { value: 0.29863844223686054, near: [1.7475, -0.8738] },
    ],
    source: 'Dixon & Szegő, "Towards Global Optimisation" (1975)',
  },
  {
    name: 'Goldstein-Price',
    start: Float64Array.of(0.5, -0.5),
    evaluate: goldsteinPrice,
    minima: [
      { value: 3, near: [0, -1] },
      { value: 30, near: [-0.6, -0.4] },
      { value: 84, near: [1.8, 0.2] },
    ],
    source: 'Goldstein & Price, Math. Comp. 25 (1971)',
  },
  {
    name: 'Branin',
    start: Float64Array.of(2.5, 7.5),
    evaluate: single(([a, b]) => {
      const inner = b - (5.1 / (4 * PI * PI)) * a * a + (5 / PI) * a - 6;
      const height = 10 * (1 - 1 / (8 * PI));
      return [
        inner ** 2 + height * cos(a) + 10,
        2 * inner * (5 / PI - (5.1 / (2 * PI * PI)) * a) - height * sin(a),
        2 * inner,
      ];
    }),
    minima: [{ value: 5 / (4 * PI), near: [PI, 2.275] }],
    source: 'Dixon & Szegő, "Towards Global Optimisation 2" (1978); f* = 5 / (4 pi)',
  },
  {
    name: 'Styblinski-Tang, n = 10',
    start: repeated([-1], 10),
    evaluate: (x, gradient) => {
      for (const [i, value] of x.entries()) gradient[i] = 2 * value ** 3 - 16 * value + 2.5;
      return x.reduce((sum, value) => sum + (value ** 4 - 16 * value * value + 5 * value) / 2, 0);
    },
    minima: [{ value: -391.6616570377142, near: repeated([-2.9], 10) }],
    source: 'Styblinski & Tang, Neural Networks 3 (1990)',
  },
  {
    name: 'CLIFF',
    start: Float64Array.of(0, -1),
    evaluate: single(([a, b]) => {
      const e = exp(20 * (a - b));
      return [((a - 3) / 100) ** 2 - a + b + e, (a - 3) / 5000 - 1 + 20 * e, 1 - 20 * e];
    }),
    minima: [{ value: 0.05 + Math.log(20) / 20, near: [3, 3 + Math.log(20) / 20] }],
    source: 'CUTE (Bongartz, Conn, Gould & Toint, ACM TOMS 21, 1995), CLIFF; f* = (1 + log 20) / 20',
  },
  ...HARTMANN_MINIMA.map(([shape, minima]): Problem => {
    const n = shape.centres[0]!.length;
    return {
      name: `Hartmann, n = ${n}`,
      start: repeated([0.5], n),
      evaluate: hartmann(shape),
      minima,
      source: 'Dixon & Szegő, "Towards Global Optimisation 2" (1978)',
    };
  }),
  {
    name: 'SISSER',
    start: Float64Array.of(1, 0.1),
    evaluate: single(([a, b]) => [
      3 * a ** 4 - 2 * a * a * b * b + 3 * b ** 4,
      12 * a ** 3 - 4 * a * b * b,
      12 * b ** 3 - 4 * a * a * b,
    ]),
    minima: [{ value: 0, near: [0, 0] }],
    source: 'CUTE (Bongartz, Conn, Gould & Toint, ACM TOMS 21, 1995), SISSER',
  },
  {
    name: 'ENGVAL2',
    start: Float64Array.of(1, 2, 0),
    evaluate: squaresOf(
      ([a, b, c]) => [a * a + b * b + c * c - 1, 2 * a, 2 * b, 2 * c],
      ([a, b, c]) => [a * a + b * b + (c - 2) ** 2 - 1, 2 * a, 2 * b, 2 * (c - 2)],
      ([a, b, c]) => [a + b + c - 1, 1, 1, 1],
      ([a, b, c]) => [a + b - c + 1, 1, 1, -1],
      ([a, b, c]) => {
        const inner = 5 * c - a + 1;
        return [3 * b * b + a ** 3 + inner ** 2 - 36, 3 * a * a - 2 * inner, 6 * b, 10 * inner];
      },
    ),
    minima: [{ value: 0 }],
    source: 'CUTE (Bongartz, Conn, Gould & Toint, ACM TOMS 21, 1995), ENGVAL2',
  },
  {
    name: 'cubic valley',
    start: Float64Array.of(-1.2, 1),
    evaluate: squaresOf(
      ([a, b]) => [10 * (b - a ** 3), -30 * a * a, 10],
      ([a]) => [1 - a, -1, 0],
    ),
    minima: [{ value: 0, near: [1, 1] }],
    source: 'CUTE (Bongartz, Conn, Gould & Toint, ACM TOMS 21, 1995), CUBE',
  },
  {
    name: 'Zettl',
    start: Float64Array.of(1, 1),
    evaluate: single(([a, b]) => {
      const inner = a * a + b * b - 2 * a;
      return [inner ** 2 + a / 4, 4 * inner * (a - 1) + 0.25, 4 * inner * b];
    }),
    minima: [{ value: -0.003791237220468898, near: [-0.0299, 0] }],
    source: 'Zettl (1970), as in Schwefel, "Evolution and Optimum Seeking" (1995)',
  },
  {
    name: 'Trid, n = 10',
    start: new Float64Array(10),
    evaluate: sumOf(
      elements(windows(10, 1), ([a]) => [(a - 1) ** 2, 2 * (a - 1)]),
      elements(windows(10, 2), ([a, b]) => [-a * b, -b, -a]),
    ),
    minima: [{ value: -210, near: filled(10, (j) => j * (11 - j)) }],
    source: 'Neumaier; f* = -n (n + 4) (n - 1) / 6',
  },
];
