import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { LBFGS, Parameter, type StepOptions } from 'lbfgs';
import { runProgram } from '../runtime/processes';
import { outcome, SIZES, statusOf, training, watch, type Training } from './trainings';

/** Never settles. */
const forever = (): Promise<never> => new Promise<never>(() => undefined);

const REASON = { why: 'the user left' };

for (const [where, size] of Object.entries(SIZES)) {
  describe(`an abort of stepAsync ${where}`, () => {
    it('before it begins evaluates nothing and leaves everything as it was', async () => {
      const { model, optimizer } = training(size);
      const before = outcome({ model, optimizer });
      const pending = optimizer.stepAsync(model.closure, { signal: AbortSignal.abort(REASON) });
      await assert.rejects(pending, (error) => error === REASON);
      assert.equal(model.calls, 0);
      assert.deepEqual(outcome({ model, optimizer }), before);
    });

    for (const at of [1, 2, 3, 7]) {
      for (const late of ['never settles', 'is fulfilled later', 'is rejected later']) {
        it(`during evaluation ${at}, whose promise ${late}: the last accepted point is back`, async () => {
          const { model, optimizer } = training(size);
          const controller = new AbortController();
          const { points, onIteration } = watch(model);
          const start = model.x;
          const endings: (() => void)[] = [];
          const closure = async (): Promise<number> => {
            const loss = model.closure();
            if (model.calls !== at) return loss;
            void setImmediate().then(() => {
              controller.abort(REASON);
            });
            return late === 'never settles'
              ? forever()
              : new Promise<number>((resolve, reject) => {
                  endings.push(() => {
                    if (late === 'is fulfilled later') resolve(0);
                    else reject(new Error('too late'));
                  });
                });
          };
          const pending = optimizer.stepAsync(closure, { signal: controller.signal, onIteration });
          await assert.rejects(pending, (error) => error === REASON);
          assert.deepEqual(model.x, points.at(-1) ?? start);
          if (at > 1) assert.deepEqual(model.gradient, model.truth.gradient);
          assert.equal(statusOf({ model, optimizer }), at > 1 ? 'aborted' : undefined);
          if (at > 1) assert.equal(optimizer.lastStep!.loss, model.truth.loss);
          if (at > 1) assert.equal(optimizer.lastStep!.evaluations, at);
          assert.equal(optimizer.stateDict().state[0]!.func_evals, at);
          const left = outcome({ model, optimizer });
          for (const end of endings) end();
          await setImmediate();
          assert.deepEqual(outcome({ model, optimizer }), left);
          await assertGoesOn({ model, optimizer });
        });
      }
    }

    it('between evaluations, in onIteration: the point of that iteration stays', async () => {
      const { model, optimizer } = training(size);
      const controller = new AbortController();
      const { points, onIteration } = watch(model);
      const pending = optimizer.stepAsync(model.closure, {
        signal: controller.signal,
        onIteration: (info) => {
          onIteration(info);
          if (info.iteration === 2) controller.abort(REASON);
        },
      });
      await assert.rejects(pending, (error) => error === REASON);
      assert.equal(points.length, 2);
      assert.deepEqual(model.x, points[1]);
      assert.deepEqual(model.gradient, model.truth.gradient);
      const { status, iterations, message } = optimizer.lastStep!;
      assert.deepEqual([status, iterations, message], ['aborted', 2, 'Stopped by the signal after 2 iterations']);
      await assertGoesOn({ model, optimizer });
    });

    it('while the core is at work is heeded as soon as it has done', async () => {
      const { model, optimizer } = training(size);
      const controller = new AbortController();
      const closure = (): number => {
        // The gradients are taken up in this very turn of the event loop; the abort comes with the next microtasks.
        if (model.calls === 3)
          void Promise.resolve()
            .then(() => Promise.resolve())
            .then(() => {
              controller.abort(REASON);
            });
        return model.closure();
      };
      await assert.rejects(optimizer.stepAsync(closure, { signal: controller.signal }), (error) => error === REASON);
      assert.equal(optimizer.stateDict().state[0]!.func_evals, model.calls);
      assert.deepEqual(model.gradient, model.truth.gradient);
      assert.equal(statusOf({ model, optimizer }), 'aborted');
      await assertGoesOn({ model, optimizer });
    });

    it('ends step as it ends stepAsync', async () => {
      for (const at of [1, 2, 5]) {
        const [together, apart] = [training(size), training(size)];
        const spoil =
          (controller: AbortController, { model }: Training) =>
          (): number => {
            const loss = model.closure();
            if (model.calls === at) controller.abort(REASON);
            return loss;
          };
        const [first, second] = [new AbortController(), new AbortController()];
        assert.throws(
          () => together.optimizer.step(spoil(first, together), { signal: first.signal }),
          (error) => error === REASON,
        );
        await assert.rejects(
          apart.optimizer.stepAsync(spoil(second, apart), { signal: second.signal }),
          (error) => error === REASON,
        );
        assert.deepEqual(outcome(apart), outcome(together));
      }
    });

    it('leaves no listener behind', async () => {
      const { model, optimizer } = training(size);
      const { signal } = new AbortController();
      const listeners = (): number => getEventListeners(signal, 'abort').length;
      const [before, pending]: [number[], number[]] = [[], []];
      const closure = async (): Promise<number> => {
        before.push(listeners());
        await setImmediate();
        pending.push(listeners());
        return model.closure();
      };
      await optimizer.stepAsync(closure, { signal });
      assert.ok(before.length > 1 && before.every((count) => count === 0));
      assert.ok(pending.every((count) => count === 1));
      assert.equal(listeners(), 0);
    });
  });

  describe(`the other budgets of stepAsync ${where}`, () => {
    const budgets: Readonly<Record<string, StepOptions>> = {
      stopped: { onIteration: ({ iteration }) => iteration < 3 },
      time_limit: { timeLimit: Number.MIN_VALUE },
      max_eval: {},
    };
    for (const [status, options] of Object.entries(budgets)) {
      it(`${status}: at the last accepted point, gradients matching, ready to go on`, async () => {
        const { model, optimizer } = training(size, status === 'max_eval' ? { maxEval: 4 } : {});
        await optimizer.stepAsync(async () => Promise.resolve(model.closure()), options);
        assert.equal(optimizer.lastStep!.status, status);
        assert.equal(optimizer.lastStep!.loss, model.truth.loss);
        assert.deepEqual(model.gradient, model.truth.gradient);
        optimizer.paramGroups[0].maxEval = 100;
        await assertGoesOn({ model, optimizer });
      });
    }
  });
}

/** The next steps lead on downhill, and are those of an optimiser that takes over the state. */
async function assertGoesOn({ model, optimizer }: Training): Promise<void> {
  const other = training(model.x.length);
  other.optimizer.loadStateDict(optimizer.stateDict());
  for (const [index, { data }] of other.model.params.entries()) data.set(model.params[index]!.data);
  const before = model.truth.loss;
  await optimizer.stepAsync(model.closure);
  other.optimizer.step(other.model.closure);
  assert.ok(optimizer.lastStep!.loss < before);
  assert.deepEqual(outcome({ model, optimizer }), outcome(other));
}

describe('a signal', () => {
  it('is refused unless it is one', async () => {
    const optimizer = new LBFGS([new Parameter([1])]);
    for (const signal of [null, 1, 'abort', {}, { aborted: false }, new EventTarget()]) {
      const refusal = {
        name: 'TypeError',
        code: 'ERR_LBFGS_ARG_TYPE',
        message: /^Expected an AbortSignal for signal /,
      };
      assert.throws(() => optimizer.step(() => 1, { signal } as never), refusal);
      await assert.rejects(
        optimizer.stepAsync(() => 1, { signal } as never),
        refusal,
      );
    }
  });

  it('that cannot be read ends the step with its error; a promise in flight that is rejected then ends no process', async () => {
    const lines = (await runProgram('unreadable-signal')).split('\n');
    assert.deepEqual(lines, ['unreadable 0', 'unreadable 0', 'unreadable 0', 'unreadable 1']);
  });

  it('that only looks like one, beside a promise of any kind: the first error comes out, and no rejection is left unhandled', async () => {
    const lines = (await runProgram('odd-signals')).split('\n');
    assert.ok(lines.length > 90, String(lines.length));
    const endings = new Map(
      lines.map((line) => line.split(' | ')).map(([promise, signal, ending]) => [`${promise} | ${signal}`, ending]),
    );
    for (const [what, ending] of endings) assert.ok(!ending!.includes('unhandled'), `${what}: ${ending}`);
    const expected = {
      'its own then throws | silent': 'then',
      'its own then throws | that listens and throws': 'listening, and thrown',
      'its own then throws | that cannot be left': 'then',
      'a thenable whose then throws | silent': 'then of a thenable',
      'of another realm | silent': 'rejected elsewhere',
      'rejected later | that loses its method': 'rejected',
      'rejected later | whose aborted throws later': 'no aborted',
      'rejected later | that fires': 'aborted',
      'rejected later | that fires again and again': 'aborted',
      'never settled | that cannot be listened to': 'no listeners',
      'never settled | whose reason throws': 'no reason',
    };
    for (const [what, ending] of Object.entries(expected)) assert.equal(endings.get(what), ending, what);
  });

  it('that seventy steps wait on is listened to once, reaches them all, and is left without a listener and without a warning', async () => {
    assert.deepEqual((await runProgram('shared-signal')).split('\n'), [
      '70 reached, listeners 0,1,0',
      'listeners 0',
      '70 reached, listeners 0,1,0',
      'warnings: none',
    ]);
  });

  it('that comes too late changes nothing: a step that has ended by itself returns', async () => {
    const { model, optimizer } = training(10, { maxIter: 0 });
    const controller = new AbortController();
    optimizer.registerStepPostHook(() => {
      controller.abort(REASON);
    });
    await optimizer.stepAsync(model.closure, { signal: controller.signal });
    assert.equal(optimizer.lastStep!.status, 'max_iter');
  });
});

describe('a promise that never settles', () => {
  it('does not keep the process alive', async () => {
    assert.equal(await runProgram('pending-step'), 'left with nothing to do');
  });
});
