// The problems of whole solves, in JavaScript; ../peers/objectives.cpp has the same in C++, operation by operation.

import type { Objective } from 'lbfgs';
import { readRecord } from '../../examples/mauna-loa/data';
import { meanSquaredResidual, startFromData } from '../../examples/mauna-loa/model';
import { sexOfPenguins, type Samples } from './penguins';

export interface SolveProblem {
  readonly title: string;
  readonly x0: Float64Array;
  readonly fun: Objective;
  /** A solve ends when max|g| is not above it. */
  readonly toleranceGrad: number;
  /**
   * Two values of (f - f*) / (f0 - f*), the loss above the minimum relative to that at the start; evaluations up to
   * each are counted.
   */
  readonly accuracies: readonly number[];
  /** The scale of each parameter, where the scales differ; f* is computed in these units. */
  readonly units?: readonly number[];
  /** What the C++ side needs to know besides x0: the data, row after row, and the weight of the penalty. */
  readonly data?: {
    readonly rows: number;
    readonly columns: number;
    readonly values: readonly number[];
    readonly penalty?: number;
  };
}

export const PROBLEM_NAMES = ['rosenbrock', 'logistic', 'co2'] as const;
export type ProblemName = (typeof PROBLEM_NAMES)[number];

const MAKERS: Readonly<Record<ProblemName, () => SolveProblem>> = {
  rosenbrock: () => ({
    title: 'Rosenbrock, 1000 variables, chained',
    x0: Float64Array.from({ length: 1000 }, (_, i) => (i % 2 === 0 ? -1.2 : 1)),
    fun: chainedRosenbrock,
    toleranceGrad: 1e-7,
    accuracies: [1e-6, 1e-10],
  }),
  logistic: () => {
    const penguins = sexOfPenguins();
    const penalty = 0.1;
    return {
      title: `Logistic regression: the sex of ${penguins.rows} penguins from ${penguins.columns - 1} features`,
      x0: new Float64Array(penguins.columns - 1),
      fun: logisticLoss(penguins, penalty),
      toleranceGrad: 1e-5,
      accuracies: [1e-6, 1e-10],
      data: { ...penguins, penalty },
    };
  },
  co2: () => {
    const record = readRecord();
    return {
      title: `The CO2 fit of examples/mauna-loa: 10 parameters, ${record.length} months`,
      x0: startFromData(record),
      fun: (x, gradient) => meanSquaredResidual(record, x, gradient),
      toleranceGrad: 1e-4,
      accuracies: [1e-6, 1e-8], // the scales of the parameters differ so much that rounding of the loss hides more
      units: [100, 10, 0.01, 1, 1, 1, 1, 1, 1, 0.001],
      data: { rows: record.length, columns: 2, values: record.flatMap(({ t, ppm }) => [t, ppm]) },
    };
  },
};

export function problemNamed(name: string): SolveProblem {
  const maker = MAKERS[name as ProblemName] as (() => SolveProblem) | undefined;
  if (!maker) throw new RangeError(`Expected one of ${PROBLEM_NAMES.join(', ')} but received ${name}`);
  return maker();
}

/** sum of 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2, which couples all variables; minimum 0. */
function chainedRosenbrock(x: Float64Array, gradient: Float64Array): number {
  let loss = 0;
  gradient[0] = 0;
  for (let i = 0; i + 1 < x.length; i++) {
    const valley = x[i + 1]! - x[i]! * x[i]!;
    const away = 1 - x[i]!;
    loss += 100 * valley * valley + away * away;
    gradient[i]! -= 400 * x[i]! * valley + 2 * away;
    gradient[i + 1] = 200 * valley;
  }
  return loss;
}

/** sum over samples of log(1 + exp(-label z)), z = features . x, and penalty / 2 |x|^2. */
function logisticLoss({ rows, columns, values }: Samples, penalty: number): Objective {
  const n = columns - 1;
  return (x, gradient) => {
    let loss = 0;
    for (let j = 0; j < n; j++) {
      loss += 0.5 * penalty * x[j]! * x[j]!;
      gradient[j] = penalty * x[j]!;
    }
    for (let row = 0; row < rows; row++) {
      const at = row * columns;
      const label = values[at + n]!;
      let z = 0;
      for (let j = 0; j < n; j++) z += values[at + j]! * x[j]!;
      const margin = label * z;
      const e = Math.exp(-Math.abs(margin)); // never overflows
      loss += Math.log1p(e) + Math.max(-margin, 0);
      const slope = (-label * (margin > 0 ? e : 1)) / (1 + e);
      for (let j = 0; j < n; j++) gradient[j]! += slope * values[at + j]!;
    }
    return loss;
  };
}
