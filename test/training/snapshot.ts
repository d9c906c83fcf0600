// All that an optimiser has, to see that nothing of it has changed.

import type { LBFGS, ResolvedOptions, StateDict } from 'lbfgs';
import { rosenbrock } from '../problems/interruption';
import type { Model } from '../problems/model';

export interface Snapshot {
  state: StateDict;
  options: ResolvedOptions;
  values: ArrayLike<number>[];
  grads: (ArrayLike<number> | null)[];
}

/** Copies of state, options, values and gradients: equal under `assert.deepEqual` only where every bit is. */
export function snapshot(optimizer: LBFGS): Snapshot {
  const { params, ...options } = optimizer.paramGroups[0];
  return {
    state: optimizer.stateDict(),
    options,
    values: params.map(({ data }) => data.slice()),
    grads: params.map(({ grad }) => grad?.slice() ?? null),
  };
}

/** A model and what trains it. */
export interface Training {
  model: Model;
  optimizer: LBFGS;
}

/** Rosenbrock of two variables, each a parameter of its own, after `steps` steps of two iterations. */
export function trained(make: (model: Model) => LBFGS, steps: number): Training {
  const model = rosenbrock();
  const optimizer = make(model);
  for (let step = 0; step < steps; step++) optimizer.step(model.closure);
  return { model, optimizer };
}
