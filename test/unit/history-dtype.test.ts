// The option `historyDtype`: how the curvature pairs are stored.

import assert from 'node:assert/strict';
import { LBFGS, minimize, Parameter, type Dtype, type FloatArray, type LBFGSOptions } from 'lbfgs';
import { distance, Model } from '../problems/model';
import { extendedRosenbrock, PROBLEMS } from '../problems/objectives';
import { rangeRefusal } from '../problems/refusal';
import { snapshot } from '../training/snapshot';

const DTYPES: Readonly<Record<string, readonly [Dtype, Dtype]>> = {
  float32: ['float32', 'float32'],
  float64: ['float64', 'float64'],
  mixed: ['float32', 'float64'],
};
/** For the two-loop recursion pair by pair, block by block, and for the compact form. */
const SIZES = [6, 200, 20_000];
const STEPS = 8;

const startOf = (size: number): number[] =>
  Array.from({ length: size }, (_, i) => (i % 2 === 0 ? -1.2 : 1) + (i % 200) / 1e3);
const modelOf = (dtypes: readonly [Dtype, Dtype], x: ArrayLike<number>): Model =>
  new Model(extendedRosenbrock, x, { dtype: dtypes, cuts: [4, x.length - 4] });

interface Training {
  model: Model;
  optimizer: LBFGS;
}
function training(dtypes: readonly [Dtype, Dtype], x: ArrayLike<number>, options: LBFGSOptions): Training {
  const model = modelOf(dtypes, x);
  const all = { lineSearchFn: 'strong_wolfe', maxIter: 2, maxEval: 100, historySize: 5, ...options } as const;
  return { model, optimizer: new LBFGS(model.params, all) };
}
function train({ model, optimizer }: Training, steps: number): void {
  for (let step = 0; step < steps; step++) optimizer.step(model.closure);
}

function pairsOf(optimizer: LBFGS): FloatArray[] {
  const { old_dirs, old_stps } = optimizer.stateDict().state[0]!;
  return [...old_stps!, ...old_dirs!];
}
const asFloat32 = (pairs: readonly FloatArray[]): Float64Array[] =>
  pairs.map((vector) => Float64Array.from(vector, Math.fround));
const isFloat32 = (vector: FloatArray): boolean => vector.every((value) => value === Math.fround(value));

for (const size of SIZES) {
  describe(`historyDtype, ${size} values`, () => {
    const start = startOf(size);

    it("is the computing dtype where it is null; 'float64' says the same, for float32 too", () => {
      for (const dtypes of Object.values(DTYPES)) {
        const runs = ([null, 'float64', dtypes.includes('float64') ? 'float64' : 'float32'] as const).map(
          (historyDtype) => {
            const each = training(dtypes, start, { historyDtype });
            train(each, STEPS);
            return each.optimizer.stateDict();
          },
        );
        assert.deepEqual(runs[1], runs[0]);
        assert.deepEqual(runs[2], runs[0]);
      }
    });

    for (const name of ['float64', 'mixed']) {
      const dtypes = DTYPES[name]!;

      it(`'float32' rounds the pairs of ${name} parameters; they come out in float64, ro is theirs`, () => {
        const each = training(dtypes, start, { historyDtype: 'float32' });
        train(each, STEPS);
        const { old_dirs, old_stps, ro, d } = each.optimizer.stateDict().state[0]!;
        assert.equal(ro!.length, 5);
        for (const [index, s] of old_stps!.entries()) {
          const y = old_dirs![index]!;
          assert.ok(s instanceof Float64Array && y instanceof Float64Array);
          assert.ok(isFloat32(s) && isFloat32(y));
          const product = s.reduce((sum, value, i) => sum + value * y[i]!, 0);
          assert.ok(Math.abs(product * ro![index]! - 1) < 1e-12, `${product * ro![index]!}`);
        }
        assert.ok(!isFloat32(d!), 'the direction is not rounded');

        const whole = training(dtypes, start, {});
        train(whole, STEPS);
        assert.ok(!pairsOf(whole.optimizer).every(isFloat32), 'nor are the pairs without the option');
      });

      it(`'float32' brings ${name} parameters to the same minimum`, () => {
        const each = training(dtypes, start, {
          historyDtype: 'float32',
          maxIter: 500,
          maxEval: 1000,
          toleranceChange: 1e-11, // float32 parameters cannot settle much further
        });
        train(each, 1);
        assert.equal(each.optimizer.lastStep!.converged, true, each.optimizer.lastStep!.message);
        assert.ok(distance(each.model.x, Array<number>(size).fill(1)) < 1e-4);
      });

      it(`may be changed between steps of ${name} parameters: the pairs are converted, training goes on`, () => {
        const each = training(dtypes, start, {});
        train(each, 4);
        const before = pairsOf(each.optimizer);
        const [group] = each.optimizer.paramGroups;
        const stepsOfNone = (historyDtype: Dtype | null): FloatArray[] => {
          Object.assign(group, { historyDtype, maxIter: 0 });
          each.optimizer.step(each.model.closure);
          return pairsOf(each.optimizer);
        };
        const rounded = stepsOfNone('float32');
        assert.ok(!before.every(isFloat32));
        assert.deepEqual(rounded, asFloat32(before));
        assert.deepEqual(stepsOfNone(null), rounded, 'what was rounded stays so');
        group.historyDtype = 'float32';
        group.maxIter = 500;
        group.maxEval = 1000;
        train(each, 1);
        assert.equal(each.optimizer.lastStep!.converged, true, each.optimizer.lastStep!.message);
      });

      it(`loaded into an optimiser with the same one, ${name} training goes on bit for bit`, () => {
        const whole = training(dtypes, start, { historyDtype: 'float32' });
        train(whole, STEPS);
        for (let interruption = 0; interruption < STEPS; interruption++) {
          const first = training(dtypes, start, { historyDtype: 'float32' });
          train(first, interruption);
          const second = training(dtypes, first.model.x, { historyDtype: 'float32' });
          second.optimizer.loadStateDict(structuredClone(first.optimizer.stateDict()));
          assert.deepEqual(second.optimizer.stateDict(), first.optimizer.stateDict());
          train(second, STEPS - interruption);
          assert.deepEqual(snapshot(second.optimizer), snapshot(whole.optimizer), `after step ${interruption}`);
        }
      });
    }

    it('is not part of the state dict: what is loaded is rounded where the receiver says so', () => {
      const giver = training(DTYPES['float64']!, start, {});
      train(giver, STEPS);
      const state = giver.optimizer.stateDict();
      assert.ok(!('historyDtype' in state.param_groups[0]) && !('history_dtype' in state.param_groups[0]));
      const receiver = training(DTYPES['float64']!, giver.model.x, { historyDtype: 'float32' });
      receiver.optimizer.loadStateDict(state);
      assert.equal(receiver.optimizer.paramGroups[0].historyDtype, 'float32');
      assert.deepEqual(pairsOf(receiver.optimizer), asFloat32(pairsOf(giver.optimizer)));
      const { old_dirs, old_stps, ro } = receiver.optimizer.stateDict().state[0]!;
      assert.notDeepEqual(ro, state.state[0]!.ro);
      for (const [age, each] of ro!.entries()) {
        let curvature = 0;
        for (const [i, y] of old_dirs![age]!.entries()) curvature += y * old_stps![age]![i]!;
        assert.ok(Math.abs(each * curvature - 1) < 1e-12, 'ro is that of the stored pair');
      }
    });

    it('leaves out a loaded pair that float32 cannot hold', () => {
      const giver = training(DTYPES['float64']!, start, {});
      train(giver, STEPS);
      const state = giver.optimizer.stateDict();
      state.state[0]!.old_dirs![0]!.fill(1e300);
      const receiver = training(DTYPES['float64']!, giver.model.x, { historyDtype: 'float32' });
      receiver.optimizer.loadStateDict(state);
      assert.equal(receiver.optimizer.stateDict().state[0]!.ro!.length, state.state[0]!.ro!.length - 1);
      train(receiver, 1);
    });

    it('stays when parameters are added, of another dtype too', () => {
      for (const dtypes of Object.values(DTYPES)) {
        const each = training(dtypes, start, { historyDtype: 'float32' });
        train(each, 4);
        const before = pairsOf(each.optimizer);
        const added = new Parameter([3, 4]);
        each.optimizer.addParamGroup({ params: [added], historyDtype: 'float32' });
        const extended = before.map((vector) => Float64Array.of(...vector, 0, 0));
        assert.deepEqual(pairsOf(each.optimizer), extended);
        added.grad = [1, 1];
        each.optimizer.step(each.model.closure);
        const after = pairsOf(each.optimizer);
        assert.ok(after.every((vector) => vector instanceof Float64Array && isFloat32(vector)));
        assert.notDeepEqual(after, extended);
      }
    });
  });
}

describe('historyDtype', () => {
  it('is one for all parameters: an added group with another is refused', () => {
    const optimizer = new LBFGS([new Parameter([1])], { historyDtype: 'float32' });
    assert.throws(
      () => {
        optimizer.addParamGroup({ params: [new Parameter([2])], historyDtype: null });
      },
      rangeRefusal(
        'ERR_LBFGS_PARAM_GROUPS',
        /^Expected historyDtype = 'float32' for the added parameters, as for the others, but received null;/,
      ),
    );
  });

  for (const { name, fun, x0, minimum } of PROBLEMS) {
    it(`'float32' is an option of minimize: ${name}`, () => {
      const { loss, converged, message } = minimize(fun, x0, { historyDtype: 'float32' });
      assert.ok(converged, message);
      assert.ok(Math.abs(loss - minimum) <= 1e-8 * Math.max(1, minimum), String(loss));
    });
  }

  it('a pair that float32 cannot hold is not taken, and the parameters stay finite', () => {
    // Gradients of 1e40: beyond float32's range, within float64's.
    const scale = 1e40;
    const parameter = new Parameter([1, 2]);
    const optimizer = new LBFGS([parameter], { lineSearchFn: 'strong_wolfe', historyDtype: 'float32' });
    optimizer.step(() => {
      const [a, b] = parameter.data as unknown as [number, number];
      parameter.grad = [scale * a, 3 * scale * b];
      return (scale / 2) * (a * a + 3 * b * b);
    });
    assert.deepEqual(optimizer.stateDict().state[0]!.ro, []);
    assert.ok(parameter.data.every(Number.isFinite));
    const { loss, initialLoss } = optimizer.lastStep!;
    assert.ok(loss < initialLoss, String(loss));
  });
});
