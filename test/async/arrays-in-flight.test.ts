// What user code does to the arrays while another thread is at work: it is noticed before any of them is touched again.

import assert from 'node:assert/strict';
import { LBFGS, type FloatArray } from 'lbfgs';
import { detach } from '../problems/buffers';
import { rosenbrock } from '../problems/interruption';
import { lbfgsRefusal } from '../problems/refusal';
import { leavingNode, startWorker } from '../runtime/processes';
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { join } from 'node:path';
import { outcome, SIZES, training, type Training } from './trainings';

const size = SIZES['on another thread'];

/** A step during which `act` runs as soon as another thread has been at work since evaluation `at`. */
async function stepWith({ model, optimizer }: Training, at: number, act: () => void): Promise<number> {
  return optimizer.stepAsync(() => {
    const loss = model.closure();
    // The core takes the gradients up within this turn of the event loop; microtasks later it is away.
    if (model.calls === at) setImmediate(act);
    return loss;
  });
}

describe('arrays while another thread is at work', () => {
  for (const at of [1, 2, 6]) {
    it(`data that are detached after evaluation ${at} are refused; the other parameters are at the last accepted point`, async () => {
      const { model, optimizer } = training(size);
      const [first, second] = model.params;
      await assert.rejects(
        stepWith({ model, optimizer }, at, () => {
          detach(second!.data);
        }),
        lbfgsRefusal('ERR_LBFGS_DATA_CHANGED', /^Expected a Float64Array of 39995 entries for data of parameter 1 but/),
      );
      assert.equal(second!.data.length, 0);
      assert.ok(first!.data.every(Number.isFinite));
      assert.ok(Number.isInteger(optimizer.state.n_iter));
    });

    it(`data that are replaced after evaluation ${at} are refused and not written to`, async () => {
      const { model, optimizer } = training(size);
      const second = model.params[1]!;
      const replaced = second.data;
      const other = new Float64Array(replaced.length).fill(7);
      await assert.rejects(
        stepWith({ model, optimizer }, at, () => {
          second.data = other;
        }),
        lbfgsRefusal('ERR_LBFGS_DATA_CHANGED', /^Expected the same array for data of parameter 1 throughout a step/),
      );
      assert.ok(other.every((value) => value === 7));
      second.data = replaced;
      const { loss } = model.truth;
      await optimizer.stepAsync(model.closure);
      assert.ok(optimizer.lastStep!.loss < loss);
    });

    it(`gradients may be detached, replaced and filled with NaN after evaluation ${at}: they have been read`, async () => {
      const [spoiled, healthy] = [training(size, { maxIter: 8 }), training(size, { maxIter: 8 })];
      const [first, second, third] = spoiled.model.params;
      await stepWith(spoiled, at, () => {
        first!.grad!.fill(NaN);
        detach(second!.grad!);
        second!.grad = new Float64Array(size - 5);
        third!.grad = new Float64Array(2);
      });
      await healthy.optimizer.stepAsync(healthy.model.closure);
      assert.deepEqual(outcome(spoiled), outcome(healthy));
    });
  }

  it('the state can be read, and is that of a completed iteration', async () => {
    const { model, optimizer } = training(size);
    const counts: number[] = [];
    const pending = optimizer.stepAsync(() => {
      setImmediate(() => {
        const dict = optimizer.stateDict();
        const { n_iter = 0, old_dirs = [] } = dict.state[0] ?? {};
        assert.ok(old_dirs.length <= Math.min(10, n_iter));
        counts.push(optimizer.state.n_iter);
        const copy = training(size);
        copy.optimizer.loadStateDict(dict);
        assert.deepEqual(copy.optimizer.stateDict(), dict);
      });
      return model.closure();
    });
    await pending;
    assert.ok(counts.length > 5);
    assert.deepEqual(
      counts,
      [...counts].sort((a, b) => a - b),
    );
  });

  it('several optimisers at once do not disturb each other', async () => {
    const makeAll = (): Training[] => [1, 2, 2, 1].map((threads) => training(size, { threads }));
    const [together, alone] = [makeAll(), makeAll()];
    await Promise.all(together.map(({ model, optimizer }) => optimizer.stepAsync(model.closure)));
    for (const { model, optimizer } of alone) optimizer.step(model.closure);
    assert.deepEqual(together.map(outcome), alone.map(outcome));
  });
});

describe('memory that goes to somebody else', () => {
  /** Takes its memory away from an array; the bytes, all of them 42. */
  function take(array: FloatArray): Uint8Array {
    return new Uint8Array(structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] })).fill(42);
  }
  const untouched = (bytes: Uint8Array): boolean => bytes.length > 0 && bytes.every((byte) => byte === 42);
  const soon = { timeLimit: Number.MIN_VALUE };

  for (const [where, length] of Object.entries(SIZES)) {
    for (let turns = 0; turns < 10; turns++) {
      it(`${turns} microtasks after an evaluation is not written to when time is up, ${where}`, async () => {
        const { model, optimizer } = training(length);
        let taken: Uint8Array | undefined;
        const closure = (): number => {
          const loss = model.closure();
          let later = Promise.resolve();
          for (let turn = 0; turn < turns; turn++) later = later.then(() => undefined);
          if (model.calls === 1) void later.then(() => (taken = take(model.params[1]!.data)));
          return loss;
        };
        await optimizer.stepAsync(closure, soon).catch((error: unknown) => {
          assert.equal((error as { code?: unknown }).code, 'ERR_LBFGS_DATA_CHANGED');
        });
        await nextTurn(); // it may have ended before that
        assert.ok(untouched(taken!));
      });
    }
  }

  it('by a getter of data, after the values have been delivered, is not written to when time is up', async () => {
    const { model, optimizer } = training(size);
    const second = model.params[1]!;
    const { data } = second;
    let isArmed = false;
    let taken: Uint8Array | undefined;
    Object.defineProperty(second, 'data', {
      get: () => {
        if (isArmed) queueMicrotask(() => (taken ??= take(data)));
        return data;
      },
    });
    const act = (): void => {
      isArmed = true;
    };
    await assert.rejects(
      optimizer.stepAsync(() => {
        const loss = model.closure();
        setImmediate(act);
        return loss;
      }, soon),
      { code: 'ERR_LBFGS_DATA_CHANGED' },
    );
    assert.ok(untouched(taken!));
  });
});

describe('a delivery that fails after the last evaluation of a step', () => {
  it('leaves the gradients of the accepted point all the same', async () => {
    const { model, optimizer } = training(size, { maxIter: 1, lr: 1e4, maxLs: 0 });
    const [first, second] = model.params;
    const start = first!.data.slice();
    let accepted: FloatArray | undefined;
    model.fault = (evaluation) => {
      if (evaluation.call === 2) evaluation.loss += 1e9; // the trial, which is refused
    };
    const closure = (): number => {
      const loss = model.closure();
      if (model.calls === 1) accepted = first!.grad!.slice();
      else setImmediate(detach, second!.data);
      return loss;
    };
    await assert.rejects(optimizer.stepAsync(closure), { code: 'ERR_LBFGS_DATA_CHANGED' });
    assert.equal(model.calls, 2);
    assert.deepEqual(first!.data, start);
    assert.deepEqual(first!.grad, accepted);
  });
});

describe('going down while another thread is at work', () => {
  it('by process.exit is clean', async () => {
    const program = join(__dirname, 'programs', 'exit-in-flight.mjs');
    assert.equal(await leavingNode(program), 'leaving');
  });

  it('by worker.terminate is clean', async () => {
    for (let round = 0; round < 8; round++) {
      const worker = startWorker('endless-async-worker');
      await once(worker, 'message');
      assert.equal(await worker.terminate(), 1);
    }
    const model = rosenbrock();
    assert.ok(new LBFGS(model.params).step(model.closure) > 0);
  });
});
