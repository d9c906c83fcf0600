import assert from 'node:assert/strict';
import {
  assembleShards,
  decodeCheckpoint,
  encodeCheckpoint,
  type Checkpoint,
  type DecodedCheckpoint,
} from 'lbfgs/safetensors';
import type { LBFGSState } from 'lbfgs';
import { untyped } from '../problems/refusal';
import { CHECKPOINTS, putTogether, takeApart, trained } from './checkpoints';
import { cutInto, shardOf, wholeOf } from './slices';

const KINDS = ['a fresh optimiser', 'one iteration, without pairs', 'some steps in float64', 'some steps in float32'];

function refused(call: () => unknown, message: RegExp): void {
  assert.throws(call, (error: Error & { code?: string }) => {
    assert.equal(error.code, 'ERR_LBFGS_CHECKPOINT', error.stack);
    assert.match(error.message, message);
    return true;
  });
}

describe('assembleShards', () => {
  for (const kind of KINDS) {
    const whole = wholeOf(CHECKPOINTS[kind]!());
    for (const sizes of [[4], [3, 1], [0, 2, 0, 2], [1, 1, 1, 1]]) {
      it(`makes the file of one process of slices of ${sizes.join(' + ')} entries: ${kind}`, () => {
        const shards = cutInto(whole, sizes).map(encodeCheckpoint);
        const assembled = assembleShards(shards);
        assert.deepEqual(assembled, decodeCheckpoint(encodeCheckpoint(whole)));
        assert.deepEqual(encodeCheckpoint(assembled), encodeCheckpoint(whole));
        assert.deepEqual(assembleShards(shards.reverse()), assembled);
      });
    }

    it(`makes any range of it: ${kind}`, () => {
      const shards = cutInto(whole, [2, 0, 1, 1]).map(encodeCheckpoint);
      for (let offset = 0; offset <= 4; offset++) {
        for (let size = 0; offset + size <= 4; size++) {
          const range = { offset, size };
          const expected = decodeCheckpoint(encodeCheckpoint(shardOf(whole, offset, size)));
          const found = assembleShards(shards, range);
          assert.deepEqual(found, expected);
          assert.deepEqual(encodeCheckpoint(found), encodeCheckpoint(expected));
        }
      }
    });
  }

  it('needs no more shards for a range than have entries of it', () => {
    const shards = cutInto(wholeOf(CHECKPOINTS['some steps in float64']!()), [1, 1, 2]).map(encodeCheckpoint);
    const all = assembleShards(shards, { offset: 1, size: 2 });
    assert.deepEqual(assembleShards(shards.slice(1), { offset: 1, size: 2 }), all);
    refused(() => assembleShards(shards.slice(1)), /Expected 0 as the first entry for the range of shard 0/);
    refused(() => assembleShards(shards.slice(0, 2)), /entries up to 4 .* received 2, a shard is missing/);
    refused(() => assembleShards(shards.slice(0, 2), { offset: 1, size: 2 }), /entries up to 3 .* received 2/);
    refused(
      () => assembleShards([shards[0]!, shards[2]!]),
      /Expected 1 as .* shard 1 .* received 2, a shard is missing/,
    );
  });

  it('takes a view of an ArrayBuffer, a SharedArrayBuffer, and any iterable', () => {
    const whole = wholeOf(CHECKPOINTS['some steps in float64']!());
    const shards = cutInto(whole, [2, 2]).map(encodeCheckpoint);
    const shared = shards.map((bytes) => {
      const memory = new SharedArrayBuffer(bytes.length);
      new Uint8Array(memory).set(bytes);
      return memory;
    });
    assert.deepEqual(assembleShards(new Set(shared)), assembleShards(shards));
  });

  it('gives the state to an optimiser, which goes on as one process', () => {
    const { model, optimizer } = trained(2);
    const whole = wholeOf({ state: optimizer.stateDict() });
    const { state } = assembleShards(cutInto(whole, [3, 1]).map(encodeCheckpoint));
    const other = trained(2);
    other.optimizer.loadStateDict({ ...state, param_groups: [{ ...state.param_groups[0], params: [0, 1] }] });
    optimizer.step(model.closure);
    other.optimizer.step(other.model.closure);
    assert.deepEqual(other.model.x, model.x);
  });

  it('keeps the metadata that all shards have in common', () => {
    const whole = wholeOf(CHECKPOINTS['some steps in float64']!());
    const shards = cutInto(whole, [2, 2]).map((shard, rank) =>
      encodeCheckpoint({ ...shard, metadata: { epoch: '3', seed: String(rank), ...(rank === 1 && { note: '' }) } }),
    );
    assert.deepEqual(assembleShards(shards).metadata, { epoch: '3' });
  });

  it('keeps the list of parameters where it is the same on all, and has one index where it is not', () => {
    const shards = cutInto(wholeOf(CHECKPOINTS['some steps in float64']!()), [2, 2]);
    const paramsOf = (...lists: number[][]): number[] => {
      const given = shards.map((shard, rank) => encodeCheckpoint(withParams(shard, lists[rank]!)));
      return assembleShards(given).state.param_groups[0].params;
    };
    assert.deepEqual(paramsOf([0, 1], [0, 1]), [0, 1]);
    assert.deepEqual(paramsOf([0, 1], [0]), [0]);
  });

  it('lets a process without entries have another dtype', () => {
    const [first, second] = cutInto(wholeOf(CHECKPOINTS['some steps in float32']!()), [4, 0]) as [
      Checkpoint,
      Checkpoint,
    ];
    const wide = cutInto(wholeOf(CHECKPOINTS['some steps in float64']!()), [4, 0])[1]!;
    const state = { ...second.state, state: { 0: { ...vectorsOf(wide), ...scalarsOf(second) } } };
    const shards = [encodeCheckpoint({ ...second, state, parameters: wide.parameters }), encodeCheckpoint(first)];
    assert.equal(assembleShards(shards).state.state[0]?.d?.constructor, Float32Array);
  });
});

const withParams = (shard: Checkpoint, params: number[]): Checkpoint => ({
  ...shard,
  state: { ...shard.state, param_groups: [{ ...shard.state.param_groups[0], params }] },
});
const VECTORS = ['d', 'prev_flat_grad', 'old_dirs', 'old_stps'];
const vectorsOf = ({ state }: Checkpoint): LBFGSState =>
  Object.fromEntries(Object.entries(state.state[0]!).filter(([key]) => VECTORS.includes(key))) as unknown as LBFGSState;
const scalarsOf = ({ state }: Checkpoint): LBFGSState =>
  Object.fromEntries(
    Object.entries(state.state[0]!).filter(([key]) => !VECTORS.includes(key)),
  ) as unknown as LBFGSState;

describe('shards that do not belong together', () => {
  const whole = wholeOf(CHECKPOINTS['some steps in float64']!());
  const shards = cutInto(whole, [2, 2]) as [Checkpoint, Checkpoint];
  const pair = (change: (second: DecodedCheckpoint) => void): (() => unknown) => {
    const second = decodeCheckpoint(encodeCheckpoint(shards[1]));
    change(second);
    return () => assembleShards([encodeCheckpoint(shards[0]), encodeCheckpoint(second)]);
  };
  const stateOf = (second: DecodedCheckpoint): Required<LBFGSState> => second.state.state[0] as Required<LBFGSState>;

  it('are refused by the name of what differs: scalars of the state, options, pairs', () => {
    for (const key of ['func_evals', 'n_iter', 't', 'H_diag', 'prev_loss', 'first_grad_norm'] as const) {
      const call = pair((second) => (stateOf(second)[key] += 1));
      refused(call, new RegExp(`as in shard 0, for state\\.0\\.${key} of shard 1 .* of one save only`));
    }
    refused(
      pair((second) => (stateOf(second).n_stalled = 1)),
      /undefined, as in shard 0, for state\.0\.n_stalled/,
    );
    refused(
      pair((second) => (second.state.param_groups[0].lr = 0.5)),
      /for param_groups\.0\.lr of shard 1/,
    );
    refused(
      pair((second) => (stateOf(second).ro[1]! *= 2)),
      /for state\.0\.ro\[1\] of shard 1/,
    );
    const shorter = pair((second) => {
      for (const key of ['ro', 'old_dirs', 'old_stps'] as const) stateOf(second)[key].pop();
    });
    refused(shorter, /for the length of state\.0\.ro of shard 1/);
    const fresh = encodeCheckpoint({
      state: { ...shards[1].state, state: {} },
      shard: { offset: 2, size: 2, total: 4 },
      parameters: shards[1].parameters,
    });
    refused(() => assembleShards([encodeCheckpoint(shards[0]), fresh]), /for state\.0\.func_evals of shard 1/);
  });

  it('are refused by the name of what differs: total, parameters, dtypes', () => {
    refused(
      pair((second) => (second.shard = { offset: 2, size: 2, total: 5 })),
      /Expected 4, as in shard 0, for shard\.total/,
    );
    refused(
      pair((second) => (second.parameters = {})),
      /a tensor, as in shard 0, for parameters\.\w+ of shard 1/,
    );
    const added = { data: new Float64Array(2), shape: [2] };
    refused(
      pair((second) => Object.assign(second.parameters, { added })),
      /Expected nothing, as in shard 0, for parameters\.added of shard 1/,
    );
    const narrow = { data: new Float32Array(2), shape: [2] };
    refused(
      pair((second) => Object.assign(second.parameters, { all: narrow })),
      /Expected float64, as in shard 0, for the dtype of parameters\.all of shard 1/,
    );
  });

  it('are refused where they overlap, are not shards, or are none', () => {
    const again = encodeCheckpoint(shards[0]);
    refused(() => assembleShards([again, again]), /Expected 2 as the first entry .* shard 1 .* received 0, an overlap/);
    refused(() => assembleShards([encodeCheckpoint(whole)]), /offset, size and total for shard of shard 0/);
    refused(() => assembleShards([]), /at least one shard/);
    refused(() => assembleShards(untyped(again)), /an iterable of Uint8Arrays for shards/);
    refused(() => assembleShards(untyped(null)), /an iterable of Uint8Arrays for shards/);
    for (const range of [null, 1, {}, { offset: -1, size: 1 }, { offset: 0, size: 0.5 }]) {
      refused(() => assembleShards([again], untyped(range)), /\{ offset, size \} of integers >= 0/);
    }
    refused(() => assembleShards([again], { offset: 3, size: 2 }), /a range within 4 entries .* received 3 to 5/);
  });

  it('are put together if all of prev_flat_grad is known, or nothing of it, and refused in between', () => {
    const knownOf = (...known: (number | undefined)[]): (() => number | undefined) => {
      const given = shards.map((shard, rank) => {
        const copy = decodeCheckpoint(encodeCheckpoint(shard));
        if (known[rank] !== undefined) stateOf(copy).n_known = known[rank];
        return encodeCheckpoint(copy);
      });
      return () => assembleShards(given).state.state[0]?.n_known;
    };
    assert.equal(knownOf(undefined, undefined)(), undefined);
    assert.equal(knownOf(0, 0)(), 0);
    assert.equal(knownOf(2, 2)(), 4);
    assert.equal(knownOf(2, undefined)(), 4);
    const message = /all of its 2 entries for state\.0\.n_known of shard \d .*; make one step after addParamGroup/;
    refused(knownOf(1, 1), message);
    refused(knownOf(2, 1), message);
    refused(knownOf(0, 2), message);
  });
});

describe('the field shard of a checkpoint', () => {
  const whole = wholeOf(CHECKPOINTS['some steps in float64']!());
  const [shard] = cutInto(whole, [3, 1]) as [Checkpoint];

  it('adds three counts to the metadata, and nothing else', () => {
    const { shard: place, ...plain } = shard;
    const [with_, without] = [shard, plain].map((each) => takeApart(encodeCheckpoint(each)));
    const counts = { 'shard.offset': '0', 'shard.size': '3', 'shard.total': '4' };
    assert.deepEqual(with_!.metadata, { ...without!.metadata, ...counts });
    assert.deepEqual(with_!.data, without!.data);
    assert.deepEqual(decodeCheckpoint(encodeCheckpoint(shard)).shard, { ...place, size: 3 });
    assert.equal('shard' in decodeCheckpoint(encodeCheckpoint(plain)), false);
    assert.deepEqual(encodeCheckpoint({ ...plain, shard: undefined }), encodeCheckpoint(plain));
  });

  it('is refused where it does not fit the rest', () => {
    const cases: readonly [unknown, RegExp][] = [
      [{ offset: -1, total: 4 }, /an integer >= 0 for shard\.offset .* received -1/],
      [{ offset: 0 }, /an integer >= 0 for shard\.total .* received undefined/],
      [{ offset: 2, total: 4 }, /at least 5, its end, for shard\.total .* received 4/],
      [{ offset: 0, size: 2, total: 4 }, /Expected 3, the number of entries of state\.0\.d, for shard\.size/],
      [{ offset: 0, total: 4, rank: 1 }, /no such field for shard\.rank/],
      [7, /an object for shard .* received 7/],
    ];
    for (const [place, message] of cases) {
      refused(() => encodeCheckpoint({ ...shard, shard: untyped(place) }), message);
    }
    for (const shape of [[], [1, 3], [3, 1]]) {
      const parameters = { all: { data: new Float64Array(shape.length === 0 ? 1 : 3), shape } };
      refused(
        () => encodeCheckpoint({ ...shard, parameters }),
        /Expected \[3\], the entries of the shard, for the shape/,
      );
    }
    const fresh = { ...whole.state, state: {} };
    refused(() => encodeCheckpoint({ state: fresh, shard: { offset: 0, total: 1 } }), /for shard\.size .* undefined/);
    const { parts, metadata } = { parts: takeApart(encodeCheckpoint(shard)), metadata: { 'shard.offset': '0' } };
    const lone = putTogether({ ...parts, metadata: { ...takeApart(encodeCheckpoint(whole)).metadata, ...metadata } });
    refused(() => decodeCheckpoint(lone), /for shard\.size .* received nothing/);
    const longer = putTogether({ ...parts, metadata: { ...parts.metadata, 'shard.size': '4' } });
    refused(() => decodeCheckpoint(longer), /Expected 3, the number of entries of state\.0\.d, for shard\.size/);
  });
});
