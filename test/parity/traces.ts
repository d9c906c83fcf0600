// Every recorded case that is a model, run on its function and replayed, through the public interface.

import assert from 'node:assert/strict';
import type { LBFGSOptions } from 'lbfgs';
import { cases, deviation, isModel, numbers, Run, type Case, type RecordedStep, type StepMade } from './golden';
import { num } from '../golden/problems.mjs';

/** What is asked of a dtype: the horizon that says how far, and the relative tolerance within it. */
const DEMANDS = {
  float64: {
    loss: 'f_rel_1e-09',
    lossTolerance: 1e-7,
    x: 'replay_x_rel_1e-09',
    xTolerance: 1e-7,
    stateTolerance: 1e-6,
  },
  // In float32 an unmodified torch on another machine misses its own record of the state by more than 1e-6 (quad_cond100-I).
  float32: {
    loss: 'f_rel_1e-06',
    lossTolerance: 1e-4,
    x: 'replay_x_rel_1e-06',
    xTolerance: 1e-5,
    stateTolerance: 1e-5,
  },
} as const;

/** Ends a replay that asks for more evaluations than there are, where the record says that this may happen. */
class TraceEnded extends Error {}

interface Finished {
  readonly run: Run;
  readonly steps: readonly { readonly made: StepMade; readonly recorded: RecordedStep }[];
}

function finish(run: Run): Finished {
  const steps: { made: StepMade; recorded: RecordedStep }[] = [];
  try {
    run.all((made, recorded) => {
      steps.push({ made, recorded });
    });
  } catch (error) {
    if (!(error instanceof TraceEnded)) throw error;
  }
  return { run, steps };
}

/** Runs the case on its own function. */
function live(recorded: Case, options: LBFGSOptions): Finished {
  return finish(new Run(recorded, options));
}

/** Feeds the recorded losses and gradients back in order, whatever point is asked for. */
function replay(recorded: Case, options: LBFGSOptions): Finished {
  const run = new Run(recorded, options, (index, _x, g) => {
    const evaluation = recorded.trace[index];
    if (evaluation === undefined) throw new TraceEnded(`more than the ${recorded.trace.length} recorded evaluations`);
    g.set(numbers(evaluation.g!));
    return num(evaluation.f);
  });
  return finish(run);
}

function checkCounts({ run, steps }: Finished, recorded: Case): void {
  assert.equal(steps.length, recorded.steps.length, 'steps');
  assert.equal(run.trace.length, recorded.trace.length, 'evaluations');
  for (const [index, { made, recorded: step }] of steps.entries()) {
    assert.deepEqual(
      { evaluations: made.to - made.from, n_iter: made.state.n_iter, func_evals: made.state.func_evals },
      { evaluations: step.evals_this_step, n_iter: step.n_iter, func_evals: step.func_evals },
      `step ${index}`,
    );
    assert.equal(made.returned, run.trace[made.from]!.loss, `the loss returned by step ${index}`);
  }
}

function checkState(made: StepMade, recorded: RecordedStep, tolerance: number, where: string): void {
  const { state } = made;
  const { t = null } = recorded;
  const keys = t === null ? ['func_evals', 'n_iter'] : recorded.state_keys.filter((key) => key !== 'al');
  const ours = Object.keys(state).filter((key) => key !== 'n_stalled' && key !== 'first_grad_norm'); // what torch ignores
  assert.deepEqual(ours.sort(), [...keys].sort(), `state keys ${where}`);
  if (t === null) return;
  const close = (name: string, ours: ArrayLike<number>, expected: readonly number[]): void => {
    const off = deviation(ours, expected);
    assert.ok(off <= tolerance, `${name} ${where} is off by ${off}`);
  };
  assert.equal(state.old_dirs?.length, recorded.n_old, `pairs ${where}`);
  assert.equal(state.old_stps?.length, recorded.n_old, `pairs ${where}`);
  assert.equal(state.ro?.length, recorded.n_old, `pairs ${where}`);
  close('t', [state.t!], [num(t)]);
  close('H_diag', [state.H_diag!], [num(recorded.H_diag)]);
  close('prev_loss', [state.prev_loss!], [num(recorded.prev_loss)]);
  close('ro', state.ro.slice(-10), numbers(recorded.ro));
  close('d', state.d!, numbers(recorded.d));
  close('prev_flat_grad', state.prev_flat_grad!, numbers(recorded.prev_flat_grad));
}

/** The tests of all recorded cases, made with these options beside their own. */
export function describeTraces(options: LBFGSOptions = {}): void {
  for (const recorded of cases.filter(isModel)) {
    const { horizon, dtype } = recorded;
    const demand = DEMANDS[dtype];

    describe(recorded.id, () => {
      it('sees the recorded losses as far as the record is reproducible', () => {
        const { run } = live(recorded, options);
        const reach = horizon[demand.loss] ?? 0;
        assert.ok(run.trace.length >= reach, `${run.trace.length} evaluations, ${reach} reproducible`);
        for (let k = 0; k < reach; ++k) {
          const off = deviation([run.trace[k]!.loss], [num(recorded.trace[k]!.f)]);
          assert.ok(off <= demand.lossTolerance, `evaluation ${k}: the loss is off by ${off}`);
        }
      });

      if (horizon.counts_stable && dtype === 'float64') {
        it('takes the recorded numbers of iterations and evaluations', () => {
          const finished = live(recorded, options);
          checkCounts(finished, recorded);
          for (const { made, recorded: step } of finished.steps) {
            if (made.from >= (horizon[demand.loss] ?? 0)) continue;
            const off = deviation([made.returned], [num(step.returned)]);
            assert.ok(off <= demand.lossTolerance, `the returned loss is off by ${off}`);
          }
        });
      }

      const reach = horizon[demand.x];
      if (reach === undefined || recorded.n > 20) return;

      it('asks for the recorded points when the recorded losses and gradients are fed back', () => {
        const { run } = replay(recorded, options);
        assert.ok(run.trace.length >= reach, `${run.trace.length} evaluations, ${reach} reproducible`);
        for (let k = 0; k < reach; ++k) {
          const off = deviation(run.trace[k]!.x, numbers(recorded.trace[k]!.x!));
          assert.ok(off <= demand.xTolerance, `evaluation ${k}: x is off by ${off}`);
        }
      });

      it('leaves the recorded state after each step of the replay', () => {
        const finished = replay(recorded, options);
        if (horizon.replay_counts_stable === true) {
          checkCounts(finished, recorded);
          for (const { made, recorded: step } of finished.steps) assert.equal(made.returned, num(step.returned));
        }
        for (const [index, { made, recorded: step }] of finished.steps.entries()) {
          if (made.to > reach || made.to - made.from !== step.evals_this_step) break;
          checkState(made, step, demand.stateTolerance, `after step ${index}`);
        }
      });
    });
  }
}
