// What API.md promises about a step that is refused half way, whatever the reason.

import assert from 'node:assert/strict';
import { LBFGS, type Closure, type IterationInfo, type StepOptions } from 'lbfgs';
import { distance, Model, type ModelInit } from './model';
import { extendedRosenbrock } from './objectives';

/** Calls at which to interrupt: the first, the first trial of the first line search, and one in the midst of it all. */
export const MOMENTS = [1, 2, 9] as const;

/** Rosenbrock of two variables, each a parameter of its own. */
export function rosenbrock(init: ModelInit = {}): Model {
  return new Model(extendedRosenbrock, [-1.2, 1], { cuts: [1, 1], ...init });
}

export interface Interruption {
  /** What is spoiled: the closure, where absent, or onIteration. */
  where?: 'closure' | 'onIteration';
  /** Which call of it, 1 for the first. */
  at: number;
  /** Spoils it: returns what it is to return, or throws. */
  spoil: (result: number, model: Model) => unknown;
  /** How the step is refused, as `assert.throws` takes it. */
  refusal: object;
  /** Puts the parameters right again, before values, gradients and the next step are looked at. */
  repair?: (model: Model, accepted: Float64Array) => void;
  model?: Model;
}

/** Interrupts one step and checks: the last accepted point and its gradient are back, every call is counted, the next step converges. */
export function assertRecovers(interruption: Interruption): void {
  const { where = 'closure', at, spoil, refusal, repair, model = rosenbrock() } = interruption;
  const optimizer = new LBFGS(model.params, { lineSearchFn: 'strong_wolfe', maxIter: 200 });
  let accepted = model.x;
  const closure = (): unknown => {
    const loss = model.closure();
    return where === 'closure' && model.calls === at ? spoil(loss, model) : loss;
  };
  const onIteration = ({ iteration, loss }: IterationInfo): unknown => {
    accepted = model.x;
    return where === 'onIteration' && iteration === at ? spoil(loss, model) : undefined;
  };
  assert.throws(() => optimizer.step(closure as Closure, { onIteration } as StepOptions), refusal);
  if (where === 'closure') assert.equal(model.calls, at);
  assert.equal(optimizer.lastStep, null);
  assert.equal(optimizer.stateDict().state[0]!.func_evals, model.calls);
  repair?.(model, accepted);
  assert.deepEqual(model.x, accepted);
  if (model.calls > 1) assert.deepEqual(model.gradient, model.truth.gradient);
  assertReachesMinimum(optimizer, model);
}

/** A step with the healthy closure converges to the minimum of `rosenbrock()`. */
export function assertReachesMinimum(optimizer: LBFGS, model: Model): void {
  optimizer.step(model.closure);
  assert.equal(optimizer.lastStep?.converged, true, optimizer.lastStep?.message);
  assert.ok(distance(model.x, [1, 1]) < 1e-4, String(model.x));
}
