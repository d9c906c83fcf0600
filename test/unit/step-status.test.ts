import assert from 'node:assert/strict';
import { LBFGS, type LBFGSOptions, type StepOptions, type StepReport, type StepStatus } from 'lbfgs';
import { rosenbrock } from '../problems/interruption';
import { Model, type Evaluation } from '../problems/model';
import { separableQuadratic } from '../problems/objectives';
import { lbfgsRefusal } from '../problems/refusal';

interface Setup {
  model: Model;
  options: LBFGSOptions;
  stepOptions?: StepOptions;
  fault?: (evaluation: Evaluation) => void;
}
/** c/2 x^2 */
const parabola = (curvature: number, x: number): Model => new Model(separableQuadratic([curvature], [0]), [x]);
const wolfe = { lineSearchFn: 'strong_wolfe' } as const;

/** How each status is reached, and what the report says beside it. */
const STATUSES: Record<Exclude<StepStatus, 'aborted'>, [Setup, Partial<StepReport>, RegExp]> = {
  converged_gradient: [
    { model: parabola(1, 0.5), options: wolfe },
    {
      converged: true,
      current: true,
      loss: 0,
      gradNorm: 0,
      initialLoss: 0.125,
      iterations: 1,
      evaluations: 2,
      stepSize: 1,
    },
    /^Converged: max\|g\| = 0 .*toleranceGrad = 1e-7$/,
  ],
  converged_slope: [
    { model: parabola(1, 1e-4), options: { ...wolfe, toleranceChange: 1e-3 } },
    { converged: false, current: true, gradNorm: 1e-4, iterations: 1, evaluations: 1 },
    /^Stopped: the slope .*toleranceChange = 0.001 .*max\|g\| = 0.0001 is above 0.001 times 0.0001, .*hardly a minimum$/,
  ],
  converged_step: [
    { model: parabola(2, 0.5), options: { lr: 1e-12 } },
    { converged: false, current: true, iterations: 1, evaluations: 2, stepSize: 1e-12 },
    /^Stopped: no parameter moved .*toleranceChange = 1e-9, but max/,
  ],
  converged_loss: [
    { model: parabola(2, 0.5), options: {} },
    { converged: false, current: true, loss: 0.25, initialLoss: 0.25, gradNorm: 1, iterations: 1, evaluations: 2 },
    /^Stopped: the loss changed by less than toleranceChange = 1e-9, but max/,
  ],
  max_iter: [
    { model: rosenbrock(), options: { ...wolfe, maxIter: 3, maxEval: 100 } },
    { converged: false, current: true, iterations: 3 },
    /^Stopped after maxIter = 3 iterations$/,
  ],
  max_eval: [
    { model: rosenbrock(), options: { ...wolfe, maxEval: 2 } },
    { converged: false, current: true, iterations: 1 },
    /^Stopped after \d evaluations, maxEval = 2$/,
  ],
  line_search_failed: [
    { model: rosenbrock(), options: wolfe, fault: ({ gradient }) => (gradient[0] = -10 * gradient[0]!) },
    { converged: false, current: true, iterations: 1, stepSize: 0 },
    /^The line search found no acceptable point\. Likely causes: a gradient that does not belong to the loss/,
  ],
  non_finite: [
    {
      model: rosenbrock(),
      options: { lr: 1e-3 },
      fault: (evaluation) => {
        if (evaluation.call === 4) evaluation.loss = NaN;
      },
    },
    { converged: false, current: true, iterations: 2, evaluations: 4 },
    /Lower lr, or use .*'strong_wolfe'$/,
  ],
  stopped: [
    { model: rosenbrock(), options: wolfe, stepOptions: { onIteration: ({ iteration }) => iteration < 2 } },
    { converged: false, current: true, iterations: 2 },
    /^Stopped by onIteration after 2 iterations$/,
  ],
  time_limit: [
    { model: rosenbrock(), options: wolfe, stepOptions: { timeLimit: Number.MIN_VALUE } },
    { converged: false, current: true, iterations: 0, evaluations: 1 },
    /^Stopped by timeLimit after 0 iterations$/,
  ],
};

describe('the status of a step', () => {
  for (const [status, [setup, expected, message]] of Object.entries(STATUSES)) {
    it(`${status}: reported with the numbers that belong to it`, () => {
      const { model, options, stepOptions, fault } = setup;
      model.fault = fault;
      const optimizer = new LBFGS(model.params, options);
      assert.equal(optimizer.lastStep, null);
      const returned = optimizer.step(model.closure, stepOptions);
      const report = optimizer.lastStep!;
      assert.deepEqual({ ...report, status, ...expected }, report);
      assert.match(report.message, message);
      assert.equal(report.initialLoss, returned);
      assert.equal(report.evaluations, model.calls);
      model.fault = undefined;
      assert.equal(report.loss, model.truth.loss);
    });
  }
});

describe('the report of a step', () => {
  it('is converged where the gradient is small enough, whatever ended the step', () => {
    const model = parabola(1, 0.5);
    const optimizer = new LBFGS(model.params, { ...wolfe, maxIter: 1 });
    optimizer.step(model.closure);
    assert.equal(optimizer.lastStep!.status, 'max_iter');
    assert.equal(optimizer.lastStep!.converged, true);
  });

  it('is not current, nor converged, where the last move was not evaluated', () => {
    const model = parabola(1, 0.5);
    const optimizer = new LBFGS(model.params, { maxIter: 1 });
    optimizer.step(model.closure);
    const { status, converged, current, loss, gradNorm, evaluations } = optimizer.lastStep!;
    assert.deepEqual(
      { status, converged, current, loss, gradNorm, evaluations },
      { status: 'max_iter', converged: false, current: false, loss: 0.125, gradNorm: 0.5, evaluations: 1 },
    );
    assert.equal(model.x[0], 0);
  });

  it('counts of this step alone, the state all of them', () => {
    const model = rosenbrock();
    const optimizer = new LBFGS(model.params, { ...wolfe, maxIter: 3 });
    const totals = { iterations: 0, evaluations: 0 };
    for (let step = 0; step < 3; step++) {
      optimizer.step(model.closure);
      totals.iterations += optimizer.lastStep!.iterations;
      totals.evaluations += optimizer.lastStep!.evaluations;
    }
    const { n_iter, func_evals } = optimizer.stateDict().state[0]!;
    assert.deepEqual({ iterations: n_iter, evaluations: func_evals }, totals);
  });

  it('stays that of the step before where a step throws', () => {
    const model = rosenbrock();
    const optimizer = new LBFGS(model.params, wolfe);
    optimizer.step(model.closure);
    const report = optimizer.lastStep;
    model.fault = (evaluation) => (evaluation.loss = NaN);
    assert.throws(
      () => optimizer.step(model.closure),
      lbfgsRefusal('ERR_LBFGS_NON_FINITE_START', /received the loss NaN; nothing was moved$/),
    );
    assert.equal(optimizer.lastStep, report);
  });
});
