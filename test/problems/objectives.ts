// Functions to minimise: gradient filled, value returned. Moré, Garbow and Hillstrom, "Testing unconstrained optimization
// software", ACM TOMS 7 (1981), names and starts; the gradients are derived by hand.

import type { Objective } from 'lbfgs';

export interface Problem {
  name: string;
  fun: Objective;
  x0: readonly number[];
  /** f*, of a minimum that every descent from x0 reaches. */
  minimum: number;
}

/** sum over pairs of 100 (x_{2i+1} - x_{2i}^2)^2 + (1 - x_{2i})^2 */
export const extendedRosenbrock: Objective = (x, gradient) => {
  let loss = 0;
  for (let i = 0; i < x.length; i += 2) {
    const valley = x[i + 1]! - x[i]! ** 2;
    const away = 1 - x[i]!;
    loss += 100 * valley ** 2 + away ** 2;
    gradient[i] = -400 * x[i]! * valley - 2 * away;
    gradient[i + 1] = 200 * valley;
  }
  return loss;
};

/** sum of 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2 */
const chainedRosenbrock: Objective = (x, gradient) => {
  let loss = 0;
  gradient.fill(0);
  for (let i = 0; i + 1 < x.length; i++) {
    const valley = x[i + 1]! - x[i]! ** 2;
    const away = 1 - x[i]!;
    loss += 100 * valley ** 2 + away ** 2;
    gradient[i]! += -400 * x[i]! * valley - 2 * away;
    gradient[i + 1]! += 200 * valley;
  }
  return loss;
};

const powellSingular: Objective = (x, gradient) => {
  const [a, b, c, d] = x as unknown as [number, number, number, number];
  const [first, second, third, fourth] = [a + 10 * b, c - d, b - 2 * c, a - d];
  gradient[0] = 2 * first + 40 * fourth ** 3;
  gradient[1] = 20 * first + 4 * third ** 3;
  gradient[2] = 10 * second - 8 * third ** 3;
  gradient[3] = -10 * second - 40 * fourth ** 3;
  return first ** 2 + 5 * second ** 2 + third ** 4 + 10 * fourth ** 4;
};

const wood: Objective = (x, gradient) => {
  const [a, b, c, d] = x as unknown as [number, number, number, number];
  const [left, right] = [b - a * a, d - c * c];
  const [sum, difference] = [b + d - 2, b - d];
  gradient[0] = -400 * a * left - 2 * (1 - a);
  gradient[1] = 200 * left + 20 * sum + 0.2 * difference;
  gradient[2] = -360 * c * right - 2 * (1 - c);
  gradient[3] = 180 * right + 20 * sum - 0.2 * difference;
  return 100 * left ** 2 + (1 - a) ** 2 + 90 * right ** 2 + (1 - c) ** 2 + 10 * sum ** 2 + 0.1 * difference ** 2;
};

const beale: Objective = (x, gradient) => {
  const [a, b] = x as unknown as [number, number];
  let loss = 0;
  gradient.fill(0);
  for (const [index, target] of [1.5, 2.25, 2.625].entries()) {
    const power = index + 1;
    const residual = target - a * (1 - b ** power);
    loss += residual ** 2;
    gradient[0]! += 2 * residual * (b ** power - 1);
    gradient[1]! += 2 * residual * a * power * b ** index;
  }
  return loss;
};

const helicalValley: Objective = (x, gradient) => {
  const [a, b, c] = x as unknown as [number, number, number];
  const radius = Math.hypot(a, b);
  const turns = Math.atan(b / a) / (2 * Math.PI) + (a < 0 ? 0.5 : 0);
  const [height, width] = [10 * (c - 10 * turns), 10 * (radius - 1)];
  const turning = 200 / (2 * Math.PI * radius ** 2);
  gradient[0] = turning * height * b + (20 * width * a) / radius;
  gradient[1] = -turning * height * a + (20 * width * b) / radius;
  gradient[2] = 20 * height + 2 * c;
  return height ** 2 + width ** 2 + c ** 2;
};

const brownDennis: Objective = (x, gradient) => {
  const [a, b, c, d] = x as unknown as [number, number, number, number];
  let loss = 0;
  gradient.fill(0);
  for (let i = 1; i <= 20; i++) {
    const t = i / 5;
    const [left, right] = [a + t * b - Math.exp(t), c + d * Math.sin(t) - Math.cos(t)];
    const square = left ** 2 + right ** 2;
    loss += square ** 2;
    gradient[0]! += 4 * square * left;
    gradient[1]! += 4 * square * left * t;
    gradient[2]! += 4 * square * right;
    gradient[3]! += 4 * square * right * Math.sin(t);
  }
  return loss;
};

const variablyDimensioned: Objective = (x, gradient) => {
  let [loss, sum] = [0, 0];
  for (const [i, value] of x.entries()) {
    loss += (value - 1) ** 2;
    sum += (i + 1) * (value - 1);
  }
  for (const [i, value] of x.entries()) gradient[i] = 2 * (value - 1) + (i + 1) * (2 * sum + 4 * sum ** 3);
  return loss + sum ** 2 + sum ** 4;
};

/** 1/2 sum c_i (x_i - m_i)^2: minimum 0 at m. */
export function separableQuadratic(curvatures: ArrayLike<number>, minimiser: ArrayLike<number>): Objective {
  return (x, gradient) => {
    let loss = 0;
    for (let i = 0; i < x.length; i++) {
      const away = x[i]! - minimiser[i]!;
      gradient[i] = curvatures[i]! * away;
      loss += 0.5 * gradient[i]! * away;
    }
    return loss;
  };
}

/** c . x, unbounded below. */
export function linear(slopes: readonly number[]): Objective {
  return (x, gradient) => {
    gradient.set(slopes);
    return x.reduce((sum, value, i) => sum + value * slopes[i]!, 0);
  };
}

function repeated(values: readonly number[], size: number): number[] {
  return Array.from({ length: size }, (_, i) => values[i % values.length]!);
}

export const PROBLEMS: readonly Problem[] = [
  ...[2, 10, 100, 1000].map((size) => ({
    name: `extended Rosenbrock of ${size} variables`,
    fun: extendedRosenbrock,
    x0: repeated([-1.2, 1], size),
    minimum: 0,
  })),
  { name: 'chained Rosenbrock of 100 variables', fun: chainedRosenbrock, x0: repeated([-1.2, 1], 100), minimum: 0 },
  { name: 'Powell singular', fun: powellSingular, x0: [3, -1, 0, 1], minimum: 0 },
  { name: 'Wood', fun: wood, x0: [-3, -1, -3, -1], minimum: 0 },
  { name: 'Beale', fun: beale, x0: [1, 1], minimum: 0 },
  { name: 'helical valley', fun: helicalValley, x0: [-1, 0, 0], minimum: 0 },
  // f* by Newton's method with 40 digits: 85822.20162635634466…
  { name: 'Brown-Dennis', fun: brownDennis, x0: [25, 5, -5, -1], minimum: 85822.20162635634 },
  {
    name: 'variably dimensioned of 10 variables',
    fun: variablyDimensioned,
    x0: Array.from({ length: 10 }, (_, i) => 1 - (i + 1) / 10),
    minimum: 0,
  },
];
