import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { minimize, minimizeAsync, type Dtype, type LBFGSOptions, type MinimizeOptions } from 'lbfgs';
import { extendedRosenbrock } from '../problems/objectives';
import { outcome, SIZES, training, type Training } from './trainings';

const DTYPES: Readonly<Record<string, Dtype | [Dtype, Dtype, Dtype]>> = {
  float64: 'float64',
  float32: 'float32',
  mixed: ['float64', 'float32', 'float64'],
};
const OPTIONS: Readonly<Record<string, LBFGSOptions>> = {
  'with a line search': { maxIter: 5 },
  'without a line search': { lineSearchFn: null, lr: 1e-3, maxIter: 5 },
  'with a history in float32': { maxIter: 5, historyDtype: 'float32' },
};

const later =
  ({ model }: Training) =>
  async (): Promise<number> => {
    await setImmediate();
    return model.closure();
  };

for (const [where, size] of Object.entries(SIZES)) {
  describe(`stepAsync ${where}`, () => {
    for (const [kind, dtype] of Object.entries(DTYPES)) {
      for (const [mode, options] of Object.entries(OPTIONS)) {
        for (const threads of [1, 2]) {
          it(`gives the bits of step: ${kind}, ${mode}, threads: ${threads}`, async () => {
            const make = (): Training => training(size, { ...options, threads }, dtype);
            const [together, apart, inTurn] = [make(), make(), make()];
            for (let step = 0; step < 4; step++) {
              const loss = together.optimizer.step(together.model.closure);
              assert.equal(await apart.optimizer.stepAsync(later(apart)), loss);
              assert.deepEqual(outcome(apart), outcome(together));
              if (step % 2 === 0) inTurn.optimizer.step(inTurn.model.closure);
              else await inTurn.optimizer.stepAsync(inTurn.model.closure, { onIteration: () => true });
              assert.deepEqual(outcome(inTurn), outcome(together));
            }
          });
        }
      }
    }

    it('gives the bits of step where gradients are null, of the other float type, or replaced at every evaluation', async () => {
      const spread = ({ model }: Training): number => {
        const loss = model.closure();
        const [first, second, third] = model.params;
        first!.grad = null;
        second!.grad = Float32Array.from(model.truth.gradient.subarray(3, size - 2));
        third!.grad = Float64Array.from(third!.grad!);
        return loss;
      };
      const [together, apart] = [training(size), training(size)];
      const loss = together.optimizer.step(() => spread(together));
      assert.equal(await apart.optimizer.stepAsync(() => spread(apart)), loss);
      assert.deepEqual(outcome(apart), outcome(together));
      assert.equal(apart.model.params[0]!.grad, null);
    });

    it('gives the bits of step where the data are edited between steps and in the first evaluation', async () => {
      const [together, apart] = [training(size, { maxIter: 3 }), training(size, { maxIter: 3 })];
      for (let step = 0; step < 3; step++) {
        const edited = ({ model }: Training) => {
          let first = true;
          return () => {
            if (first) model.params[1]!.data[7]! += 0.25;
            first = false;
            return model.closure();
          };
        };
        const loss = together.optimizer.step(edited(together));
        assert.equal(await apart.optimizer.stepAsync(edited(apart)), loss);
        assert.deepEqual(outcome(apart), outcome(together));
        for (const { model } of [together, apart]) model.params[2]!.data[0] = step;
      }
    });

    it('gives the bits of step where the history grows and shrinks between steps', async () => {
      const [together, apart] = [training(size), training(size)];
      for (const historySize of [10, 30, 8]) {
        for (const { optimizer } of [together, apart]) optimizer.paramGroups[0].historySize = historySize;
        const loss = together.optimizer.step(together.model.closure);
        assert.equal(await apart.optimizer.stepAsync(apart.model.closure), loss);
        assert.deepEqual(outcome(apart), outcome(together));
      }
    });

    it('goes back to the last finite point as step does', async () => {
      for (const options of [{}, { lineSearchFn: null, lr: 1e-3 }] as const) {
        for (const spoiled of [2, 3, 6]) {
          const [together, apart] = [training(size, options), training(size, options)];
          for (const { model } of [together, apart]) {
            model.fault = (evaluation) => {
              if (evaluation.call >= spoiled && evaluation.call < spoiled + 2) evaluation.gradient[size >> 1] = NaN;
            };
          }
          const loss = together.optimizer.step(together.model.closure);
          assert.equal(await apart.optimizer.stepAsync(later(apart)), loss);
          assert.deepEqual(outcome(apart), outcome(together));
        }
      }
    });
  });

  describe(`minimizeAsync ${where}`, () => {
    const modes: Readonly<Record<string, MinimizeOptions>> = {
      'with a line search': { maxIter: 30 },
      'without a line search': { lineSearchFn: null, lr: 1e-3, maxIter: 4 },
    };
    for (const [mode, options] of Object.entries(modes)) {
      it(`gives the result of minimize, bit for bit, ${mode}`, async () => {
        const start = new Float64Array(size).fill(-0.5);
        const fun = async (x: Float64Array, gradient: Float64Array): Promise<number> => {
          await setImmediate();
          return extendedRosenbrock(x, gradient);
        };
        assert.deepEqual(await minimizeAsync(fun, start, options), minimize(extendedRosenbrock, start, options));
      });
    }
  });
}

describe('minimizeAsync', () => {
  it('rejects what minimize throws', async () => {
    const fun = (): number => 1;
    await assert.rejects(minimizeAsync(null as never, [1]), { code: 'ERR_LBFGS_ARG_TYPE' });
    await assert.rejects(minimizeAsync(fun, []), { code: 'ERR_LBFGS_ARG_VALUE' });
    await assert.rejects(minimizeAsync(fun, [1], { maxIterations: 3 } as never), { code: 'ERR_LBFGS_UNKNOWN_OPTION' });
    await assert.rejects(
      minimizeAsync(() => Promise.resolve(NaN), [1]),
      { code: 'ERR_LBFGS_NON_FINITE_START' },
    );
    const reason = new Error('out of reach');
    await assert.rejects(
      minimizeAsync(() => Promise.reject(reason), [1]),
      (error) => error === reason,
    );
  });

  it('rejects with the reason of its signal', async () => {
    const controller = new AbortController();
    const fun = (x: Float64Array, gradient: Float64Array): Promise<number> => {
      controller.abort('enough');
      return Promise.resolve(extendedRosenbrock(x, gradient));
    };
    await assert.rejects(minimizeAsync(fun, [-1.2, 1], { signal: controller.signal }), (error) => error === 'enough');
  });
});
