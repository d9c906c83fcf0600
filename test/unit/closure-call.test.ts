import assert from 'node:assert/strict';
import { checkGradient, LBFGS, minimize, minimizeAsync, Parameter, type AsyncClosure, type ClosureCall } from 'lbfgs';
import { extendedRosenbrock } from '../problems/objectives';

const STRONG_WOLFE = { lineSearchFn: 'strong_wolfe' } as const;

/** A training of x^2 whose closure keeps what it was called with. */
function training() {
  const x = new Parameter([3]);
  const calls: unknown[][] = [];
  const closure = (...args: unknown[]): number => {
    calls.push(args);
    x.grad = [2 * x.data[0]!];
    return x.data[0]! ** 2;
  };
  return { x, calls, closure: closure as (call: ClosureCall) => number, optimizer: new LBFGS([x], STRONG_WOLFE) };
}

/** One frozen object throughout, which holds the signal and nothing else. */
function assertOneCall(calls: readonly unknown[][], signal: AbortSignal | undefined): ClosureCall {
  assert.ok(calls.length > 1);
  const [call] = calls[0] as [ClosureCall];
  for (const args of calls) assert.ok(args.length === 1 && args[0] === call);
  assert.ok(Object.isFrozen(call));
  assert.deepEqual(call, { signal });
  assert.equal(call.signal, signal);
  return call;
}

describe('what a closure is called with', () => {
  const { signal } = new AbortController();

  it('is one frozen object a step, with the signal of its options', async () => {
    for (const given of [signal, undefined]) {
      const options = given === undefined ? {} : { signal: given };
      const { calls, closure, optimizer, x } = training();
      optimizer.step(closure, options);
      const first = assertOneCall(calls.splice(0), given);
      x.data[0] = 5;
      await optimizer.stepAsync(closure, options);
      const second = assertOneCall(calls.splice(0), given);
      assert.notEqual(first, second);
      x.data[0] = 5;
      for await (const info of optimizer.iterate(closure, options)) assert.ok(info.iteration > 0);
      assertOneCall(calls, given);
    }
  });

  it('has the signal that a hook put into the options, and goes to the closure that a hook put there', () => {
    const { calls, closure, optimizer } = training();
    optimizer.registerStepPreHook((_, [original]) => [[(call) => (calls.push([call]), original(call))], { signal }]);
    optimizer.step(closure);
    assertOneCall(calls, signal);
  });

  it('may be left out by a hook that calls the closure', () => {
    const { calls, closure, optimizer } = training();
    optimizer.registerStepPreHook((_, [original], kwargs) => [[() => original()], kwargs]);
    optimizer.step(closure);
    assert.ok(calls.length > 1 && calls.every((args) => args.length === 0));
  });

  it('is the third argument of the function of minimize and minimizeAsync', async () => {
    for (const options of [{ signal }, {}, { signal, lineSearchFn: null, lr: 1e-3, maxIter: 5 }]) {
      const calls: unknown[] = [];
      const fun = (x: Float64Array, gradient: Float64Array, call: ClosureCall): number => {
        calls.push(call);
        return extendedRosenbrock(x, gradient);
      };
      minimize(fun, [-1.2, 1], options);
      await minimizeAsync(fun, [-1.2, 1], options);
      for (const call of calls) assert.deepEqual(call, { signal: 'signal' in options ? signal : undefined });
      assert.ok(calls.every(Object.isFrozen));
    }
  });

  it('is there for the function of checkGradient too', () => {
    const fun = (x: Float64Array, gradient: Float64Array, { signal: heeded }: ClosureCall): number => {
      assert.equal(heeded, undefined);
      return extendedRosenbrock(x, gradient);
    };
    assert.equal(checkGradient(fun, [-1.2, 1]).ok, true);
  });
});

describe('a closure that was aborted', () => {
  it('sees it by its signal, and leaves the gradients of the next step alone', async () => {
    const x = new Parameter([3]);
    const optimizer = new LBFGS([x], STRONG_WOLFE);
    const controller = new AbortController();
    let finish = (): void => undefined;
    let ended: Promise<unknown> = Promise.resolve();
    const slow: AsyncClosure = ({ signal }) => {
      const work = async (): Promise<number> => {
        await new Promise<void>((resolve) => (finish = resolve));
        if (signal?.aborted !== true) x.grad = [NaN];
        return 9;
      };
      const result = work();
      ended = result;
      return result;
    };
    const step = optimizer.stepAsync(slow, { signal: controller.signal });
    await Promise.resolve();
    controller.abort('enough');
    await assert.rejects(step, (error) => error === 'enough');

    const next = optimizer.stepAsync(async () => {
      x.grad = [2 * x.data[0]!];
      finish();
      await ended;
      return x.data[0]! ** 2;
    });
    assert.equal(await next, 9);
    assert.equal(optimizer.lastStep!.status, 'converged_gradient');
  });

  it('sees it in minimizeAsync too', async () => {
    const controller = new AbortController();
    let seen: AbortSignal | undefined;
    const solve = minimizeAsync(
      (_, __, { signal }) => {
        seen = signal;
        controller.abort('enough');
        return new Promise<number>(() => undefined);
      },
      [1],
      { signal: controller.signal },
    );
    await assert.rejects(solve, (error) => error === 'enough');
    assert.equal(seen?.reason, 'enough');
  });
});
