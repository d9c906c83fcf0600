import assert from 'node:assert/strict';
import { once } from 'node:events';
import { LBFGS } from 'lbfgs';
import { rosenbrock } from '../problems/interruption';
import { startWorker } from './processes';

interface Programs {
  train: () => unknown;
}
const programs = import('./programs/train.mjs') as Promise<Programs>;

describe('a worker thread', () => {
  it('gets the same numbers as the main thread', async () => {
    const worker = startWorker('worker');
    const [[outcome], exit] = (await Promise.all([once(worker, 'message'), once(worker, 'exit')])) as [
      [unknown],
      [number],
    ];
    assert.deepEqual(outcome, (await programs).train());
    assert.deepEqual(exit, [0]);
  });

  it('gets the same numbers beside others', async () => {
    const workers = Array.from({ length: 6 }, () => startWorker('worker'));
    const outcomes = workers.map((worker) => once(worker, 'message'));
    const expected = (await programs).train();
    for (const [outcome] of (await Promise.all(outcomes)) as [unknown][]) assert.deepEqual(outcome, expected);
  });

  for (const where of ['closure', 'anywhere']) {
    it(`may be terminated in the middle of a step: ${where}`, async () => {
      for (let round = 0; round < 15; round++) {
        const worker = startWorker('endless-worker', { where });
        await once(worker, 'message');
        assert.equal(await worker.terminate(), 1);
      }
      assert.ok((await programs).train());
    });
  }

  it('may be terminated while others go on', async () => {
    const [doomed, healthy] = [startWorker('endless-worker', { where: 'anywhere' }), startWorker('worker')];
    const terminated = once(doomed, 'message').then(() => doomed.terminate());
    const [[outcome]] = (await Promise.all([once(healthy, 'message'), terminated])) as [[unknown], number];
    assert.deepEqual(outcome, (await programs).train());
  });
});

describe('several optimisers in one thread', () => {
  it('do not disturb each other: steps in turn give the numbers of each alone', () => {
    const make = (lineSearchFn: 'strong_wolfe' | null) => {
      const model = rosenbrock();
      const optimizer = new LBFGS(model.params, { lineSearchFn, lr: 1e-3, maxIter: 3 });
      return { model, optimizer };
    };
    const kinds = ['strong_wolfe', null, 'strong_wolfe', null] as const;
    const together = kinds.map(make);
    for (let round = 0; round < 10; round++) {
      for (const { model, optimizer } of together) optimizer.step(model.closure);
    }
    for (const [index, { model, optimizer }] of together.entries()) {
      const alone = make(kinds[index]!);
      for (let round = 0; round < 10; round++) alone.optimizer.step(alone.model.closure);
      assert.deepEqual(model.x, alone.model.x);
      assert.deepEqual(optimizer.stateDict(), alone.optimizer.stateDict());
    }
  });
});
