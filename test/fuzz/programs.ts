// Programs of calls of the whole public surface, with right arguments and hostile ones.
//
// After every call: an error is the user's own or has a code, values and state are finite, the optimiser is busy or disposed of only as it
// should be. At the end of a program a step with a right closure works.

import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { checkGradient, estimateMemory, LBFGS, minimize, minimizeAsync, Parameter, type StateDict } from 'lbfgs';
import type { Choices } from './choices';
import { exhaust, INNERMOST, TRICKS } from './closures';
import { fuzz } from './driver';
import { hostileValue } from './hostile';
import { Mutator } from './mutations';
import { chosenPollution } from './pollution';
import { hooks, lossOf, World, type Seat } from './world';

type Call = (world: World, seat: Seat) => unknown;

/** A closure of the seat's parameters, right but for one trick. */
function closureOf(world: World, seat: Seat): () => number {
  const [name, trick] = world.choices.kind(TRICKS);
  const at = 1 + world.choices.below(4);
  world.tell(`  a closure that at call ${at}: ${name}`);
  let calls = 0;
  return () => {
    const loss = world.evaluate(seat.params);
    return ++calls === at ? ((trick(world, seat, loss) ?? loss) as number) : loss;
  };
}

/** Options of a step: none, right ones, hostile ones. */
function stepOptions(world: World): object | undefined {
  const { choices } = world;
  switch (choices.below(6)) {
    case 0:
      return hostileValue(world) as object;
    case 1:
      return { [choices.oneOf(['onIteration', 'signal', 'timeLimit', 'other'])]: hostileValue(world) };
    case 2: {
      const last = choices.below(3);
      return { onIteration: ({ iteration }: { iteration: number }) => iteration !== last };
    }
    case 3: {
      const controller = new AbortController();
      const reason = world.error('aborted');
      const after = choices.below(3);
      if (after === 0) controller.abort(reason);
      return {
        signal: controller.signal,
        onIteration: ({ iteration }: { iteration: number }) => {
          if (iteration === after) controller.abort(reason);
        },
      };
    }
    default:
      return undefined;
  }
}

/** A function of one vector, right but for one trick. */
function objectiveOf(world: World): (x: Float64Array, gradient: Float64Array) => number {
  const kinds = ['right', 'throws', 'odd', 'not finite', 'unbounded', 'forgets', 'detaches', 'writes x', 'recursion'];
  const kind = world.choices.oneOf(kinds.filter((name) => !world.choices.without.has(name)));
  const at = 1 + world.choices.below(4);
  world.tell(`  a function, kind '${kind}' at call ${at}`);
  let calls = 0;
  return (x, gradient) => {
    const parameter = { data: x, grad: null as Float64Array | null };
    const loss = world.evaluate([parameter]);
    const isNow = ++calls === at;
    if (kind === 'unbounded') {
      gradient.fill(1);
      return x.reduce((sum, value) => sum + value, 0);
    }
    if (kind !== 'forgets') gradient.set(parameter.grad!);
    if (!isNow || kind === 'right') return loss;
    if (kind === 'throws') throw world.error('of the function');
    if (kind === 'odd') return world.choices.oneOf<unknown>([undefined, '1', Promise.resolve(1), {}]) as number;
    if (kind === 'not finite') return world.choices.oneOf([NaN, Infinity, -Infinity]);
    if (kind === 'writes x') x.fill(world.choices.uniform());
    if (kind === 'detaches') structuredClone(x.buffer, { transfer: [world.choices.oneOf([x, gradient]).buffer as ArrayBuffer] });
    if (kind === 'recursion') TRICKS['recursion']!(world, world.seats[0]!, loss);
    return loss;
  };
}

const start = (world: World): ArrayLike<number> =>
  (world.choices.once(3) ? hostileValue(world) : Array.from({ length: 1 + world.choices.below(5) }, () => world.choices.uniform())) as ArrayLike<number>;
const OPTIONS = ['lr', 'maxIter', 'maxEval', 'toleranceGrad', 'toleranceChange', 'historySize', 'lineSearchFn', 'maxLs', 'threads', 'historyDtype', 'signal', 'nothing'];
/** Options with one that is odd, bounded so that a run ends. */
const solveOptions = (world: World): object => ({
  maxIter: 20,
  ...(world.choices.once(3) && { [world.choices.oneOf(OPTIONS)]: world.choices.once(2) ? world.choices.number() : hostileValue(world) }),
});

/** Leaves a step pending that a later call, or the end, lets go on. */
function begin(world: World, seat: Seat): void {
  if (seat.pending !== undefined || seat.disposed) return;
  let release!: () => void;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const closure = closureOf(world, seat);
  const step = seat.optimizer.stepAsync(async () => {
    await gate;
    return closure();
  });
  seat.pending = { release, ended: world.attempt(() => step).finally(() => (seat.pending = undefined)) };
}

/** A step of another optimiser where little is left of the stack: it works or throws, and afterwards the optimiser is as it should be. */
function nearTheEndOfTheStack({ choices }: World): void {
  const parameter = new Parameter(Array.from({ length: 3 }, () => 4 * choices.uniform() - 2));
  const optimizer = new LBFGS([parameter], { lineSearchFn: 'strong_wolfe', maxIter: 1 + choices.below(4), historySize: 3 });
  const closure = (): number => lossOf([parameter]);
  for (let step = choices.below(3); step > 0; step--) optimizer.step(closure);
  const [before, at, deeper] = [lossOf([parameter]), Math.ceil(INNERMOST * choices.uniform() ** 2), choices.once(2)];
  assert.throws(() => {
    exhaust((call) => {
      if (call === at) optimizer.step(deeper ? () => exhaust(() => undefined) : closure);
    });
  }, RangeError);
  const after = lossOf([parameter]);
  assert.ok(after <= before, `the loss ${after} is not above ${before}`);
  const { old_dirs = [], old_stps = [], ro = [] } = optimizer.stateDict().state[0] ?? {};
  for (const [pair, factor] of ro.entries()) {
    const product = Array.from(old_dirs[pair]!).reduce((sum, value, i) => sum + value * old_stps[pair]![i]!, 0);
    assert.ok(Math.abs(product * factor - 1) < 1e-9, `pair ${pair} is one: ${product * factor}`);
  }
  optimizer.step(closure);
  assert.ok(optimizer.lastStep!.loss <= after);
  optimizer[Symbol.dispose]();
}

const CALLS: Readonly<Record<string, Call>> = {
  step: (world, seat) => seat.optimizer.step(closureOf(world, seat), stepOptions(world)),
  'step again': (world, seat) => seat.optimizer.step(() => world.evaluate(seat.params)),
  stepAsync: async (world, seat) => {
    const closure = closureOf(world, seat);
    const later = world.choices.once(2);
    await seat.optimizer.stepAsync(later ? async () => Promise.resolve().then(closure) : closure, stepOptions(world));
  },
  recursion: nearTheEndOfTheStack,
  iterate: async (world, seat) => {
    const most = world.choices.below(4);
    let seen = 0;
    for await (const info of seat.optimizer.iterate(closureOf(world, seat), stepOptions(world))) if (++seen > most && info.iteration > 0) break;
  },
  begin,
  'go on': async (_, seat) => {
    seat.pending?.release();
    await seat.pending?.ended;
  },
  'no closure': (world, seat) => seat.optimizer.step(hostileValue(world) as () => number, stepOptions(world)),
  save: (world, seat) => world.saved.push(seat.optimizer.stateDict()),
  load: (world, seat) => {
    if (world.saved.length > 0) seat.optimizer.loadStateDict(world.choices.oneOf(world.saved));
  },
  'load a changed one': (world, seat) => {
    if (world.saved.length === 0) return;
    const mutator = new Mutator(world.choices);
    const dict = mutator.change(structuredClone(world.choices.oneOf(world.saved)), 1 + world.choices.below(2));
    for (const change of mutator.told) world.tell(`  ${change}`);
    for (const error of mutator.errors) world.errors.add(error);
    seat.optimizer.loadStateDict(dict as StateDict);
  },
  'load something': (world, seat) => {
    seat.optimizer.loadStateDict(hostileValue(world) as StateDict);
  },
  zeroGrad: (world, seat) => {
    seat.optimizer.zeroGrad(world.choices.oneOf<unknown>([true, false, undefined, 0, 'no']) as boolean);
  },
  add: (world, seat) => {
    const added = world.choices.once(2) ? [world.newParameter(world.choices.below(3))] : hostileValue(world);
    if (seat.params.length > 6) return;
    seat.optimizer.addParamGroup((world.choices.once(4) ? added : { params: added }) as never);
  },
  assign: (world, seat) => {
    const value = world.choices.once(2) ? world.choices.number() : hostileValue(world);
    const option = world.choices.oneOf(OPTIONS);
    if (option === 'maxIter' && typeof value === 'number' && value > 50) return; // would end by the closure's bound alone
    (seat.optimizer.paramGroups[0] as unknown as Record<string, unknown>)[option] = value;
  },
  'a hook': (world, seat) => {
    const kinds = ['registerStepPreHook', 'registerStepPostHook', 'registerStateDictPreHook', 'registerStateDictPostHook', 'registerLoadStateDictPreHook', 'registerLoadStateDictPostHook'] as const;
    const name = world.choices.oneOf(kinds);
    const [trickName, trick] = world.choices.kind(TRICKS);
    const hook = world.choices.once(5) ? hostileValue(world) : (): unknown => (trickName.includes('rejected') ? undefined : trick(world, seat, 1));
    world.tell(`  ${name}: ${trickName}`);
    const handle = seat.optimizer[name](hook as never, world.choices.once(5) ? (hostileValue(world) as never) : {});
    hooks.set(seat.optimizer, [...(hooks.get(seat.optimizer) ?? []), handle]);
    if (world.choices.once(3)) handle.remove();
  },
  'sets a gradient': (world, seat) => {
    world.choices.oneOf(seat.params).grad = hostileValue(world) as Float64Array;
  },
  'other arrays': (world, seat) => {
    const parameter = world.choices.oneOf(seat.params);
    if (seat.pending === undefined) parameter.data = parameter.data.slice();
  },
  'a new Parameter': (world) => new Parameter(hostileValue(world) as number[], world.choices.once(3) ? (hostileValue(world) as object) : { shape: hostileValue(world) as number[] }),
  'a new optimiser': (world) => {
    const optimizer = new LBFGS((world.choices.once(2) ? hostileValue(world) : [world.newParameter(2)]) as never, solveOptions(world));
    optimizer[Symbol.dispose]();
  },
  minimize: (world) => minimize(objectiveOf(world), start(world), solveOptions(world)),
  minimizeAsync: (world) => minimizeAsync(objectiveOf(world), start(world), solveOptions(world)),
  'no function': (world) => minimize(hostileValue(world) as never, start(world), hostileValue(world) as object),
  checkGradient: (world) => checkGradient(objectiveOf(world), start(world), world.choices.once(2) ? {} : { [world.choices.oneOf(['step', 'samples', 'seed', 'dtype'])]: hostileValue(world) }),
  'checkGradient of parameters': (world, seat) => checkGradient(seat.params, closureOf(world, seat)),
  'checkGradient of something': (world) => checkGradient(hostileValue(world) as never, hostileValue(world) as never),
  estimateMemory: (world) => estimateMemory(world.choices.once(2) ? ({ size: world.choices.number(), historySize: world.choices.number() } as never) : (hostileValue(world) as never)),
  inspect: (_, seat) => inspect(seat.optimizer),
  dispose: (world, seat) => {
    if (world.choices.once(4)) seat.optimizer[Symbol.dispose]();
  },
};

/** What is known afterwards of an optimiser that may have been disposed of, or have got parameters. */
function learn({ seats }: World): void {
  for (const seat of seats) {
    seat.params = [...seat.optimizer.paramGroups[0].params];
    try {
      void seat.optimizer.state;
    } catch (error) {
      seat.disposed = (error as { code?: unknown }).code === 'ERR_LBFGS_DISPOSED';
    }
  }
}

async function input(choices: Choices, tell: (what: string) => void): Promise<void> {
  const world = new World(choices, tell);
  for (let call = 3 + choices.below(12); call > 0; call--) {
    const seat = choices.oneOf(world.seats);
    const [name, act] = choices.kind(CALLS);
    tell(name);
    const pollution = choices.once(25) ? chosenPollution(choices, tell) : undefined;
    const restore = pollution?.();
    try {
      await world.attempt(() => act(world, seat));
    } finally {
      restore?.();
    }
    await world.settle();
    learn(world);
    for (const each of world.seats) if (each.pending === undefined) world.repair(each);
    world.check();
  }
  tell('the end');
  await world.end();
  for (const { params, disposed } of world.seats) if (!disposed) lossOf(params);
}

void fuzz(__filename, input);
