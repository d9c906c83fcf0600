// Problems with an L1 penalty.

import { CHAINED } from '../chained';
import { MGH } from '../mgh';
import { filled, repeated, type Evaluate } from '../problem';
import { bounded, evaluateOf, type BoundedProblem, type Limits } from './problem';
import { designOf, huber, logistic, mean, poisson, responsesOf, softmax, squared, type Design } from './regressions';

const source = 'made for this collection; data seeded';

/** The least weight for which all penalised coefficients are 0, where the others are at `start`. */
function largestSlope(evaluate: Evaluate, start: Float64Array, unpenalised: number): number {
  const gradient = new Float64Array(start.length);
  evaluate(start, gradient);
  return gradient.subarray(unpenalised).reduce((most, slope) => Math.max(most, Math.abs(slope)), 0);
}

/** Weights of the `share` of the least one for which all coefficients are 0, times `parts`, 0 for the first ones. */
function penalised(
  name: string,
  evaluate: Evaluate,
  [n, share, value]: readonly [number, number, number],
  {
    unpenalised = 0,
    parts = () => 1,
    ...limits
  }: Limits & { unpenalised?: number; parts?: (j: number) => number } = {},
): BoundedProblem {
  const start = new Float64Array(n);
  const weight = share * largestSlope(evaluate, start, unpenalised);
  const weights = start.map((_, j) => (j < unpenalised ? 0 : weight * parts(j)));
  return bounded({ name, start, evaluate, minima: [{ value }], source, ...limits, weights });
}

const tall = designOf(100, 50, 11);
const tallLoss = mean(tall, squared(responsesOf(tall, 5, 1, 12)));
const wide = designOf(60, 200, 13);
const wideLoss = mean(wide, squared(responsesOf(wide, 20, 0.5, 14)));
const correlated = designOf(120, 80, 15, 0.95);
const correlatedLoss = mean(correlated, squared(responsesOf(correlated, 8, 1, 16)));
const elastic = (ridge: number): Evaluate => mean(correlated, squared(responsesOf(correlated, 8, 1, 16)), { ridge });
const signsOf = (design: Design, seed: number): Float64Array =>
  responsesOf(design, 6, 4, seed).map((value) => (value > 0 ? 1 : -1));
const binary = designOf(150, 30, 17, 0.5);
const binaryLoss = mean(binary, logistic(signsOf(binary, 18)), { bias: true });
const classed = designOf(120, 12, 19, 0.3);
const scores = responsesOf(classed, 3, 2, 20);
const classedLoss = softmax(
  classed,
  Uint8Array.from(scores, (score) => (score < -1 ? 0 : score < 1.5 ? 1 : 2)),
  3,
);
const counted = designOf(100, 25, 21);
const countedLoss = mean(counted, poisson(responsesOf(counted, 6, 1, 22).map((z) => Math.round(Math.exp(z / 4)))), {
  bias: true,
});
const outlying = responsesOf(tall, 5, 1, 12).map((target, row) => (row % 10 === 0 ? target + 20 : target));

/** sum of d_j (x_j - t_j)^2 / 2: its minimum under a penalty is t_j moved towards 0 by w / d_j. */
const diagonal: Evaluate = (x, gradient) =>
  x.reduce((sum, value, j) => {
    const [curvature, away] = [10 ** ((4 * j) / (x.length - 1)), value - Math.sin(3 * j)];
    gradient[j] = curvature * away;
    return sum + (curvature * away ** 2) / 2;
  }, 0);

const LASSO: readonly (readonly [string, Evaluate, readonly [number, number, number]])[] = [
  ['lasso, 100 x 50, half of the largest weight', tallLoss, [50, 0.5, 9.918287478933422]],
  ['lasso, 100 x 50, a tenth', tallLoss, [50, 0.1, 3.241944213604382]],
  ['lasso, 100 x 50, a hundredth', tallLoss, [50, 0.01, 0.5449212715012814]],
  ['lasso, 100 x 50, a thousandth', tallLoss, [50, 0.001, 0.20242092266917533]],
  ['lasso, 60 x 200, three tenths', wideLoss, [200, 0.3, 9.502899995596033]],
  ['lasso, 60 x 200, a twentieth', wideLoss, [200, 0.05, 2.2898491557083434]],
  ['lasso of correlated features, 120 x 80, a twentieth', correlatedLoss, [80, 0.05, 7.125401902541347]],
  ['elastic net, 120 x 80, a tenth', elastic(0.1), [80, 0.1, 14.021599501079736]],
  ['elastic net, 120 x 80, a hundredth', elastic(0.01), [80, 0.01, 1.742250875262734]],
];

const WITH_BIASES: readonly (readonly [string, Evaluate, number, readonly [number, number, number]])[] = [
  ['L1 logistic regression, three tenths', binaryLoss, 1, [31, 0.3, 0.609273840869927]],
  ['L1 logistic regression, a tenth', binaryLoss, 1, [31, 0.1, 0.5085972589731845]],
  ['L1 logistic regression, a hundredth', binaryLoss, 1, [31, 0.01, 0.3944727311040766]],
  ['L1 softmax of 3 classes, a fifth', classedLoss, 3, [39, 0.2, 0.9086167329458991]],
  ['L1 softmax of 3 classes, a fiftieth', classedLoss, 3, [39, 0.02, 0.6440122391864178]],
  ['L1 Poisson regression, a tenth', countedLoss, 1, [26, 0.1, 0.4171449014267906]],
];

export const L1: readonly BoundedProblem[] = [
  ...LASSO.map(([name, evaluate, size]) => penalised(name, evaluate, size)),
  ...WITH_BIASES.map(([name, evaluate, unpenalised, size]) => penalised(name, evaluate, size, { unpenalised })),
  penalised('Huber regression with L1, a tenth', mean(tall, huber(outlying)), [50, 0.1, 2.5105409470684235]),
  penalised('lasso, a weight for each coordinate', tallLoss, [50, 0.1, 0.25682517317788967], {
    parts: (j) => 10 ** ((j % 5) - 3),
  }),
  penalised('lasso, every third coordinate without a penalty', tallLoss, [50, 0.3, 4.650253506270792], {
    parts: (j) => (j % 3 === 0 ? 0 : 1),
  }),
  penalised('lasso with x >= 0', tallLoss, [50, 0.05, 4.292445986914023], { lower: 0 }),
  penalised('lasso with x in [-0.5, 1]', tallLoss, [50, 0.05, 3.602754794982687], { lower: -0.5, upper: 1 }),
  bounded({
    name: 'lasso with x in [0.1, 3]: the penalty is linear',
    start: repeated([1], 50),
    ...{ lower: 0.1, upper: 3, weights: 0.2 },
    evaluate: tallLoss,
    minima: [{ value: 7.183128425177484 }],
    source,
  }),
  bounded({
    name: 'weights that leave nothing',
    start: filled(50, (j) => Math.cos(j)),
    weights: 20,
    evaluate: tallLoss,
    minima: [{ value: 11.264017447415902 }],
    source,
  }),
  bounded({
    name: 'diagonal quadratic of curvatures 1 to 1e4 under L1, n = 100',
    start: repeated([1], 100),
    weights: 5,
    evaluate: diagonal,
    minima: [{ value: 247.12288958759697 }],
    source,
  }),
  bounded({
    name: 'Rosenbrock under L1, weight 0.1',
    start: Float64Array.of(-1.2, 1),
    weights: 0.1,
    evaluate: evaluateOf(MGH, 'Rosenbrock'),
    minima: [{ value: 0.17952045454545454 }],
    source,
  }),
  bounded({
    name: 'Rosenbrock under L1, weight 1',
    start: Float64Array.of(-1.2, 1),
    weights: 1,
    evaluate: evaluateOf(MGH, 'Rosenbrock'),
    minima: [{ value: 0.8724999999999998 }],
    source,
  }),
  bounded({
    name: 'chained Rosenbrock under L1, n = 100',
    start: repeated([-1.2, 1], 100),
    weights: 0.3,
    evaluate: evaluateOf(CHAINED, 'chained Rosenbrock, n = 100'),
    minima: [{ value: 29.753763830334083 }],
    source,
  }),
];
