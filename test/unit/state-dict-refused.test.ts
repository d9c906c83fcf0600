import assert from 'node:assert/strict';
import { LBFGS, type LBFGSState, type StateDict } from 'lbfgs';
import { assertReachesMinimum, rosenbrock } from '../problems/interruption';
import { untyped } from '../problems/refusal';

type Spoil = (dict: Omit<StateDict, 'state'> & { state: Record<number, Required<LBFGSState>> }) => unknown;

/** What is wrong with a dict, and the words that the message must have. */
const REFUSED: Record<string, [Spoil, RegExp]> = {
  'no object': [() => 7, /^Expected an object for the state dict but received 7$/],
  null: [() => null, /the state dict but received null$/],
  'no param_groups': [(dict) => ({ state: dict.state }), /for param_groups .*received undefined$/],
  'no state': [(dict) => ({ param_groups: dict.param_groups }), /for state but received undefined$/],
  'two groups': [
    (dict) => (dict.param_groups as unknown[]).push(dict.param_groups[0]),
    /^Expected one entry for param_groups .*received 2$/,
  ],
  'a group that is null': [
    (dict) => ((dict.param_groups as unknown[])[0] = null),
    /param_groups\[0\] but received null$/,
  ],
  'another number of parameters': [
    (dict) => dict.param_groups[0].params.push(2),
    /^Expected 2 indices for param_groups\[0\]\.params .*received 3$/,
  ],
  'no params': [
    (dict) => delete (dict.param_groups[0] as Partial<(typeof dict.param_groups)[0]>).params,
    /\.params .*undefined$/,
  ],
  'lr -1': [
    (dict) => (dict.param_groups[0].lr = -1),
    /^Expected a finite number >= 0 for param_groups\[0\].lr .*received -1$/,
  ],
  'max_iter 2.5': [(dict) => (dict.param_groups[0].max_iter = 2.5), /for param_groups\[0\].max_iter .*received 2\.5$/],
  'history_size 0': [
    (dict) => (dict.param_groups[0].history_size = 0),
    /^Expected an integer >= 1 for param_groups\[0\].history_size /,
  ],
  'an unknown line search': [(dict) => (dict.param_groups[0].line_search_fn = untyped('armijo')), /received 'armijo'$/],
  'func_evals -1': [
    ({ state }) => (state[0]!.func_evals = -1),
    /^Expected an integer >= 0 for func_evals .*received -1$/,
  ],
  'n_iter 1.5': [({ state }) => (state[0]!.n_iter = 1.5), /for n_iter .*received 1\.5$/],
  'n_iter as text': [({ state }) => (state[0]!.n_iter = untyped('3')), /for n_iter .*received '?3'?$/],
  't NaN': [({ state }) => (state[0]!.t = NaN), /^Expected a finite number for t .*received NaN$/],
  'no H_diag': [({ state }) => delete (state[0] as Partial<LBFGSState>).H_diag, /for H_diag .*received undefined$/],
  'prev_loss infinite': [({ state }) => (state[0]!.prev_loss = Infinity), /for prev_loss .*received Infinity$/],
  'd of another length': [
    ({ state }) => (state[0]!.d = new Float64Array(3)),
    /^Expected a float array of 2 entries for d .*received 3 entries$/,
  ],
  'd of integers': [
    ({ state }) => (state[0]!.d = untyped(new Int32Array(2))),
    /for d .*received an Int32Array; convert it: /,
  ],
  'd not finite': [({ state }) => (state[0]!.d[1] = NaN), /^Expected finite numbers for d /],
  'no prev_flat_grad': [
    ({ state }) => delete (state[0] as Partial<LBFGSState>).prev_flat_grad,
    /for prev_flat_grad .*undefined$/,
  ],
  'old_dirs not a list': [
    ({ state }) => (state[0]!.old_dirs = untyped({ length: 1 })),
    /^Expected an array for old_dirs .*an Object$/,
  ],
  'a pair of another length': [
    ({ state }) => (state[0]!.old_stps[1] = new Float64Array(1)),
    /for old_stps\[1\] .*received 1 entries$/,
  ],
  'a pair that is not finite': [
    ({ state }) => (state[0]!.old_dirs[0]![0] = -Infinity),
    /^Expected finite numbers for old_dirs\[0\] /,
  ],
  'a hole among the pairs': [
    ({ state }) => (state[0]!.old_dirs[1] = untyped(undefined)),
    /for old_dirs\[1\] .*received undefined$/,
  ],
  'lists of different lengths': [
    ({ state }) => state[0]!.ro.pop(),
    /^Expected one length for old_dirs, old_stps and ro .*received \d+, \d+ and \d+$/,
  ],
  'ro not finite': [
    ({ state }) => (state[0]!.ro[0] = Infinity),
    /^Expected a finite number for ro\[0\] .*received Infinity$/,
  ],
};

const OPTIONS = { lineSearchFn: 'strong_wolfe', maxIter: 6, maxEval: 100 } as const;
function trained() {
  const model = rosenbrock();
  const optimizer = new LBFGS(model.params, OPTIONS);
  optimizer.step(model.closure);
  return { model, optimizer };
}

/** Loading fails as expected, and the optimiser goes on as if nothing had been tried. */
function assertRefused(dict: unknown, refusal: object): void {
  const [{ model, optimizer }, untouched] = [trained(), trained()];
  const report = optimizer.lastStep;
  assert.throws(() => {
    optimizer.loadStateDict(untyped(dict));
  }, refusal);
  assert.deepEqual(optimizer.stateDict(), untouched.optimizer.stateDict());
  assert.equal(optimizer.lastStep, report);
  optimizer.step(model.closure);
  untouched.optimizer.step(untouched.model.closure);
  assert.deepEqual(model.x, untouched.model.x);
  assert.deepEqual(optimizer.stateDict(), untouched.optimizer.stateDict());
}

/** A dict of the right form whose numbers are not those of the receiver. */
function foreignDict(): StateDict {
  const { model, optimizer } = trained();
  optimizer.paramGroups[0].lr = 0.5;
  optimizer.step(model.closure);
  return optimizer.stateDict();
}

describe('a state dict that is refused leaves everything unchanged', () => {
  for (const [name, [spoil, message]] of Object.entries(REFUSED)) {
    it(name, () => {
      const dict = foreignDict();
      const returned = spoil(dict as Parameters<Spoil>[0]);
      const isReplacement = ['no object', 'null', 'no param_groups', 'no state'].includes(name);
      assertRefused(isReplacement ? returned : dict, { name: /^(Type|Range)Error$/, code: /^ERR_LBFGS_/, message });
    });
  }

  it('a history too large for any memory', () => {
    const dict = foreignDict();
    dict.param_groups[0].history_size = Number.MAX_SAFE_INTEGER;
    assertRefused(dict, {
      name: 'RangeError',
      code: 'ERR_LBFGS_OUT_OF_MEMORY',
      message: /^Expected memory for the history .* bytes could not be had; lower historySize /,
    });
  });

  it('one whose getter throws: the very same error', () => {
    const error = new Error('unreadable');
    const dict = foreignDict();
    Object.defineProperty(dict.state[0]!, 'prev_flat_grad', {
      get: () => {
        throw error;
      },
    });
    assertRefused(dict, (thrown: unknown) => thrown === error);
  });
});

describe('memory that is not to be had', () => {
  const refusal = { name: 'RangeError', code: 'ERR_LBFGS_OUT_OF_MEMORY', message: /bytes could not be had/ };

  it('is refused by the constructor', () => {
    const options = { historySize: Number.MAX_SAFE_INTEGER };
    assert.throws(() => new LBFGS(rosenbrock().params, options), refusal);
  });

  it('is refused by the step after historySize was assigned, which leaves the history as it was', () => {
    const { model, optimizer } = trained();
    const { state } = optimizer.stateDict();
    optimizer.paramGroups[0].historySize = Number.MAX_SAFE_INTEGER;
    assert.throws(() => optimizer.step(model.closure), refusal);
    assert.deepEqual(optimizer.stateDict().state, state);
    Object.assign(optimizer.paramGroups[0], { historySize: 10, maxIter: 100 });
    assertReachesMinimum(optimizer, model);
  });
});
