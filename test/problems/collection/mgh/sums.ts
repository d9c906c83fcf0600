// Problems 20-26 and 35 of Moré, Garbow and Hillstrom: sums of squares of any number of variables.

import {
  elements,
  filled,
  repeated,
  sumOfSquares,
  windows,
  type Evaluate,
  type Minimum,
  type Problem,
} from '../problem';

const { cos, exp, sin, sqrt } = Math;
const source = 'Moré, Garbow & Hillstrom, ACM TOMS 7 (1981), problem';

/**
 * Watson's of 12 and 20 variables are too ill-conditioned to descend all the way in doubles: the minimiser of the one is
 * as published (Brent 1973), that of the other by Newton with 60 digits.
 */
const WATSON_MINIMA: readonly (readonly [number, Minimum])[] = [
  [6, { value: 0.0022876700535523625 }],
  [9, { value: 0.0000013997601380898392 }],
  [
    12,
    {
      value: 4.722381102e-10,
      near: [
        -6.638060467e-9, 1.000001644117862, -0.0005639322103, 0.3478205405036, -0.1567315040922, 1.052815177187,
        -3.247271152716, 7.288434897798, -10.27184824065, 9.074113646477, -4.541375466762, 1.012011888557,
      ],
    },
  ],
  [
    20,
    {
      value: 2.486616372416181e-20,
      near: [
        -5.506474935920062e-19, 1.000000000000167, -1.5283949387142125e-7, 0.3333419376479279, -0.00022561838435185508,
        0.13687975170049843, -0.03714197876949406, 0.3289650245228482, -1.4941629718008682, 6.127730131094448,
        -19.0669107910192, 45.928432980708926, -85.57523071582479, 123.09267180160522, -135.37787612846407,
        111.77917994119419, -67.09641797387498, 27.67079092031345, -7.021765463124511, 0.8291470299442796,
      ],
    },
  ],
];

const CHEBYQUAD_MINIMA: readonly (readonly [number, Problem['minima']])[] = [
  [8, [{ value: 0.003516873725677923 }]],
  [9, [{ value: 0 }]],
  [
    10,
    [
      {
        value: 0.004772713696375341,
        near: [0.033, 0.1551, 0.2002, 0.3832, 0.3833, 0.5292, 0.6404, 0.7136, 0.8285, 0.9253],
      },
      { value: 0.006503954800882302 },
    ],
  ],
];

export const SUMS: readonly Problem[] = [
  ...WATSON_MINIMA.map(([n, minimum]): Problem => ({
    name: `Watson, n = ${n}`,
    start: new Float64Array(n),
    evaluate: watson,
    minima: [minimum],
    source: `${source} 20`,
  })),
  {
    name: 'extended Rosenbrock, n = 10',
    start: repeated([-1.2, 1], 10),
    evaluate: extendedRosenbrock(10),
    minima: [{ value: 0, near: repeated([1], 10) }],
    source: `${source} 21`,
  },
  {
    name: 'extended Powell singular, n = 12',
    start: repeated([3, -1, 0, 1], 12),
    evaluate: extendedPowell(12),
    minima: [{ value: 0, near: new Float64Array(12) }],
    source: `${source} 22`,
  },
  ...(
    [
      [4, 0.000022499775008999372],
      [10, 0.00007087651467090368],
    ] as const
  ).map(([n, value]): Problem => ({
    name: `penalty I, n = ${n}`,
    start: filled(n, (j) => j),
    evaluate: penalty1,
    minima: [{ value }],
    source: `${source} 23`,
  })),
  ...(
    [
      [4, 0.00000937629300735544],
      [10, 0.00029366053745674594],
    ] as const
  ).map(([n, value]): Problem => ({
    name: `penalty II, n = ${n}`,
    start: repeated([0.5], n),
    evaluate: penalty2,
    minima: [{ value }],
    source: `${source} 24`,
  })),
  {
    name: 'variably dimensioned, n = 10',
    start: filled(10, (j) => 1 - j / 10),
    evaluate: variablyDimensioned,
    minima: [{ value: 0, near: repeated([1], 10) }],
    source: `${source} 25`,
  },
  {
    name: 'trigonometric, n = 10',
    start: repeated([0.1], 10),
    evaluate: trigonometric,
    minima: [
      { value: 0, near: new Float64Array(10) },
      {
        value: 0.000027950561218777493,
        near: [0.0552, 0.0568, 0.0588, 0.061, 0.0636, 0.0668, 0.2082, 0.1644, 0.085, 0.0914],
      },
      { value: 0.000042186338879232705, isPublished: false },
    ],
    source: `${source} 26`,
  },
  ...CHEBYQUAD_MINIMA.map(([n, minima]): Problem => ({
    name: `Chebyquad, n = ${n}`,
    start: filled(n, (j) => j / (n + 1)),
    evaluate: chebyquad,
    minima,
    source: `${source} 35`,
  })),
];

function watson(x: Float64Array, gradient: Float64Array): number {
  return sumOfSquares(31, (_, row, i) => {
    if (i === 29) return (row[0] = 1) * x[0]!;
    if (i === 30) {
      row.set([-2 * x[0]!, 1]);
      return x[1]! - x[0]! ** 2 - 1;
    }
    // Powers by products: an engine's own `**` may round otherwise, which decides here where a descent ends.
    const t = (i + 1) / 29;
    let [value, slope, power, powerBefore] = [0, 0, 1, 0];
    for (const [j, coefficient] of x.entries()) {
      value += coefficient * power;
      slope += j * coefficient * powerBefore;
      row[j] = j * powerBefore;
      [power, powerBefore] = [power * t, power];
    }
    power = 1;
    for (const j of x.keys()) {
      row[j]! -= 2 * value * power;
      power *= t;
    }
    return slope - value ** 2 - 1;
  })(x, gradient);
}

/** sum of 100 (b - a^2)^2 + (1 - a)^2 over pairs. */
export function extendedRosenbrock(n: number): Evaluate {
  return elements(windows(n, 2, 2), ([a, b]) => {
    const valley = b - a * a;
    return [100 * valley ** 2 + (1 - a) ** 2, -400 * a * valley - 2 * (1 - a), 200 * valley];
  });
}

/** sum of (a + 10 b)^2 + 5 (c - d)^2 + (b - 2 c)^4 + 10 (a - d)^4 over fours. */
export function extendedPowell(n: number): Evaluate {
  return elements(windows(n, 4, 4), ([a, b, c, d]) => {
    const [first, second, third, fourth] = [a + 10 * b, c - d, b - 2 * c, a - d];
    return [
      first ** 2 + 5 * second ** 2 + third ** 4 + 10 * fourth ** 4,
      2 * first + 40 * fourth ** 3,
      20 * first + 4 * third ** 3,
      10 * second - 8 * third ** 3,
      -10 * second - 40 * fourth ** 3,
    ];
  });
}

/** 1e-5 sum (x_j - 1)^2 + (sum x_j^2 - 1/4)^2 */
export function penalty1(x: Float64Array, gradient: Float64Array): number {
  let [near, norm] = [0, -0.25];
  for (const value of x) {
    near += (value - 1) ** 2;
    norm += value ** 2;
  }
  for (const [j, value] of x.entries()) gradient[j] = 2e-5 * (value - 1) + 4 * norm * value;
  return 1e-5 * near + norm ** 2;
}

/** The i-th residual is of x_1, of a pair of neighbours, of one variable, or of all of them. */
export function penalty2(x: Float64Array, gradient: Float64Array): number {
  const n = x.length;
  const weight = sqrt(1e-5);
  return sumOfSquares(2 * n, (_, row, i) => {
    if (i === 0) return (row[0] = 1) * x[0]! - 0.2;
    if (i === 2 * n - 1) {
      for (const [j, value] of x.entries()) row[j] = 2 * (n - j) * value;
      return x.reduce((sum, value, j) => sum + (n - j) * value ** 2, -1);
    }
    const j = i < n ? i : i - n + 1;
    row[j] = (weight * exp(x[j]! / 10)) / 10;
    if (i >= n) return weight * (exp(x[j]! / 10) - exp(-0.1));
    row[j - 1] = (weight * exp(x[j - 1]! / 10)) / 10;
    return weight * (exp(x[j]! / 10) + exp(x[j - 1]! / 10) - exp((j + 1) / 10) - exp(j / 10));
  })(x, gradient);
}

/** sum (x_j - 1)^2 + s^2 + s^4, s = sum j (x_j - 1) */
export function variablyDimensioned(x: Float64Array, gradient: Float64Array): number {
  let [near, sum] = [0, 0];
  for (const [j, value] of x.entries()) {
    near += (value - 1) ** 2;
    sum += (j + 1) * (value - 1);
  }
  for (const [j, value] of x.entries()) gradient[j] = 2 * (value - 1) + (j + 1) * (2 * sum + 4 * sum ** 3);
  return near + sum ** 2 + sum ** 4;
}

function trigonometric(x: Float64Array, gradient: Float64Array): number {
  const n = x.length;
  return sumOfSquares(n, (_, row, i) => {
    for (const [j, value] of x.entries()) row[j] = sin(value);
    row[i]! += (i + 1) * sin(x[i]!) - cos(x[i]!);
    return x.reduce((sum, value) => sum - cos(value), n + (i + 1) * (1 - cos(x[i]!)) - sin(x[i]!));
  })(x, gradient);
}

/** The i-th residual is the mean of the shifted Chebyshev polynomial T_i over the x_j less its integral over [0, 1]. */
function chebyquad(x: Float64Array, gradient: Float64Array): number {
  const n = x.length;
  return sumOfSquares(n, (_, row, i) => {
    const degree = i + 1;
    let sum = 0;
    for (const [j, value] of x.entries()) {
      const u = 2 * value - 1;
      let [before, polynomial, slopeBefore, slope] = [1, u, 0, 2];
      for (let k = 2; k <= degree; k++) {
        const next = 4 * polynomial + 2 * u * slope - slopeBefore;
        [slopeBefore, slope] = [slope, next];
        [before, polynomial] = [polynomial, 2 * u * polynomial - before];
      }
      row[j] = slope / n;
      sum += polynomial / n;
    }
    return sum + (degree % 2 === 0 ? 1 / (degree ** 2 - 1) : 0);
  })(x, gradient);
}
