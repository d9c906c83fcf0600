import assert from 'node:assert/strict';
import { decodeCheckpoint, encodeCheckpoint, type Checkpoint } from 'lbfgs/safetensors';
import * as required from 'lbfgs/safetensors';
import { CHECKPOINTS, takeApart, trained } from './checkpoints';

/** The checkpoint as it should come back: every array a copy, every shape filled in. */
function expectedOf({ state, parameters = {} }: Checkpoint): Checkpoint {
  const filled = Object.entries(parameters).map(([name, { data, shape }]) => [
    name,
    { data: data.slice(), shape: [...(shape ?? [data.length])] },
  ]);
  return { state, parameters: Object.fromEntries(filled) as Checkpoint['parameters'] };
}

const SMALL = encodeCheckpoint(CHECKPOINTS['some steps in float32']!());

describe('checkpoints', () => {
  it('are the same functions for import and require', async () => {
    const imported = await import('lbfgs/safetensors');
    assert.equal(imported.encodeCheckpoint, required.encodeCheckpoint);
    assert.equal(imported.decodeCheckpoint, required.decodeCheckpoint);
  });

  for (const [kind, make] of Object.entries(CHECKPOINTS)) {
    it(`come back to the bit: ${kind}`, () => {
      const checkpoint = make();
      const decoded = decodeCheckpoint(encodeCheckpoint(checkpoint));
      assert.deepEqual(decoded, expectedOf(checkpoint));
    });

    it(`follow the format: ${kind}`, () => {
      const { json, start, metadata, entries, data } = takeApart(encodeCheckpoint(make()));
      assert.equal(start % 8, 0);
      assert.match(json, /^\{.*\} {0,7}$/s);
      assert.ok(Object.values(metadata).every((text) => typeof text === 'string'));
      let covered = 0;
      for (const [name, { dtype, shape, data_offsets }] of Object.entries(entries)) {
        const width = { F32: 4, F64: 8 }[dtype as string]!;
        const [begin, end] = data_offsets as [number, number];
        assert.equal(begin, covered, name);
        assert.equal(begin % width, 0, name);
        assert.equal(
          end - begin,
          (shape as number[]).reduce((product, extent) => product * extent, width),
          name,
        );
        covered = end;
      }
      assert.equal(covered, data.length);
    });
  }

  it('train on as if nothing had happened', () => {
    for (const dtype of ['float64', 'float32'] as const) {
      const [here, there] = [trained(2, dtype), trained(0, dtype)];
      const parameters = Object.fromEntries(here.model.params.map((parameter, index) => [index, parameter]));
      const decoded = decodeCheckpoint(encodeCheckpoint({ state: here.optimizer.stateDict(), parameters }));
      there.optimizer.loadStateDict(decoded.state);
      for (const [index, { data }] of there.model.params.entries()) data.set(decoded.parameters[index]!.data);
      for (const { optimizer, model } of [here, there]) {
        optimizer.step(model.closure);
        optimizer.step(model.closure);
      }
      assert.deepEqual(there.model.x, here.model.x);
      assert.deepEqual(there.optimizer.stateDict(), here.optimizer.stateDict());
    }
  });

  it('keep every number', () => {
    for (const value of [-0, 0, 5e-324, -Number.MAX_VALUE, 1e20, 0.1, 1 / 3, 2 ** 53 + 2]) {
      const checkpoint = { state: trained(1).optimizer.stateDict() };
      Object.assign(checkpoint.state.state[0]!, { t: value, H_diag: value, prev_loss: value });
      checkpoint.state.state[0]!.ro!.fill(value);
      checkpoint.state.state[0]!.d!.fill(value);
      checkpoint.state.param_groups[0].lr = value;
      assert.deepEqual(decodeCheckpoint(encodeCheckpoint(checkpoint)).state, checkpoint.state);
    }
  });

  it('have the documented fields', () => {
    const { metadata, entries } = takeApart(SMALL);
    assert.deepEqual(metadata, {
      format: 'lbfgs-checkpoint',
      version: '1',
      'param_groups.0.lr': '1',
      'param_groups.0.max_iter': '3',
      'param_groups.0.max_eval': '3',
      'param_groups.0.tolerance_grad': '1e-7',
      'param_groups.0.tolerance_change': '1e-9',
      'param_groups.0.history_size': '100',
      'param_groups.0.line_search_fn': '"strong_wolfe"',
      'param_groups.0.params': '[0,1]',
      'state.0.func_evals': metadata['state.0.func_evals'],
      'state.0.n_iter': metadata['state.0.n_iter'],
      'state.0.t': metadata['state.0.t'],
      'state.0.H_diag': metadata['state.0.H_diag'],
      'state.0.prev_loss': metadata['state.0.prev_loss'],
      'state.0.first_grad_norm': metadata['state.0.first_grad_norm'],
    });
    const pairs = (entries['state.0.ro']!.shape as number[])[0]!;
    assert.ok(pairs > 1);
    const described = Object.entries(entries).map(([name, { dtype, shape }]) => [name, dtype, shape]);
    assert.deepEqual(described, [
      ['state.0.ro', 'F64', [pairs]],
      ['state.0.d', 'F32', [4]],
      ['state.0.prev_flat_grad', 'F32', [4]],
      ['state.0.old_dirs', 'F32', [pairs, 4]],
      ['state.0.old_stps', 'F32', [pairs, 4]],
      ['parameters.first', 'F32', [3]],
      ['parameters.second', 'F32', [1]],
    ]);
  });

  it('are read from any memory, at any offset, and share none of it', () => {
    const expected = decodeCheckpoint(SMALL);
    const shared = new Uint8Array(new SharedArrayBuffer(SMALL.length + 3), 3);
    const odd = Buffer.alloc(SMALL.length + 10).subarray(5, 5 + SMALL.length);
    for (const bytes of [new Uint8Array(SMALL), shared, odd]) {
      bytes.set(SMALL);
      const decoded = decodeCheckpoint(bytes);
      bytes.fill(255);
      assert.deepEqual(decoded, expected);
    }
    assert.deepEqual(decodeCheckpoint(new Uint8Array(SMALL).buffer), expected);
    const buffers = [
      ...Object.values(expected.parameters),
      ...expected.state.state[0]!.old_dirs!.map((data) => ({ data })),
    ];
    assert.equal(new Set(buffers.map(({ data }) => data.buffer)).size, buffers.length);
  });

  it('do not ask a subclass what it is', () => {
    class Liar extends Uint8Array {
      override get byteLength(): number {
        return 1e9;
      }
      override get byteOffset(): number {
        return 1e9;
      }
    }
    const liar = new Liar(SMALL.length);
    liar.set(SMALL);
    assert.deepEqual(decodeCheckpoint(liar), decodeCheckpoint(SMALL));
  });

  it('come from arrays in shared memory too', () => {
    const data = new Float64Array(new SharedArrayBuffer(16)).fill(0.5);
    const { state } = CHECKPOINTS['a fresh optimiser']!();
    const { parameters } = decodeCheckpoint(encodeCheckpoint({ state, parameters: { data: { data } } }));
    assert.deepEqual(parameters, { data: { data: new Float64Array([0.5, 0.5]), shape: [2] } });
  });

  it("take torch's own state dict, with its None and its scratch list", () => {
    const { state } = CHECKPOINTS['a first evaluation']!();
    const theirs = structuredClone(state);
    Object.assign(theirs.state[0]!, { d: null, t: null, old_dirs: null, al: [1] });
    assert.deepEqual(decodeCheckpoint(encodeCheckpoint({ state: theirs })).state, state);
  });

  it('leave NaN in a state to loadStateDict', () => {
    const { optimizer } = trained(2);
    const state = optimizer.stateDict();
    state.state[0]!.d![1] = NaN;
    const decoded = decodeCheckpoint(encodeCheckpoint({ state }));
    assert.throws(
      () => {
        optimizer.loadStateDict(decoded.state);
      },
      { code: 'ERR_LBFGS_STATE_DICT' },
    );
  });
});
