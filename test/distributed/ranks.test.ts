import assert from 'node:assert/strict';
import path from 'node:path';
import type { Communicator } from 'lbfgs';
import { CAPACITY, simulate, simulateSync, type Message } from './ranks';

const SUMS = path.join(__dirname, 'programs', 'sums.mjs');

type Outcome = PromiseSettledResult<unknown>;

const messageOf = (outcome: Outcome | undefined): string => {
  assert.equal(outcome?.status, 'rejected');
  return (outcome.reason as Error).message;
};
const valuesOf = <T>(outcomes: readonly PromiseSettledResult<T>[]): T[] =>
  outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });

async function sumOf(comm: Communicator, number: number): Promise<number> {
  const values = Float64Array.of(number);
  await comm.allReduce(values, 'sum');
  return values[0]!;
}

describe('simulated ranks in one thread', () => {
  for (const size of [1, 2, 3, 64]) {
    it(`add, compare, gather and scatter on ${size}`, async () => {
      const outcomes = await simulate(
        size,
        async (comm) => {
          const own = Float64Array.of(comm.rank, -1 - comm.rank, 1);
          const sums = own.slice();
          await comm.allReduce(sums, 'sum');
          const largest = own.slice();
          await comm.allReduce(largest, 'max');
          const all = new Float64Array(3 * size);
          await comm.allGather?.(own, all);
          const block = new Float64Array(Math.ceil(3 / size));
          await comm.reduceScatter?.(own, block);
          return { sums, largest, all, block };
        },
        { reduceScatter: true },
      );
      const total = (size * (size - 1)) / 2;
      for (const [rank, { sums, largest, all, block }] of valuesOf(outcomes).entries()) {
        assert.deepEqual([...sums], [total, -size - total, size]);
        assert.deepEqual([...largest], [size - 1, -1, 1]);
        assert.deepEqual([...all], Array.from({ length: size }, (_, each) => [each, -1 - each, 1]).flat());
        const padded = [total, -size - total, size, ...Array.from({ length: 3 * size }, () => 0)];
        assert.deepEqual([...block], padded.slice(rank * block.length, (rank + 1) * block.length));
      }
    });
  }

  it('have only the operations that were asked for', async () => {
    const names = (comm: Communicator): string[] => Object.keys(comm);
    assert.deepEqual(valuesOf(await simulate(1, names)), [['rank', 'size', 'allReduce', 'allGather', 'abort']]);
    const [few] = valuesOf(await simulate(1, names, { allGather: false }));
    assert.deepEqual(few, ['rank', 'size', 'allReduce', 'abort']);
  });

  it('give NaN to all ranks', async () => {
    const sums = await simulate(3, ({ rank, ...comm }) => sumOf({ rank, ...comm }, rank === 1 ? NaN : 1));
    assert.deepEqual(valuesOf(sums), [NaN, NaN, NaN]);
  });

  it('add in an order of their own where the sums are to differ', async () => {
    const parts = [1, 1e-16, -1, 3e-16];
    const outcomes = await simulate(4, (comm) => sumOf(comm, parts[comm.rank]!), { unlike: true });
    assert.ok(new Set(valuesOf(outcomes)).size > 1);
  });

  it('reject all where the calls differ', async () => {
    const longer = await simulate(3, (comm) => comm.allReduce(new Float64Array(comm.rank === 2 ? 5 : 4), 'sum'));
    for (const outcome of longer) {
      assert.equal(messageOf(outcome), 'the ranks are out of step: rank 0 calls sum of 4, rank 2 sum of 5');
    }
    const other = await simulate(2, (comm) => comm.allReduce(new Float64Array(1), comm.rank === 0 ? 'sum' : 'max'));
    for (const outcome of other) {
      assert.equal(messageOf(outcome), 'the ranks are out of step: rank 0 calls sum of 1, rank 1 max of 1');
    }
  });

  it('reject those that wait for a rank that has ended, or ends later', async () => {
    const outcomes = await simulate(3, async (comm) => {
      if (comm.rank !== 1) return sumOf(comm, 1);
      await Promise.resolve();
      throw new Error('of its own');
    });
    assert.deepEqual(outcomes.map(messageOf), ['rank 1 has ended', 'of its own', 'rank 1 has ended']);
    const early = await simulate(2, (comm) => (comm.rank === 0 ? 7 : sumOf(comm, 1)));
    assert.deepEqual(early[0], { status: 'fulfilled', value: 7 });
    assert.equal(messageOf(early[1]), 'rank 0 has ended');
  });

  it('reject a call before the last one is over', async () => {
    const outcomes = await simulate(2, async (comm) => {
      if (comm.rank === 1) return sumOf(comm, 1);
      return Promise.all([sumOf(comm, 1), sumOf(comm, 2)]);
    });
    for (const outcome of outcomes) assert.equal(messageOf(outcome), 'rank 0 calls sum before its last call is over');
  });

  it('reject all at an abort', async () => {
    const outcomes = await simulate(2, async (comm) => {
      if (comm.rank === 0) comm.abort?.(3, 'no room');
      return sumOf(comm, 1);
    });
    for (const outcome of outcomes) assert.equal(messageOf(outcome), 'rank 0 aborts with 3: no room');
  });

  it('can be spoilt at any message: changed, late, left out, failed', async () => {
    const twice = async (comm: Communicator): Promise<number[]> => [await sumOf(comm, 1), await sumOf(comm, 1)];
    const changed = await simulate(2, twice, {
      spoil: ({ rank, index, values }) => {
        if (rank === 1 && index === 1) values[0] = NaN;
        return undefined;
      },
    });
    assert.deepEqual(valuesOf(changed), [
      [2, NaN],
      [2, NaN],
    ]);
    const late = await simulate(2, twice, {
      spoil: ({ rank }) => new Promise((resolve) => setImmediate(resolve, rank === 2 ? 'skip' : undefined)),
    });
    assert.deepEqual(valuesOf(late), [
      [2, 2],
      [2, 2],
    ]);
    const skipped = await simulate(2, twice, { spoil: ({ rank, index }) => (rank + index === 0 ? 'skip' : undefined) });
    assert.deepEqual(skipped[0], { status: 'fulfilled', value: [1, 2] });
    assert.equal(messageOf(skipped[1]), 'rank 0 has ended');
    const failed = await simulate(2, twice, {
      spoil: ({ rank, index }) => {
        if (rank === 1 && index === 1) throw new Error('the line is cut');
        return undefined;
      },
    });
    assert.deepEqual(failed.map(messageOf), ['rank 1 has ended', 'the line is cut']);
  });

  it('log the messages of each rank', async () => {
    const log: Message[][] = [];
    const program = async (comm: Communicator): Promise<void> => {
      await sumOf(comm, 1);
      await comm.allGather?.(new Float64Array(2), new Float64Array(4));
    };
    valuesOf(await simulate(2, program, { log }));
    const each = [
      { operation: 'sum', length: 1 },
      { operation: 'gather', length: 2 },
    ];
    assert.deepEqual(log, [each, each]);
  });
});

interface Sums {
  readonly sums: Float64Array;
  readonly largest: Float64Array;
  readonly all: Float64Array;
  readonly block: Float64Array;
  readonly isSync: boolean;
}

describe('simulated ranks in worker threads', () => {
  for (const size of [1, 2, 4]) {
    for (const length of [0, 3, 2 * CAPACITY + 7]) {
      it(`add, compare, gather and scatter ${length} numbers on ${size}, at once`, async () => {
        const options = { reduceScatter: true };
        const outcomes = await simulateSync<Sums>(size, SUMS, { length }, options);
        const numbers = (first: number, scale: number, count = length): number[] =>
          Array.from({ length: count }, (_, i) => first + scale * i);
        const total = numbers((size * (size - 1)) / 2, size);
        for (const [rank, { sums, largest, all, block, isSync }] of valuesOf(outcomes).entries()) {
          assert.deepEqual([...sums], total);
          assert.deepEqual([...largest], numbers(size - 1, 1));
          assert.deepEqual([...all], Array.from({ length: size }, (_, each) => numbers(each, 1)).flat());
          const padded = [...total, ...Array.from({ length: size }, () => 0)];
          assert.deepEqual([...block], padded.slice(rank * block.length, (rank + 1) * block.length));
          assert.ok(isSync);
        }
      });
    }
  }

  it('throw on all where the calls differ', async () => {
    const longer = await simulateSync(2, SUMS, { length: 4, does: 'is longer' });
    for (const outcome of longer) {
      assert.equal(messageOf(outcome), 'the ranks are out of step: rank 0 calls sum of 4, rank 1 sum of 5');
    }
    const other = await simulateSync(3, SUMS, { length: 4, does: 'asks for the maximum' });
    for (const outcome of other) {
      assert.equal(messageOf(outcome), 'the ranks are out of step: rank 0 calls sum of 4, rank 1 max of 4');
    }
  });

  it('throw where a rank has ended, whose own error has its name and code', async () => {
    const outcomes = await simulateSync(3, SUMS, { length: 4, does: 'throws' });
    assert.deepEqual(outcomes.map(messageOf), ['rank 1 has ended', 'too far', 'rank 1 has ended']);
    const { name, code } = (outcomes[1] as PromiseRejectedResult).reason as Error & { code?: string };
    assert.deepEqual({ name, code }, { name: 'RangeError', code: 'ERR_FAR' });
  });

  it('tell of a module that cannot be loaded', async () => {
    const outcomes = await simulateSync(2, path.join(__dirname, 'programs', 'absent.mjs'), {});
    for (const outcome of outcomes) assert.match(messageOf(outcome), /Cannot find module|rank \d has ended/);
  });
});
