// Fixed data sets and the losses on them.

import type { Objective } from 'lbfgs';
import { randomNumbers } from '../problems/numbers';
import type { Pattern } from './network';

/** 40 points of a curved surface over the square [-1, 1)^2. */
export const SURFACE: readonly Pattern[] = surface();

/** Logistic regression: two overlapping classes of `samples` points, features of very different size, a small ridge. */
export function logisticRegression(features: number, samples: number): Objective {
  const random = randomNumbers(17);
  const rows = Array.from({ length: samples }, () => Array.from({ length: features }, (_, j) => random() * 1.5 ** j));
  const labels = rows.map((row) =>
    row.reduce((sum, value, j) => sum + value / 1.5 ** j, 0.8 * random()) > 0 ? 1 : -1,
  );
  return (x, gradient) => {
    let loss = 0;
    for (let j = 0; j < features; j++) {
      gradient[j] = 1e-3 * x[j]!;
      loss += 0.5e-3 * x[j]! ** 2;
    }
    for (const [index, row] of rows.entries()) {
      const margin = labels[index]! * row.reduce((sum, value, j) => sum + value * x[j]!, 0);
      loss += (Math.max(-margin, 0) + Math.log1p(Math.exp(-Math.abs(margin)))) / samples;
      const pull = labels[index]! / (1 + Math.exp(margin)) / samples;
      for (let j = 0; j < features; j++) gradient[j]! -= pull * row[j]!;
    }
    return loss;
  };
}

function surface(): Pattern[] {
  const random = randomNumbers(5);
  return Array.from({ length: 40 }, () => {
    const [a, b] = [random(), random()];
    return { input: [a, b], target: Math.sin(2 * a) + a * b, weight: 1 / 40 };
  });
}
