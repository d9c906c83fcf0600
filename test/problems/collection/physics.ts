// Energies and likelihoods: clusters of atoms, charges on a sphere, a minimal surface, springs, a Gaussian process.

import { randomNumbers } from '../numbers';
import { filled, type Evaluate, type Problem } from './problem';

const { PI, sin, sqrt } = Math;

/** Lennard-Jones' energy, sum over pairs of 4 (r^-12 - r^-6); x holds the atoms' coordinates, three each. */
const lennardJones: Evaluate = (x, gradient) => {
  let energy = 0;
  gradient.fill(0);
  for (let i = 0; i < x.length; i += 3) {
    for (let j = 0; j < i; j += 3) {
      const between = [0, 1, 2].map((k) => x[i + k]! - x[j + k]!);
      const inverse = 1 / between.reduce((sum, value) => sum + value * value, 0);
      const sixth = inverse ** 3;
      energy += 4 * (sixth * sixth - sixth);
      const slope = -24 * (2 * sixth * sixth - sixth) * inverse;
      for (const [k, value] of between.entries()) {
        gradient[i + k]! += slope * value;
        gradient[j + k]! -= slope * value;
      }
    }
  }
  return energy;
};

const GOLDEN = (1 + sqrt(5)) / 2;
/** The centre and the corners of an icosahedron with edges of 2: four corners in each of three planes. */
const ICOSAHEDRON = [
  [0, 0, 0],
  ...[0, 1, 2].flatMap((turn) =>
    [1, -1].flatMap((a) => [GOLDEN, -GOLDEN].map((b) => [0, 1, 2].map((k) => [0, a, b][(k + turn) % 3]!))),
  ),
];

/** Two corners on the axis of a regular pentagon. */
const BIPYRAMID = [
  [0, 0, 0.6],
  [0, 0, -0.6],
  ...[0, 1, 2, 3, 4].map((k) => [Math.cos(0.4 * PI * k), sin(0.4 * PI * k), 0]),
];

const TETRAHEDRON = [
  [1, 1, 1],
  [1, -1, -1],
  [-1, 1, -1],
  [-1, -1, 1],
];

function cluster(shape: readonly (readonly number[])[], unit: number, value: number): Problem {
  const random = randomNumbers(shape.length);
  return {
    name: `Lennard-Jones, ${shape.length} atoms`,
    start: Float64Array.from(shape.flat(), (coordinate) => coordinate * unit + 0.1 * random()),
    evaluate: lennardJones,
    minima: [{ value }],
    source: 'the Cambridge Cluster Database (Wales & Doye, J. Phys. Chem. A 101, 1997); more digits by Newton',
  };
}

/** sum over pairs of 1 / |p_i - p_j|, p_i the points of x, three coordinates each, moved onto the unit sphere. */
const thomson: Evaluate = (x, gradient) => {
  const lengths = Float64Array.from({ length: x.length / 3 }, (_, i) => Math.hypot(...x.subarray(3 * i, 3 * i + 3)));
  const points = x.map((value, i) => value / lengths[Math.floor(i / 3)]!);
  const forces = new Float64Array(x.length);
  let energy = 0;
  for (let i = 0; i < x.length; i += 3) {
    for (let j = 0; j < i; j += 3) {
      const between = [0, 1, 2].map((k) => points[i + k]! - points[j + k]!);
      const inverse = 1 / Math.hypot(...between);
      energy += inverse;
      for (const [k, value] of between.entries()) {
        forces[i + k]! -= value * inverse ** 3;
        forces[j + k]! += value * inverse ** 3;
      }
    }
  }
  for (let i = 0; i < x.length; i += 3) {
    const radial = [0, 1, 2].reduce((sum, k) => sum + forces[i + k]! * points[i + k]!, 0);
    for (let k = 0; k < 3; k++) gradient[i + k] = (forces[i + k]! - radial * points[i + k]!) / lengths[i / 3]!;
  }
  return energy;
};

/** The area over a grid of `side` x `side` inner points of the unit square, each cell as two triangles. */
function minimalSurface(side: number): Evaluate {
  const h = 1 / (side + 1);
  return (x, gradient) => {
    const inside = (i: number, j: number): boolean => i > 0 && j > 0 && i <= side && j <= side;
    const height = (i: number, j: number): number =>
      inside(i, j) ? x[(i - 1) * side + j - 1]! : sin(PI * i * h) - (j * h) ** 2;
    const add = (i: number, j: number, slope: number): void => {
      if (inside(i, j)) gradient[(i - 1) * side + j - 1]! += slope;
    };
    let area = 0;
    gradient.fill(0);
    for (let i = 0; i <= side; i++) {
      for (let j = 0; j <= side; j++) {
        for (const [k, l, step] of [
          [i, j, 1],
          [i + 1, j + 1, -1],
        ] as const) {
          const [along, across] = [height(k + step, l) - height(k, l), height(k, l + step) - height(k, l)];
          const root = sqrt(1 + (along ** 2 + across ** 2) / h ** 2);
          area += (h * h * root) / 2;
          add(k + step, l, along / (2 * root));
          add(k, l + step, across / (2 * root));
          add(k, l, -(along + across) / (2 * root));
        }
      }
    }
    return area;
  };
}

/**
 * sum of width (u_{i+1} - u_i)^2 / (2 h) + h (u_i^2 - 1)^2 / 4, u = -1 and 1 at the ends: a wall between two phases.
 */
function phases(n: number): Evaluate {
  const [h, width] = [1 / (n + 1), 0.01];
  return (x, gradient) => {
    let energy = 0;
    for (let i = 0; i <= n; i++) {
      const [left, here] = [i === 0 ? -1 : x[i - 1]!, i === n ? 1 : x[i]!];
      const slope = (width * (here - left)) / h;
      energy += (slope * (here - left)) / 2 + (h * (here ** 2 - 1) ** 2) / 4;
      if (i > 0) gradient[i - 1]! -= slope;
      if (i < n) gradient[i] = slope + h * here * (here ** 2 - 1);
    }
    return energy;
  };
}

/** A chain of n / 2 weights on stiff springs between two nails; x holds the place of each, two coordinates. */
function hangingChain(n: number): Evaluate {
  const count = n / 2;
  const [stiffness, length] = [500, 1.3 / (count + 1)];
  const at = (x: Float64Array, i: number): [number, number] =>
    i < 0 ? [0, 0] : i === count ? [1, 0] : [x[2 * i]!, x[2 * i + 1]!];
  return (x, gradient) => {
    let energy = 0;
    for (let i = 0; i < count; i++) {
      energy += x[2 * i + 1]!;
      gradient.set([0, 1], 2 * i);
    }
    for (let i = 0; i <= count; i++) {
      const [[a, b], [c, d]] = [at(x, i - 1), at(x, i)];
      const distance = Math.hypot(c - a, d - b);
      energy += stiffness * (distance - length) ** 2;
      const slope = (2 * stiffness * (distance - length)) / distance;
      for (const [k, part] of [c - a, d - b].entries()) {
        if (i > 0) gradient[2 * (i - 1) + k]! -= slope * part;
        if (i < count) gradient[2 * i + k]! += slope * part;
      }
    }
    return energy;
  };
}

export const PHYSICS: readonly Problem[] = [
  {
    name: "Lennard-Jones' dimer from r = 0.1",
    start: Float64Array.of(0.1),
    evaluate: (x, gradient) => {
      const sixth = x[0]! ** -6;
      gradient[0] = (-24 * (2 * sixth * sixth - sixth)) / x[0]!;
      return 4 * (sixth * sixth - sixth);
    },
    minima: [{ value: -1, near: [2 ** (1 / 6)] }],
    source: 'constructed; f* = -1 at r = 2^(1/6)',
  },
  cluster(TETRAHEDRON, 0.45, -6),
  cluster(BIPYRAMID, 1, -16.50538416801222),
  cluster(ICOSAHEDRON, 0.6, -44.326801419534036),
  {
    name: 'Thomson, 12 charges',
    start: Float64Array.from(ICOSAHEDRON.slice(1).flat(), (value, i) => value + 0.6 * sin(5 * i * i)),
    evaluate: thomson,
    minima: [{ value: 49.165253057628775 }],
    source: "Thomson's problem, 49.165253058 for 12 charges; more digits by Newton",
  },
  {
    name: 'minimal surface, n = 225',
    start: new Float64Array(225),
    evaluate: minimalSurface(15),
    minima: [{ value: 1.8553141941549731 }],
    source: 'MINPACK-2 (Averick, Carter, Moré & Xue, 1992), minimal surfaces, other boundary; f* by Newton',
  },
  {
    name: 'wall between phases, n = 100',
    start: filled(100, (j) => (2 * j) / 101 - 1),
    evaluate: phases(100),
    minima: [{ value: 0.09426630886298375 }],
    source: 'Ginzburg & Landau in one dimension; f* by Newton',
  },
  {
    name: 'hanging chain, n = 40',
    start: filled(40, (k) => (k % 2 === 1 ? (k + 1) / 42 : -0.1)),
    evaluate: hangingChain(40),
    minima: [{ value: -5.500652564984209 }],
    source: 'constructed; f* by Newton',
  },
];
