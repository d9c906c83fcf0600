// Closures that do something else than compute.

import { inspect } from 'node:util';
import type { FloatArray, ParameterLike } from 'lbfgs';
import { detach } from '../problems/buffers';
import type { Seat, World } from './world';

/** At its `at`-th call a closure does this; what it returns is the closure's result, undefined the loss. */
export type Trick = (world: World, seat: Seat, loss: number) => unknown;

/** The memory of an array, handed away; the arrays of the sandbox's other realm and of shared memory cannot be. */
function lose(array: FloatArray | null): void {
  if (array !== null && array.buffer instanceof ArrayBuffer && array.length > 0) detach(array);
}

/** The innermost calls in which something is done: a function that is compiled there takes the stack of four hundred. */
export const INNERMOST = 600;

/** Runs to the end of the stack, and there, in the innermost calls, does something; throws what the language throws. */
export function exhaust(act: (call: number) => void): never {
  let call = 0;
  const descend = (): never => {
    try {
      return descend();
    } catch (error) {
      if (call++ < INNERMOST) act(call);
      throw error;
    }
  };
  return descend();
}

const parameterOf = (world: World, { params }: Seat): ParameterLike => world.choices.oneOf(params);

export const TRICKS: Readonly<Record<string, Trick>> = {
  nothing: () => undefined,
  throws: (world) => {
    throw world.error('of the closure');
  },
  'throws no error': (world) => {
    world.errors.add('a string');
    throw 'a string' as unknown as Error;
  },
  'returns something odd': (world) =>
    world.choices.oneOf<unknown>([
      null,
      '1',
      1n,
      {},
      [],
      Symbol('1'),
      () => 1,
      new Number(1),
      { valueOf: () => 1 },
      Promise.resolve('1'),
      { then: 5 },
    ]),
  'returns a rejected promise': (world) => Promise.reject(world.error('rejected')),
  'returns an odd number': (world) => world.choices.number(),
  'writes an odd entry': (world, seat) => {
    const { grad } = parameterOf(world, seat);
    if (grad !== null && grad.length > 0) grad[world.choices.below(grad.length)] = world.choices.number();
  },
  'sets an odd gradient': (world, seat) => {
    const parameter = parameterOf(world, seat);
    const size = parameter.data.length;
    const grads = [
      null,
      new Float64Array(size + 1),
      new Float32Array(size),
      new Int32Array(size),
      [1, 2],
      'grad',
      parameter.data,
      new Float64Array(0),
    ];
    (parameter as { grad: unknown }).grad = world.choices.oneOf(grads);
  },
  'detaches a gradient': (world, seat) => {
    lose(parameterOf(world, seat).grad);
  },
  'detaches values': (world, seat) => {
    lose(parameterOf(world, seat).data);
  },
  'replaces values': (world, seat) => {
    const parameter = parameterOf(world, seat);
    parameter.data = parameter.data.slice();
  },
  'writes values': (world, seat) => {
    parameterOf(world, seat).data.fill(world.choices.uniform());
  },
  recursion: (world) => {
    if (world.deep) return undefined;
    world.deep = true;
    exhaust(() => undefined);
  },
  'recursion in the optimiser': (world, seat) => {
    if (world.deep) return undefined; // a hook of the call that is made below
    world.deep = true;
    const calls: (() => unknown)[] = [
      () => seat.optimizer.stateDict(),
      () => seat.optimizer.state,
      () => seat.optimizer.step(() => 1),
      () => inspect(seat.optimizer),
    ];
    const call = world.choices.oneOf(calls);
    exhaust((depth) => {
      if (depth % 20 === 0) world.attemptNow(call);
    });
  },
  'recursion into another step': (world) => {
    world.deep = true;
    const other = world.seats.at(-1)!;
    const evaluate = (): number => {
      void other.optimizer.step(evaluate);
      return 1;
    };
    return evaluate();
  },
  'calls back': (world, seat) => {
    const { optimizer } = seat;
    const calls: (() => unknown)[] = [
      () => optimizer.step(() => 1),
      () => optimizer.stepAsync(() => 1),
      () => optimizer.stateDict(),
      () => {
        optimizer.loadStateDict(optimizer.stateDict());
      },
      () => {
        optimizer.zeroGrad(world.choices.once(2));
      },
      () => {
        optimizer.addParamGroup({ params: [world.newParameter(1)] });
      },
      () => {
        optimizer[Symbol.dispose]();
      },
      () => optimizer.iterate(() => 1).return(0),
      () => (optimizer.paramGroups[0].historySize = 3),
      () => {
        optimizer.registerStepPostHook(() => undefined).remove();
      },
    ];
    world.attemptNow(world.choices.oneOf(calls));
  },
};
