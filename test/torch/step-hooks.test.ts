import assert from 'node:assert/strict';
import { LBFGS, type AsyncClosure, type StepOptions, type StepPreHook } from 'lbfgs';
import { assertReachesMinimum, rosenbrock } from '../problems/interruption';
import { rangeRefusal, typeRefusal, untyped } from '../problems/refusal';
import { snapshot, trained, type Training } from '../training/snapshot';

const WOLFE = { lineSearchFn: 'strong_wolfe', maxIter: 2, maxEval: 1000 } as const;

function training(steps = 0): Training {
  return trained((model) => new LBFGS(model.params, WOLFE), steps);
}

describe('a hook that returns a promise in place of what it may return', () => {
  const KINDS = {
    registerStepPreHook: 'step',
    registerStateDictPostHook: 'save',
    registerLoadStateDictPreHook: 'load',
  } as const;
  for (const [register, method] of Object.entries(KINDS) as [keyof typeof KINDS, 'step' | 'save' | 'load'][]) {
    it(`is refused, and its rejection left unhandled nowhere: ${register}`, async () => {
      const { model, optimizer } = training(1);
      const state = optimizer.stateDict();
      const methods = {
        step: () => optimizer.step(model.closure),
        save: () => optimizer.stateDict(),
        load: () => {
          optimizer.loadStateDict(state);
        },
      };
      for (const makePromise of [() => Promise.reject(new Error('late')), () => Promise.resolve()]) {
        const handle = optimizer[register](untyped(makePromise));
        assert.throws(methods[method], typeRefusal('ERR_LBFGS_HOOK_RESULT', /but received a Promise/));
        handle.remove();
      }
      await new Promise(setImmediate); // where Node would end a process for a rejection without a handler
      optimizer.step(model.closure);
    });
  }
});

describe('a step pre-hook', () => {
  it('is called once per step, before the first evaluation, with the optimiser, [closure] and the options', () => {
    const { model, optimizer } = training();
    const calls: unknown[][] = [];
    optimizer.registerStepPreHook((...args) => void calls.push([...args, model.calls]));
    const options: StepOptions = { onIteration: () => true };
    optimizer.step(model.closure, options);
    const evaluations = model.calls;
    optimizer.step(model.closure);
    assert.equal(calls.length, 2);
    assert.deepEqual(calls[0], [optimizer, [model.closure], options, 0]);
    assert.deepEqual(calls[1], [optimizer, [model.closure], {}, evaluations]);
  });

  it('is called in the order of registration', () => {
    const { model, optimizer } = training();
    const order: string[] = [];
    for (const name of ['first', 'second', 'third']) optimizer.registerStepPreHook(() => void order.push(name));
    optimizer.step(model.closure);
    assert.deepEqual(order, ['first', 'second', 'third']);
  });

  it('may replace the closure, for the hooks behind it and the post hooks too', () => {
    const { model, optimizer } = training();
    const seen: AsyncClosure[] = [];
    let replaced = 0;
    const closure: AsyncClosure = () => {
      replaced++;
      return model.closure();
    };
    optimizer.registerStepPreHook((_, __, kwargs) => [[closure], kwargs]);
    optimizer.registerStepPreHook((_, args) => void seen.push(args[0]));
    optimizer.registerStepPostHook((_, args) => void seen.push(args[0]));
    optimizer.step(() => assert.fail('the closure that was replaced is called'));
    assert.deepEqual(seen, [closure, closure]);
    assert.equal(replaced, optimizer.lastStep!.evaluations);
  });

  it('may replace the options', () => {
    const { model, optimizer } = training();
    const seen: StepOptions[] = [];
    const options: StepOptions = { onIteration: () => false };
    optimizer.registerStepPreHook((_, args) => [args, options]);
    optimizer.registerStepPostHook((_, __, kwargs) => void seen.push(kwargs));
    optimizer.step(model.closure);
    assert.equal(optimizer.lastStep!.status, 'stopped');
    assert.equal(seen[0], options);
  });

  it('may change the options of the group: they take effect in that very step', () => {
    const { model, optimizer } = training(1);
    const { model: same, optimizer: other } = training(1);
    optimizer.registerStepPreHook(({ paramGroups: [group] }) => {
      Object.assign(group, { lr: 0.25, maxIter: 1, lineSearchFn: null });
    });
    optimizer.step(model.closure);
    assert.equal(optimizer.lastStep!.iterations, 1);
    Object.assign(other.paramGroups[0], { lr: 0.25, maxIter: 1, lineSearchFn: null });
    other.step(same.closure);
    assert.deepEqual(snapshot(optimizer), snapshot(other));
  });

  const odd: [string, unknown, string][] = [
    ['null', null, 'null'],
    ['a number', 1, '1'],
    ['a closure alone', () => 0, 'a function; args is an array: return [[closure], options]'],
    ['a promise', Promise.resolve(), 'a Promise'],
    ['one array', [[() => 0]], 'an array of 1'],
    ['three values', [[() => 0], {}, {}], 'an array of 3'],
    [
      'a closure that is not in an array',
      [() => 0, {}],
      'an array of 2; args is an array: return [[closure], options]',
    ],
    ['args without a closure', [[], {}], 'an array of 2'],
    ['no kwargs', [[() => 0], null], 'an array of 2'],
  ];
  for (const [name, result, received] of odd) {
    it(`that returns ${name} is refused, nothing evaluated or changed`, () => {
      const { model, optimizer } = training(1);
      const [before, calls] = [snapshot(optimizer), model.calls];
      const handle = optimizer.registerStepPreHook((() => result) as unknown as StepPreHook);
      assert.throws(
        () => optimizer.step(model.closure),
        typeRefusal(
          'ERR_LBFGS_HOOK_RESULT',
          `Expected nothing or [args, kwargs] ([[closure], options]) from a step pre-hook but received ${received}`,
        ),
      );
      assert.deepEqual(snapshot(optimizer), before);
      assert.equal(model.calls, calls);
      handle.remove();
      optimizer.paramGroups[0].maxIter = 200;
      assertReachesMinimum(optimizer, model);
    });
  }

  it('that replaces the closure by something else, or brings unknown options, is refused before anything is evaluated', () => {
    const { model, optimizer } = training(1);
    const [before, calls] = [snapshot(optimizer), model.calls];
    const closure = typeRefusal('ERR_LBFGS_ARG_TYPE', /closure but received 1$/);
    const options = typeRefusal('ERR_LBFGS_UNKNOWN_OPTION', /'onIterations'; did you mean onIteration\?$/);
    for (const [result, refusal] of [
      [[[1], {}], closure],
      [[[model.closure], { onIterations: () => true }], options],
    ] as const) {
      const handle = optimizer.registerStepPreHook(() => untyped(result));
      assert.throws(() => optimizer.step(model.closure), refusal);
      handle.remove();
    }
    assert.deepEqual(snapshot(optimizer), before);
    assert.equal(model.calls, calls);
  });

  it('may not set an option to what it cannot be', () => {
    const { model, optimizer } = training(1);
    const before = snapshot(optimizer);
    optimizer.registerStepPreHook(({ paramGroups: [group] }) => {
      group.lr = -1;
    });
    assert.throws(() => optimizer.step(model.closure), rangeRefusal('ERR_LBFGS_ARG_VALUE', /for lr but received -1$/));
    assert.deepEqual(snapshot(optimizer), before);
  });

  it('that throws: its error passes through as the same value, the hooks behind it and the closure are not called', () => {
    for (const error of [new Error('mine'), 'a string', undefined]) {
      const { model, optimizer } = training(1);
      const [before, calls, lastStep] = [snapshot(optimizer), model.calls, optimizer.lastStep];
      const thrower = optimizer.registerStepPreHook(() => {
        throw error as Error;
      });
      const others = [
        optimizer.registerStepPreHook(() => assert.fail('called')),
        optimizer.registerStepPostHook(() => assert.fail('called')),
      ];
      assert.throws(
        () => optimizer.step(model.closure),
        (thrown) => thrown === error,
      );
      assert.deepEqual(snapshot(optimizer), before);
      assert.equal(model.calls, calls);
      assert.equal(optimizer.lastStep, lastStep);
      for (const handle of [thrower, ...others]) handle.remove();
      optimizer.paramGroups[0].maxIter = 200;
      assertReachesMinimum(optimizer, model);
    }
  });
});

describe('a step post-hook', () => {
  it('is called once per step, in the order of registration, lastStep already set', () => {
    const { model, optimizer } = training();
    const seen: unknown[][] = [];
    for (const name of ['first', 'second']) {
      optimizer.registerStepPostHook((who, args, kwargs) => {
        seen.push([name, who === optimizer, args[0] === model.closure, kwargs, who.lastStep]);
      });
    }
    const options: StepOptions = { onIteration: () => true };
    optimizer.step(model.closure, options);
    const report = optimizer.lastStep!;
    assert.deepEqual(seen, [
      ['first', true, true, options, report],
      ['second', true, true, options, report],
    ]);
    assert.equal(seen[0]![4], report);
    optimizer.step(model.closure, options);
    assert.equal(seen.length, 4);
    assert.notEqual(seen[2]![4], report);
  });

  it('sees the parameters where the step ended, and what it returns is ignored', () => {
    const { model, optimizer } = training();
    let x: ArrayLike<number> = [];
    optimizer.registerStepPostHook(() => {
      x = model.x;
      return untyped([[() => 0], {}]);
    });
    const loss = optimizer.step(model.closure);
    assert.equal(loss, optimizer.lastStep!.initialLoss);
    assert.deepEqual(x, model.x);
    assert.notDeepEqual(x, rosenbrock().x);
  });

  it('is not called after a throw of the closure, of a callback, or of a step that cannot begin', () => {
    const { model, optimizer } = training();
    let called = 0;
    optimizer.registerStepPostHook(() => called++);
    const fail = (): never => {
      throw new Error('mine');
    };
    assert.throws(() => optimizer.step(fail), /^Error: mine$/);
    assert.throws(() => optimizer.step(model.closure, { onIteration: fail }), /^Error: mine$/);
    assert.throws(() => optimizer.step(() => NaN), { code: 'ERR_LBFGS_NON_FINITE_START' });
    assert.throws(() => optimizer.step(model.closure, untyped({ timeLimit: -1 })), { code: 'ERR_LBFGS_ARG_VALUE' });
    assert.equal(called, 0);
    optimizer.step(model.closure);
    assert.equal(called, 1);
  });

  it('that throws: its error passes through, the step has been made, and the next one goes on as if nothing were', () => {
    const { model, optimizer } = training();
    const { model: quiet, optimizer: other } = training();
    const error = new Error('mine');
    const handle = optimizer.registerStepPostHook(() => {
      throw error;
    });
    const next = optimizer.registerStepPostHook(() => assert.fail('called'));
    assert.throws(
      () => optimizer.step(model.closure),
      (thrown) => thrown === error,
    );
    other.step(quiet.closure);
    assert.deepEqual(snapshot(optimizer), snapshot(other));
    assert.deepEqual(optimizer.lastStep, other.lastStep);
    handle.remove();
    next.remove();
    optimizer.step(model.closure);
    other.step(quiet.closure);
    assert.deepEqual(snapshot(optimizer), snapshot(other));
  });
});
