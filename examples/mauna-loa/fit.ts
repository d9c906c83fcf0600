import { LBFGS, Parameter, type IterationInfo, type StepReport } from 'lbfgs';
import type { Month } from './data';
import { meanSquaredResidual } from './model';

/** The fitted model and how the optimiser got there. */
export interface Fit {
  /** The ten parameters, in the order of the model. */
  readonly x: Float64Array;
  /** The loss at every evaluation, in order: also the ones that a line search tried and rejected. */
  readonly losses: readonly number[];
  readonly report: StepReport;
}

/** Fits the model to the record from `start`, which is left as it is. `onIteration` hears of every iteration. */
export function fit(record: readonly Month[], start: Float64Array, onIteration?: (info: IterationInfo) => void): Fit {
  const x = start.slice();
  const gradient = new Float64Array(x.length);
  const losses: number[] = [];

  const parameter = new Parameter(x, { name: 'co2' }); // wraps x: the optimiser moves it in place
  parameter.grad = gradient; // one array for all evaluations: the closure fills it anew at each
  const closure = (): number => {
    const loss = meanSquaredResidual(record, x, gradient);
    losses.push(loss);
    return loss;
  };

  const optimizer = new LBFGS([parameter], {
    lineSearchFn: 'strong_wolfe',
    maxIter: 500, // one step() is then the whole fit; the default of 20 would ask for a loop of steps
    // The default 1e-9 stops where an iteration gains less than that, and in this valley, long and curved because ppm and
    // 1/year differ so much in size, that can happen far from its end.
    toleranceChange: 1e-12,
  });
  optimizer.step(closure, onIteration && { onIteration });
  if (!optimizer.lastStep) throw new Error('step() leaves a report');
  return { x, losses, report: optimizer.lastStep };
}
