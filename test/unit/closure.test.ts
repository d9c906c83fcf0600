import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';
import { LBFGS, Parameter, type FloatArray } from 'lbfgs';
import { assertRecovers, MOMENTS, rosenbrock } from '../problems/interruption';
import { rangeRefusal, typeRefusal, untyped } from '../problems/refusal';

describe('what a closure returns', () => {
  const refused: readonly [() => unknown, string][] = [
    [() => undefined, 'undefined; did you forget return?'],
    [() => null, 'null; return NaN where there is no loss'],
    [() => '0.5', "'0.5'; convert it: Number(loss)"],
    [() => ({ data: 0.5 }), 'an Object'],
    [() => [0.5], 'an array of 1; return its one entry, result[0]'],
    [() => 1n, '1n; convert it: Number(loss)'],
    [
      () => Promise.resolve(0.5),
      'a Promise; the closure must be synchronous: use stepAsync, or await its data before the call',
    ],
  ];
  for (const [result, shown] of refused) {
    for (const at of MOMENTS) {
      it(`${shown} at call ${at} is refused and the last accepted point is back`, () => {
        const message = `Expected a number from the closure but received ${shown}`;
        assertRecovers({ at, spoil: result, refusal: typeRefusal('ERR_LBFGS_CLOSURE_RESULT', message) });
      });
    }
  }

  it('may be a promise that is rejected later: it is refused, and does not end the process', async () => {
    const controller = new AbortController();
    const reject = async (): Promise<never> => {
      await Promise.resolve();
      throw new Error('too late');
    };
    const optimizer = new LBFGS([new Parameter([1])]);
    const { signal } = controller;
    assert.throws(() => optimizer.step(untyped(reject)), { code: 'ERR_LBFGS_CLOSURE_RESULT' });
    const abortAndReject = (): Promise<never> => {
      controller.abort('enough');
      return reject();
    };
    assert.throws(
      () => optimizer.step(untyped(abortAndReject), { signal }),
      (error) => error === 'enough',
    );
    optimizer.registerStepPreHook(untyped(reject));
    assert.throws(() => optimizer.step(() => 0), { code: 'ERR_LBFGS_HOOK_RESULT' });
    await setImmediate(); // mocha fails where a rejection is left unhandled
  });

  it('belongs to a function: anything else is refused before anything runs', () => {
    const optimizer = new LBFGS([new Parameter([1])]);
    for (const closure of [undefined, null, 3, {}, 'loss']) {
      assert.throws(
        () => optimizer.step(untyped(closure)),
        typeRefusal('ERR_LBFGS_ARG_TYPE', /^Expected a function for closure but received /),
      );
    }
    assert.equal(
      optimizer.step(() => 3),
      3,
    );
  });
});

describe('the gradient a closure leaves', () => {
  const anotherLength = rangeRefusal('ERR_LBFGS_GRAD', 'Expected 1 entries for grad of parameter 1 but received 3');
  const anotherType = (shown: string) =>
    typeRefusal(
      'ERR_LBFGS_GRAD',
      `Expected a Float32Array, a Float64Array or null for grad of parameter 1 but received ${shown}`,
    );
  const refused: readonly [unknown, object][] = [
    [new Float64Array(3), anotherLength],
    [new Float32Array(3), anotherLength],
    [undefined, anotherType('undefined')],
    [[1], anotherType('an array of 1; make it a typed array: Float64Array.from(values)')],
    [Int32Array.of(1), anotherType('an Int32Array; convert it: Float64Array.from(array, Number)')],
    [1, anotherType('1')],
    [new DataView(new ArrayBuffer(8)), anotherType('a DataView')],
  ];
  for (const [grad, refusal] of refused) {
    for (const at of MOMENTS) {
      it(`${inspect(grad, { breakLength: Infinity })} at call ${at} is refused and the last accepted point is back`, () => {
        let good: FloatArray | null = null;
        assertRecovers({
          at,
          spoil: (loss, { params }) => {
            good = params[1]!.grad;
            params[1]!.grad = untyped(grad);
            return loss;
          },
          repair: ({ params, truth }) => {
            params[1]!.grad = good;
            good?.fill(truth.gradient[1]!);
          },
          refusal,
        });
      });
    }
  }

  it('may be another array, and of the other float type, at every evaluation', () => {
    const [same, fresh] = [rosenbrock({ dtype: 'float32' }), rosenbrock({ dtype: 'float32' })];
    for (const model of [same, fresh]) {
      new LBFGS(model.params, { lineSearchFn: 'strong_wolfe' }).step(() => {
        if (model === fresh) model.params[0]!.grad = model.calls % 2 ? new Float64Array(1) : new Float32Array(1);
        return model.closure();
      });
    }
    assert.deepEqual(fresh.x.map(Math.fround), same.x);
  });
});

describe('a null gradient', () => {
  for (const lineSearchFn of [null, 'strong_wolfe'] as const) {
    it(`counts as zero and stays null: lineSearchFn ${lineSearchFn}`, () => {
      const models = [rosenbrock(), rosenbrock()] as const;
      const [absent, zero] = models;
      for (const model of models) {
        if (model === absent) model.params[1]!.grad = null;
        model.fault = ({ gradient }) => (gradient[1] = 0);
        new LBFGS(model.params, { lineSearchFn, lr: 1e-3 }).step(model.closure);
      }
      assert.equal(absent.params[1]!.grad, null);
      assert.equal(absent.params[1]!.data[0], 1);
      assert.deepEqual(absent.x, zero.x);
      assert.notEqual(absent.x[0], -1.2);
    });
  }

  it('everywhere is a gradient of zero: converged', () => {
    const optimizer = new LBFGS([new Parameter([1]), new Parameter([2])]);
    assert.equal(
      optimizer.step(() => 7),
      7,
    );
    assert.equal(optimizer.lastStep!.status, 'converged_gradient');
    assert.equal(optimizer.lastStep!.gradNorm, 0);
  });
});
