import assert from 'node:assert/strict';
import type { Dtype } from 'lbfgs';
import { lbfgsRefusal } from '../problems/refusal';
import {
  callsOf,
  DTYPES,
  FAULTS,
  MODES,
  remoteness,
  training,
  type Fault,
  type Mode,
  type Training,
} from '../problems/training';

const NON_FINITE_START = lbfgsRefusal(
  'ERR_LBFGS_NON_FINITE_START',
  /^Expected a finite loss and gradient at the first evaluation of a step but received .*; nothing was moved$/,
);
const isFinite = (values: Float64Array): boolean => values.every(Number.isFinite);

interface Disturbed extends Training {
  start: Float64Array;
  /** Where the last evaluation that was finite took place. */
  lastFinite: Float64Array;
}

/** A fresh training whose calls go wrong from the k-th on, for `duration` calls. */
function disturbed(mode: Mode, dtype: Dtype, fault: Fault, k: number, duration: number): Disturbed {
  const plain = training(mode, dtype);
  const { model } = plain;
  const run: Disturbed = { ...plain, start: model.x, lastFinite: model.x };
  model.fault = (evaluation) => {
    if (evaluation.call >= k && evaluation.call < k + duration) fault.apply(evaluation);
    else run.lastFinite = model.x;
  };
  return run;
}

/** What holds at the end of every step: data, grad and loss are finite and of one point, not above the start. */
function assertSound({ model, optimizer }: Training): void {
  const { loss, initialLoss, current } = optimizer.lastStep!;
  assert.ok(isFinite(model.x));
  assert.ok(current);
  assert.ok(loss <= initialLoss);
  assert.deepEqual([loss, model.gradient], [model.truth.loss, model.truth.gradient]);
}

/** Once the fault is gone. */
function assertReachesMinimum(run: Training): void {
  run.model.fault = undefined;
  run.optimizer.step(run.model.closure);
  assert.ok(remoteness(run) <= 1, `${String(run.model.x)}: ${run.optimizer.lastStep!.message}`);
}

for (const dtype of DTYPES) {
  for (const fault of FAULTS) {
    for (const [when, duration] of [
      ['once', 1],
      ['from then on', Infinity],
    ] as const) {
      describe(`${fault.name}, ${when}, ${dtype}`, () => {
        for (const mode of MODES) {
          it(`at the first evaluation with a ${mode} is refused; nothing has moved`, () => {
            const run = disturbed(mode, dtype, fault, 1, duration);
            assert.throws(() => run.optimizer.step(run.model.closure), NON_FINITE_START);
            assert.deepEqual(run.model.x, run.start);
            assert.deepEqual(run.optimizer.stateDict().state[0], { func_evals: 1, n_iter: 0 });
            assert.equal(run.optimizer.lastStep, null);
            assertReachesMinimum(run);
          });
        }

        it('at any later evaluation of a line search leaves a finite point that is no worse', () => {
          const calls = callsOf('line search', dtype);
          for (let k = 2; k <= calls; k++) {
            const run = disturbed('line search', dtype, fault, k, duration);
            run.optimizer.step(run.model.closure);
            run.model.fault = undefined;
            assertSound(run);
            if (duration === 1)
              assert.ok(remoteness(run) <= 1, `k ${k}: ${String(run.model.x)}, ${run.optimizer.lastStep!.message}`);
            assertReachesMinimum(run);
          }
        });

        it('at any later evaluation of a fixed step brings back the last finite point and ends there', () => {
          const calls = callsOf('fixed step', dtype);
          for (let k = 2; k <= calls; k++) {
            const run = disturbed('fixed step', dtype, fault, k, duration);
            run.optimizer.step(run.model.closure);
            const { status, message, converged, iterations, evaluations } = run.optimizer.lastStep!;
            assert.deepEqual([status, converged, iterations, evaluations], ['non_finite', false, k - 2, k]);
            assert.match(message, /Lower lr, or use .*strong_wolfe/);
            assert.deepEqual(run.model.x, run.lastFinite);
            const { loss } = run.optimizer.lastStep!;
            assert.deepEqual([loss, run.model.gradient], [run.model.truth.loss, run.model.truth.gradient]);
            assertReachesMinimum(run);
          }
        });
      });
    }
  }
}
