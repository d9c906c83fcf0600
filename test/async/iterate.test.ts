import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import type { IterationInfo } from 'lbfgs';
import { outcome, SIZES, training, type Training } from './trainings';

const REASON = new Error('enough');

for (const [where, size] of Object.entries(SIZES)) {
  describe(`iterate ${where}`, () => {
    it('yields what onIteration is told, and leaves what stepAsync leaves', async () => {
      const [looped, stepped] = [training(size), training(size)];
      const [yielded, told]: [IterationInfo[], IterationInfo[]] = [[], []];
      for await (const info of looped.optimizer.iterate(looped.model.closure)) yielded.push(info);
      await stepped.optimizer.stepAsync(stepped.model.closure, { onIteration: (info) => void told.push(info) });
      assert.ok(yielded.length > 10);
      assert.deepEqual(yielded, told);
      assert.deepEqual(outcome(looped), outcome(stepped));
    });

    it('waits until more is asked for, with the data at the accepted point', async () => {
      const { model, optimizer } = training(size);
      const iterations = optimizer.iterate(model.closure);
      assert.equal(model.calls, 0);
      for (let iteration = 1; iteration <= 3; iteration++) {
        const { value, done } = await iterations.next();
        assert.ok(done !== true);
        assert.equal(value.iteration, iteration);
        assert.equal(value.loss, model.truth.loss);
        const calls: number = model.calls;
        const x: Float64Array = model.x;
        for (let turn = 0; turn < 5; turn++) await setImmediate();
        assert.equal(model.calls, calls);
        assert.deepEqual(model.x, x);
      }
      await iterations.return(0);
    });

    it('ends the step where the loop is left, as onIteration does that returns false', async () => {
      const [looped, stepped] = [training(size), training(size)];
      const calls: string[] = [];
      looped.optimizer.registerStepPreHook(() => void calls.push('pre'));
      looped.optimizer.registerStepPostHook(({ lastStep }) => void calls.push(lastStep!.status));
      for await (const { iteration } of looped.optimizer.iterate(looped.model.closure)) if (iteration === 3) break;
      await stepped.optimizer.stepAsync(stepped.model.closure, { onIteration: ({ iteration }) => iteration < 3 });
      assert.deepEqual(calls, ['pre', 'stopped']);
      assert.deepEqual(outcome(looped), outcome(stepped));
      assert.deepEqual(looped.model.gradient, looped.model.truth.gradient);
      await assertGoesOn(looped);
    });

    it('ends the step where the body of the loop throws, and passes the error on', async () => {
      const { model, optimizer } = training(size);
      const loop = async (): Promise<void> => {
        for await (const { iteration } of optimizer.iterate(model.closure)) if (iteration === 2) throw REASON;
      };
      await assert.rejects(loop(), (error) => error === REASON);
      assert.deepEqual([optimizer.lastStep!.status, optimizer.lastStep!.iterations], ['stopped', 2]);
      await assertGoesOn({ model, optimizer });
    });

    it('throws what the closure throws, and the reason of an abort', async () => {
      for (const options of [{ fails: true }, { fails: false }]) {
        const { model, optimizer } = training(size);
        const controller = new AbortController();
        const closure = async (): Promise<number> => {
          await setImmediate();
          if (options.fails && model.calls === 8) throw REASON;
          return model.closure();
        };
        let last = model.x;
        const loop = async (): Promise<void> => {
          for await (const { iteration } of optimizer.iterate(closure, { signal: controller.signal })) {
            last = model.x;
            if (iteration === 2 && !options.fails) controller.abort(REASON);
          }
        };
        await assert.rejects(loop(), (error) => error === REASON);
        assert.deepEqual(model.x, last);
        await assertGoesOn({ model, optimizer });
      }
    });

    it('calls onIteration first, which may end the loop after this iteration', async () => {
      const { model, optimizer } = training(size);
      const seen: string[] = [];
      const onIteration = ({ iteration }: IterationInfo): boolean => (seen.push(`told ${iteration}`), iteration < 2);
      for await (const { iteration } of optimizer.iterate(model.closure, { onIteration }))
        seen.push(`yielded ${iteration}`);
      assert.deepEqual(seen, ['told 1', 'yielded 1', 'told 2', 'yielded 2']);
      assert.equal(optimizer.lastStep!.status, 'stopped');
    });

    it('is busy until the loop has ended, and returns the first loss', async () => {
      const { model, optimizer } = training(size, { maxIter: 2 });
      const first = model.truth.loss;
      const iterations = optimizer.iterate(model.closure);
      await iterations.next();
      assert.throws(() => optimizer.step(model.closure), { code: 'ERR_LBFGS_BUSY' });
      await assert.rejects(optimizer.iterate(model.closure).next(), { code: 'ERR_LBFGS_BUSY' });
      await iterations.next();
      assert.deepEqual(await iterations.next(), { done: true, value: first });
      assert.equal(optimizer.lastStep!.status, 'max_iter');
      assert.deepEqual(await iterations.next(), { done: true, value: undefined });
    });
  });
}

describe('iterate', () => {
  it('yields nothing where no iteration is made', async () => {
    const { model, optimizer } = training(10, { maxIter: 0 });
    for await (const info of optimizer.iterate(model.closure)) assert.fail(String(info.iteration));
    assert.equal(optimizer.lastStep!.status, 'max_iter');
  });

  it('answers several questions at once in their order', async () => {
    const { model, optimizer } = training(10, { maxIter: 3 });
    const iterations = optimizer.iterate(model.closure);
    const answers = await Promise.all(Array.from({ length: 5 }, () => iterations.next()));
    assert.deepEqual(
      answers.map(({ value, done }) => (done === true ? 'done' : value.iteration)),
      [1, 2, 3, 'done', 'done'],
    );
  });
});

async function assertGoesOn({ model, optimizer }: Training): Promise<void> {
  const { loss } = model.truth;
  await optimizer.stepAsync(model.closure);
  assert.ok(optimizer.lastStep!.loss < loss);
}
