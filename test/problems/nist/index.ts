// The 27 sets of NIST's Statistical Reference Datasets for nonlinear regression, https://www.itl.nist.gov/div898/strd, each
// with its model, two starts and the certified results.

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
} from '../collection/nist/data';
import { CERTIFIED, type Certified } from './certified';
import { GAUSS1, GAUSS2, GAUSS3 } from './gauss';
import { BENNETT5, CHWIRUT1, HAHN1, KIRBY2 } from './long';
import { ENSO, LANCZOS1, LANCZOS2, MGH09, MGH10, MGH17, NELSON } from './short';

const { atan, cos, exp, log, PI, sin, sqrt } = Math;

/** The parameters of a model by NIST's names; it reads no more of them than it has. */
type Named = Readonly<Record<`b${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9}`, number>>;
type Model = (x: number, p: Named) => number;

export interface NistSet extends Certified {
  readonly name: keyof typeof CERTIFIED;
  readonly model: Model;
  readonly data: Data;
}

const every = (step: number, first: number, y: readonly number[]): Data => ({
  x: y.map((_, i) => first + i * step),
  y,
});
const hours = (y: readonly number[]): Data => ({ x: y.map((_, i) => i / 20), y });

const saturation: Model = (x, { b1, b2 }) => b1 * (1 - exp(-b2 * x));
const ultrasonic: Model = (x, { b1, b2, b3 }) => exp(-b1 * x) / (b2 + b3 * x);
const decays: Model = (x, { b1, b2, b3, b4, b5, b6 }) => b1 * exp(-b2 * x) + b3 * exp(-b4 * x) + b5 * exp(-b6 * x);
const peaks: Model = (x, { b1, b2, b3, b4, b5, b6, b7, b8 }) =>
  b1 * exp(-b2 * x) + b3 * exp(-(((x - b4) / b5) ** 2)) + b6 * exp(-(((x - b7) / b8) ** 2));
const cubics: Model = (x, { b1, b2, b3, b4, b5, b6, b7 }) =>
  (b1 + x * (b2 + x * (b3 + x * b4))) / (1 + x * (b5 + x * (b6 + x * b7)));

/** Nelson's predictors, by the index of the point: time in weeks, temperature in degrees Celsius. */
const weeks = [1, 2, 4, 8, 16, 32, 48, 64];
const degrees = [180, 225, 250, 275];

const SETS: Record<keyof typeof CERTIFIED, readonly [Model, Data]> = {
  Misra1a: [saturation, MISRA1],
  Misra1b: [(x, { b1, b2 }) => b1 * (1 - (1 + (b2 * x) / 2) ** -2), MISRA1],
  Misra1c: [(x, { b1, b2 }) => b1 * (1 - 1 / sqrt(1 + 2 * b2 * x)), MISRA1],
  Misra1d: [(x, { b1, b2 }) => (b1 * b2 * x) / (1 + b2 * x), MISRA1],
  Chwirut1: [ultrasonic, CHWIRUT1],
  Chwirut2: [ultrasonic, CHWIRUT2],
  DanWood: [(x, { b1, b2 }) => b1 * x ** b2, DAN_WOOD],
  Lanczos1: [decays, hours(LANCZOS1)],
  Lanczos2: [decays, hours(LANCZOS2)],
  Lanczos3: [decays, LANCZOS3],
  Gauss1: [peaks, every(1, 1, GAUSS1)],
  Gauss2: [peaks, every(1, 1, GAUSS2)],
  Gauss3: [peaks, every(1, 1, GAUSS3)],
  Kirby2: [(x, { b1, b2, b3, b4, b5 }) => (b1 + x * (b2 + x * b3)) / (1 + x * (b4 + x * b5)), KIRBY2],
  Hahn1: [cubics, HAHN1],
  // NIST's response is log(y), and x here the index of the point, which stands for two predictors.
  Nelson: [
    (i, { b1, b2, b3 }) => b1 - b2 * weeks[Math.floor(i / 16)]! * exp(-b3 * degrees[Math.floor(i / 4) % 4]!),
    every(1, 0, NELSON.map(log)),
  ],
  MGH17: [(x, { b1, b2, b3, b4, b5 }) => b1 + b2 * exp(-x * b4) + b3 * exp(-x * b5), MGH17],
  Roszman1: [(x, { b1, b2, b3, b4 }) => b1 - b2 * x - atan(b3 / (x - b4)) / PI, ROSZMAN1],
  ENSO: [
    (x, { b1, b2, b3, b4, b5, b6, b7, b8, b9 }) =>
      b1 +
      b2 * cos((2 * PI * x) / 12) +
      b3 * sin((2 * PI * x) / 12) +
      b5 * cos((2 * PI * x) / b4) +
      b6 * sin((2 * PI * x) / b4) +
      b8 * cos((2 * PI * x) / b7) +
      b9 * sin((2 * PI * x) / b7),
    every(1, 1, ENSO),
  ],
  MGH09: [(x, { b1, b2, b3, b4 }) => (b1 * (x * x + x * b2)) / (x * x + x * b3 + b4), MGH09],
  Thurber: [cubics, THURBER],
  BoxBOD: [saturation, BOX_BOD],
  Rat42: [(x, { b1, b2, b3 }) => b1 / (1 + exp(b2 - b3 * x)), RAT42],
  MGH10: [(x, { b1, b2, b3 }) => b1 * exp(b2 / (x + b3)), MGH10],
  Eckerle4: [(x, { b1, b2, b3 }) => (b1 / b2) * exp(-0.5 * ((x - b3) / b2) ** 2), ECKERLE4],
  Rat43: [(x, { b1, b2, b3, b4 }) => b1 / (1 + exp(b2 - b3 * x)) ** (1 / b4), RAT43],
  Bennett5: [(x, { b1, b2, b3 }) => b1 * (b2 + x) ** (-1 / b3), BENNETT5],
};

export const NIST_SETS: readonly NistSet[] = (Object.keys(SETS) as (keyof typeof CERTIFIED)[]).map((name) => {
  const [model, data] = SETS[name];
  return { name, model, data, ...CERTIFIED[name] };
});

/** NIST's first or second start of a set, by the names of its parameters. */
export function startOf({ starts }: NistSet, which: 0 | 1): Named {
  return Object.fromEntries(starts[which].map((value, j) => [`b${j + 1}`, value])) as unknown as Named;
}
