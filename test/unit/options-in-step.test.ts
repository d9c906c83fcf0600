import assert from 'node:assert/strict';
import { LBFGS, type LBFGSOptions, type StepReport } from 'lbfgs';
import { rosenbrock } from '../problems/interruption';

/** The report of a step in whose onIteration, or in whose closure, options are assigned. */
function reportOf(options: LBFGSOptions, assigned: LBFGSOptions = {}): StepReport {
  const model = rosenbrock();
  const optimizer = new LBFGS(model.params, options);
  const assign = (): void => {
    Object.assign(optimizer.paramGroups[0], assigned);
  };
  const closure = (): number => {
    assign();
    return model.closure();
  };
  optimizer.step(closure, { onIteration: assign });
  return optimizer.lastStep!;
}

describe('the report of a step', () => {
  const wolfe: LBFGSOptions = { lineSearchFn: 'strong_wolfe' };
  const cases: readonly [string, LBFGSOptions, LBFGSOptions][] = [
    ['converged', { ...wolfe, maxIter: 1 }, { toleranceGrad: 1e9 }],
    ['the tolerance of the gradient', { ...wolfe, toleranceGrad: 1e9 }, { toleranceGrad: 1e-9 }],
    ['the tolerance of the change', { ...wolfe, toleranceChange: 1e12 }, { toleranceChange: 1e-3 }],
    ['the limit of evaluations', { ...wolfe, maxEval: 2 }, { maxEval: 77 }],
    ['the reason of a failed line search', { ...wolfe, lr: 0 }, { lr: 1 }],
  ];
  for (const [what, options, assigned] of cases) {
    it(`is about the options it began with, whatever is assigned meanwhile: ${what}`, () => {
      assert.deepEqual(reportOf(options, assigned), reportOf(options));
    });
  }

  it('does not converge by a tolerance that is assigned meanwhile', () => {
    const { status, converged, gradNorm } = reportOf({ ...wolfe, maxIter: 1 }, { toleranceGrad: 1e9 });
    assert.deepEqual([status, converged], ['max_iter', false]);
    assert.ok(gradNorm > 1);
  });
});
