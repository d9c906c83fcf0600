// A core of parameters that several processes hold: the numbers it asks to be combined, and what it does with them.

import assert from 'node:assert/strict';
import { ASKED, Exchange } from '../../lib/native/exchange';
import { native, type NativeOptimizer } from '../../lib/native/native';

interface Rank {
  readonly exchange: Exchange;
  readonly optimizer: NativeOptimizer;
  readonly x: Float64Array;
  readonly g: Float64Array;
}

function makeRank(size: number, distributed: 0 | 1): Rank {
  const exchange = new Exchange();
  for (const [field, value] of Object.entries({
    lr: 1,
    maxIter: 5,
    maxEval: 25,
    historySize: 3,
    maxLs: 25,
    threads: 1,
  })) {
    exchange.set(field as 'lr', value);
  }
  exchange.set('lineSearch', 1);
  exchange.set('distributed', distributed);
  exchange.set('recursion', 2); // the one that a distributed core has in any case
  const optimizer = new native.NativeOptimizer([size], ['float64'], exchange.numbers);
  const x = new Float64Array(size).fill(1);
  const g = new Float64Array(size);
  optimizer.mapData(0, x);
  assert.equal(optimizer.overlappingData(), null);
  assert.equal(optimizer.mapGrad(0, g), -1);
  return { exchange, optimizer, x, g };
}

/** This rank's part of sum (i + 1) x_i^4, from entry `from` on. */
function evaluate({ exchange, x, g }: Rank, from: number): void {
  let loss = 0;
  for (const [i, each] of x.entries()) {
    loss += (from + i + 1) * each ** 4;
    g[i] = 4 * (from + i + 1) * each ** 3;
  }
  exchange.toldLoss = loss;
}

function counts({ exchange }: Rank): [number, number] {
  return [exchange.get('added'), exchange.get('largest')];
}

/** The numbers of the first ranks, combined. */
function combined(ranks: readonly Rank[], length = 32): Float64Array {
  const [added, largest] = counts(ranks[0]!);
  const all = new Float64Array(length);
  const numbers = new Float64Array(length);
  for (const rank of ranks) {
    assert.deepEqual(counts(rank), [added, largest]);
    rank.optimizer.readSums(numbers);
    for (let i = 0; i < added; i++) all[i] = all[i]! + numbers[i]!;
    for (let i = added; i < added + largest; i++) all[i] = Math.max(all[i]!, numbers[i]!);
  }
  return all;
}

async function runTwo(isAsync: boolean): Promise<number[]> {
  const ranks = [makeRank(2, 1), makeRank(1, 1)];
  for (const { optimizer } of ranks) optimizer.begin(false);
  for (let asked = ranks[0]!.exchange.asked; asked !== ASKED.done; asked = ranks[0]!.exchange.asked) {
    for (const { exchange } of ranks) assert.equal(exchange.asked, asked);
    if (asked === ASKED.evaluate) {
      for (const [index, rank] of ranks.entries()) {
        evaluate(rank, 2 * index);
        native.tell(rank.optimizer.handle);
      }
      continue;
    }
    assert.equal(asked, ASKED.reduce);
    const all = combined(ranks);
    for (const { optimizer, x } of ranks) {
      if (!isAsync) {
        optimizer.reduced(all);
        continue;
      }
      optimizer.fetch(0, x.length, true, true);
      const numbers = all.slice();
      const ended = new Promise<void>((resolve, reject) => {
        optimizer.reducedAsync(numbers, (error, wroteData) => {
          if (error !== null) {
            reject(error);
            return;
          }
          if (wroteData) optimizer.deliver(0, x.length);
          resolve();
        });
      });
      numbers.fill(NaN); // they have been read
      await ended;
    }
  }
  return ranks.flatMap(({ x }) => [...x]);
}

describe('a core of a part of the parameters', () => {
  it('goes where one core goes that has all of them', async () => {
    const whole = makeRank(3, 0);
    whole.optimizer.begin(false);
    while (whole.exchange.asked !== ASKED.done) {
      evaluate(whole, 0);
      native.tell(whole.optimizer.handle);
    }
    const x = await runTwo(false);
    for (const [i, each] of x.entries()) assert.ok(Math.abs(each - whole.x[i]!) <= 1e-12, `${each} and ${whole.x[i]!}`);
    assert.deepEqual(await runTwo(true), x);
  });

  it('says of a state that was loaded that it is to be combined, and that the last direction is not known yet', () => {
    for (const distributed of [0, 1] as const) {
      const { optimizer, exchange } = makeRank(2, distributed);
      for (const [field, value] of Object.entries({ funcEvals: 1, nIter: 1, t: 1, hDiag: 1, prevLoss: 1, known: -1 })) {
        exchange.set(field as 't', value);
      }
      optimizer.load(Float64Array.of(-1, -1), Float64Array.of(1, 1));
      optimizer.readState();
      assert.equal(exchange.get('uncombined'), distributed);
      assert.equal(exchange.get('known'), distributed === 1 ? -1 : 2);
    }
  });

  it('is refused an array without room for the numbers, and an answer that it has not asked for', () => {
    const rank = makeRank(2, 1);
    const numbers = new Float64Array(32);
    assert.throws(() => {
      rank.optimizer.readSums(numbers);
    }, /answer/);
    rank.optimizer.begin(false);
    assert.throws(() => {
      rank.optimizer.reduced(numbers);
    }, /answer/);
    evaluate(rank, 0);
    native.tell(rank.optimizer.handle);
    assert.equal(rank.exchange.asked, ASKED.reduce);
    const [added, largest] = counts(rank);
    for (const call of ['readSums', 'reduced'] as const) {
      assert.throws(() => {
        rank.optimizer[call](numbers.subarray(0, added + largest - 1));
      }, /room|maxima/);
    }
    rank.optimizer.readSums(numbers.subarray(0, added + largest));
    rank.optimizer.reduced(numbers);
    assert.notDeepEqual(counts(rank), [added, largest]); // the core asks for the sums of the direction
  });
});
