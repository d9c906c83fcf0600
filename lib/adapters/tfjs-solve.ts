// Whole solves over variables: `minimize` of the index, whose vector is in the variables.

import {
  minimize,
  minimizeAsync,
  type MinimizeOptions,
  type MinimizeResult,
  type SolveStatus,
  type StepReport,
} from '../index';
import { typeError } from '../checks/errors';
import { checkOptionsObject, STEP_OPTION_NAMES } from '../checks/given-options';
import { checkFunction } from '../checks/refusals';
import { disposeEvaluation, evaluate } from './tfjs-evaluation';
import type { Evaluation, TensorFlowLike, VariableLike } from './tfjs-types';
import { assign, trainable } from './tfjs-variables';
import { Watch } from './tfjs-watch';

/**
 * Options of `minimize` and `minimizeAsync` over variables: those of the package's `minimize` without `gradient`, which
 * TensorFlow.js computes.
 */
export type TfjsMinimizeOptions = Omit<MinimizeOptions, 'gradient'>;

/** The report of a solve: that of a step, with the statuses of `minimize`. */
export interface SolveReport extends Omit<StepReport, 'status'> {
  /** Why the solve ended. */
  readonly status: SolveStatus;
}

/** The vector of a solve in the variables. */
export class Solve {
  readonly options: MinimizeOptions;
  readonly start: Float64Array;
  readonly #tf: TensorFlowLike;
  readonly #f: () => unknown;
  readonly #variables: readonly VariableLike[];
  readonly #watch: Watch;
  /** The last point that was accepted. */
  readonly #accepted: Float64Array;
  #initialLoss: number | undefined;
  #stepSize = 0;
  #hasWritten = false;

  constructor(tf: TensorFlowLike, f: () => unknown, variables: unknown, options: TfjsMinimizeOptions) {
    checkFunction(f, 'f');
    checkOptionsObject(options, STEP_OPTION_NAMES, 'minimize');
    if ('gradient' in options) {
      throw typeError(
        'ERR_LBFGS_UNKNOWN_OPTION',
        "Expected an option of minimize over variables but received 'gradient'; TensorFlow.js computes the gradient",
      );
    }
    this.#tf = tf;
    this.#f = f;
    this.#variables = trainable(variables);
    this.#watch = new Watch(tf, undefined);
    this.start = new Float64Array(this.#variables.reduce((sum, { size }) => sum + size, 0));
    this.#accepted = new Float64Array(this.start.length);
    const { onIteration } = options;
    this.options = {
      ...options,
      onIteration: (info, x) => {
        this.#accepted.set(x);
        this.#stepSize = info.stepSize;
        return onIteration?.(info, x);
      },
    };
  }

  /** Takes the values of the variables as the start. */
  begin(values: readonly ArrayLike<number>[]): void {
    let from = 0;
    for (const each of values) {
      this.start.set(each, from);
      from += each.length;
    }
    this.#accepted.set(this.start);
  }

  get variables(): readonly VariableLike[] {
    return this.#variables;
  }

  /** The tensors of the loss and its gradients at x. */
  evaluate(x: Float64Array): Evaluation {
    const isFirst = this.#initialLoss === undefined;
    // Also at the first evaluation: bounds may have moved the start, and the program may have assigned to the
    // variables.
    this.write(x);
    const run = () => evaluate(this.#tf, this.#f, this.#variables);
    return isFirst ? this.#watch.variables(this.#variables, this.#f, run) : run();
  }

  /** Copies the gradient; returns the loss. @param values those of the tensors, the loss first */
  take([loss, ...values]: readonly (ArrayLike<number> | undefined)[], gradient: Float64Array): number {
    let from = 0;
    for (const [index, { size }] of this.#variables.entries()) {
      const each = values[index];
      if (each === undefined) gradient.fill(0, from, from + size);
      else gradient.set(each, from);
      from += size;
    }
    const value = loss?.[0] ?? NaN;
    if (this.#initialLoss === undefined) {
      this.#initialLoss = value;
      const without = this.#variables.filter((_, index) => values[index] === undefined);
      this.#watch.withoutGradient(without.map(({ name }) => name));
    }
    return value;
  }

  /** Puts the point into the variables. */
  write(x: Float64Array): void {
    this.#hasWritten = true;
    let from = 0;
    for (const variable of this.#variables) {
      assign(this.#tf, variable, Float32Array.from(x.subarray(from, from + variable.size)));
      from += variable.size;
    }
  }

  /** Brings the last accepted point back after an error, if the variables can hold another one. */
  restore(): void {
    if (this.#hasWritten) this.write(this.#accepted);
  }

  report({ x, status, message, converged, loss, gradNorm, iterations, evaluations }: MinimizeResult): SolveReport {
    this.write(x);
    const initialLoss = this.#initialLoss ?? loss;
    const counts = { iterations, evaluations, stepSize: this.#stepSize };
    return { status, message, converged, initialLoss, loss, gradNorm, current: true, ...counts };
  }
}

/** The tensors of the loss and of each gradient, in the order of the variables. */
function tensorsOf({ value, grads }: Evaluation, variables: readonly VariableLike[]) {
  return [value, ...variables.map(({ name }) => grads[name] ?? undefined)];
}

/** Runs the solve with `dataSync`. */
export function solve(task: Solve): SolveReport {
  const { variables, start, options } = task;
  task.begin(variables.map((variable) => variable.dataSync()));
  const fun = (x: Float64Array, gradient: Float64Array): number => {
    const evaluation = task.evaluate(x);
    try {
      const values = tensorsOf(evaluation, variables).map((tensor) => tensor?.dataSync());
      return task.take(values, gradient);
    } finally {
      disposeEvaluation(evaluation);
    }
  };
  try {
    return task.report(minimize(fun, start, options));
  } catch (error) {
    task.restore();
    throw error;
  }
}

/** Runs the solve with `data`, which waits for the backend. */
export async function solveAsync(task: Solve): Promise<SolveReport> {
  const { variables, start, options } = task;
  task.begin(await Promise.all(variables.map((variable) => variable.data())));
  const fun = async (x: Float64Array, gradient: Float64Array): Promise<number> => {
    const evaluation = task.evaluate(x);
    try {
      const values = await Promise.all(tensorsOf(evaluation, variables).map(async (tensor) => tensor?.data()));
      return task.take(values, gradient);
    } finally {
      disposeEvaluation(evaluation);
    }
  };
  try {
    return task.report(await minimizeAsync(fun, start, options));
  } catch (error) {
    task.restore();
    throw error;
  }
}
