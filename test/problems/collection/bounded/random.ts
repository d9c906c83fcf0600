// Random problems in a box, as many as wanted: what a solve must stand, whatever it is given.

import { randomNumbers } from '../../numbers';
import type { Evaluate } from '../problem';
import { bounded, type BoundedProblem } from './problem';

const MOST_VARIABLES = 8;

/** A problem of 1 to 8 variables by its seed. Its minima are not known: the value listed is -Infinity. */
export function randomBounded(seed: number): BoundedProblem {
  const random = randomNumbers(Math.imul(seed + 1, 2654435761));
  for (let i = 0; i < 4; i++) random(); // seeds that are near each other begin alike
  const unit = (): number => (random() + 1) / 2;
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(unit() * choices.length)]!;
  const n = 1 + Math.floor(unit() * MOST_VARIABLES);
  const size = 10 ** (3 * random());
  const box = Array.from({ length: n }, () => pick(BOXES)(size * random(), size * unit()));
  const isPenalised = unit() < 0.4;
  return bounded({
    name: `random ${seed}`,
    start: Float64Array.from({ length: n }, () => 2 * size * random()),
    lower: box.map(([lower]) => lower),
    upper: box.map(([, upper]) => upper),
    weights: box.map(() => (isPenalised && unit() < 0.8 ? 10 ** (2 * random()) : 0)),
    evaluate: pick(FUNCTIONS)(n, size, random),
    minima: [{ value: -Infinity }],
    source: 'made for this collection',
  });
}

/** The limits of a coordinate from a number of either sign and one that is not negative. */
type MakeBox = (at: number, width: number) => readonly [number, number];

const BOXES: readonly MakeBox[] = [
  (at, width) => [at, at + width],
  (at, width) => [at, at + width],
  (at, width) => [-width, Math.abs(at)],
  (at) => [at, Infinity],
  (at) => [-Infinity, at],
  () => [-Infinity, Infinity],
  () => [0, Infinity],
  (at) => [at, at],
  () => [0, 0],
  (at) => [at, at + Math.abs(at) * 2 ** -52],
  (at, width) => [at, at + 1e-12 * width],
  () => [0, Number.MIN_VALUE],
  (at) => [at, 1e300],
];

type MakeFunction = (n: number, size: number, random: () => number) => Evaluate;

const FUNCTIONS: readonly MakeFunction[] = [convex, indefinite, valley, steep, logarithmic, undefinedInPart];

/** A quadratic whose curvatures differ by up to 1e4, along directions of its own. */
function convex(n: number, size: number, random: () => number): Evaluate {
  const rows = Array.from({ length: n }, () => Float64Array.from({ length: n }, random));
  const scales = rows.map(() => 10 ** (2 * random()));
  const targets = rows.map(() => size * random());
  return (x, gradient) => {
    gradient.fill(0);
    return rows.reduce((sum, row, i) => {
      const residual = row.reduce((part, entry, j) => part + entry * x[j]!, -targets[i]!);
      for (const [j, entry] of row.entries()) gradient[j]! += scales[i]! * residual * entry;
      return sum + (scales[i]! * residual ** 2) / 2;
    }, 0);
  };
}

/** Downhill to a bound along some coordinates, and for ever where there is none. */
function indefinite(n: number, size: number, random: () => number): Evaluate {
  const curvatures = Float64Array.from({ length: n }, random);
  return (x, gradient) =>
    x.reduce((sum, value, j) => {
      gradient[j] = (curvatures[j]! * value) / size + Math.cos(value / size);
      return sum + (curvatures[j]! * value ** 2) / (2 * size) + size * Math.sin(value / size);
    }, 0);
}

function valley(n: number): Evaluate {
  return (x, gradient) => {
    let sum = (1 - x[0]!) ** 2;
    gradient.fill(0);
    gradient[0] = -2 * (1 - x[0]!);
    for (let j = 0; j + 1 < n; j++) {
      const away = x[j + 1]! - x[j]! ** 2;
      sum += 100 * away ** 2;
      gradient[j]! -= 400 * x[j]! * away;
      gradient[j + 1]! += 200 * away;
    }
    return sum;
  };
}

/** Sums of exponentials, which overflow. */
function steep(n: number, size: number, random: () => number): Evaluate {
  const rates = Float64Array.from({ length: n }, random).map((rate) => (30 * rate) / size);
  return (x, gradient) =>
    x.reduce((sum, value, j) => {
      const [up, down] = [Math.exp(rates[j]! * value), Math.exp(-value / size)];
      gradient[j] = rates[j]! * up - down / size;
      return sum + up + down;
    }, 0);
}

/** -log(1 + x / size) and a slope: NaN from -size on. */
function logarithmic(_: number, size: number): Evaluate {
  return (x, gradient) =>
    x.reduce((sum, value, j) => {
      const inside = 1 + value / size;
      gradient[j] = -1 / (size * inside) + 0.1 / size;
      return sum - Math.log(inside) + (0.1 * value) / size;
    }, 0);
}

/** A quadratic that is NaN beyond a hyperplane. */
function undefinedInPart(n: number, size: number, random: () => number): Evaluate {
  const quadratic = convex(n, size, random);
  const edge = size * n * random();
  return (x, gradient) => {
    const value = quadratic(x, gradient);
    return x.reduce((sum, entry) => sum + entry, 0) > edge ? NaN : value;
  };
}
