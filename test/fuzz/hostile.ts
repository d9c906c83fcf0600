// Values that no function of the public surface expects, or nearly the one that it expects.

import { ODD_NUMBERS } from './choices';
import { Mutator } from './mutations';
import { HUGE_LENGTHS } from './odd-values';
import type { World } from './world';

type Make = (world: World) => unknown;

/** By kind. */
const VALUES: Readonly<Record<string, Make>> = {
  'a number': ({ choices }) => choices.oneOf(ODD_NUMBERS),
  'a simple value': ({ choices }) =>
    choices.oneOf([undefined, null, true, '', 'strong_wolfe', 'float32', 1n, Symbol('s')]),
  'an object': ({ choices }) =>
    choices.oneOf([() => ({}), () => [], () => new Map(), () => new Date(), () => Object.create(null) as object])(),
  'a function': () => () => 1,
  numbers: ({ choices }) => Array.from({ length: choices.below(5) }, () => choices.number()),
  'nested numbers': ({ choices }) =>
    choices.oneOf([
      [
        [1, 2],
        [3, 4],
      ],
      [[1], [2, 3]],
      [[]],
      [[[1]], [[2]]],
    ]),
  'a typed array': ({ choices }) =>
    new (choices.oneOf([Float64Array, Float32Array, Int8Array, Uint32Array]))(choices.below(4)),
  'a BigInt array': () => new BigInt64Array(2),
  'a detached array': () => {
    const array = new Float64Array(3);
    structuredClone(array.buffer, { transfer: [array.buffer] });
    return array;
  },
  huge: ({ choices }) => {
    const length = choices.oneOf([...HUGE_LENGTHS, 2 ** 53 - 1]);
    return choices.once(2) || length > 2 ** 32 ? { length } : Array(length);
  },
  'a nested huge one': () => [Array(4294967295), Array(4294967295)],
  'sparse numbers': () => {
    const numbers = [1, 2, 3];
    Reflect.deleteProperty(numbers, 1);
    return numbers;
  },
  'a length that changes': () => {
    let reads = 0;
    return {
      get length() {
        return 2 + reads++;
      },
      0: 1,
      1: 2,
    };
  },
  'a length that throws': (world) => {
    const error = world.error('of length');
    return Object.defineProperty([1, 2], '0', {
      get: () => {
        throw error;
      },
    });
  },
  'a parameter': (world) => world.newParameter(2),
  parameters: (world) => [world.newParameter(1), world.newParameter(2)],
  'the same parameter twice': (world) => {
    const parameter = world.newParameter(2);
    return [parameter, parameter];
  },
  'overlapping parameters': () => {
    const buffer = new ArrayBuffer(32);
    return [
      { data: new Float64Array(buffer, 0, 3), grad: null },
      { data: new Float64Array(buffer, 8, 3), grad: null },
    ];
  },
  'a parameter of odd parts': (world) => {
    const parts = { data: new Float64Array(2), grad: null, shape: [2], name: 'odd', device: 'cpu' };
    return [{ ...parts, [world.choices.oneOf(Object.keys(parts))]: hostileValue(world) }];
  },
  'endless numbers': (world) => {
    const error = world.error('of an iterator');
    return {
      *[Symbol.iterator]() {
        for (let i = 0; ; i++) {
          if (i > 1000) throw error;
          yield i;
        }
      },
    };
  },
  'a changed object': (world) => {
    const mutator = new Mutator(world.choices);
    const tree = {
      params: [world.newParameter(1)],
      lr: 1,
      historySize: 3,
      signal: undefined,
      state: {},
      param_groups: [{ params: [0] }],
    };
    const changed = mutator.change(tree, 1 + world.choices.below(3));
    for (const error of mutator.errors) world.errors.add(error);
    return changed;
  },
  'a thenable': (world) => ({
    then: (_: unknown, reject: (error: unknown) => void) => {
      reject(world.error('of a thenable'));
    },
  }),
  'like a signal': (world) => ({
    aborted: world.choices.once(2),
    reason: world.error('a reason'),
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }),
};

/** One of them. */
export function hostileValue(world: World): unknown {
  const [name, make] = world.choices.kind(VALUES);
  world.tell(`  with ${name}`);
  return make(world);
}
