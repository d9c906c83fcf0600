// From where a member is called: inside every callback of every method, and between two calls.

import { setImmediate } from 'node:timers/promises';
import { LBFGS, Parameter, type AsyncClosure, type StepOptions } from 'lbfgs';
import type { World } from './world';

export interface Place {
  readonly name: string;
  readonly optimizer: 'at rest' | 'busy' | 'disposed';
  /** Whether what happens depends on the length of the vectors. */
  readonly async?: boolean;
  /** Whether an error that is not caught there has somewhere to go. */
  readonly passes: boolean;
  /** Goes there and calls `act` once; what the method on the way throws comes through. */
  readonly go: (world: World, act: () => unknown) => unknown;
}

export const REASON = new Error('aborted');
const wolfe = { lineSearchFn: 'strong_wolfe' } as const;

type Drive = (world: World, closure: AsyncClosure, options?: StepOptions) => unknown;
const DRIVES: Readonly<Record<string, Drive>> = {
  step: ({ optimizer }, closure, options) => optimizer.step(closure as () => number, options),
  stepAsync: ({ optimizer }, closure, options) => optimizer.stepAsync(closure, options),
  iterate: async ({ optimizer }, closure, options) => {
    for await (const { loss } of optimizer.iterate(closure, options)) if (!Number.isFinite(loss)) throw new Error('!');
  },
};

type Callback = (drive: Drive, world: World, fire: () => unknown) => unknown;
/** The callbacks of a step. */
const OF_A_STEP: Readonly<Record<string, Callback>> = {
  'the closure, before it evaluates': (drive, world, fire) =>
    drive(
      world,
      world.realm.callback(() => {
        fire();
        return world.closure();
      }),
    ),
  'the closure, after it has evaluated': (drive, world, fire) =>
    drive(
      world,
      world.realm.callback(() => {
        const loss = world.closure();
        fire();
        return loss;
      }),
    ),
  onIteration: (drive, world, fire) =>
    drive(world, world.closure, world.realm.object({ onIteration: world.realm.callback(() => void fire()) })),
  'a step pre-hook': (drive, world, fire) => {
    world.optimizer.registerStepPreHook(world.realm.callback(() => void fire()));
    return drive(world, world.closure);
  },
  'a step post-hook': (drive, world, fire) => {
    world.optimizer.registerStepPostHook(world.realm.callback(() => void fire()));
    return drive(world, world.closure);
  },
  'the getter of data': (drive, world, fire) => getting('data', drive, world, fire),
  'the getter of grad': (drive, world, fire) => getting('grad', drive, world, fire),
  'a getter of the options': (drive, world, fire) =>
    drive(
      world,
      world.closure,
      world.realm.object({
        get timeLimit() {
          fire();
          return 1e9;
        },
      }),
    ),
  'an abort listener, in the closure': (drive, world, fire) => {
    const { signal, abort } = listened(world, fire);
    let calls = 0;
    const closure = (): number => {
      const loss = world.closure();
      if (++calls === 3) abort();
      return loss;
    };
    return drive(world, world.realm.callback(closure), { signal });
  },
};

const OF_AN_ASYNC_STEP: typeof OF_A_STEP = {
  'an asynchronous closure': (drive, world, fire) =>
    drive(
      world,
      world.realm.asyncCallback(async () => {
        const loss = world.closure();
        await fire();
        return loss;
      }),
    ),
  'an abort listener, while a promise is pending': (drive, world, fire) => {
    const { signal, abort } = listened(world, fire);
    let calls = 0;
    const closure = (): number | Promise<number> => {
      const loss = world.closure();
      if (++calls < 3) return loss;
      void setImmediate().then(abort);
      return new Promise<never>(() => undefined);
    };
    return drive(world, world.realm.callback(closure), { signal });
  },
  'other code, while a promise is pending': (drive, world, fire) => {
    let calls = 0;
    const closure = (): number | Promise<number> => {
      const loss = world.closure();
      if (++calls !== 2) return loss;
      return setImmediate().then(() => {
        fire();
        return loss;
      });
    };
    return drive(world, world.realm.callback(closure));
  },
  // The core of a long step is at work on another thread then.
  'other code, right after the call': async (drive, world, fire) => {
    const pending = drive(world, world.closure) as Promise<unknown>;
    let thrown: unknown;
    try {
      fire();
    } catch (error) {
      thrown = error;
    }
    await pending;
    if (thrown !== undefined) throw thrown as Error;
  },
};

function getting(field: string, drive: Drive, world: World, fire: () => unknown): unknown {
  let inside = false;
  world.onGet = (got) => {
    if (got === field && inside) fire();
  };
  inside = true;
  return drive(world, world.closure);
}

function listened(world: World, fire: () => unknown): { signal: AbortSignal; abort: () => void } {
  const controller = world.realm.controller();
  controller.signal.addEventListener('abort', () => void fire());
  return {
    signal: controller.signal,
    abort: () => {
      controller.abort(REASON);
    },
  };
}

/** Which call of the callback acts. */
const MOMENTS: Readonly<Record<string, readonly number[]>> = {
  'a step pre-hook': [1],
  'a step post-hook': [1],
  'a getter of the options': [1],
  'an abort listener, in the closure': [1],
  'an abort listener, while a promise is pending': [1],
  'other code, while a promise is pending': [1],
  'other code, right after the call': [1],
};

const inSteps = Object.entries(DRIVES).flatMap(([method, drive]) => {
  const async = method !== 'step';
  const callbacks = Object.entries({ ...OF_A_STEP, ...(async && OF_AN_ASYNC_STEP) });
  return callbacks.flatMap(([callback, go]) =>
    (MOMENTS[callback] ?? [1, 3]).map((moment): Place => {
      return {
        name: `${method}: ${callback}, call ${moment}`,
        // The loop's first next() has not been answered yet, but its step is under way.
        optimizer: 'busy',
        async,
        passes: !callback.startsWith('an abort listener'),
        go: (world, act) => go(drive, world, world.at(moment, act)),
      };
    }),
  );
});

const inAnother = (name: string, go: Place['go'], optimizer: Place['optimizer'] = 'busy'): Place => {
  return { name, optimizer, passes: true, go: (world, act) => go(world, world.at(1, act)) };
};

const inOtherMethods: readonly Place[] = [
  inAnother('stateDict: a pre-hook', ({ optimizer }, act) => {
    optimizer.registerStateDictPreHook(() => void act());
    optimizer.stateDict();
  }),
  inAnother('stateDict: a post-hook', ({ optimizer }, act) => {
    optimizer.registerStateDictPostHook(() => void act());
    optimizer.stateDict();
  }),
  inAnother('loadStateDict: a pre-hook', ({ optimizer }, act) => {
    optimizer.registerLoadStateDictPreHook(() => void act());
    optimizer.loadStateDict(optimizer.stateDict());
  }),
  inAnother('loadStateDict: a post-hook', ({ optimizer }, act) => {
    optimizer.registerLoadStateDictPostHook(() => void act());
    optimizer.loadStateDict(optimizer.stateDict());
  }),
  ...(['state', 'param_groups'] as const).map((field) =>
    inAnother(`loadStateDict: a getter of ${field}`, ({ optimizer, realm }, act) => {
      const dict = optimizer.stateDict();
      const value = dict[field];
      const get = (): unknown => {
        act();
        return value;
      };
      optimizer.loadStateDict(realm.object(Object.defineProperty(dict, field, { get, enumerable: true })));
    }),
  ),
  inAnother('loadStateDict: a getter of the state', ({ optimizer, closure }, act) => {
    optimizer.step(closure);
    const dict = optimizer.stateDict();
    const { old_stps } = dict.state[0]!;
    const get = (): unknown => {
      act();
      return old_stps;
    };
    Object.defineProperty(dict.state[0]!, 'old_stps', { get });
    optimizer.loadStateDict(dict);
  }),
  inAnother('addParamGroup: the iterator', ({ optimizer }, act) => {
    const added = new Parameter([8]);
    const params = (function* () {
      yield added;
      act();
    })();
    optimizer.addParamGroup({ params });
  }),
  inAnother('addParamGroup: a getter of data', ({ optimizer }, act) => {
    const data = Float64Array.of(8);
    const parameter = {
      get data() {
        act();
        return data;
      },
      grad: null,
    };
    optimizer.addParamGroup({ params: [parameter] });
  }),
  inAnother(
    'zeroGrad: the getter of grad',
    (world, act) => {
      world.onGet = act;
      world.optimizer.zeroGrad(false);
    },
    'at rest',
  ),
  inAnother(
    'registerStepPreHook: a getter of its options',
    ({ optimizer }, act) => {
      const init = {
        get prepend() {
          act();
          return true;
        },
      };
      optimizer.registerStateDictPreHook(() => undefined, init);
    },
    'at rest',
  ),
  inAnother(
    'another optimiser: its constructor',
    (world, act) => {
      world.onGet = act;
      new LBFGS(world.optimizer.paramGroups[0].params);
    },
    'at rest',
  ),
  inAnother(
    'another optimiser: its closure',
    (_, act) => {
      const x = new Parameter([1]);
      const closure = (): number => {
        act();
        x.grad = [x.data[0]!];
        return 0.5 * x.data[0]! ** 2;
      };
      new LBFGS([x], wolfe).step(closure);
    },
    'at rest',
  ),
];

const between = (name: string, before: (world: World) => unknown, optimizer: Place['optimizer'] = 'at rest'): Place => {
  return {
    name,
    optimizer,
    passes: true,
    go: async (world, act) => {
      await before(world);
      await act();
    },
  };
};

const swallowed = async (method: keyof typeof DRIVES, world: World, closure: AsyncClosure, options?: StepOptions) => {
  try {
    await DRIVES[method]!(world, closure, options);
  } catch (error) {
    if (error !== REASON) throw error;
  }
};

const betweenCalls: readonly Place[] = [
  between('before the first step', () => undefined),
  between('after a step', ({ optimizer, closure }) => optimizer.step(closure)),
  ...Object.keys(DRIVES).flatMap((method) => [
    ...[1, 2, 5].map((at) =>
      between(`after ${method} whose closure threw at call ${at}`, (world) => {
        let calls = 0;
        const closure = (): number => {
          if (++calls === at) throw REASON;
          return world.closure();
        };
        return swallowed(method, world, closure);
      }),
    ),
    between(`after ${method} whose onIteration threw`, (world) => {
      const onIteration = (): never => {
        throw REASON;
      };
      return swallowed(method, world, world.closure, { onIteration });
    }),
    between(`after ${method} that was aborted`, (world) =>
      swallowed(method, world, world.closure, { signal: AbortSignal.abort(REASON) }),
    ),
  ]),
  between(
    'after dispose',
    ({ optimizer }) => {
      optimizer[Symbol.dispose]();
    },
    'disposed',
  ),
  between(
    'after a step and dispose',
    ({ optimizer, closure }) => {
      optimizer.step(closure);
      optimizer[Symbol.dispose]();
    },
    'disposed',
  ),
  between('before a loop begins', ({ optimizer, closure }) => {
    optimizer.iterate(closure);
  }),
];

/** The body of the loop, at its first and its third turn; then it goes on, or is left. */
const inLoops: readonly Place[] = [1, 3].flatMap((turn) =>
  ['goes on', 'is left'].map((then): Place => {
    return {
      name: `iterate: the body of the loop, turn ${turn}, which ${then}`,
      optimizer: 'busy',
      async: true,
      passes: true,
      go: async ({ optimizer, closure }, act) => {
        for await (const { iteration } of optimizer.iterate(closure)) {
          if (iteration !== turn) continue;
          await act();
          if (then === 'is left') break;
        }
      },
    };
  }),
);

export const PLACES: readonly Place[] = [...inSteps, ...inLoops, ...inOtherMethods, ...betweenCalls];
