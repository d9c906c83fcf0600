// What bounds do to a solve, one case each: none active, all active, fixed variables, boxes of a rounding error, corners,
// multipliers that are 0 at the minimum.

import { CHAINED } from '../chained';
import { MGH } from '../mgh';
import { elements, filled, repeated, single, windows, type Evaluate } from '../problem';
import { bounded, evaluateOf, problemOf, type BoundedProblem } from './problem';

const source = 'made for this collection';
const rosenbrock = evaluateOf(MGH, 'Rosenbrock');
const extendedRosenbrock = evaluateOf(MGH, 'extended Rosenbrock, n = 10');
const chained = problemOf(CHAINED, 'chained Rosenbrock, n = 100');

/** sum of j x_j */
function linear(x: Float64Array, gradient: Float64Array): number {
  return x.reduce((sum, value, j) => sum + (gradient[j] = j + 1) * value, 0);
}

/** sum of (x_j - target_j)^4 / 4 + curvature_j (x_j - target_j)^2 / 2 */
const separable =
  (targetOf: (j: number) => number, curvatureOf: (j: number) => number): Evaluate =>
  (x, gradient) =>
    x.reduce((sum, value, j) => {
      const [away, curvature] = [value - targetOf(j), curvatureOf(j)];
      gradient[j] = away ** 3 + curvature * away;
      return sum + away ** 4 / 4 + (curvature * away ** 2) / 2;
    }, 0);

/** sum of (x_j - target_j)^2 j, and of the squares of differences of neighbours. */
const coupled = (n: number, targetOf: (j: number) => number): Evaluate => {
  const springs = elements(windows(n, 2), ([a, b]) => [(a - b) ** 2, 2 * (a - b), -2 * (a - b)]);
  return (x, gradient) =>
    springs(x, gradient) +
    x.reduce((sum, value, j) => {
      const away = value - targetOf(j);
      gradient[j]! += 2 * (j + 1) * away;
      return sum + (j + 1) * away ** 2;
    }, 0);
};

export const EDGES: readonly BoundedProblem[] = [
  bounded({
    name: 'bounds that are never active',
    start: Float64Array.of(-1.2, 1),
    lower: -1e3,
    upper: 1e3,
    evaluate: rosenbrock,
    minima: [{ value: 0, near: [1, 1] }],
    source,
  }),
  bounded({
    name: 'one-sided: an upper bound on one variable of two',
    start: Float64Array.of(-1.2, 1),
    upper: [0.25, Infinity],
    evaluate: rosenbrock,
    minima: [{ value: 0.5625 }],
    source,
  }),
  bounded({
    name: 'minimum in a corner, n = 20',
    start: repeated([0.5], 20),
    lower: -1,
    upper: 2,
    evaluate: linear,
    minima: [{ value: -210 }],
    source,
  }),
  bounded({
    name: 'corner from the opposite one, n = 10',
    start: repeated([3], 10),
    lower: 0,
    upper: 3,
    evaluate: coupled(10, () => -1),
    minima: [{ value: 55 }],
    source,
  }),
  bounded({
    name: 'every other variable fixed, n = 10',
    start: repeated([-1.2, 1], 10),
    lower: repeated([-Infinity, 0.5], 10),
    upper: repeated([Infinity, 0.5], 10),
    evaluate: extendedRosenbrock,
    minima: [{ value: 0.4268025550836249, near: repeated([0.7, 0.5], 10) }, { value: 14.497687187162446 }],
    source,
  }),
  bounded({
    name: 'all but one variable fixed, n = 10',
    start: repeated([7], 10),
    lower: filled(10, (j) => (j === 4 ? -Infinity : 1)),
    upper: filled(10, (j) => (j === 4 ? Infinity : 1)),
    evaluate: extendedRosenbrock,
    minima: [{ value: 0 }],
    source,
  }),
  bounded({
    name: 'boxes of a rounding error for half of the variables, n = 10',
    start: repeated([-1.2, 1], 10),
    lower: repeated([-Infinity, 1], 10),
    upper: repeated([Infinity, 1 + 2 ** -52], 10),
    evaluate: extendedRosenbrock,
    minima: [{ value: 0, near: repeated([1], 10) }, { value: 19.9498740530142 }],
    source,
  }),
  bounded({
    name: 'infinitesimal boxes around 0.3, n = 8',
    start: repeated([7], 8),
    lower: repeated([0.3], 8),
    upper: filled(8, (j) => 0.3 + 10 ** -(j + 3)),
    evaluate: coupled(8, (j) => (j % 2 === 0 ? -1 : 2)),
    minima: [{ value: 84.83993061972805 }],
    source,
  }),
  bounded({
    name: 'multiplier 0: a parabola whose lowest point is on the bound',
    start: Float64Array.of(-4, 5),
    upper: [1, 2],
    evaluate: single(([a, b]) => [1 + (a - 1) ** 2 + 3 * (b - 2) ** 2, 2 * (a - 1), 6 * (b - 2)]),
    minima: [{ value: 1 }],
    source,
  }),
  bounded({
    name: 'multipliers 0 at a third of the bounds, n = 30',
    start: repeated([1], 30),
    lower: 0,
    upper: 2,
    evaluate: separable(
      (j) => [0, 0.7, -1][j % 3]!,
      (j) => 1 + j,
    ),
    minima: [{ value: 85 }],
    source,
  }),
  bounded({
    name: 'multipliers and curvatures 0: quartics on their bounds, n = 6',
    start: filled(6, (j) => j),
    lower: 0,
    evaluate: separable(
      () => 0,
      () => 0,
    ),
    minima: [{ value: 0 }],
    source,
  }),
  bounded({
    name: 'springs between bounds on both sides, n = 60',
    start: new Float64Array(60),
    lower: filled(60, (j) => -0.5 - (j % 4) / 10),
    upper: filled(60, (j) => 0.4 + (j % 5) / 10),
    evaluate: coupled(60, (j) => 2 * Math.sin(j)),
    minima: [{ value: 1465.3349783720146 }],
    source,
  }),
  bounded({
    name: 'a local minimum on the way along a bound',
    start: Float64Array.of(-1.2, 1),
    lower: [-1.5, 0.9],
    upper: [1.5, 1.4],
    evaluate: rosenbrock,
    minima: [{ value: 0, near: [1, 1] }, { value: 3.786787200166921 }],
    source,
  }),
  bounded({
    name: 'chained Rosenbrock in [-0.5, 0.8], n = 100',
    start: chained.start,
    lower: -0.5,
    upper: 0.8,
    evaluate: chained.evaluate,
    minima: [{ value: 95.09173506163798 }],
    source,
  }),
  bounded({
    name: 'extended Rosenbrock above 1.1, n = 10',
    start: repeated([2.5], 10),
    lower: 1.1,
    evaluate: extendedRosenbrock,
    minima: [{ value: 0.050000000000000086 }],
    source,
  }),
  bounded({
    name: 'Wood above (-3, -1, 1.2, -1)',
    start: Float64Array.of(-3, -1, -3, -1),
    lower: [-3, -1, 1.2, -1],
    evaluate: evaluateOf(MGH, 'Wood'),
    minima: [{ value: 0.17323917382513362 }],
    source,
  }),
  bounded({
    name: 'Broyden tridiagonal above -0.6, n = 10',
    start: repeated([-1], 10),
    lower: -0.6,
    evaluate: evaluateOf(MGH, 'Broyden tridiagonal, n = 10'),
    minima: [{ value: 0.48849581035245027 }],
    source,
  }),
  bounded({
    name: 'penalty I above 0.2, n = 10',
    start: filled(10, (j) => j),
    lower: 0.2,
    evaluate: evaluateOf(MGH, 'penalty I, n = 10'),
    minima: [{ value: 0.022564000000000025 }],
    source,
  }),
  bounded({
    name: 'extended Powell singular with x_3 at least 0.1, n = 12',
    start: repeated([3, -1, 0, 1], 12),
    lower: repeated([-Infinity, -Infinity, 0.1, -Infinity], 12),
    evaluate: evaluateOf(MGH, 'extended Powell singular, n = 12'),
    minima: [{ value: 0.005462181142794395 }],
    source,
  }),
];
