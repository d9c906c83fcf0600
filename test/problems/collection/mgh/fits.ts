// Problems 8-11, 15 and 17-19 of Moré, Garbow and Hillstrom: models fitted to measured data.

import { squares, type Problem } from '../problem';

const { exp, log } = Math;
const source = 'Moré, Garbow & Hillstrom, ACM TOMS 7 (1981), problem';

const BARD = [0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.1, 4.39];

const GAUSSIAN = [
  0.0009, 0.0044, 0.0175, 0.054, 0.1295, 0.242, 0.3521, 0.3989, 0.3521, 0.242, 0.1295, 0.054, 0.0175, 0.0044, 0.0009,
];

const MEYER = [34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872];

const KOWALIK_OSBORNE = [0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246];
const KOWALIK_OSBORNE_AT = [4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625];

const OSBORNE_1 = [
  0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.85, 0.818, 0.784, 0.751, 0.718, 0.685, 0.658, 0.628, 0.603, 0.58,
  0.558, 0.538, 0.522, 0.506, 0.49, 0.478, 0.467, 0.457, 0.448, 0.438, 0.431, 0.424, 0.42, 0.414, 0.411, 0.406,
];

const OSBORNE_2 = [
  1.366, 1.191, 1.112, 1.013, 0.991, 0.885, 0.831, 0.847, 0.786, 0.725, 0.746, 0.679, 0.608, 0.655, 0.616, 0.606, 0.602,
  0.626, 0.651, 0.724, 0.649, 0.649, 0.694, 0.644, 0.624, 0.661, 0.612, 0.558, 0.533, 0.495, 0.5, 0.423, 0.395, 0.375,
  0.372, 0.391, 0.396, 0.405, 0.428, 0.429, 0.523, 0.562, 0.607, 0.653, 0.672, 0.708, 0.633, 0.668, 0.645, 0.632, 0.591,
  0.559, 0.597, 0.625, 0.739, 0.71, 0.729, 0.72, 0.636, 0.581, 0.428, 0.292, 0.162, 0.098, 0.054,
];

export const FITS: readonly Problem[] = [
  {
    name: 'Bard',
    start: Float64Array.of(1, 1, 1),
    evaluate: squares(15, ([a, b, c], i) => {
      const [u, v] = [i + 1, 15 - i];
      const w = Math.min(u, v);
      const below = v * b + w * c;
      return [BARD[i]! - a - u / below, -1, (u * v) / below ** 2, (u * w) / below ** 2];
    }),
    minima: [{ value: 0.008214877306578971 }],
    source: `${source} 8`,
  },
  {
    name: 'Gaussian',
    start: Float64Array.of(0.4, 1, 0),
    evaluate: squares(15, ([a, b, c], i) => {
      const away = (7 - i) / 2 - c;
      const e = exp((-b * away ** 2) / 2);
      return [a * e - GAUSSIAN[i]!, e, (-a * e * away ** 2) / 2, a * e * b * away];
    }),
    minima: [{ value: 1.1279327696187817e-8 }],
    source: `${source} 9`,
  },
  {
    name: 'Meyer',
    start: Float64Array.of(0.02, 4000, 250),
    evaluate: squares(16, ([a, b, c], i) => {
      const below = 50 + 5 * i + c;
      const e = exp(b / below);
      return [a * e - MEYER[i]!, e, (a * e) / below, (-a * e * b) / below ** 2];
    }),
    minima: [{ value: 87.94585517066928, near: [0.005609636471, 6181.3463463, 345.22363462] }],
    source: `${source} 10; f* is certified as MGH10 in NIST's StRD`,
  },
  {
    name: 'Gulf research and development',
    start: Float64Array.of(5, 2.5, 0.15),
    evaluate: squares(99, ([a, b, c], i) => {
      const t = (i + 1) / 100;
      const away = 25 + (-50 * log(t)) ** (2 / 3) - b;
      const power = Math.abs(away) ** c;
      const e = exp(-power / a);
      return [e - t, (e * power) / a ** 2, (e * c * power) / (away * a), (-e * power * log(Math.abs(away))) / a];
    }),
    minima: [{ value: 0, near: [50, 25, 1.5] }],
    source: `${source} 11, m = 99, with y_i - x_2 in place of the misprinted y_i m i x_2`,
  },
  {
    name: 'Kowalik-Osborne',
    start: Float64Array.of(0.25, 0.39, 0.415, 0.39),
    evaluate: squares(11, ([a, b, c, d], i) => {
      const u = KOWALIK_OSBORNE_AT[i]!;
      const [above, below] = [u * u + u * b, u * u + u * c + d];
      const slope = (a * above) / below ** 2;
      return [KOWALIK_OSBORNE[i]! - (a * above) / below, -above / below, (-a * u) / below, slope * u, slope];
    }),
    minima: [{ value: 0.0003075056038492368 }],
    source: `${source} 15`,
  },
  {
    name: 'Osborne 1',
    start: Float64Array.of(0.5, 1.5, -1, 0.01, 0.02),
    evaluate: squares(33, ([a, b, c, d, e], i) => {
      const t = 10 * i;
      const [first, second] = [exp(-t * d), exp(-t * e)];
      return [OSBORNE_1[i]! - a - b * first - c * second, -1, -first, -second, t * b * first, t * c * second];
    }),
    minima: [{ value: 0.00005464894697482756 }],
    source: `${source} 17; f* is certified as MGH17 in NIST's StRD`,
  },
  {
    name: 'Biggs EXP6',
    start: Float64Array.of(1, 2, 1, 1, 1, 1),
    evaluate: squares(13, ([a, b, c, d, e, f], i) => {
      const t = (i + 1) / 10;
      const y = exp(-t) - 5 * exp(-10 * t) + 3 * exp(-4 * t);
      const [first, second, third] = [exp(-t * a), exp(-t * b), exp(-t * e)];
      return [
        c * first - d * second + f * third - y,
        -t * c * first,
        t * d * second,
        first,
        -second,
        -t * f * third,
        third,
      ];
    }),
    minima: [
      { value: 0, near: [1, 10, 1, 5, 4, 3] },
      { value: 0.005655649925499941, near: [1.7114, 17.683, 1.1631, 5.1866, 1.7114, 1.1631] },
    ],
    source: `${source} 18, m = 13`,
  },
  {
    name: 'Osborne 2',
    start: Float64Array.of(1.3, 0.65, 0.65, 0.7, 0.6, 3, 5, 7, 2, 4.5, 5.5),
    evaluate: squares(65, (x, i) => {
      const t = i / 10;
      const heights = [0, 1, 2, 3].map((k) => x[k]!);
      const rates = [0, 1, 2, 3].map((k) => x[4 + k]!);
      const away = [0, 1, 2].map((k) => t - x[8 + k]!);
      const waves = [exp(-t * x[4]), ...away.map((distance, k) => exp(-(distance ** 2) * rates[k + 1]!))];
      return [
        OSBORNE_2[i]! - waves.reduce((sum, wave, k) => sum + heights[k]! * wave, 0),
        ...waves.map((wave) => -wave),
        x[0] * t * waves[0]!,
        ...away.map((distance, k) => heights[k + 1]! * waves[k + 1]! * distance ** 2),
        ...away.map((distance, k) => -2 * heights[k + 1]! * waves[k + 1]! * rates[k + 1]! * distance),
      ];
    }),
    minima: [{ value: 0.04013773629354774 }],
    source: `${source} 19`,
  },
];
