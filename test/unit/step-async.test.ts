import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { LBFGS, type LBFGSOptions, type StepOptions } from 'lbfgs';
import { Model } from '../problems/model';
import { extendedRosenbrock } from '../problems/objectives';
import { untyped } from '../problems/refusal';

const START = [-1.2, 1, 0.5, 2];
const MODES: Readonly<Record<string, LBFGSOptions>> = {
  'with a line search': { lineSearchFn: 'strong_wolfe', maxIter: 6 },
  'without a line search': { lr: 1e-3, maxIter: 6 },
};

function training(options: LBFGSOptions) {
  const model = new Model(extendedRosenbrock, START, { cuts: [1, 3] });
  return { model, optimizer: new LBFGS(model.params, options) };
}

/** What a step leaves. */
function outcome({ model, optimizer }: ReturnType<typeof training>) {
  return { x: model.x, state: optimizer.stateDict(), report: optimizer.lastStep };
}

for (const [mode, options] of Object.entries(MODES)) {
  describe(`stepAsync ${mode}`, () => {
    const closures = {
      'a number': (model: Model) => () => model.closure(),
      'a promise': (model: Model) => async () => {
        await setImmediate();
        return model.closure();
      },
    };
    for (const [kind, closureOf] of Object.entries(closures)) {
      it(`gives the numbers of step, bit for bit, for a closure that returns ${kind}`, async () => {
        const [together, apart] = [training(options), training(options)];
        for (let step = 0; step < 5; step++) {
          const returned = together.optimizer.step(together.model.closure);
          assert.equal(await apart.optimizer.stepAsync(closureOf(apart.model)), returned);
          assert.deepEqual(outcome(apart), outcome(together));
        }
      });
    }

    it('brings back the last accepted point where the promise is rejected, and passes the reason on', async () => {
      for (const call of [1, 2, 4]) {
        const [failing, sync] = [training(options), training(options)];
        const reason = new Error('out of reach');
        let calls = 0;
        const fail = (): void => {
          if (++calls === call) throw reason;
        };
        await assert.rejects(
          failing.optimizer.stepAsync(async () => {
            await setImmediate();
            fail();
            return failing.model.closure();
          }),
          (error) => error === reason,
        );
        calls = 0;
        assert.throws(() => sync.optimizer.step(() => (fail(), sync.model.closure())), reason);
        assert.deepEqual(outcome(failing), outcome(sync));
        assert.equal(await failing.optimizer.stepAsync(failing.model.closure), sync.optimizer.step(sync.model.closure));
      }
    });

    it('refuses what would change the optimiser while it is pending, and lets it be read', async () => {
      const { model, optimizer } = training(options);
      const state = optimizer.stateDict();
      const pending = optimizer.stepAsync(async () => {
        await setImmediate();
        return model.closure();
      });
      const busy = { name: 'LBFGSError', code: 'ERR_LBFGS_BUSY' };
      assert.throws(() => optimizer.step(model.closure), busy);
      assert.throws(() => {
        optimizer.loadStateDict(state);
      }, busy);
      assert.throws(() => {
        optimizer.addParamGroup({ params: [] });
      }, busy);
      assert.throws(() => {
        optimizer[Symbol.dispose]();
      }, busy);
      await assert.rejects(optimizer.stepAsync(model.closure), busy);
      assert.deepEqual(optimizer.stateDict(), state);
      await pending;
      assert.ok(optimizer.step(model.closure) < Infinity);
    });

    it('notices data that were replaced or detached while it was pending', async () => {
      for (const [code, spoil] of [
        ['ERR_LBFGS_DATA_CHANGED', (model: Model) => (model.params[0]!.data = new Float64Array(1))],
        [
          'ERR_LBFGS_DATA_CHANGED',
          (model: Model) =>
            structuredClone(model.params[1]!.data, { transfer: [model.params[1]!.data.buffer as ArrayBuffer] }),
        ],
      ] as const) {
        const { model, optimizer } = training(options);
        const pending = optimizer.stepAsync(async () => {
          const loss = model.closure();
          await setImmediate();
          return loss;
        });
        spoil(model);
        await assert.rejects(pending, { name: 'LBFGSError', code });
      }
    });
  });
}

describe('stepAsync', () => {
  it('calls hooks and onIteration as step does', async () => {
    const { model, optimizer } = training(MODES['with a line search']!);
    const calls: string[] = [];
    optimizer.registerStepPreHook(() => void calls.push('pre'));
    optimizer.registerStepPostHook(({ lastStep }) => void calls.push(lastStep!.status));
    const options: StepOptions = { onIteration: ({ iteration }) => iteration < 2 };
    await optimizer.stepAsync(async () => Promise.resolve(model.closure()), options);
    assert.deepEqual(calls, ['pre', 'stopped']);
    assert.equal(optimizer.lastStep!.iterations, 2);
  });

  it('rejects what step throws: a wrong argument, a result that is no number, a start that is not finite', async () => {
    const { model, optimizer } = training({});
    await assert.rejects(optimizer.stepAsync(untyped(null)), { code: 'ERR_LBFGS_ARG_TYPE' });
    await assert.rejects(optimizer.stepAsync(untyped(() => Promise.resolve('1'))), {
      code: 'ERR_LBFGS_CLOSURE_RESULT',
    });
    await assert.rejects(
      optimizer.stepAsync(() => Promise.resolve(NaN)),
      { code: 'ERR_LBFGS_NON_FINITE_START' },
    );
    assert.ok(optimizer.step(model.closure) > 0);
  });
});
