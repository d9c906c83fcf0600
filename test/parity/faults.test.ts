// The recorded cases in which a closure fails or torch itself does. torch's records show what is wrong there; ours must be right.

import assert from 'node:assert/strict';
import { LBFGSError } from 'lbfgs';
import { ClosureError, num } from '../golden/problems.mjs';
import { cases, deviation, isModel, optionsOf, Run, type Case } from './golden';

const faulty = cases.filter((recorded) => !isModel(recorded));
const refused = faulty.filter(({ fault }) => fault === null);
const throwing = faulty.filter(({ fault }) => fault?.type === 'throw');
const notFinite = faulty.filter(({ fault }) => fault !== null && fault.type !== 'throw');

/** A step, or the library's own error that it threw. */
function attempt(run: Run): LBFGSError | undefined {
  try {
    run.optimizer.step(run.closure);
    return undefined;
  } catch (error) {
    if (error instanceof LBFGSError) return error;
    throw error;
  }
}

/** Steps on until the optimiser has converged. */
function toTheEnd(run: Run): Run {
  run.optimizer.paramGroups[0].maxIter = 500;
  run.optimizer.paramGroups[0].maxEval = 1000;
  for (let step = 0; step < 5; ++step) run.optimizer.step(run.closure);
  assert.equal(run.optimizer.lastStep?.converged, true, run.optimizer.lastStep?.message);
  return run;
}

const withoutFault = (recorded: Case): Case => ({ ...recorded, fault: null });

describe("torch's recorded failures", () => {
  it('are all there', () => {
    assert.deepEqual([refused.length, throwing.length, notFinite.length], [2, 3, 5]);
  });

  for (const recorded of refused) {
    it(`${recorded.id} is refused at construction`, () => {
      const option = 'history_size' in recorded.options ? 'historySize' : 'lineSearchFn';
      assert.ok(option in optionsOf(recorded));
      assert.throws(() => new Run(recorded), {
        code: 'ERR_LBFGS_ARG_VALUE',
        message: new RegExp(` for ${option} but received `),
      });
    });
  }

  for (const recorded of throwing) {
    it(`${recorded.id} passes the closure's own error through, brings back the accepted point and goes on`, () => {
      const run = new Run(recorded);
      const start = run.x;
      const failed = recorded.fault!.at_eval!;
      let thrown: unknown;
      const closure = (): number => {
        try {
          return run.closure();
        } catch (error) {
          thrown = error;
          throw error;
        }
      };
      assert.throws(
        () => run.optimizer.step(closure),
        (error) => error instanceof ClosureError && error === thrown,
      );
      assert.equal(run.state.func_evals, failed);

      // The point is one that was evaluated before, its loss no higher than the first one's.
      const evaluated = run.trace.slice(0, failed - 1);
      const accepted = evaluated.filter(({ x }) => deviation(x, Array.from(run.x)) === 0).at(-1);
      if (failed === 1) assert.deepEqual(run.x, start);
      else assert.ok(accepted !== undefined && run.trace[failed - 1]!.x.join() !== run.x.join());
      if (run.optimizer.paramGroups[0].lineSearchFn !== null && accepted !== undefined) {
        assert.ok(accepted.loss <= evaluated[0]!.loss);
      }

      const returned = run.optimizer.step(closure);
      assert.equal(returned, accepted?.loss ?? num(recorded.trace[0]!.f));
      assert.ok(run.optimizer.lastStep!.loss < returned);
    });
  }

  for (const recorded of notFinite) {
    it(`${recorded.id} never leaves a parameter that is not finite`, () => {
      const run = new Run(recorded);
      for (let step = 0; step < 6; ++step) {
        const error = attempt(run);
        assert.ok(run.x.every(Number.isFinite), `after step ${step}`);
        if (error !== undefined) assert.equal(error.code, 'ERR_LBFGS_NON_FINITE_START');
      }
      for (const { x } of run.trace) assert.ok(x.every(Number.isFinite));
    });

    if (recorded.fault?.type.endsWith('_once') !== true) continue;
    it(`${recorded.id} ends at the same minimum as without the fault`, () => {
      const hit = toTheEnd(new Run(recorded));
      const spared = toTheEnd(new Run(withoutFault(recorded)));
      assert.ok(hit.trace.some(({ loss }) => !Number.isFinite(loss)));
      assert.ok(deviation(hit.x, Array.from(spared.x)) <= 1e-3, `${hit.x.join()} is not ${spared.x.join()}`);
      assert.ok(Math.abs(hit.optimizer.lastStep!.loss - spared.optimizer.lastStep!.loss) <= 1e-8);
    });
  }
});
