// Regressions on data of a seeded generator: generalised linear models, robust losses. f* is by Newton's method.

import { sexOfPenguins } from '../../../bench/solves/penguins';
import { randomNumbers } from '../numbers';
import type { Evaluate, Problem } from './problem';

const { abs, exp, log, log1p, max, sqrt } = Math;
const source = 'constructed from a seeded generator; f* by Newton';

/** The loss of one sample as a function of eta = features . x: its value and its derivative by eta. */
type SampleLoss = (eta: number, y: number) => readonly [value: number, slope: number];

interface Samples {
  readonly features: readonly Float64Array[];
  readonly y: readonly number[];
}

/** `count` samples of n features, a leading 1 among them, with y from eta and noise in [-1, 1). */
function sampled(
  seed: number,
  count: number,
  n: number,
  response: (eta: number, noise: number) => number,
  unit = 1,
): Samples {
  const random = randomNumbers(seed);
  const truth = Float64Array.from({ length: n }, () => random());
  const features = Array.from({ length: count }, () =>
    Float64Array.from({ length: n }, (_, j) => (j === 0 ? 1 : (random() + random() + random()) * unit ** j)),
  );
  const y = features.map((row) =>
    response(
      row.reduce((sum, value, j) => sum + (value * truth[j]!) / unit ** j, 0),
      random(),
    ),
  );
  return { features, y };
}

/** sum over samples of the loss, and penalty / 2 |x|^2. */
function linearModel({ features, y }: Samples, loss: SampleLoss, penalty = 0): Evaluate {
  return (x, gradient) => {
    let sum = 0;
    for (const [j, value] of x.entries()) {
      sum += (penalty / 2) * value * value;
      gradient[j] = penalty * value;
    }
    for (let i = 0; i < y.length; i++) {
      const row = features[i]!;
      let eta = 0;
      for (let j = 0; j < row.length; j++) eta += row[j]! * x[j]!;
      const [value, slope] = loss(eta, y[i]!);
      sum += value;
      for (let j = 0; j < row.length; j++) gradient[j]! += slope * row[j]!;
    }
    return sum;
  };
}

const logistic: SampleLoss = (eta, y) => {
  const margin = y * eta;
  return [max(-margin, 0) + log1p(exp(-abs(margin))), -y / (1 + exp(margin))];
};

const poisson: SampleLoss = (eta, y) => [exp(eta) - y * eta, exp(eta) - y];

const label = (eta: number, noise: number): number => (eta + 1.5 * noise > 0 ? 1 : -1);
const counted = (eta: number, noise: number): number => Math.round(exp(eta / 2) * (1 + noise));
const measured = (eta: number, noise: number): number => eta + noise ** 3;

function model(name: string, n: number, minimum: number, evaluate: Evaluate): Problem {
  return { name, start: new Float64Array(n), evaluate, minima: [{ value: minimum }], source };
}

/** Cross entropy of `classes` linear functions, the last of them 0. */
function softmax({ features, y }: Samples, classes: number, penalty: number): Evaluate {
  return (x, gradient) => {
    let sum = 0;
    for (const [j, value] of x.entries()) {
      sum += (penalty / 2) * value * value;
      gradient[j] = penalty * value;
    }
    for (const [i, row] of features.entries()) {
      const n = row.length;
      const etas = Array.from({ length: classes }, (_, k) =>
        k === classes - 1 ? 0 : row.reduce((eta, value, j) => eta + value * x[k * n + j]!, 0),
      );
      const highest = max(...etas);
      const total = etas.reduce((sum, eta) => sum + exp(eta - highest), 0);
      sum += highest + log(total) - etas[y[i]!]!;
      for (let k = 0; k < classes - 1; k++) {
        const slope = exp(etas[k]! - highest) / total - (y[i] === k ? 1 : 0);
        for (let j = 0; j < n; j++) gradient[k * n + j]! += slope * row[j]!;
      }
    }
    return sum;
  };
}

/** Cox's partial likelihood: y is the time of an event, and every sample is at risk until its own. */
function proportionalHazards({ features, y }: Samples): Evaluate {
  const order = [...y.keys()].sort((a, b) => y[b]! - y[a]!);
  return (x, gradient) => {
    let [sum, atRisk] = [0, 0];
    const mean = new Float64Array(x.length);
    gradient.fill(0);
    for (const i of order) {
      const row = features[i]!;
      let eta = 0;
      for (let j = 0; j < x.length; j++) eta += row[j + 1]! * x[j]!;
      atRisk += exp(eta);
      sum += log(atRisk) - eta;
      for (let j = 0; j < x.length; j++) {
        mean[j]! += exp(eta) * row[j + 1]!;
        gradient[j]! += mean[j]! / atRisk - row[j + 1]!;
      }
    }
    return sum;
  };
}

function penguins(): Problem {
  const { rows, columns, values } = sexOfPenguins();
  const table = Array.from({ length: rows }, (_, i) => values.slice(i * columns, (i + 1) * columns));
  const samples = {
    features: table.map((row) => Float64Array.from(row.slice(0, -1))),
    y: table.map((row) => row[columns - 1]!),
  };
  return {
    ...model('logistic regression of penguins', columns - 1, 47.12602064237106, linearModel(samples, logistic, 0.1)),
    source: "bench/solves' logistic regression of 333 penguins (K. Gorman, Palmer Station LTER); f* by Newton",
  };
}

export const REGRESSIONS: readonly Problem[] = [
  model('logistic regression, n = 10', 10, 63.74643093946757, linearModel(sampled(1, 200, 10, label), logistic)),
  model(
    'logistic regression with a ridge, n = 50',
    50,
    1.0429760183972785,
    linearModel(sampled(2, 100, 50, label), logistic, 0.01),
  ),
  model(
    'logistic regression, columns of any size',
    8,
    76.6790882456804,
    linearModel(sampled(3, 200, 8, label, 4), logistic, 1e-3),
  ),
  penguins(),
  model('Poisson regression, n = 8', 8, 104.14223048051949, linearModel(sampled(4, 150, 8, counted), poisson)),
  model(
    'Poisson regression, columns of any size',
    6,
    117.23992086810762,
    linearModel(sampled(5, 150, 6, counted, 0.2), poisson),
  ),
  model(
    'gamma regression, n = 6',
    6,
    103.5720802108604,
    linearModel(
      sampled(6, 120, 6, (eta, noise) => exp(eta) * (1.2 + noise)),
      (eta, y) => [eta + y * exp(-eta), 1 - y * exp(-eta)],
    ),
  ),
  model(
    'negative binomial regression, n = 6',
    6,
    451.62946545799457,
    linearModel(sampled(7, 150, 6, counted), (eta, y) => {
      const mean = exp(eta);
      return [(y + 2) * log(2 + mean) - y * eta, ((y + 2) * mean) / (2 + mean) - y];
    }),
  ),
  model(
    'pseudo-Huber regression, n = 20',
    20,
    2.0540343716823313,
    linearModel(sampled(8, 100, 20, measured), (eta, y) => {
      const root = sqrt(1 + ((eta - y) / 0.1) ** 2);
      return [0.01 * (root - 1), (eta - y) / root];
    }),
  ),
  model(
    "Cauchy's loss, n = 10",
    10,
    29.3687773759679,
    linearModel(sampled(9, 100, 10, measured), (eta, y) => [
      log1p(4 * (eta - y) ** 2),
      (8 * (eta - y)) / (1 + 4 * (eta - y) ** 2),
    ]),
  ),
  model(
    'squared hinge, n = 12',
    12,
    42.32627498811499,
    linearModel(sampled(10, 150, 12, label), (eta, y) => [max(0, 1 - y * eta) ** 2, -2 * y * max(0, 1 - y * eta)], 0.1),
  ),
  model(
    'softmax regression, 4 classes, n = 24',
    24,
    86.46255378221693,
    softmax(
      sampled(11, 150, 8, (eta, noise) => max(0, Math.min(3, Math.floor(eta + noise + 2)))),
      4,
      0.01,
    ),
  ),
  model(
    'proportional hazards, n = 7',
    7,
    246.90845893396792,
    proportionalHazards(sampled(12, 80, 8, (eta, noise) => noise - eta / 2)),
  ),
];
