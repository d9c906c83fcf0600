// Two models that reach their minimum, one for each way of choosing the step, to be disturbed at every call.

import { LBFGS, type Dtype, type LBFGSOptions } from 'lbfgs';
import { distance, Model, type Evaluation } from './model';
import { extendedRosenbrock, separableQuadratic } from './objectives';

export type Mode = 'line search' | 'fixed step';

export interface Training {
  model: Model;
  optimizer: LBFGS;
  minimiser: readonly number[];
  /** How near a run comes to it. */
  tolerance: number;
}

export const DTYPES = ['float64', 'float32'] as const;
export const MODES = ['line search', 'fixed step'] as const;

/** A fresh model with its optimiser; one step of it, undisturbed, reaches the minimum. */
export function training(mode: Mode, dtype: Dtype, options: LBFGSOptions = {}): Training {
  const limits = { maxIter: 200, maxEval: 1000, ...options };
  const tolerance = dtype === 'float32' ? 5e-3 : 1e-4;
  if (mode === 'line search') {
    const model = new Model(extendedRosenbrock, [-1.2, 1], { dtype, cuts: [1, 1] });
    return {
      model,
      optimizer: new LBFGS(model.params, { lineSearchFn: 'strong_wolfe', ...limits }),
      minimiser: [1, 1],
      tolerance,
    };
  }
  const minimiser = [1, -2, 0.5];
  const model = new Model(separableQuadratic([1, 3, 10], minimiser), [3, 3, 3], { dtype, cuts: [2, 1] });
  return { model, optimizer: new LBFGS(model.params, limits), minimiser, tolerance };
}

/** How far the model is from its minimum, in units of the tolerance: at most 1 where it was reached. */
export function remoteness({ model, minimiser, tolerance }: Training): number {
  return distance(model.x, minimiser) / tolerance;
}

/** Calls that one undisturbed step takes. */
export function callsOf(mode: Mode, dtype: Dtype, options?: LBFGSOptions): number {
  const { model, optimizer } = training(mode, dtype, options);
  optimizer.step(model.closure);
  return model.calls;
}

export interface Fault {
  name: string;
  apply: (evaluation: Evaluation) => void;
}

/** This value in each place: the loss, each of these entries of the gradient, everywhere. */
export function faultsOf(value: number, entries: readonly number[]): Fault[] {
  return [
    {
      name: `${value} as the loss`,
      apply: (evaluation) => (evaluation.loss = value),
    },
    ...entries.map((entry) => ({
      name: `${value} in entry ${entry} of the gradient`,
      apply: ({ gradient }: Evaluation) => (gradient[entry] = value),
    })),
    {
      name: `${value} in loss and gradient`,
      apply: (evaluation) => {
        evaluation.loss = value;
        evaluation.gradient.fill(value);
      },
    },
  ];
}

export const NOT_FINITE = [NaN, Infinity, -Infinity] as const;

/** Each value that is not finite, in each place. */
export const FAULTS: readonly Fault[] = NOT_FINITE.flatMap((value) => faultsOf(value, [1]));
