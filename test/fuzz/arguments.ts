// What the calls of a program are given: closures, functions, starts and options, right ones and hostile ones.

import { finiteDifferences, minimize, type CurveFitOptions, type DifferenceOrder, type MinimizeResult } from 'lbfgs';
import { decay, POINTS, type Decay } from '../problems/curve';
import { LBFGS_OPTIONS, STEP_OPTIONS } from '../problems/options';
import { TRICKS } from './closures';
import { hostileValue } from './hostile';
import type { Seat, World } from './world';

/** A closure of the seat's parameters, right but for one trick. */
export function closureOf(world: World, seat: Seat): () => number {
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
export function stepOptions(world: World): object | undefined {
  const { choices } = world;
  switch (choices.below(6)) {
    case 0:
      return hostileValue(world) as object;
    case 1:
      return { [choices.oneOf([...STEP_OPTIONS, 'other'])]: hostileValue(world) };
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
export function objectiveOf(world: World): (x: Float64Array, gradient: Float64Array) => number {
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
    if (kind === 'detaches')
      structuredClone(x.buffer, { transfer: [world.choices.oneOf([x, gradient]).buffer as ArrayBuffer] });
    if (kind === 'recursion') TRICKS['recursion']!(world, world.seats[0]!, loss);
    return loss;
  };
}

/** The same without the gradient. */
export function aloneOf(world: World): (x: Float64Array) => number {
  const fun = objectiveOf(world);
  return (x) => fun(x, new Float64Array(x.length));
}

/** Where a solve starts. */
export const start = (world: World): ArrayLike<number> =>
  (world.choices.once(3)
    ? hostileValue(world)
    : Array.from({ length: 1 + world.choices.below(5) }, () => world.choices.uniform())) as ArrayLike<number>;
export const OPTIONS = [...LBFGS_OPTIONS, 'signal', 'nothing'];
/** Options with one that is odd, bounded so that a run ends. */
export const solveOptions = (world: World): object => ({
  maxIter: 20,
  ...(world.choices.once(3) && {
    [world.choices.oneOf(OPTIONS)]: world.choices.once(2) ? world.choices.number() : hostileValue(world),
  }),
});
/** The same for a function without a gradient. */
export const withDifferences = (world: World): { gradient: DifferenceOrder } => ({
  ...solveOptions(world),
  gradient: world.choices.oneOf(['forward', 'central'] as const),
});

/** A solve within right bounds, with a penalty, a scale or differences, of a function with one trick. */
export function regionOf(world: World): { solve: () => MinimizeResult; lower: number; upper: number } {
  const { choices } = world;
  const [lower, upper] = [choices.oneOf([-1, 0, 0.3]), choices.oneOf([0.3, 2, 5])];
  const x0 = Array.from({ length: 1 + choices.below(5) }, () => 4 * choices.uniform());
  const pairs = x0.map(() => [lower, upper] as const);
  const options = {
    ...solveOptions(world),
    bounds: choices.once(2) ? pairs : { lower, upper: x0.map(() => upper) },
    ...(choices.once(2) && { l1: choices.once(2) ? choices.uniform() : x0.map(() => choices.uniform()) }),
    ...(choices.once(2) && { scale: choices.oneOf(['auto', 3, 1e-3] as const) }),
  };
  const gradient = choices.oneOf(['forward', 'central'] as const);
  const ways = [
    () => minimize(objectiveOf(world), x0, options),
    () => minimize(aloneOf(world), x0, { ...options, gradient }),
    () => minimize(finiteDifferences(aloneOf(world), { bounds: pairs, order: gradient }), x0, options),
  ];
  return { solve: choices.oneOf(ways), lower, upper };
}

/** A fit of a decay, right but for one trick of its model; its parameters are between 0 and 9. */
export function fitOf(world: World): {
  model: (x: number, p: Decay) => number;
  data: { x: readonly number[]; y: readonly number[]; sigma?: readonly number[] };
  start: Record<keyof Decay, number | { value: number; min: number; max: number }>;
  options: CurveFitOptions<keyof Decay>;
} {
  const { choices } = world;
  const kind = choices.oneOf(['right', 'right', 'throws', 'odd', 'not finite', 'large', 'writes p']);
  const at = 1 + choices.below(100);
  world.tell(`  a model, kind '${kind}' at call ${at}`);
  let calls = 0;
  const model = (x: number, p: Decay): number => {
    const value = decay(x, p);
    if (++calls !== at) return value;
    if (kind === 'throws') throw world.error('of the model');
    if (kind === 'odd') return choices.oneOf<unknown>([undefined, '1', null, {}]) as number;
    if (kind === 'not finite') return choices.oneOf([NaN, Infinity, -Infinity]);
    if (kind === 'large') return choices.oneOf([1e100, 1e160, -1e300]);
    if (kind === 'writes p') (p as Record<string, number>)['a'] = 7;
    return value;
  };
  const limited = (): { value: number; min: number; max: number } => ({ value: 4 * choices.uniform(), min: 0, max: 9 });
  const loss = choices.oneOf(['linear', 'huber', 'soft_l1'] as const);
  return {
    model,
    data: { ...POINTS, sigma: POINTS.y },
    start: { a: limited(), k: limited(), c: limited() },
    options: choices.once(4) ? { loss, [choices.oneOf(OPTIONS)]: hostileValue(world) } : { loss, maxIter: 50 },
  };
}
