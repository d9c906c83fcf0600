// Fits of NIST's Statistical Reference Datasets. The certified residual sums have 11 digits; the others are from
// Newton's method.

import { squares, type Minimum, type Point, type Problem } from '../problem';
import {
  BOX_BOD,
  CHWIRUT2,
  DAN_WOOD,
  ECKERLE4,
  LANCZOS3,
  MISRA1,
  RAT42,
  RAT43,
  ROSZMAN1,
  THURBER,
  type Data,
} from './data';

const { atan, exp, log, PI, sqrt } = Math;

interface Fit {
  readonly name: string;
  readonly data: Data;
  /** The model at t: its value and its derivatives by each parameter. */
  readonly model: (b: Point, t: number) => readonly number[];
  readonly starts: readonly (readonly number[])[];
  /** The parameters, as certified. */
  readonly certified: readonly number[];
  readonly sum: number;
  /** Another minimum, which is not certified. */
  readonly other?: Minimum;
}

const FITS: readonly Fit[] = [
  {
    name: 'Misra1a',
    data: MISRA1,
    model: ([a, b], t) => [a * (1 - exp(-b * t)), 1 - exp(-b * t), a * t * exp(-b * t)],
    starts: [
      [500, 1e-4],
      [250, 5e-4],
    ],
    certified: [238.94212918, 5.5015643181e-4],
    sum: 0.12455138894439685,
  },
  {
    name: 'Misra1b',
    data: MISRA1,
    model: ([a, b], t) => {
      const base = 1 + (b * t) / 2;
      return [a * (1 - base ** -2), 1 - base ** -2, a * t * base ** -3];
    },
    starts: [[300, 2e-4]],
    certified: [337.99746163, 3.9039091287e-4],
    sum: 0.07546468153338208,
  },
  {
    name: 'Misra1c',
    data: MISRA1,
    model: ([a, b], t) => {
      const root = 1 / sqrt(1 + 2 * b * t);
      return [a * (1 - root), 1 - root, a * t * root ** 3];
    },
    starts: [[600, 2e-4]],
    certified: [636.42725809, 2.0813627256e-4],
    sum: 0.04096683697067036,
  },
  {
    name: 'Misra1d',
    data: MISRA1,
    model: ([a, b], t) => [(a * b * t) / (1 + b * t), (b * t) / (1 + b * t), (a * t) / (1 + b * t) ** 2],
    starts: [[450, 3e-4]],
    certified: [437.36970754, 3.0227324449e-4],
    sum: 0.05641929528264168,
  },
  {
    name: 'Chwirut2',
    data: CHWIRUT2,
    model: ([a, b, c], t) => {
      const [e, below] = [exp(-a * t), b + c * t];
      return [e / below, (-t * e) / below, -e / below ** 2, (-e * t) / below ** 2];
    },
    starts: [
      [0.1, 0.01, 0.02],
      [0.15, 0.008, 0.01],
    ],
    certified: [0.16657666537, 0.0051653291286, 0.012150007096],
    sum: 513.0480294068651,
  },
  {
    name: 'DanWood',
    data: DAN_WOOD,
    model: ([a, b], t) => [a * t ** b, t ** b, a * t ** b * log(t)],
    starts: [
      [1, 5],
      [0.7, 4],
    ],
    certified: [0.76886226176, 3.8604055871],
    sum: 0.004317308408291028,
  },
  {
    name: 'Lanczos3',
    data: LANCZOS3,
    model: ([a, b, c, d, e, f], t) => {
      const [first, second, third] = [exp(-b * t), exp(-d * t), exp(-f * t)];
      const value = a * first + c * second + e * third;
      return [value, first, -t * a * first, second, -t * c * second, third, -t * e * third];
    },
    starts: [
      [1.2, 0.3, 5.6, 5.5, 6.5, 7.6],
      [0.5, 0.7, 3.6, 4.2, 4, 6.3],
    ],
    certified: [0.086816414977, 0.95498101505, 0.84400777463, 2.9515951832, 1.5825685901, 4.9863565084],
    sum: 1.611719359354713e-8,
    // The best fit of two exponentials: the second and the third are of one rate.
    other: {
      value: 0.000004346553278369,
      near: [0.4445, 1.87342, 2.41572, 4.64023, -0.347433, 4.64023],
      isPublished: false,
    },
  },
  {
    name: 'Roszman1',
    data: ROSZMAN1,
    model: ([a, b, c, d], t) => {
      const away = t - d;
      const norm = PI * (away ** 2 + c ** 2);
      return [a - b * t - atan(c / away) / PI, 1, -t, -away / norm, -c / norm];
    },
    starts: [
      [0.1, -1e-5, 1000, -100],
      [0.2, -5e-6, 1200, -150],
    ],
    certified: [0.20196866396, -6.1953516256e-6, 1204.4556708, -181.34269537],
    sum: 0.0004948484733096868,
  },
  {
    name: 'BoxBOD',
    data: BOX_BOD,
    model: ([a, b], t) => [a * (1 - exp(-b * t)), 1 - exp(-b * t), a * t * exp(-b * t)],
    starts: [
      [1, 1],
      [100, 0.75],
    ],
    certified: [213.80940889, 0.54723748542],
    sum: 1168.0088765555518,
  },
  {
    name: 'Rat42',
    data: RAT42,
    model: ([a, b, c], t) => {
      const e = exp(b - c * t);
      const slope = (a * e) / (1 + e) ** 2;
      return [a / (1 + e), 1 / (1 + e), -slope, slope * t];
    },
    starts: [
      [100, 1, 0.1],
      [75, 2.5, 0.07],
    ],
    certified: [72.462237576, 2.6180768402, 0.067359200066],
    sum: 8.056522933811268,
  },
  {
    name: 'Rat43',
    data: RAT43,
    model: ([a, b, c, d], t) => {
      const e = exp(b - c * t);
      const power = (1 + e) ** (-1 / d);
      const slope = (a * power * e) / (d * (1 + e));
      return [a * power, power, -slope, slope * t, (a * power * log(1 + e)) / d ** 2];
    },
    starts: [
      [100, 10, 1, 1],
      [700, 5, 0.75, 1.3],
    ],
    certified: [699.6415127, 5.2771253025, 0.75962938329, 1.2792483859],
    sum: 8786.404907963146,
  },
  {
    name: 'Thurber',
    data: THURBER,
    model: ([a, b, c, d, e, f, g], t) => {
      const [above, below] = [a + t * (b + t * (c + t * d)), 1 + t * (e + t * (f + t * g))];
      const slope = -above / below ** 2;
      const byAbove = [1, t, t ** 2, t ** 3].map((power) => power / below);
      return [above / below, ...byAbove, slope * t, slope * t ** 2, slope * t ** 3];
    },
    starts: [
      [1000, 1000, 400, 40, 0.7, 0.3, 0.03],
      [1300, 1500, 500, 75, 1, 0.4, 0.05],
    ],
    certified: [1288.13968, 1491.0792535, 583.23836877, 75.416644291, 0.96629502864, 0.39797285797, 0.049727297349],
    sum: 5642.708239666926,
  },
  {
    name: 'Eckerle4',
    data: ECKERLE4,
    model: ([a, b, c], t) => {
      const z = (t - c) / b;
      const e = exp((-z * z) / 2) / b;
      return [a * e, e, (a * e * (z * z - 1)) / b, (a * e * z) / b];
    },
    starts: [[1.5, 5, 450]],
    certified: [1.5543827178, 4.0888321754, 451.54121844],
    sum: 0.0014635887487274718,
  },
];

export const NIST: readonly Problem[] = FITS.flatMap(({ name, data, model, starts, certified, sum, other }) =>
  starts.map((start, k): Problem => ({
    name: starts.length === 1 ? name : `${name}, start ${k + 1}`,
    start: Float64Array.from(start),
    evaluate: squares(data.x.length, (b, i) => {
      const [value, ...derivatives] = model(b, data.x[i]!);
      return [value! - data.y[i]!, ...derivatives];
    }),
    minima: other ? [{ value: sum, near: certified }, other] : [{ value: sum, near: certified }],
    source: `NIST StRD, ${name}: certified`,
  })),
);
