// Regressions whose coefficients have bounds.

import { bounded, type BoundedProblem, type Limits } from './problem';
import { designOf, logistic, mean, poisson, responsesOf } from './regressions';

const source = 'made for this collection; data seeded';

const design = designOf(120, 15, 5);
const labels = responsesOf(design, 3, 3, 6).map((value) => (value > 0 ? 1 : -1));
const correlated = designOf(150, 40, 7, 0.8);
const correlatedLabels = responsesOf(correlated, 4, 4, 8).map((value) => (value > 0 ? 1 : -1));
const counts = responsesOf(design, 5, 1, 9).map((value) => Math.max(0, Math.round(Math.exp(value / 4))));

const regression = (name: string, limits: Limits, value: number): BoundedProblem =>
  bounded({
    ...{ name, source, ...limits, start: new Float64Array(16) },
    ...{ evaluate: mean(design, logistic(labels), { bias: true }), minima: [{ value }] },
  });

export const LOGISTIC: readonly BoundedProblem[] = [
  regression(
    'logistic regression, coefficients in [-0.3, 0.3], n = 16',
    { lower: -0.3, upper: 0.3 },
    0.5210023902140452,
  ),
  regression('logistic regression, coefficients at least 0, n = 16', { lower: 0 }, 0.44509134065947686),
  bounded({
    name: 'ridge logistic regression of correlated features, one-sided bounds, n = 41',
    start: new Float64Array(41),
    lower: Float64Array.from({ length: 41 }, (_, j) => (j > 0 && j % 2 === 0 ? -0.1 : -Infinity)),
    upper: Float64Array.from({ length: 41 }, (_, j) => (j % 2 === 1 ? 0.2 : Infinity)),
    evaluate: mean(correlated, logistic(correlatedLabels), { bias: true, ridge: 1e-3 }),
    minima: [{ value: 0.17861989122771896 }],
    source,
  }),
  bounded({
    name: 'Poisson regression, coefficients in [0, 0.4], n = 15',
    start: new Float64Array(15),
    lower: 0,
    upper: 0.4,
    evaluate: mean(design, poisson(counts)),
    minima: [{ value: 0.7813625974157254 }],
    source,
  }),
];
