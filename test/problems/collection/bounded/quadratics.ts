// Random convex quadratics in a box, by the generator of Moré and Toraldo, and least squares with x >= 0.

import { randomNumbers } from '../../numbers';
import { repeated, type Evaluate } from '../problem';
import { bounded, type BoundedProblem } from './problem';

/** What a random quadratic is made of. */
interface Quadratic {
  readonly n: number;
  /** The condition number of the Hessian, in powers of ten: its eigenvalues go from 1 to 10^condition. */
  readonly condition: number;
  /** The share of variables that are at a bound at the minimum. */
  readonly active: number;
  /** Multipliers are 10^-u, u between 0 and this: the larger, the nearer to degenerate. */
  readonly degeneracy: number;
}

/** x - 2 v (v . x), |v| = 1, in place. */
function reflect(x: Float64Array, v: Float64Array): void {
  const along = 2 * v.reduce((sum, entry, i) => sum + entry * x[i]!, 0);
  for (const [i, entry] of v.entries()) x[i]! -= along * entry;
}

function unitVector(n: number, random: () => number): Float64Array {
  const v = Float64Array.from({ length: n }, random);
  const norm = Math.sqrt(v.reduce((sum, entry) => sum + entry * entry, 0));
  return v.map((entry) => entry / norm);
}

/** x . A x / 2 - b . x, A = Q D Q' with Q of three reflections, b so that the minimiser in the box is known. */
function quadratic({ n, condition, active, degeneracy }: Quadratic, seed: number, value: number): BoundedProblem {
  const random = randomNumbers(seed);
  const mirrors = [0, 1, 2].map(() => unitVector(n, random));
  const product = (x: Float64Array): Float64Array => {
    const image = x.slice();
    for (const mirror of mirrors) reflect(image, mirror);
    for (const i of image.keys()) image[i]! *= 10 ** ((condition * i) / (n - 1));
    for (const mirror of [...mirrors].reverse()) reflect(image, mirror);
    return image;
  };
  const minimiser = Float64Array.from({ length: n }, random);
  const [lower, upper] = [repeated([-1], n), repeated([1], n)];
  const b = product(minimiser);
  for (const [i, entry] of minimiser.entries()) {
    if ((random() + 1) / 2 >= active) continue;
    const isLower = random() < 0;
    (isLower ? lower : upper)[i] = entry;
    b[i]! -= (isLower ? 1 : -1) * 10 ** ((-degeneracy * (random() + 1)) / 2);
  }
  const evaluate: Evaluate = (x, gradient) => {
    const image = product(x);
    return x.reduce((sum, entry, i) => {
      gradient[i] = image[i]! - b[i]!;
      return sum + entry * (image[i]! / 2 - b[i]!);
    }, 0);
  };
  return bounded({
    name: `quadratic, n = ${n}, condition 1e${condition}, ${100 * active} % active, multipliers from 1e-${degeneracy}`,
    ...{ start: new Float64Array(n), lower, upper, evaluate, minima: [{ value }] },
    source: 'Moré & Toraldo, Numerische Mathematik 55 (1989), the generator of section 5; seeded here',
  });
}

const QUADRATICS: readonly (readonly [Quadratic, number])[] = [
  [{ n: 50, condition: 1, active: 0.5, degeneracy: 1 }, -32.771029434452394],
  [{ n: 50, condition: 4, active: 0.1, degeneracy: 1 }, -13325.995931302394],
  [{ n: 100, condition: 3, active: 0.9, degeneracy: 1 }, -2587.2292677571586],
  [{ n: 100, condition: 2, active: 0.5, degeneracy: 6 }, -318.4436717897553],
  [{ n: 200, condition: 3, active: 0.5, degeneracy: 3 }, -4935.80819559691],
  [{ n: 500, condition: 2, active: 0.3, degeneracy: 1 }, -1972.942454437381],
  [{ n: 1000, condition: 1, active: 0.5, degeneracy: 1 }, -651.49206607236],
  [{ n: 1000, condition: 3, active: 0.7, degeneracy: 3 }, -24626.569806186028],
];

/** |A x - b|^2 / 2, A of rows x n, row after row. */
export function leastSquares(a: Float64Array, b: Float64Array, n: number): Evaluate {
  return (x, gradient) => {
    let sum = 0;
    gradient.fill(0);
    for (const [row, target] of b.entries()) {
      const at = row * n;
      let residual = -target;
      for (let j = 0; j < n; j++) residual += a[at + j]! * x[j]!;
      sum += (residual * residual) / 2;
      for (let j = 0; j < n; j++) gradient[j]! += residual * a[at + j]!;
    }
    return sum;
  };
}

/** Least squares with x >= 0 by the entries of A and the rows of b. */
function nonNegative(
  name: string,
  [rows, n]: readonly [number, number],
  entry: (row: number, column: number) => number,
  target: (row: number) => number,
  value: number,
): BoundedProblem {
  const a = Float64Array.from({ length: rows * n }, (_, k) => entry(Math.floor(k / n), k % n));
  return bounded({
    name: `least squares with x >= 0: ${name}`,
    start: new Float64Array(n),
    lower: 0,
    evaluate: leastSquares(
      a,
      Float64Array.from({ length: rows }, (_, row) => target(row)),
      n,
    ),
    minima: [{ value }],
    source: 'Lawson & Hanson, Solving Least Squares Problems (1974), problem NNLS; data made here',
  });
}

const [signed, positive, noise] = [randomNumbers(41), randomNumbers(42), randomNumbers(43)];

export const QUADRATIC: readonly BoundedProblem[] = [
  ...QUADRATICS.map(([made, value], i) => quadratic(made, 100 + i, value)),
  nonNegative('random, 60 x 40', [60, 40], signed, signed, 6.573307092417774),
  nonNegative(
    'mixture of 30 positive spectra',
    [80, 30],
    () => (1 + positive()) / 2,
    (row) => 1 + 0.2 * Math.cos(row / 5) + 0.1 * noise(),
    1.014743597816286,
  ),
  nonNegative(
    'sums of exponentials, 40 x 12',
    [40, 12],
    (row, column) => Math.exp((-row * (column + 1)) / 40),
    (row) => Math.exp(-row / 10) + 0.5 * Math.exp(-row / 4) + 0.01 * noise(),
    0.0006446982007477502,
  ),
];
