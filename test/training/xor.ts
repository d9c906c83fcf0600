// The network 2-8-1 that learns exclusive or, as torch's own tests of its optimisers train it.

import { LBFGS, type LBFGSOptions } from 'lbfgs';
import { Model } from '../problems/model';
import { randomNumbers } from '../problems/numbers';
import { initialWeights, layerSizes, networkLoss, type Layout, type Pattern } from './network';

const LAYOUT: Layout = { inputs: 2, units: 8 };
const BATCH = 200;
const INPUTS = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
] as const;

/** Every step sees another 200 random patterns; returns the steps until the running loss is below 0.1, or Infinity after `limit`. */
export function stepsToLearnXor(options: LBFGSOptions, seed: number, limit: number): number {
  const random = randomNumbers(seed);
  let batch = drawBatch(random);
  const loss = networkLoss(LAYOUT, 'cross_entropy', () => batch);
  const model = new Model(loss, initialWeights(LAYOUT, seed), { cuts: layerSizes(LAYOUT) });
  const optimizer = new LBFGS(model.params, options);
  let runningLoss = 1;
  for (let step = 1; step <= limit; step++) {
    runningLoss = 0.99 * runningLoss + 0.01 * optimizer.step(model.closure);
    if (runningLoss < 0.1) return step;
    batch = drawBatch(random);
  }
  return Infinity;
}

/** The four patterns, each as heavy as it is often among 200 draws. */
export function drawBatch(random: () => number): readonly Pattern[] {
  const counts = INPUTS.map(() => 0);
  for (let draw = 0; draw < BATCH; draw++) counts[Math.floor(2 * (random() + 1))]! += 1;
  return INPUTS.map((input, index) => ({ input, target: input[0] ^ input[1], weight: counts[index]! / BATCH }));
}
