// What console.log shows of an optimiser.

import { describe } from './checks/errors';
import type { GuardedCore } from './native/guarded-core';
import { OPTION_NAMES } from './options/options';
import type { ParamGroup } from './parameters/param-group';
import { summariseState } from './state/state-dict';

/** Group and state in a few lines, no arrays. */
export function describeOptimizer(group: Readonly<ParamGroup>, guarded: GuardedCore): string {
  const count = group.params.length === 1 ? '1 parameter' : `${group.params.length} parameters`;
  const core = guarded.isDisposed ? undefined : guarded.open();
  const size = core === undefined ? 'disposed' : `${core.size} values, ${core.dtype}`;
  const options = OPTION_NAMES.map((name) => `${name}: ${describe(group[name])}`);
  const state = Object.entries(core === undefined ? {} : summariseState(core)).map(([key, it]) => `${key}: ${it}`);
  return ['LBFGS {', `  ${count}, ${size}`, `  ${options.join(', ')}`, `  ${state.join(', ')}`, '}'].join('\n');
}
