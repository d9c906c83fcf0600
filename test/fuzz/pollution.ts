// Properties on Object.prototype, as a library with a hole lets others put there.

import type { Choices } from './choices';

/** Puts the property there; what it returns takes it away. */
export type Pollution = () => () => void;

/** Words of the public surface and of the code behind it; none that the language itself or Node asks every object for. */
const NAMES: readonly string[] = [
  ...['lr', 'maxIter', 'maxEval', 'historySize', 'lineSearchFn', 'maxLs', 'threads', 'historyDtype', 'toleranceGrad'],
  ...['onIteration', 'timeLimit', 'prepend', 'params', 'data', 'grad', 'shape', 'device', 'dtype', 'size', 'async'],
  ...['state', 'param_groups', 'n_iter', 'func_evals', 'n_known', 'd', 't', 'ro', 'history_size', 'parameters'],
  ...[
    'bounds',
    'l1',
    'scale',
    'lower',
    'upper',
    'order',
    'region',
    'weights',
    'min',
    'max',
    'fixed',
    'sigma',
    'jacobian',
  ],
  ...['handle', 'native', 'exchange', 'loss', 'gradient', 'step', 'samples', 'seed', 'code', 'cause', 'length'],
];
const VALUES: readonly unknown[] = [5, 0, -1, NaN, 'strong_wolfe', null, true, [], {}, () => 1];

/** A property, unless that kind of input is left out. */
export function chosenPollution(choices: Choices, tell: (what: string) => void): Pollution | undefined {
  const [name, value, writable] = [choices.oneOf(NAMES), choices.oneOf(VALUES), choices.once(2)];
  const readings = choices.below(3);
  if (choices.without.has('pollution')) return undefined;
  tell(
    `Object.prototype.${name} = ${String(value)}, ${['a getter', 'enumerable', 'not enumerable'][readings]!}, ${writable ? 'writable' : 'read-only'}`,
  );
  const settings = { configurable: true, enumerable: readings === 1 };
  const property = readings === 0 ? { get: () => value, ...settings } : { value, writable, ...settings };
  return () => {
    Reflect.defineProperty(Object.prototype, name, property);
    return () => {
      Reflect.deleteProperty(Object.prototype, name);
    };
  };
}
