// Options assigned between steps, as a scheduler assigns them.

import assert from 'node:assert/strict';
import { LBFGS, type LBFGSOptions } from 'lbfgs';
import { Model } from '../problems/model';
import { extendedRosenbrock } from '../problems/objectives';
import { snapshot, type Training } from '../training/snapshot';

const START = [-1.2, 1, 0.5, 2, -0.5, 1.5];
const MODES: readonly LBFGSOptions[] = [
  { lineSearchFn: 'strong_wolfe', maxIter: 3, maxEval: 1000 },
  { lineSearchFn: null, lr: 2e-3, maxIter: 3, maxEval: 1000 },
];

function training(options: LBFGSOptions, steps = 0, x: ArrayLike<number> = START): Training {
  const model = new Model(extendedRosenbrock, x, { cuts: [4, 2] });
  return goOn({ model, optimizer: new LBFGS(model.params, options) }, steps);
}

function goOn(subject: Training, steps: number): Training {
  for (let step = 0; step < steps; step++) subject.optimizer.step(subject.model.closure);
  return subject;
}

/** An optimiser that is made with these options and has the state, but not the options, of another one. */
function successor({ model, optimizer }: Training, options: LBFGSOptions): Training {
  const { state, param_groups } = optimizer.stateDict();
  const next = training(options, 0, model.x);
  next.optimizer.loadStateDict({ state, param_groups: [{ params: param_groups[0].params } as never] });
  for (const [index, { grad }] of model.params.entries()) next.model.params[index]!.grad!.set(grad!);
  return next;
}

const CHANGES: readonly LBFGSOptions[] = [
  { lr: 1e-3 },
  { lr: 0 },
  { maxIter: 1 },
  { maxIter: 9 },
  { maxIter: 0 },
  { maxEval: 2 },
  { maxEval: 0 },
  { toleranceGrad: 1e4 },
  { toleranceGrad: 0 },
  { toleranceChange: 1 },
  { toleranceChange: 0 },
  { lineSearchFn: null, lr: 1e-3 },
  { lineSearchFn: 'strong_wolfe', lr: 1 },
  { historySize: 1 },
  { historySize: 2 },
  { historySize: 5 },
  { historySize: 1000 },
  { maxLs: 1 },
  { maxLs: null, maxEval: 6 },
];

for (const mode of MODES) {
  describe(`an option assigned between steps, lineSearchFn ${mode.lineSearchFn} before`, () => {
    for (const change of CHANGES) {
      it(`takes effect at the next step, as if it had been there when the optimiser was made: ${JSON.stringify(change)}`, () => {
        const changed = training(mode, 4);
        const made = successor(changed, { ...mode, ...change });
        Object.assign(changed.optimizer.paramGroups[0], change);
        for (let step = 0; step < 3; step++) {
          assert.deepEqual(snapshot(goOn(changed, 1).optimizer), snapshot(goOn(made, 1).optimizer));
          assert.deepEqual(changed.optimizer.lastStep, made.optimizer.lastStep);
        }
      });

      it(`has no effect on a step in progress: ${JSON.stringify(change)}`, () => {
        const [changed, quiet] = [training(mode, 2), goOn(training(mode, 2), 1)];
        const assign = (): void => {
          Object.assign(changed.optimizer.paramGroups[0], change);
        };
        changed.optimizer.step(
          () => {
            assign();
            return changed.model.closure();
          },
          { onIteration: assign },
        );
        assert.deepEqual(changed.model.x, quiet.model.x);
        assert.equal(changed.model.calls, quiet.model.calls);
        assert.deepEqual(changed.optimizer.lastStep, quiet.optimizer.lastStep);
        Object.assign(quiet.optimizer.paramGroups[0], change);
        assert.deepEqual(changed.optimizer.stateDict().state, quiet.optimizer.stateDict().state);
      });
    }

    it('shows where one would look for it: step length, iterations, evaluations, the reason for the end', () => {
      const { model, optimizer } = training(mode, 2);
      const [group] = optimizer.paramGroups;
      const next = (options: LBFGSOptions): NonNullable<typeof optimizer.lastStep> => {
        Object.assign(group, optimizer.defaults, options);
        optimizer.step(model.closure);
        return optimizer.lastStep!;
      };
      assert.equal(next({ lineSearchFn: null, lr: 1.25e-3 }).stepSize, 1.25e-3);
      assert.equal(next({ maxIter: 5 }).iterations, 5);
      assert.equal(next({ maxIter: 1 }).status, 'max_iter');
      assert.equal(next({ maxEval: 1 }).status, 'max_eval');
      assert.equal(next({ toleranceGrad: 1e6 }).status, 'converged_gradient');
      assert.equal(next({ toleranceChange: 1e12 }).status, 'converged_slope');
      const { loss } = model.truth;
      assert.ok(next({ lineSearchFn: 'strong_wolfe', lr: 1, maxIter: 9 }).loss < loss);
    });
  });

  describe(`historySize assigned between steps, lineSearchFn ${mode.lineSearchFn}`, () => {
    it('that shrinks keeps the newest pairs, one of which goes when the next one comes', () => {
      const subject = training({ ...mode, maxIter: 1, historySize: 6 }, 9);
      const before = subject.optimizer.stateDict().state[0]!;
      assert.equal(before.ro!.length, 6);
      subject.optimizer.paramGroups[0].historySize = 3;
      goOn(subject, 1);
      const { old_dirs, old_stps, ro } = subject.optimizer.stateDict().state[0]!;
      assert.equal(ro!.length, 3);
      assert.deepEqual(old_dirs!.slice(0, 2), before.old_dirs!.slice(4));
      assert.deepEqual(old_stps!.slice(0, 2), before.old_stps!.slice(4));
      assert.deepEqual(ro!.slice(0, 2), before.ro!.slice(4));
    });

    it('that grows keeps all pairs and makes room for more, also in the ring that had gone round', () => {
      const subject = training({ ...mode, maxIter: 1, historySize: 3 }, 9);
      const before = subject.optimizer.stateDict().state[0]!;
      subject.optimizer.paramGroups[0].historySize = 5;
      for (const [step, length] of [4, 5, 5].entries()) {
        goOn(subject, 1);
        const { old_dirs, old_stps, ro } = subject.optimizer.stateDict().state[0]!;
        const kept = step === 2 ? 1 : 0;
        assert.equal(ro!.length, length);
        assert.deepEqual(old_dirs!.slice(0, 3 - kept), before.old_dirs!.slice(kept));
        assert.deepEqual(old_stps!.slice(0, 3 - kept), before.old_stps!.slice(kept));
        assert.deepEqual(ro!.slice(0, 3 - kept), before.ro!.slice(kept));
      }
    });

    it('and assigned back before a step forgets nothing', () => {
      const [subject, quiet] = [training({ ...mode, historySize: 4 }, 4), training({ ...mode, historySize: 4 }, 4)];
      const [group] = subject.optimizer.paramGroups;
      group.historySize = 1;
      group.historySize = 4;
      assert.deepEqual(snapshot(goOn(subject, 2).optimizer), snapshot(goOn(quiet, 2).optimizer));
    });

    it('to what no memory can hold is refused at the next step, and training goes on once it is put right', () => {
      const [subject, quiet] = [training(mode, 3), training(mode, 3)];
      const before = snapshot(subject.optimizer);
      const [group] = subject.optimizer.paramGroups;
      const { historySize } = group;
      group.historySize = Number.MAX_SAFE_INTEGER;
      assert.throws(() => goOn(subject, 1), { name: 'RangeError', code: 'ERR_LBFGS_OUT_OF_MEMORY' });
      group.historySize = historySize;
      assert.deepEqual(snapshot(subject.optimizer), before);
      assert.deepEqual(snapshot(goOn(subject, 2).optimizer), snapshot(goOn(quiet, 2).optimizer));
    });
  });
}
