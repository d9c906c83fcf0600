// Obstacle problems on small grids: MINPACK-2's torsion and journal bearing, and the obstacles of Moré and Toraldo.

import type { Evaluate } from '../problem';
import { bounded, type BoundedProblem } from './problem';

const { cos, min, PI, sin } = Math;

/** Inner points of a grid over [0, width] x [0, height]; the solution is 0 on the edge. */
interface Grid {
  readonly columns: number;
  readonly rows: number;
  readonly width: number;
  readonly height: number;
}

type At = (u: number, v: number) => number;

/** at(u, v) at the inner points, row after row. */
function onGrid({ columns, rows, width, height }: Grid, at: At): Float64Array {
  return Float64Array.from({ length: columns * rows }, (_, k) => {
    const [i, j] = [k % columns, Math.floor(k / columns)];
    return at(((i + 1) * width) / (columns + 1), ((j + 1) * height) / (rows + 1));
  });
}

/**
 * The integral of stiffness |grad x|^2 / 2 - load x, by linear finite elements: each cell of the grid is two triangles,
 * the stiffness of a triangle is the mean of its corners', the load acts on the points.
 */
function energy(grid: Grid, stiffness: At, load: At): Evaluate {
  const { columns, rows, width, height } = grid;
  const [du, dv] = [width / (columns + 1), height / (rows + 1)];
  const area = (du * dv) / 2;
  const loads = onGrid(grid, load).map((value) => 2 * area * value);
  const indexOf = (i: number, j: number): number =>
    i >= 1 && i <= columns && j >= 1 && j <= rows ? (j - 1) * columns + i - 1 : -1;
  // A triangle: its right angle, its other corner in u, its other corner in v, its stiffness.
  const triangles: (readonly [number, number, number, number])[] = [];
  for (let j = 0; j <= rows; j++) {
    for (let i = 0; i <= columns; i++) {
      for (const [a, b, step] of [
        [i, j, 1],
        [i + 1, j + 1, -1],
      ] as const) {
        const corners = [
          stiffness(a * du, b * dv),
          stiffness((a + step) * du, b * dv),
          stiffness(a * du, (b + step) * dv),
        ];
        const mean = corners.reduce((sum, corner) => sum + corner, 0) / 3;
        triangles.push([indexOf(a, b), indexOf(a + step, b), indexOf(a, b + step), mean]);
      }
    }
  }
  return (x, gradient) => {
    let sum = 0;
    for (const [k, value] of loads.entries()) {
      sum -= value * x[k]!;
      gradient[k] = -value;
    }
    for (const [corner, inU, inV, mean] of triangles) {
      const here = x[corner] ?? 0;
      const [slopeU, slopeV] = [((x[inU] ?? 0) - here) / du, ((x[inV] ?? 0) - here) / dv];
      const weight = area * mean;
      sum += (weight * (slopeU ** 2 + slopeV ** 2)) / 2;
      if (inU >= 0) gradient[inU]! += (weight * slopeU) / du;
      if (inV >= 0) gradient[inV]! += (weight * slopeV) / dv;
      if (corner >= 0) gradient[corner]! -= weight * (slopeU / du + slopeV / dv);
    }
    return sum;
  };
}

const one: At = () => 1;
const square = (points: number): Grid => ({ columns: points, rows: points, width: 1, height: 1 });

const TORSION: readonly (readonly [number, number, number])[] = [
  [10, 5, -0.40994517290535026],
  [20, 5, -0.4161128717918953],
  [20, 20, -2.8405962536186804],
];

const torsion = TORSION.map(([points, load, value]) => {
  const grid = square(points);
  const distance = onGrid(grid, (u, v) => min(u, v, 1 - u, 1 - v));
  return bounded({
    name: `torsion of ${points} x ${points} points, load ${load}`,
    start: distance,
    lower: distance.map((entry) => -entry),
    upper: distance,
    evaluate: energy(grid, one, () => load),
    minima: [{ value }],
    source: 'Averick, Carter, Moré & Xue, MINPACK-2 (1992), elastic-plastic torsion',
  });
});

const BEARINGS: readonly (readonly [number, number, number])[] = [
  [12, 0.1, -0.17921866864742722],
  [20, 0.1, -0.1799793514921708],
  [16, 0.5, -4.074888770314499],
];

const bearings = BEARINGS.map(([points, eccentricity, value]) => {
  const grid: Grid = { columns: points, rows: points, width: 2 * PI, height: 20 };
  return bounded({
    name: `journal bearing of ${points} x ${points} points, eccentricity ${eccentricity}`,
    start: onGrid(grid, (u) => Math.max(sin(u), 0)),
    lower: 0,
    evaluate: energy(
      grid,
      (u) => (1 + eccentricity * cos(u)) ** 3,
      (u) => eccentricity * sin(u),
    ),
    minima: [{ value }],
    source: 'Averick, Carter, Moré & Xue, MINPACK-2 (1992), pressure in a journal bearing',
  });
});

const obstacle =
  (frequency: number): At =>
  (u, v) =>
    (sin(frequency * u) * sin((frequency + 0.1) * v)) ** 3;
const source = 'Moré & Toraldo, SIAM Journal on Optimization 1 (1991), obstacle problem';

export const GRIDS: readonly BoundedProblem[] = [
  ...torsion,
  ...bearings,
  bounded({
    name: 'obstacle from below, 20 x 20 points',
    start: onGrid(square(20), obstacle(3.2)),
    lower: onGrid(square(20), obstacle(3.2)),
    upper: 2000,
    evaluate: energy(square(20), one, one),
    minima: [{ value: 1.1916800040733515 }],
    source: `${source} A`,
  }),
  bounded({
    name: 'obstacles from below and above, 15 x 15 points',
    start: onGrid(square(15), obstacle(9.2)),
    lower: onGrid(square(15), obstacle(9.2)),
    upper: onGrid(square(15), obstacle(9.2)).map((entry) => entry + 0.02),
    evaluate: energy(square(15), one, one),
    minima: [{ value: 12.992218744345191 }],
    source: `${source} B`,
  }),
];
