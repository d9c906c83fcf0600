import assert from 'node:assert/strict';
import { LBFGS, type Dtype, type LBFGSOptions, type StateDict } from 'lbfgs';
import { rosenbrock } from '../problems/interruption';
import type { Model } from '../problems/model';

const MODES: readonly LBFGSOptions[] = [
  { lineSearchFn: 'strong_wolfe', maxIter: 6 },
  { lineSearchFn: null, lr: 1e-3, maxIter: 6 },
];
const DTYPES = ['float64', 'float32'] as const;

interface Trained {
  model: Model;
  optimizer: LBFGS;
}
function trained(options: LBFGSOptions, dtype: Dtype = 'float64', steps = 2): Trained {
  const model = rosenbrock({ dtype });
  const optimizer = new LBFGS(model.params, options);
  for (let step = 0; step < steps; step++) optimizer.step(model.closure);
  return { model, optimizer };
}
/** A fresh optimiser on a fresh model with the values of another one. */
function successor({ model }: Trained, options: LBFGSOptions, dtype: Dtype = 'float64'): Trained {
  const next = rosenbrock({ dtype });
  for (const [index, { data }] of next.params.entries()) data.set(model.params[index]!.data);
  return { model: next, optimizer: new LBFGS(next.params, options) };
}

describe('stateDict', () => {
  it("has torch's keys", () => {
    const { optimizer } = trained(MODES[0]!);
    const dict = optimizer.stateDict();
    assert.deepEqual(Object.keys(dict).sort(), ['param_groups', 'state']);
    assert.deepEqual(Object.keys(dict.state), ['0']);
    assert.deepEqual(Object.keys(dict.state[0]!).sort(), [
      'H_diag',
      'd',
      'first_grad_norm',
      'func_evals',
      'n_iter',
      'old_dirs',
      'old_stps',
      'prev_flat_grad',
      'prev_loss',
      'ro',
      't',
    ]);
    assert.deepEqual(dict.param_groups, [
      {
        lr: 1,
        max_iter: 6,
        max_eval: 7,
        tolerance_grad: 1e-7,
        tolerance_change: 1e-9,
        history_size: 100,
        line_search_fn: 'strong_wolfe',
        params: [0, 1],
      },
    ]);
  });

  it('has no state before the first step, and counts alone before the first iteration', () => {
    const model = rosenbrock();
    const optimizer = new LBFGS(model.params, { maxIter: 0 });
    assert.deepEqual(optimizer.stateDict().state, {});
    optimizer.step(model.closure);
    assert.deepEqual(optimizer.stateDict().state, { 0: { func_evals: 1, n_iter: 0 } });
  });

  it('has the pairs and the scalars that follow from each other', () => {
    const { optimizer, model } = trained(MODES[0]!);
    const { old_dirs, old_stps, ro, H_diag, func_evals } = optimizer.stateDict().state[0]!;
    const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => a[0]! * b[0]! + a[1]! * b[1]!;
    assert.ok(ro!.length >= 3);
    for (const [age, y] of old_dirs!.entries()) assert.ok(Math.abs(ro![age]! * dot(y, old_stps![age]!) - 1) < 1e-12);
    const y = old_dirs!.at(-1)!;
    assert.ok(Math.abs((H_diag! * dot(y, y)) / dot(y, old_stps!.at(-1)!) - 1) < 1e-12);
    assert.equal(func_evals, model.calls);
  });

  it('is a deep copy: changing it, or stepping on, changes nothing in the other', () => {
    const { optimizer, model } = trained(MODES[0]!);
    const dict = optimizer.stateDict();
    const snapshot = structuredClone(dict);
    optimizer.step(model.closure);
    assert.deepEqual(dict, snapshot);
    const after = optimizer.stateDict();
    for (const array of [after.state[0]!.d!, after.state[0]!.prev_flat_grad!, ...after.state[0]!.old_dirs!])
      array.fill(7);
    after.state[0]!.n_iter = 0;
    after.param_groups[0].lr = 99;
    assert.notDeepEqual(optimizer.stateDict(), after);
    assert.equal(optimizer.paramGroups[0].lr, 1);
  });

  it('lists the options as they are now, assignments included', () => {
    const { optimizer } = trained(MODES[0]!);
    Object.assign(optimizer.paramGroups[0], { lr: 0.5, historySize: 3, lineSearchFn: null });
    const [{ lr, history_size, line_search_fn }] = optimizer.stateDict().param_groups;
    assert.deepEqual([lr, history_size, line_search_fn], [0.5, 3, null]);
  });
});

describe('loadStateDict', () => {
  for (const options of MODES) {
    for (const dtype of DTYPES) {
      it(`lets a new optimiser go on bit for bit: ${dtype}, lineSearchFn ${options.lineSearchFn}`, () => {
        const first = trained(options, dtype);
        const second = successor(first, options, dtype);
        // As it comes back from a file: typed arrays apart, JSON.
        second.optimizer.loadStateDict(structuredClone(first.optimizer.stateDict()));
        assert.deepEqual(second.optimizer.stateDict(), first.optimizer.stateDict());
        for (let step = 0; step < 3; step++) {
          const losses = [first, second].map(({ optimizer, model }) => optimizer.step(model.closure));
          assert.equal(losses[1], losses[0]);
          assert.deepEqual(second.optimizer.lastStep, first.optimizer.lastStep);
        }
        assert.deepEqual(second.model.x, first.model.x);
        assert.deepEqual(second.optimizer.stateDict(), first.optimizer.stateDict());
      });
    }
  }

  it('copies: the dict may change afterwards', () => {
    const first = trained(MODES[0]!);
    const second = successor(first, MODES[0]!);
    const dict = first.optimizer.stateDict();
    second.optimizer.loadStateDict(dict);
    dict.state[0]!.d!.fill(NaN);
    dict.state[0]!.old_dirs!.length = 0;
    assert.deepEqual(second.optimizer.stateDict(), first.optimizer.stateDict());
  });

  it('takes over the options; those that are missing or null keep what the receiver has', () => {
    const { optimizer } = trained(MODES[0]!);
    const receiver = new LBFGS(rosenbrock().params, {
      lr: 0.5,
      maxIter: 9,
      maxEval: 33,
      toleranceGrad: 0.25,
      maxLs: 3,
    });
    const dict = optimizer.stateDict();
    dict.param_groups = [{ lr: 0.125, max_eval: null, line_search_fn: 'strong_wolfe', params: [0, 1] }] as never;
    receiver.loadStateDict(dict);
    const { lr, maxIter, maxEval, toleranceGrad, lineSearchFn, maxLs } = receiver.paramGroups[0];
    assert.deepEqual(
      [lr, maxIter, maxEval, toleranceGrad, lineSearchFn, maxLs],
      [0.125, 9, 33, 0.25, 'strong_wolfe', 3],
    );
    assert.equal(receiver.defaults.lr, 0.5);
  });

  it("ignores torch's scratch list al, and null counts as absent", () => {
    const first = trained(MODES[0]!);
    const second = successor(first, MODES[0]!);
    const dict = first.optimizer.stateDict();
    Object.assign(dict.state[0]!, { al: [null, 1, undefined] });
    second.optimizer.loadStateDict(dict);
    assert.ok(!('al' in second.optimizer.stateDict().state[0]!));
    const empty = { func_evals: 3, n_iter: 0, d: null, t: null, old_dirs: null };
    second.optimizer.loadStateDict({ ...dict, state: { 0: empty as never } });
    assert.deepEqual(second.optimizer.stateDict().state[0], { func_evals: 3, n_iter: 0 });
  });

  it('of an empty state starts afresh', () => {
    const { optimizer, model } = trained(MODES[0]!);
    optimizer.loadStateDict(new LBFGS(rosenbrock().params, MODES[0]).stateDict());
    assert.deepEqual(optimizer.stateDict().state, {});
    for (const [index, { data }] of rosenbrock().params.entries()) model.params[index]!.data.set(data);
    optimizer.step(model.closure);
    const fresh = trained(MODES[0]!, 'float64', 1);
    assert.deepEqual(optimizer.stateDict(), fresh.optimizer.stateDict());
  });

  it('casts to the computing dtype', () => {
    const double = trained(MODES[0]!);
    const single = successor(double, MODES[0]!, 'float32');
    single.optimizer.loadStateDict(double.optimizer.stateDict());
    assert.deepEqual(
      single.optimizer.stateDict().state[0]!.d,
      Float32Array.from(double.optimizer.stateDict().state[0]!.d!),
    );
    const back = successor(double, MODES[0]!);
    back.optimizer.loadStateDict(single.optimizer.stateDict());
    assert.ok(back.optimizer.stateDict().state[0]!.d instanceof Float64Array);
  });
});

describe('a history longer than history_size', () => {
  const newest = (dict: StateDict, count: number): unknown =>
    (['old_dirs', 'old_stps', 'ro'] as const).map((name) => dict.state[0]![name]!.slice(-count));

  it('keeps its newest pairs on load', () => {
    const first = trained(MODES[0]!);
    const dict = first.optimizer.stateDict();
    const receiver = new LBFGS(rosenbrock().params);
    dict.param_groups[0].history_size = 2;
    assert.ok(dict.state[0]!.ro!.length > 3);
    receiver.loadStateDict(dict);
    assert.equal(receiver.stateDict().state[0]!.ro!.length, 2);
    assert.deepEqual(newest(receiver.stateDict(), 2), newest(dict, 2));
  });

  it('keeps its newest pairs when historySize is lowered between steps, and grows again when it is raised', () => {
    const { optimizer, model } = trained({ ...MODES[0]!, maxIter: 1, maxEval: 100 }, 'float64', 8);
    const before = optimizer.stateDict();
    optimizer.paramGroups[0].historySize = 3;
    optimizer.step(model.closure);
    const lowered = optimizer.stateDict();
    assert.equal(lowered.state[0]!.ro!.length, 3);
    assert.deepEqual(lowered.state[0]!.old_stps!.slice(0, 2), before.state[0]!.old_stps!.slice(-2));
    optimizer.paramGroups[0].historySize = 10;
    optimizer.step(model.closure);
    const raised = optimizer.stateDict();
    assert.equal(raised.state[0]!.ro!.length, 4);
    assert.deepEqual(raised.state[0]!.old_dirs!.slice(0, 3), lowered.state[0]!.old_dirs);
  });
});
