import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import fsp from 'node:fs/promises';
import * as os from 'node:os';
import path from 'node:path';
import type { Communicator } from 'lbfgs';
import { encodeCheckpoint, type Checkpoint, type DecodedCheckpoint, type ShardRange } from 'lbfgs/safetensors';
import { loadShards, saveShards } from 'lbfgs/shards';
import { CHECKPOINTS, trained } from '../exchange/checkpoints';
import { cutInto, shardOf, wholeOf } from '../exchange/slices';
import { untyped } from '../problems/refusal';
import { simulate, type SimulateOptions } from './ranks';

type Outcomes<T> = readonly PromiseSettledResult<T>[];

function valuesOf<T>(outcomes: Outcomes<T>): T[] {
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}
const reasonOf = (outcome: PromiseSettledResult<unknown> | undefined): Error & { code?: string } => {
  assert.equal(outcome?.status, 'rejected');
  return outcome.reason as Error & { code?: string };
};

const WHOLE = wholeOf(CHECKPOINTS['some steps in float64']!());
/** The same state one step later. */
const LATER = wholeOf({ state: trained(4).optimizer.stateDict() });
/** The bytes of the state and of the parameters. */
const bytesOf = ({ state, parameters }: Checkpoint | DecodedCheckpoint): Uint8Array =>
  encodeCheckpoint({ state, parameters });

function save(
  folder: string,
  whole: Checkpoint,
  sizes: readonly number[],
  options: SimulateOptions = {},
): Promise<PromiseSettledResult<void>[]> {
  const slices = cutInto(whole, sizes).map(({ state, parameters }, rank) => {
    return { state, parameters, metadata: { rank: String(rank) } };
  });
  return simulate(sizes.length, (comm) => saveShards(folder, comm, slices[comm.rank]!), options);
}

function load(
  folder: string,
  ranges: readonly (number | ShardRange | undefined)[],
): Promise<Outcomes<DecodedCheckpoint>> {
  return simulate(ranges.length, (comm) => loadShards(folder, comm, ranges[comm.rank]));
}

describe('lbfgs/shards', () => {
  let folder = '';
  beforeEach(() => {
    folder = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'lbfgs-shards-')), 'a', 'checkpoint');
  });
  afterEach(() => {
    fs.rmSync(path.dirname(path.dirname(folder)), { recursive: true });
  });
  const saved = async (): Promise<DecodedCheckpoint> => loadShards(folder, null);

  for (const options of [{}, { allGather: false }]) {
    for (const sizes of [[4], [1], [3, 1], [1, 2, 1], [0, 1, 0, 2, 1]]) {
      it(`loads what ${sizes.length} ranks have saved into any number of them, ${JSON.stringify(options)}`, async () => {
        const whole = sizes.length === 1 ? shardOf(WHOLE, 0, sizes[0]!) : WHOLE;
        const total = sizes.reduce((sum, size) => sum + size, 0);
        valuesOf(await save(folder, whole, sizes, options));
        const alone = await saved();
        assert.deepEqual(alone.metadata, sizes.length === 1 ? { rank: '0' } : undefined);
        assert.deepEqual(bytesOf(alone), bytesOf(whole));
        for (const parts of [[total], [1, total - 1], [0, total], [0, 0, total - 1, 1, 0]]) {
          const slices = cutInto(whole, parts);
          for (const [rank, slice] of valuesOf(await load(folder, parts)).entries()) {
            assert.deepEqual(bytesOf(slice), bytesOf(slices[rank]!));
            assert.deepEqual(slice.shard, slices[rank]!.shard);
          }
        }
      });
    }
  }

  it('gives every rank the whole where no range is asked for, and any range', async () => {
    valuesOf(await save(folder, WHOLE, [2, 2]));
    for (const whole of valuesOf(await load(folder, [undefined, undefined, undefined]))) {
      assert.deepEqual(bytesOf(whole), bytesOf(WHOLE));
    }
    const ranges = [
      { offset: 1, size: 3 },
      { offset: 0, size: 2 },
    ];
    for (const [rank, slice] of valuesOf(await load(folder, ranges)).entries()) {
      const { offset, size } = ranges[rank]!;
      assert.deepEqual(bytesOf(slice), bytesOf(shardOf(WHOLE, offset, size)));
    }
  });

  it('takes places that are given, in any order', async () => {
    const slices = cutInto(WHOLE, [1, 3]).reverse();
    valuesOf(await simulate(2, (comm) => saveShards(folder, comm, slices[comm.rank]!)));
    assert.deepEqual(bytesOf(await saved()), bytesOf(WHOLE));
    const places = [
      { offset: 1, total: 4 },
      { offset: 0, total: 4 },
    ];
    valuesOf(
      await simulate(2, (comm) => {
        return saveShards(folder, comm, { ...slices[comm.rank]!, shard: undefined }, places[comm.rank]);
      }),
    );
    assert.deepEqual(bytesOf(await saved()), bytesOf(WHOLE));
  });

  it('keeps one save: a file for each rank, and the manifest', async () => {
    valuesOf(await save(folder, WHOLE, [2, 1, 1]));
    valuesOf(await save(folder, LATER, [2, 2]));
    const names = fs
      .readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => name.replace(path.sep, '/'));
    const files = [0, 1].map((rank) => `save-00000002/shard-0000${rank}-of-00002.safetensors`);
    assert.deepEqual(names.sort(), ['manifest.json', 'save-00000002', ...files]);
    assert.deepEqual(bytesOf(await saved()), bytesOf(LATER));
  });

  it('saves the most evaluations where one rank has made fewer, as after a throw in its pre-hook', async () => {
    const slices = cutInto(WHOLE, [2, 2]);
    const most = slices[0]!.state.state[0]!.func_evals;
    const state = { 0: { ...slices[1]!.state.state[0]!, func_evals: most - 1 } };
    const given: Checkpoint[] = [slices[0]!, { ...slices[1]!, state: { ...slices[1]!.state, state } }];
    valuesOf(await simulate(2, (comm) => saveShards(folder, comm, given[comm.rank]!)));
    assert.deepEqual((await loadShards(folder, null)).state, WHOLE.state);
    assert.equal(given[1]!.state.state[0]!.func_evals, most - 1);
  });

  it('saves a fresh state by its parameters, or by a size that is given', async () => {
    const fresh = wholeOf(CHECKPOINTS['a fresh optimiser']!());
    valuesOf(await save(folder, fresh, [1, 3]));
    assert.deepEqual(bytesOf(await saved()), bytesOf(fresh));
    const alone = { state: fresh.state, shard: { offset: 0, size: 4, total: 4 } };
    await saveShards(folder, null, alone);
    assert.deepEqual(await saved(), { state: fresh.state, parameters: {} });
    await assert.rejects(saveShards(folder, null, { state: fresh.state }), { code: 'ERR_LBFGS_CHECKPOINT' });
  });
});

/** The functions of node:fs/promises that a save calls. */
const CALLS = ['mkdir', 'readFile', 'readdir', 'rm', 'open', 'rename'] as const;

/** While the body runs, the call of this number fails, of all these functions and of what `open` opens. Returns how many there were. */
async function failingAt(fatal: number, body: () => Promise<void>): Promise<number> {
  let calls = 0;
  const originals = CALLS.map((name) => [name, fsp[name]] as const);
  const spoiled = <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) => {
    return async (...args: Args): Promise<Result> => {
      if (++calls === fatal) throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC' });
      return call(...args);
    };
  };
  for (const [name, original] of originals) {
    const opens = async (...args: unknown[]): Promise<unknown> => {
      const handle = (await Reflect.apply(original, fsp, args)) as fsp.FileHandle;
      if (name !== 'open') return handle;
      for (const method of ['writeFile', 'sync', 'close'] as const) {
        const plain = handle[method].bind(handle) as (...args: unknown[]) => Promise<void>;
        const call = spoiled(plain);
        Object.assign(handle, {
          [method]: method === 'close' ? (): Promise<void> => plain().then(() => call()) : call,
        });
      }
      return handle;
    };
    Object.assign(fsp, { [name]: spoiled(opens) });
  }
  try {
    await body();
  } finally {
    Object.assign(fsp, Object.fromEntries(originals));
  }
  return calls;
}

describe('a save that fails', () => {
  let folder = '';
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lbfgs-shards-'));
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });
  const [before, after] = [WHOLE, LATER].map(bytesOf) as [Uint8Array, Uint8Array];
  const found = async (): Promise<Uint8Array> => bytesOf(await loadShards(folder, null));

  it('leaves a complete set at whichever call of the file system it fails, and the next save works', async () => {
    const earlier = { state: WHOLE.state };
    const old = bytesOf(earlier);
    let fatal = 0;
    let calls = Infinity;
    let stayed = 0;
    while (calls >= fatal) {
      fatal += 1;
      valuesOf(await save(folder, earlier, [2, 1, 1]));
      let outcomes: Outcomes<void> = [];
      calls = await failingAt(fatal, async () => {
        outcomes = await save(folder, LATER, [1, 3]);
      });
      const failed = outcomes.filter(({ status }) => status === 'rejected').map(reasonOf);
      const left = Buffer.from(await found());
      assert.ok(left.equals(old) || left.equals(after), `after call ${fatal}`);
      if (left.equals(old)) stayed += 1;
      // Only what removes the last save may fail without a word.
      if (failed.length === 0) assert.ok(left.equals(after));
      else assert.deepEqual(failed.map(({ code }) => code).sort(), ['ENOSPC', 'ERR_LBFGS_PEER']);
      valuesOf(await save(folder, LATER, [4]));
      assert.deepEqual(await found(), after);
      assert.equal(fs.readdirSync(folder).length, 2 + Number(fs.existsSync(path.join(folder, 'manifest.json.new'))));
    }
    assert.ok(fatal > 20 && stayed > 15 && stayed < fatal, `${stayed} of ${fatal}`);
  });

  it('leaves a complete set at whichever message a rank is lost, and the next save works', async () => {
    for (const rank of [0, 1, 2]) {
      for (let message = 0; message < 3; message++) {
        valuesOf(await save(folder, WHOLE, [2, 2]));
        const outcomes = await save(folder, LATER, [1, 2, 1], {
          spoil: (sending) => {
            if (sending.rank === rank && sending.index === message) throw new Error('lost');
            return undefined;
          },
        });
        for (const outcome of outcomes) assert.match(reasonOf(outcome).message, /^(lost|rank \d has ended)$/);
        assert.deepEqual(await found(), message === 2 ? after : before);
        valuesOf(await save(folder, LATER, [1, 2, 1]));
        assert.deepEqual(await found(), after);
      }
    }
  });

  it('is told on all ranks where they do not see one folder, as on machines that share no disk', async () => {
    const slices = cutInto(WHOLE, [2, 2]);
    const folders = [path.join(folder, 'one'), path.join(folder, 'other')];
    const outcomes = await simulate(2, (comm) => saveShards(folders[comm.rank]!, comm, slices[comm.rank]!));
    const [first, other] = outcomes.map(reasonOf);
    assert.equal(first!.code, 'ERR_LBFGS_CHECKPOINT');
    assert.match(
      first!.message,
      /^Expected a folder that all ranks see but .*shard-00001-of-00002\.safetensors of rank 1; /,
    );
    assert.equal(other!.code, 'ERR_LBFGS_PEER');
    assert.equal(
      reasonOf((await simulate(1, (comm) => loadShards(folders[0]!, comm)))[0]).code,
      'ERR_LBFGS_CHECKPOINT',
    );
  });

  it('is told on all ranks where one rank has no checkpoint, or one of another step', async () => {
    valuesOf(await save(folder, WHOLE, [2, 2]));
    const slices = cutInto(LATER, [2, 2]);
    const spoil = async (
      second: unknown,
      code: string,
      message: RegExp,
      peer: string | RegExp = /^ERR_LBFGS_PEER/,
    ): Promise<void> => {
      const given = [slices[0], second];
      const outcomes = await simulate(2, (comm: Communicator) => saveShards(folder, comm, untyped(given[comm.rank])));
      const [first, other] = outcomes.map(reasonOf);
      assert.equal(other!.code, code, other!.stack);
      assert.match(other!.message, message);
      assert.match(`${first!.code} ${first!.message}`, peer instanceof RegExp ? peer : new RegExp(peer));
      assert.deepEqual(await found(), before);
    };
    await spoil(undefined, 'ERR_LBFGS_CHECKPOINT', /a number of entries for shard\.size/);
    await spoil({}, 'ERR_LBFGS_CHECKPOINT', /a number of entries for shard\.size/);
    const { state } = slices[1]!;
    const odd = { ...slices[1], metadata: { epoch: 3 } };
    await spoil(odd, 'ERR_LBFGS_CHECKPOINT', /text for metadata\.epoch/, /rank 1 failed/);
    const stepped = { ...slices[1], state: { ...state, state: { 0: { ...state.state[0], n_iter: 99 } } } };
    await spoil(stepped, 'ERR_LBFGS_OUT_OF_STEP', /others on rank 1 than on rank 0/, /^ERR_LBFGS_OUT_OF_STEP/);
    const place = { offset: 2, total: 5 };
    await spoil({ ...slices[1], shard: place }, 'ERR_LBFGS_CHECKPOINT', /the total 4, as on rank 0/, /the total 4/);
    const again = { offset: 0, total: 4 };
    await spoil(
      { ...slices[1], shard: again },
      'ERR_LBFGS_CHECKPOINT',
      /Expected the offset 2/,
      /Expected the offset 2/,
    );
    const none = { ...slices[1], shard: undefined };
    await spoil(none, 'ERR_LBFGS_OUT_OF_STEP', /offset and total on all ranks or on none/, /^ERR_LBFGS_OUT_OF_STEP/);
    const text = { ...slices[1], shard: { offset: '2', total: 4 } };
    await spoil(text, 'ERR_LBFGS_ARG_TYPE', /\{ offset, total \} of integers >= 0/);
  });
});

describe('a load that fails', () => {
  let folder = '';
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lbfgs-shards-'));
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  it('says that nothing has been saved, or what is wrong with the manifest', async () => {
    await assert.rejects(loadShards(folder, null), { code: 'ERR_LBFGS_CHECKPOINT', message: /but received none$/ });
    const texts: Readonly<Record<string, RegExp>> = {
      '{': /JSON for the text of manifest\.json/,
      '[]': /'lbfgs-shards' for format/,
      '{"format":"lbfgs-shards","version":2}': /1 for version of manifest\.json but received 2/,
      '{"format":"lbfgs-shards","version":1,"save":-1}': /for save .* -1/,
      '{"format":"lbfgs-shards","version":1,"save":1,"total":"1"}': /for total .* '1'/,
      '{"format":"lbfgs-shards","version":1,"save":1,"total":1}': /an array for shards/,
      '{"format":"lbfgs-shards","version":1,"save":1,"total":1,"shards":[{"offset":0}]}': /for shards\[0\]/,
    };
    for (const [text, message] of Object.entries(texts)) {
      fs.writeFileSync(path.join(folder, 'manifest.json'), text);
      await assert.rejects(loadShards(folder, null), { name: 'RangeError', code: 'ERR_LBFGS_CHECKPOINT', message });
    }
  });

  it('is told on all ranks', async () => {
    valuesOf(await save(folder, WHOLE, [2, 2]));
    for (const outcome of await load(folder, [1, 2])) {
      assert.match(reasonOf(outcome).message, /sizes of all ranks that add up to 4, .* but received 3/);
    }
    const [first, second] = (await load(folder, [4, untyped('2')])).map(reasonOf);
    assert.equal(first!.code, 'ERR_LBFGS_PEER');
    assert.match(second!.message, /a number of entries, or \{ offset, size \}/);
    fs.truncateSync(path.join(folder, 'save-00000001', 'shard-00001-of-00002.safetensors'), 100);
    const [whole, lost] = (await load(folder, [2, 2])).map(reasonOf);
    assert.equal(whole!.code, 'ERR_LBFGS_PEER');
    assert.equal(lost!.code, 'ERR_LBFGS_CHECKPOINT');
    fs.rmSync(path.join(folder, 'save-00000001', 'shard-00001-of-00002.safetensors'));
    const [, missing] = (await load(folder, [2, 2])).map(reasonOf);
    assert.equal(missing!.code, 'ENOENT');
  });

  it('refuses what is no communicator and no path', async () => {
    await assert.rejects(loadShards(folder, untyped({})), { code: 'ERR_LBFGS_COMM' });
    await assert.rejects(saveShards(folder, untyped(undefined), WHOLE), { code: 'ERR_LBFGS_COMM' });
    await assert.rejects(loadShards(untyped(1), null), { code: 'ERR_LBFGS_ARG_TYPE', message: /a path for folder/ });
    await assert.rejects(saveShards(untyped(null), null, WHOLE), { code: 'ERR_LBFGS_ARG_TYPE' });
  });
});
