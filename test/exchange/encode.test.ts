import assert from 'node:assert/strict';
import type { StateDict } from 'lbfgs';
import { encodeCheckpoint, type Checkpoint } from 'lbfgs/safetensors';
import { untyped } from '../problems/refusal';
import { CHECKPOINTS, trained } from './checkpoints';

describe('encodeCheckpoint refuses', () => {
  const root = (value: unknown): Checkpoint => untyped(value);
  const changed = (change: (state: StateDict) => void): Checkpoint => {
    const state = trained(2).optimizer.stateDict();
    change(state);
    return { state };
  };
  const inner = (values: object): Checkpoint => changed((state) => Object.assign(state.state[0]!, values));
  const option = (values: object): Checkpoint => changed((state) => Object.assign(state.param_groups[0], values));
  const parameter = (value: unknown): Checkpoint => ({ ...changed(() => {}), parameters: { w: untyped(value) } });
  const four = new Float64Array(4);

  const refusals: Record<string, readonly [Checkpoint, RegExp]> = {
    'what is no object': [root(undefined), /\{ state, parameters \} for the checkpoint but received undefined/],
    'a state that is no object': [root({ state: 1 }), /for state of the checkpoint but received 1/],
    'no groups': [root({ state: { state: {} } }), /for state\.param_groups of .* received undefined/],
    'two groups': [root({ state: { state: {}, param_groups: [{}, {}] } }), /received an array of 2/],
    'a state that is not plain': [
      changed((state) => (state.state = untyped(Object.create({ 0: 1 })))),
      /a plain object for state\.state of .* received an Object/,
    ],
    'a state that is an object of the language': [
      changed((state) => (state.state = untyped(Math))),
      /a plain object for state\.state/,
    ],
    'a state that is a Map with another prototype': [
      changed((state) => (state.state = untyped(Object.setPrototypeOf(new Map([[0, 1]]), Object.prototype)))),
      /a plain object for state\.state of .* received a Map/,
    ],
    'an option that is missing': [
      option({ lr: undefined }),
      /a finite number for param_groups\.0\.lr of .* received undefined/,
    ],
    'an option that is not finite': [option({ lr: NaN }), /param_groups\.0\.lr .* received NaN/],
    'an unknown option': [option({ momentum: 0.9 }), /no such field for param_groups\.0\.momentum/],
    'an unknown line search': [
      option({ line_search_fn: 'armijo' }),
      /param_groups\.0\.line_search_fn .* received 'armijo'/,
    ],
    'other indices': [option({ params: [1, 0] }), /the indices 0, 1, … for param_groups\.0\.params/],
    'the state of another parameter': [changed((state) => (state.state[1] = state.state[0]!)), /state\.1/],
    'a negative count': [inner({ n_iter: -1 }), /an integer >= 0 for state\.0\.n_iter of .* received -1/],
    'a scalar that is missing': [inner({ t: null }), /state\.0\.t of .* received null/],
    'a scalar that is not finite': [inner({ prev_loss: Infinity }), /state\.0\.prev_loss of .* received Infinity/],
    'an unknown field': [inner({ momentum: 1 }), /no such field for state\.0\.momentum/],
    'vectors before the first iteration': [inner({ n_iter: 0 }), /no such field for state\.0\.t of/],
    'a direction that is no array': [inner({ d: [1, 2, 3, 4] }), /a float array for state\.0\.d of .* an array of 4/],
    'another length': [
      inner({ prev_flat_grad: new Float64Array(3) }),
      /4 entries, as d has, for state\.0\.prev_flat_grad/,
    ],
    'another dtype': [
      inner({ prev_flat_grad: new Float32Array(4) }),
      /a float64 array, as d is, for state\.0\.prev_flat_grad/,
    ],
    'a list that is none': [inner({ old_dirs: four }), /an array for state\.0\.old_dirs/],
    'one vector too few': [
      inner({ ro: [1], old_dirs: [four], old_stps: [] }),
      /1 vectors, .* for state\.0\.old_stps of .* received 0/,
    ],
    'an odd vector among others': [inner({ ro: [1, 1], old_dirs: [four, 1] }), /for state\.0\.old_dirs\[1\] of/],
    'a ro that is no number': [inner({ ro: [1, '1'] }), /a number for state\.0\.ro\[1\] of .* received '1'/],
    'more known entries than there are': [
      inner({ n_known: 5 }),
      /an integer from 0 to 4 for state\.0\.n_known of .* received 5/,
    ],
    'parameters that are no object': [root({ ...changed(() => {}), parameters: [] }), /an object for parameters of/],
    'a parameter that is no object': [
      parameter(four.buffer.byteLength),
      /an object for parameters\.w of .* received 32/,
    ],
    'a parameter without data': [parameter({}), /a float array for parameters\.w\.data of .* received undefined/],
    'a shape that does not fit': [
      parameter({ data: four, shape: [3, 2] }),
      /multiply to 4 for parameters\.w\.shape of .* received \[3, 2\]/,
    ],
    'a shape that is none': [parameter({ data: four, shape: 4 }), /for parameters\.w\.shape of .* received 4/],
    'a shape with holes': [parameter({ data: four, shape: Array<number>(1) }), /for parameters\.w\.shape/],
    'weights under another key': [
      { ...changed(() => {}), params: { w: { data: four } } } as unknown as Checkpoint,
      /received 'params'; tensors of your own go into parameters, text into metadata/,
    ],
    'a bare state dict': [
      changed(() => {}).state as unknown as Checkpoint,
      /received 'param_groups'; a state dict goes in as \{ state \}/,
    ],
    'an optimiser': [root(trained(1).optimizer), /received 'paramGroups'; a state dict goes in as \{ state \}/],
    'a name that is no text': [
      { ...changed(() => {}), parameters: { '\ud800': { data: four } } },
      /well-formed text for the name/,
    ],
  };
  for (const [what, [checkpoint, message]] of Object.entries(refusals)) {
    it(what, () => {
      assert.throws(() => encodeCheckpoint(checkpoint), { code: 'ERR_LBFGS_CHECKPOINT', message });
    });
  }

  it('a header longer than any reader should take', () => {
    const { state } = CHECKPOINTS['a fresh optimiser']!();
    const parameters = { ['x'.repeat(1e7)]: { data: four } };
    const message = /at most 10000000 bytes for the header length of/;
    assert.throws(() => encodeCheckpoint({ state, parameters }), { code: 'ERR_LBFGS_CHECKPOINT', message });
  });

  it('nothing else: an error of a getter passes through', () => {
    const error = new Error('mine');
    const state = {
      get state(): never {
        throw error;
      },
      param_groups: [],
    };
    assert.throws(
      () => encodeCheckpoint(untyped({ state })),
      (thrown) => thrown === error,
    );
  });
});
