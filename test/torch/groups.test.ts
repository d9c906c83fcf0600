import assert from 'node:assert/strict';
import { LBFGS, Parameter, type FloatArray, type LBFGSOptions, type LBFGSState, type ParameterLike } from 'lbfgs';
import { arrayOf, Model } from '../problems/model';
import { extendedRosenbrock } from '../problems/objectives';
import { snapshot, type Training } from '../training/snapshot';

const MODES: readonly LBFGSOptions[] = [
  { lineSearchFn: 'strong_wolfe', maxIter: 3, maxEval: 1000, historySize: 4 },
  { lineSearchFn: null, lr: 1e-3, maxIter: 3, historySize: 4 },
];
const START = [-1.2, 1, 0.5, 2, -0.5, 1.5];

/** Rosenbrock of six variables in three parameters, of which the optimiser has the first. */
function frozen(options: LBFGSOptions, steps: number): Training {
  const model = new Model(extendedRosenbrock, START, { cuts: [2, 1, 3] });
  return goOn({ model, optimizer: new LBFGS([model.params[0]!], options) }, steps);
}

function goOn(training: Training, steps: number): Training {
  for (let step = 0; step < steps; step++) training.optimizer.step(training.model.closure);
  return training;
}

function thaw({ model, optimizer }: Training, ...indices: number[]): void {
  optimizer.addParamGroup({ params: indices.map((index) => model.params[index]!) });
}

function learnt(optimizer: LBFGS): Required<LBFGSState> {
  return optimizer.stateDict().state[0]! as Required<LBFGSState>;
}

/** The array with zeros behind it. */
function padded(array: FloatArray, size: number): FloatArray {
  return Float64Array.from({ length: size }, (_, i) => array[i] ?? 0);
}

for (const options of MODES) {
  describe(`addParamGroup, lineSearchFn ${options.lineSearchFn}`, () => {
    it('lets the one group grow: the parameters behind the others, the options as they were', () => {
      const training = frozen(options, 2);
      const { paramGroups } = training.optimizer;
      const { params, ...before } = paramGroups[0];
      thaw(training, 1, 2);
      assert.equal(training.optimizer.paramGroups, paramGroups);
      const { params: grown, ...after } = paramGroups[0];
      assert.equal(params.length, 1);
      assert.deepEqual(grown, training.model.params);
      assert.ok(Object.isFrozen(grown));
      assert.deepEqual(after, before);
      assert.deepEqual(training.optimizer.stateDict().param_groups[0].params, [0, 1, 2]);
    });

    it('moves nothing, and keeps the curvature: the new coordinates are zero in every vector of the state', () => {
      const training = frozen(options, 3);
      const { model, optimizer } = training;
      const [x, gradient, before, report] = [model.x, model.gradient, learnt(optimizer), optimizer.lastStep];
      thaw(training, 1, 2);
      const { n_known, ...after } = learnt(optimizer);
      assert.deepEqual(after, {
        ...before,
        d: padded(before.d, 6),
        prev_flat_grad: padded(before.prev_flat_grad, 6),
        old_dirs: before.old_dirs.map((y) => padded(y, 6)),
        old_stps: before.old_stps.map((s) => padded(s, 6)),
      });
      assert.equal(n_known, 2);
      assert.deepEqual([model.x, model.gradient], [x, gradient]);
      assert.equal(optimizer.lastStep, report);
    });

    it('leaves the new coordinates out of the next pair, and of no later one', () => {
      const training = frozen({ ...options, maxIter: 1 }, 3);
      thaw(training, 1, 2);
      const before = learnt(training.optimizer);
      const { gradient } = training.model.truth;
      goOn(training, 1);
      const next = learnt(training.optimizer);
      assert.equal(next.n_known, undefined);
      assert.deepEqual(
        next.old_stps.at(-1),
        before.d.map((d) => d * before.t),
      );
      const y = gradient.map((g, i) => (i < 2 ? g - before.prev_flat_grad[i]! : 0));
      assert.deepEqual(next.old_dirs.at(-1), y);
      assert.deepEqual(next.prev_flat_grad, gradient);
      goOn(training, 1);
      const later = learnt(training.optimizer);
      assert.ok([...later.old_stps.at(-1)!, ...later.old_dirs.at(-1)!].every((value) => value !== 0));
      assert.deepEqual(later.old_dirs.at(-2), y);
    });

    it('moves the new coordinates from the very next iteration on', () => {
      const training = frozen({ ...options, maxIter: 1 }, 3);
      const before = training.model.x;
      thaw(training, 1, 2);
      goOn(training, 1);
      assert.ok(training.model.x.every((value, i) => value !== before[i]));
      assert.equal(training.optimizer.state.n_iter, 4);
    });

    it('before the first step is as if the parameters had been there from the start', () => {
      const grown = frozen(options, 0);
      thaw(grown, 1, 2);
      const model = new Model(extendedRosenbrock, START, { cuts: [2, 1, 3] });
      const whole = { model, optimizer: new LBFGS(model.params, options) };
      assert.deepEqual(grown.optimizer.stateDict(), whole.optimizer.stateDict());
      assert.deepEqual(snapshot(goOn(grown, 4).optimizer), snapshot(goOn(whole, 4).optimizer));
    });

    it('twice in a row is as once with both, and works with a step between too', () => {
      const [twice, once, apart] = [frozen(options, 3), frozen(options, 3), frozen(options, 3)];
      thaw(twice, 1);
      thaw(twice, 2);
      thaw(once, 1, 2);
      assert.deepEqual(snapshot(goOn(twice, 4).optimizer), snapshot(goOn(once, 4).optimizer));
      thaw(apart, 1);
      goOn(apart, 1);
      thaw(apart, 2);
      assert.equal(learnt(apart.optimizer).n_known, 3);
      goOn(apart, 20);
      assert.ok(apart.model.truth.loss < frozen(options, 23).model.truth.loss);
    });

    it('a state taken before it loads into an optimiser of the old parameters, which goes on without the new ones', () => {
      const training = frozen(options, 3);
      const state = training.optimizer.stateDict();
      const [values] = [training.model.params[0]!.data.slice()];
      thaw(training, 1, 2);
      assert.throws(
        () => {
          training.optimizer.loadStateDict(state);
        },
        { code: 'ERR_LBFGS_STATE_DICT', message: /for param_groups\[0\]\.params of the state dict/ },
      );
      const other = frozen(options, 0);
      other.model.params[0]!.data.set(values);
      other.optimizer.loadStateDict(state);
      const never = frozen(options, 3);
      assert.deepEqual(snapshot(goOn(other, 3).optimizer), snapshot(goOn(never, 3).optimizer));
    });

    for (const steps of [0, 1, 2]) {
      it(`a state taken ${steps} steps after it loads into an optimiser of all parameters, which goes on bit for bit`, () => {
        const training = frozen({ ...options, maxIter: 1 }, 3);
        thaw(training, 1, 2);
        goOn(training, steps);
        const state = structuredClone(training.optimizer.stateDict());
        assert.equal(state.state[0]!.n_known, steps === 0 ? 2 : undefined);
        const model = new Model(extendedRosenbrock, training.model.x, { cuts: [2, 1, 3] });
        const copy = { model, optimizer: new LBFGS(model.params) };
        copy.optimizer.loadStateDict(state);
        assert.deepEqual(copy.optimizer.stateDict(), state);
        for (let step = 0; step < 4; step++) {
          assert.deepEqual(snapshot(goOn(copy, 1).optimizer), snapshot(goOn(training, 1).optimizer));
        }
      });
    }

    it('in float64 promotes a float32 group, exactly', () => {
      const model = new Model(extendedRosenbrock, START, { dtype: 'float32', cuts: [2, 4] });
      const optimizer = new LBFGS([model.params[0]!], options);
      goOn({ model, optimizer }, 3);
      const before = learnt(optimizer);
      assert.ok(before.d instanceof Float32Array);
      const added: ParameterLike = { data: arrayOf('float64', [0.1, 0.2]), grad: new Float64Array([0.1, 0.2]) };
      optimizer.addParamGroup({ params: [added] });
      const after = learnt(optimizer);
      assert.deepEqual(after.d, padded(before.d, 4));
      assert.deepEqual(
        after.old_stps,
        before.old_stps.map((s) => padded(s, 4)),
      );
      optimizer.step(model.closure);
      assert.ok(added.data.every((value, i) => value !== [0.1, 0.2][i] && value !== Math.fround(value)));
    });

    it('keeps the newest pairs where historySize has shrunk since', () => {
      const training = frozen(options, 4);
      const before = learnt(training.optimizer);
      assert.equal(before.ro.length, 4);
      training.optimizer.paramGroups[0].historySize = 2;
      thaw(training, 1, 2);
      assert.deepEqual(learnt(training.optimizer).ro, before.ro.slice(2));
    });
  });
}

describe('the hooks and the frozen gradients', () => {
  it('hooks stay registered, and zeroGrad reaches the new parameters', () => {
    const training = frozen(MODES[0]!, 1);
    let calls = 0;
    training.optimizer.registerStepPostHook(() => calls++);
    thaw(training, 1, 2);
    goOn(training, 1);
    assert.equal(calls, 1);
    training.optimizer.zeroGrad();
    assert.ok(training.model.params.every(({ grad }) => grad === null));
  });

  it('parameters of no entries may be added', () => {
    const [training, same] = [frozen(MODES[0]!, 2), frozen(MODES[0]!, 2)];
    training.optimizer.addParamGroup({ params: [new Parameter([])] });
    goOn(training, 2);
    goOn(same, 2);
    assert.deepEqual(training.optimizer.stateDict().state, same.optimizer.stateDict().state);
  });
});
