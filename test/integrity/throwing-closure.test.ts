import assert from 'node:assert/strict';
import type { Dtype, LBFGSState } from 'lbfgs';
import { callsOf, DTYPES, MODES, remoteness, training, type Mode, type Training } from '../problems/training';

/** The state after this many iterations of an undisturbed run. */
function stateAfter(iterations: number, mode: Mode, dtype: Dtype): LBFGSState {
  const { model, optimizer } = training(mode, dtype);
  optimizer.step(model.closure, { onIteration: ({ iteration }) => iteration < iterations });
  return optimizer.stateDict().state[0]!;
}

interface Interrupted extends Training {
  /** Iterations completed before the error. */
  completed: number;
  /** The last accepted point. */
  accepted: Float64Array;
}

/** A training whose closure throws at its k-th call, before or after it has written gradients. */
function interrupted(
  mode: Mode,
  dtype: Dtype,
  k: number,
  error: Error,
  gradients: 'spoiled' | 'untouched',
): Interrupted {
  const plain = training(mode, dtype);
  const run: Interrupted = { ...plain, completed: 0, accepted: plain.model.x };
  const { model, optimizer } = run;
  const closure = (): number => {
    if (model.calls + 1 < k) return model.closure();
    model.calls++;
    if (gradients === 'spoiled') for (const { grad } of model.params) grad!.fill(1e6);
    throw error;
  };
  const onIteration = ({ iteration }: { iteration: number }): void => {
    run.completed = iteration;
    run.accepted = model.x;
  };
  assert.throws(
    () => optimizer.step(closure, { onIteration }),
    (thrown) => thrown === error,
  );
  return run;
}

for (const mode of MODES) {
  for (const dtype of DTYPES) {
    describe(`a closure that throws at any call: ${mode}, ${dtype}`, () => {
      const calls = callsOf(mode, dtype);
      const error = new Error('out of data');

      for (const gradients of ['spoiled', 'untouched'] as const) {
        it(`passes its error on; the accepted point is back, with its gradient, where the arrays were ${gradients}`, () => {
          for (let k = 1; k <= calls; k++) {
            const { model, accepted, optimizer } = interrupted(mode, dtype, k, error, gradients);
            assert.deepEqual(model.x, accepted);
            if (k > 1) assert.deepEqual(model.gradient, model.truth.gradient, `call ${k}`);
            assert.equal(optimizer.lastStep, null);
          }
        });
      }

      it('leaves the state of the last completed iteration, every call counted', () => {
        for (let k = 1; k <= calls; k++) {
          const { optimizer, completed } = interrupted(mode, dtype, k, error, 'spoiled');
          const state = optimizer.stateDict().state[0]!;
          const expected = completed === 0 ? { n_iter: 0 } : stateAfter(completed, mode, dtype);
          assert.deepEqual(state, { ...expected, func_evals: k }, `call ${k}`);
        }
      });

      it('does not keep the next step from the minimum', () => {
        for (let k = 1; k <= calls; k++) {
          const run = interrupted(mode, dtype, k, error, 'spoiled');
          run.optimizer.step(run.model.closure);
          assert.ok(remoteness(run) <= 1, `call ${k}: ${String(run.model.x)}`);
        }
      });
    });

    describe(`a history that is full: ${mode}, ${dtype}`, () => {
      it('keeps its oldest pair where the iteration that would drop it is interrupted', () => {
        const error = new Error('out of data');
        const { model, optimizer } = training(mode, dtype, { historySize: 2, maxIter: 5, maxEval: 1000 });
        optimizer.step(model.closure);
        const { state } = optimizer.stateDict();
        assert.equal(state[0]!.ro!.length, 2);
        const last = model.calls + 1;
        model.fault = ({ call }) => {
          if (call > last) throw error;
        };
        assert.throws(() => optimizer.step(model.closure), error);
        assert.deepEqual(optimizer.stateDict().state, { 0: { ...state[0], func_evals: model.calls } });
      });
    });
  }
}

describe('an error at the first call of a step, after a move that was never evaluated', () => {
  it('leaves the parameters where that move took them, and the next step goes on from there', () => {
    const [disturbed, quiet] = [0, 1].map(() => training('fixed step', 'float64', { maxIter: 2 })) as [
      Training,
      Training,
    ];
    const error = new Error('out of data');
    for (const { optimizer, model } of [disturbed, quiet]) optimizer.step(model.closure);
    assert.throws(
      () =>
        disturbed.optimizer.step(() => {
          throw error;
        }),
      error,
    );
    assert.deepEqual(disturbed.model.x, quiet.model.x);
    for (const { optimizer, model } of [disturbed, quiet]) optimizer.step(model.closure);
    assert.deepEqual(disturbed.model.x, quiet.model.x);
  });
});
