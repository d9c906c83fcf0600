// The calls that a program is made of.

import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import {
  checkGradient,
  curveFit,
  estimateMemory,
  finiteDifferences,
  LBFGS,
  minimize,
  minimizeAsync,
  Parameter,
  type LBFGSState,
  type StateDict,
} from 'lbfgs';
import {
  aloneOf,
  closureOf,
  fitOf,
  objectiveOf,
  regionOf,
  OPTIONS,
  solveOptions,
  start,
  stepOptions,
  withDifferences,
} from './arguments';
import { exhaust, INNERMOST, TRICKS } from './closures';
import { hostileValue } from './hostile';
import { Mutator } from './mutations';
import { hooks, lossOf, type Seat, type World } from './world';

type Call = (world: World, seat: Seat) => unknown;

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
  const optimizer = new LBFGS([parameter], {
    lineSearchFn: 'strong_wolfe',
    maxIter: 1 + choices.below(4),
    historySize: 3,
  });
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
  const none: Pick<LBFGSState, 'old_dirs' | 'old_stps' | 'ro'> = { old_dirs: [], old_stps: [], ro: [] }; // whatever is on Object.prototype
  const { old_dirs, old_stps, ro } = { ...none, ...optimizer.stateDict().state[0] };
  for (const [pair, factor] of ro!.entries()) {
    const product = Array.from(old_dirs![pair]!).reduce((sum, value, i) => sum + value * old_stps![pair]![i]!, 0);
    assert.ok(Math.abs(product * factor - 1) < 1e-9, `pair ${pair} is one: ${product * factor}`);
  }
  optimizer.step(closure);
  assert.ok(optimizer.lastStep!.loss <= after);
  optimizer[Symbol.dispose]();
}

/** A copy of what stateDict() returned; the very thing where a hook has put something in its place that has none. */
function copyOf(saved: unknown): unknown {
  try {
    return structuredClone(saved);
  } catch {
    return saved;
  }
}

/** Every call of the public surface, by name. */
export const CALLS: Readonly<Record<string, Call>> = {
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
    for await (const info of seat.optimizer.iterate(closureOf(world, seat), stepOptions(world)))
      if (++seen > most && info.iteration > 0) break;
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
    const dict = mutator.change(copyOf(world.choices.oneOf(world.saved)), 1 + world.choices.below(2));
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
    const kinds = [
      'registerStepPreHook',
      'registerStepPostHook',
      'registerStateDictPreHook',
      'registerStateDictPostHook',
      'registerLoadStateDictPreHook',
      'registerLoadStateDictPostHook',
    ] as const;
    const name = world.choices.oneOf(kinds);
    const [trickName, trick] = world.choices.kind(TRICKS);
    const hook = world.choices.once(5)
      ? hostileValue(world)
      : (): unknown => (trickName.includes('rejected') ? undefined : trick(world, seat, 1));
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
  'a new Parameter': (world) =>
    new Parameter(
      hostileValue(world) as number[],
      world.choices.once(3) ? (hostileValue(world) as object) : { shape: hostileValue(world) as number[] },
    ),
  'a new optimiser': (world) => {
    const optimizer = new LBFGS(
      (world.choices.once(2) ? hostileValue(world) : [world.newParameter(2)]) as never,
      solveOptions(world),
    );
    optimizer[Symbol.dispose]();
  },
  minimize: (world) => minimize(objectiveOf(world), start(world), solveOptions(world)),
  minimizeAsync: (world) => minimizeAsync(objectiveOf(world), start(world), solveOptions(world)),
  'minimize with a scale': (world) =>
    minimize(objectiveOf(world), start(world), {
      ...solveOptions(world),
      scale: (world.choices.once(2) ? hostileValue(world) : world.choices.oneOf(['auto', 8, 1e-3])) as number,
    }),
  'minimize with an odd region': (world) =>
    minimize(objectiveOf(world), start(world), {
      ...solveOptions(world),
      [world.choices.oneOf(['bounds', 'l1', 'gradient'])]: hostileValue(world),
    }),
  'minimize without a gradient': (world) => minimize(aloneOf(world), start(world), withDifferences(world)),
  'minimizeAsync without a gradient': (world) => minimizeAsync(aloneOf(world), start(world), withDifferences(world)),
  finiteDifferences: (world) =>
    finiteDifferences(hostileValue(world) as never, {
      [world.choices.oneOf(['bounds', 'order', 'step'])]: hostileValue(world),
    }),
  'minimize in a region': (world) => {
    const { solve, lower, upper } = regionOf(world);
    const result = solve();
    for (const value of result.x) assert.ok(value >= lower && value <= upper, `${value} is in the box`);
    assert.ok(Number.isFinite(result.loss) && result.gradient.every(Number.isFinite), 'the result is finite');
  },
  curveFit: (world) => {
    const { model, data, start: parameters, options } = fitOf(world);
    const { params } = curveFit(model, data, parameters, options);
    for (const value of Object.values(params)) assert.ok(value >= 0 && value <= 9, `${value} is between the bounds`);
  },
  'curveFit of something': (world) => {
    const right = fitOf(world);
    const odd = world.choices.oneOf(['model', 'data', 'start', 'options', 'a part of the data', 'a parameter']);
    const change = { [odd]: hostileValue(world) };
    const { model, data, start: parameters, options } = { ...right, ...change };
    const part = world.choices.oneOf(['x', 'y', 'sigma']);
    return curveFit(
      model,
      odd === 'a part of the data' ? { ...data, [part]: change[odd] } : data,
      odd === 'a parameter' ? { ...parameters, a: change[odd] as number } : parameters,
      { maxIter: 20, ...options },
    );
  },
  'no function': (world) => minimize(hostileValue(world) as never, start(world), hostileValue(world) as object),
  checkGradient: (world) =>
    checkGradient(
      objectiveOf(world),
      start(world),
      world.choices.once(2)
        ? {}
        : { [world.choices.oneOf(['step', 'samples', 'seed', 'dtype', 'bounds'])]: hostileValue(world) },
    ),
  'checkGradient of parameters': (world, seat) => checkGradient(seat.params, closureOf(world, seat)),
  'checkGradient of something': (world) => checkGradient(hostileValue(world) as never, hostileValue(world) as never),
  estimateMemory: (world) =>
    estimateMemory(
      world.choices.once(2)
        ? { size: world.choices.number(), historySize: world.choices.number() }
        : (hostileValue(world) as never),
    ),
  inspect: (_, seat) => inspect(seat.optimizer),
  dispose: (world, seat) => {
    if (world.choices.once(4)) seat.optimizer[Symbol.dispose]();
  },
};
