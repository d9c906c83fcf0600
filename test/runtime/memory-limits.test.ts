import assert from 'node:assert/strict';
import { estimateMemory, LBFGS, Parameter } from 'lbfgs';
import { SANITIZER } from '../problems/machine';
import { rangeRefusal, typeRefusal, untyped } from '../problems/refusal';
import { measureProgram, PROCESS, runProgram } from './processes';

interface Comparison {
  told: number;
  empty: number;
  full: number;
  disposed: number;
}

describe('what estimateMemory tells', () => {
  if (SANITIZER === 'tsan') {
    console.log("left out: what is resident (the thread sanitizer's shadow is several times as large)");
    return;
  }

  it('is resident once the history is full; little is before, and nothing after dispose', async () => {
    const printed = await measureProgram('estimated-memory', { nodeOptions: ['--expose-gc'] });
    const comparisons = JSON.parse(printed) as Comparison[];
    assert.equal(comparisons.length, 5);
    for (const { told, empty, full, disposed } of comparisons) {
      assert.ok(told > 60e6 && Math.abs(full - told) < PROCESS, `told ${told}, full ${full}`);
      assert.ok(empty < PROCESS, `told ${told}, empty ${empty}`);
      assert.ok(disposed < PROCESS, `told ${told}, disposed ${disposed}`);
    }
  });
});

describe('estimateMemory', () => {
  it('counts (2 m + 6) vectors, half of the history in float32, and two more for asynchronous steps', () => {
    const vector = 8e6;
    const init = { size: 1e6, historySize: 10, threads: 1 };
    const room = estimateMemory(init) - 26 * vector;
    assert.ok(room > 0 && room < 5e5);
    assert.equal(estimateMemory({ ...init, async: true }), 28 * vector + room);
    assert.ok(Math.abs(estimateMemory({ ...init, historyDtype: 'float32' }) - 16 * vector) < 5e5);
    assert.ok(Math.abs(estimateMemory({ ...init, dtype: 'float32' }) - 13 * vector) < 5e5);
    assert.equal(estimateMemory({ size: 1, historySize: 1, threads: 1 }), 10 * 64 + 4 * 8);
  });

  it('is met as the history fills, however long it may become', () => {
    const before = process.memoryUsage().rss;
    const optimizer = new LBFGS([new Parameter([1])], { historySize: 5e6 });
    assert.ok(process.memoryUsage().rss - before < PROCESS);
    assert.equal(optimizer.paramGroups[0].historySize, 5e6);
  });

  it('refuses what cannot be', () => {
    const cases = [
      [{}, typeRefusal('ERR_LBFGS_ARG_TYPE', 'Expected an integer >= 1 for size but received undefined')],
      [{ size: 0 }, rangeRefusal('ERR_LBFGS_ARG_VALUE', 'Expected an integer >= 1 for size but received 0')],
      [{ size: 1, historySize: 0 }, rangeRefusal('ERR_LBFGS_ARG_VALUE', /^Expected an integer >= 1 for historySize/)],
      [{ size: 1, dtype: 'int8' }, rangeRefusal('ERR_LBFGS_ARG_VALUE', /for dtype but received 'int8'$/)],
      [{ size: 1, async: 1 }, typeRefusal('ERR_LBFGS_ARG_TYPE', 'Expected a boolean for async but received 1')],
      [{ size: 1, history: 1 }, typeRefusal('ERR_LBFGS_UNKNOWN_OPTION', /did you mean historySize\?$/)],
    ] as const;
    for (const [init, refusal] of cases) assert.throws(() => estimateMemory(untyped(init)), refusal);
  });
});

describe('under a limit of memory', () => {
  if (process.platform !== 'linux' || SANITIZER !== undefined) {
    console.log('left out: a limited address space (it takes Linux, without a sanitizer)');
    return;
  }

  it('a history that cannot be had is refused, naming its bytes, and nothing has changed', async () => {
    assert.deepEqual((await runProgram('limited-memory')).split('\n'), [
      'RangeError ERR_LBFGS_OUT_OF_MEMORY 1600000000 bytes, unchanged',
      'RangeError ERR_LBFGS_OUT_OF_MEMORY 1600000000 bytes, unchanged',
      'RangeError ERR_LBFGS_OUT_OF_MEMORY 1600000000 bytes, unchanged',
      'RangeError ERR_LBFGS_OUT_OF_MEMORY 480000000 bytes, unchanged',
      'goes on',
    ]);
  });
});
