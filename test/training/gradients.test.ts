import assert from 'node:assert/strict';
import { checkGradient } from 'lbfgs';
import { randomNumbers } from '../problems/numbers';
import { initialWeights, layerSizes, networkLoss } from './network';
import { logisticRegression, SURFACE } from './regression';
import { drawBatch } from './xor';

describe('the models that the tests train', () => {
  it('have gradients that agree with central differences', () => {
    const layout = { inputs: 2, units: 8 };
    const weights = initialWeights(layout, 4);
    assert.equal(
      weights.length,
      layerSizes(layout).reduce((sum, size) => sum + size),
    );
    const random = randomNumbers(9);
    const batch = drawBatch(random);
    const checks = [
      checkGradient(
        networkLoss(layout, 'squares', () => SURFACE),
        weights,
      ),
      checkGradient(
        networkLoss(layout, 'cross_entropy', () => batch),
        weights,
      ),
      checkGradient(
        logisticRegression(8, 50),
        Array.from({ length: 8 }, () => random()),
      ),
    ];
    for (const check of checks) assert.ok(check.ok, JSON.stringify(check));
  });

  it('draw batches of weight 1 from all four patterns of exclusive or', () => {
    const batch = drawBatch(randomNumbers(1));
    assert.deepEqual(
      batch.map(({ target }) => target),
      [0, 1, 1, 0],
    );
    assert.ok(batch.every(({ weight }) => weight > 0.15 && weight < 0.35));
    assert.ok(Math.abs(batch.reduce((sum, { weight }) => sum + weight, 0) - 1) < 1e-12);
  });
});
