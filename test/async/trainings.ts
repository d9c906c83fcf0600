// Trainings of long and short vectors: above and below the size at which stepAsync leaves the main thread.

import { LBFGS, type Dtype, type IterationInfo, type LBFGSOptions, type StepReport } from 'lbfgs';
import { Model } from '../problems/model';
import { extendedRosenbrock } from '../problems/objectives';

/** Numbers in all parameters together, by what stepAsync does with a history of 10. */
export const SIZES = { 'on the main thread': 10, 'on another thread': 40_000 } as const;

export interface Training {
  model: Model;
  optimizer: LBFGS;
}

/** Three parameters, which no chunk of the core begins with. */
export function training(
  size: number,
  options: LBFGSOptions = {},
  dtype: Dtype | readonly [Dtype, Dtype, Dtype] = 'float64',
): Training {
  const start = Array.from({ length: size }, (_, i) => (i % 2 === 0 ? -1.2 + i / size : 1));
  const model = new Model(extendedRosenbrock, start, { cuts: [3, size - 5, 2], dtype });
  return {
    model,
    optimizer: new LBFGS(model.params, { lineSearchFn: 'strong_wolfe', historySize: 10, maxEval: 100, ...options }),
  };
}

/** All that a step leaves. */
export function outcome({ model, optimizer }: Training): object {
  return { x: model.x, gradient: model.gradient, state: optimizer.stateDict(), report: optimizer.lastStep };
}

/** The report, without what it says in words. */
export function statusOf({ optimizer }: Training): StepReport['status'] | undefined {
  return optimizer.lastStep?.status;
}

/** Remembers the point of each iteration. */
export function watch(model: Model): { points: Float64Array[]; onIteration: (info: IterationInfo) => void } {
  const points: Float64Array[] = [];
  return { points, onIteration: () => void points.push(model.x) };
}
