// Where the direction of the last iteration is of no use for the next one.

import assert from 'node:assert/strict';
import { LBFGS, Parameter, type LBFGSOptions } from 'lbfgs';

/** A quadratic around `center`, whose gradient can be made to lie. */
function quadratic(options: LBFGSOptions): {
  x: Parameter;
  center: number[];
  honest: (honest: boolean) => void;
  closure: () => number;
  optimizer: LBFGS;
} {
  const x = new Parameter([5, -3, 2]);
  const center = [1, 1, 1];
  let sign = 1;
  const closure = (): number => {
    const distances = Array.from(x.data, (value, i) => value - center[i]!);
    x.grad = distances.map((distance, i) => sign * (i + 1) * distance);
    return distances.reduce((sum, distance, i) => sum + ((i + 1) * distance * distance) / 2, 0);
  };
  const honest = (value: boolean): void => {
    sign = value ? 1 : -1;
  };
  return { x, center, honest, closure, optimizer: new LBFGS([x], options) };
}

/** Another optimiser of the same parameter, which takes over the state. */
function resumed({ x, optimizer }: ReturnType<typeof quadratic>, options: LBFGSOptions): LBFGS {
  const other = new LBFGS([x], options);
  other.loadStateDict(optimizer.stateDict());
  return other;
}

for (const lineSearchFn of ['strong_wolfe', null] as const) {
  describe(`a direction not taken, lineSearchFn ${lineSearchFn}`, () => {
    for (const throughDict of [false, true]) {
      it(`at the slope test makes no pair at the next step${throughDict ? ', nor after its state has been loaded' : ''}`, () => {
        const options = { lineSearchFn, lr: lineSearchFn === null ? 0.2 : 1, toleranceGrad: 0, toleranceChange: 1e-3 };
        const training = quadratic(options);
        const { optimizer, closure, center } = training;
        while (optimizer.lastStep?.status !== 'converged_slope') optimizer.step(closure);
        const before = optimizer.state.history_length;
        const stepped = throughDict ? resumed(training, options) : optimizer;
        center.splice(0, 3, -2, 4, 0); // so that y is far from 0, and y . s above the threshold
        stepped.paramGroups[0].maxIter = 1;
        stepped.step(closure);
        assert.equal(stepped.state.history_length, before);
        stepped.step(closure);
        assert.equal(stepped.state.history_length, before + 1);
      });
    }
  });
}

describe('after a line search that failed', () => {
  const options: LBFGSOptions = { lineSearchFn: 'strong_wolfe' };

  for (const throughDict of [false, true]) {
    it(`with finite trials the next step starts from steepest descent${throughDict ? ', also where its state has been loaded' : ''}`, () => {
      const training = quadratic(options);
      const { optimizer, closure, honest, x } = training;
      optimizer.paramGroups[0].maxIter = 2;
      optimizer.step(closure);
      assert.ok(optimizer.state.history_length > 0);
      honest(false);
      optimizer.step(closure);
      assert.equal(optimizer.lastStep!.status, 'line_search_failed');
      assert.equal(optimizer.state.t, 0);
      assert.equal(optimizer.state.history_length, 0);
      honest(true);
      const stepped = throughDict ? resumed(training, options) : optimizer;
      closure();
      const downhill = x.grad!.map((entry) => -entry);
      stepped.paramGroups[0].maxIter = 1;
      stepped.step(closure);
      assert.deepEqual(stepped.stateDict().state[0]!.d, downhill);
      assert.ok(stepped.state.t! > 0);
      stepped.paramGroups[0].maxIter = 20;
      stepped.step(closure);
      assert.ok(stepped.lastStep!.converged);
      assert.ok(x.data.every((value) => Math.abs(value - 1) < 1e-4));
    });
  }

  it('with no finite trial the curvature is kept: it was not at fault', () => {
    const { optimizer, closure, x } = quadratic(options);
    optimizer.paramGroups[0].maxIter = 2;
    optimizer.step(closure);
    const before = optimizer.state.history_length;
    let calls = 0;
    optimizer.step(() => (calls++ === 0 ? closure() : NaN));
    assert.equal(optimizer.lastStep!.status, 'line_search_failed');
    assert.ok(before > 0 && optimizer.state.history_length >= before);
    optimizer.paramGroups[0].maxIter = 20;
    optimizer.step(closure);
    assert.ok(x.data.every((value) => Math.abs(value - 1) < 1e-4));
  });
});
