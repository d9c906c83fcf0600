// TensorFlow.js: an optimiser for model.fit, and whole solves over variables. The user's own module is an argument;
// nothing of it is imported.

/**
 * TensorFlow.js: `lbfgs(tf)` is an optimiser for `model.compile`, `minimize` and `minimizeAsync` are whole solves over
 * variables.
 *
 * @module lbfgs/tfjs
 */

import type { Closure, Parameter } from './index';
import { checkFunction } from './checks/refusals';
import { disposeEvaluation, evaluate } from './adapters/tfjs-evaluation';
import { checkModule, classFor, type TfjsOptions, type Trainer } from './adapters/tfjs-optimizer';
import { Solve, solve, solveAsync, type SolveReport, type TfjsMinimizeOptions } from './adapters/tfjs-solve';
import { stopCallback, type StopCallback } from './adapters/tfjs-stop';
import type { ModelLike, TensorFlowLike, TensorLike, VariableLike } from './adapters/tfjs-types';
import { Mirror, trainable as trainableOnes } from './adapters/tfjs-variables';

export type { TfjsOptions, Trainer } from './adapters/tfjs-optimizer';
export type { SolveReport, TfjsMinimizeOptions } from './adapters/tfjs-solve';
export type { StopCallback } from './adapters/tfjs-stop';
export type * from './adapters/tfjs-types';
export type { NoisyLoss } from './adapters/tfjs-watch';

/**
 * Makes an optimiser that trains a model with the class `LBFGS`: `model.compile({ optimizer: lbfgs(tf), loss })`. It is
 * a `tf.Optimizer`, which is saved and loaded with its model. The defaults of lineSearchFn (`'strong_wolfe'`) and
 * historySize (10) differ from those of `LBFGS`.
 *
 * Each batch is one step of up to maxIter iterations, so pass `batchSize: <number of rows>` to `fit`. The optimiser
 * trains the list of variables of its first step. A later list may have further ones (layers that are trainable again);
 * what was learnt of the others is kept.
 *
 * @param tf the module of TensorFlow.js
 * @throws TypeError or RangeError for arguments that do not fit
 *
 * @example
 * const optimizer = lbfgs(tf);
 * model.compile({ optimizer, loss: 'meanSquaredError' });
 * await model.fit(x, y, { batchSize: x.shape[0], epochs: 20 });
 * console.log(optimizer.lastStep.message);
 */
export function lbfgs<T extends TensorFlowLike>(
  tf: T,
  options: TfjsOptions = {},
): InstanceType<T['Optimizer']> & Trainer {
  return new (classFor(tf))(options) as unknown as InstanceType<T['Optimizer']> & Trainer;
}

/**
 * Makes the optimiser's class known to TensorFlow.js. Call it before `tf.loadLayersModel` loads a model that was saved
 * with such an optimiser, unless the program has called `lbfgs(tf)` before. Functions among the options, and a signal,
 * are not saved.
 *
 * @param tf the module of TensorFlow.js
 * @throws TypeError if tf is not the module
 */
export function registerLBFGS(tf: TensorFlowLike): void {
  classFor(tf);
}

/**
 * A callback for `fit` that ends the training after an epoch whose last step ended for another reason than a limit
 * (maxIter, maxEval, timeLimit): a further step would end where it begins.
 *
 * @param trainer the optimiser of the model
 * @param model the model, which is needed in a list of callbacks with plain objects, and if tf was `tfjs-core` alone
 * @throws TypeError if the trainer is not of `lbfgs(tf)`, or the model is needed and not there
 *
 * @example
 * await model.fit(x, y, { batchSize: x.shape[0], epochs: 100, callbacks: stopWhenConverged(optimizer) });
 */
export function stopWhenConverged(trainer: Trainer, model?: ModelLike): StopCallback {
  return stopCallback(trainer, model);
}

/**
 * Minimises a function of variables with the package's `minimize`: its line search, stops and defaults. The variables
 * hold the minimum afterwards, and the last accepted point if f or a callback throws. It blocks the event loop.
 *
 * @param tf the module of TensorFlow.js
 * @param f returns the loss, a scalar tensor; it may create tensors, which are disposed
 * @param variables the variables, all float32; those that are not trainable stay as they are
 * @param options those of `minimize`, without `gradient`
 * @throws what `minimize` throws; TypeError `ERR_LBFGS_CLOSURE_RESULT` if f does not return a scalar tensor; an error
 * `ERR_LBFGS_VARIABLES` if none of the variables is trainable, or one is disposed of or not float32
 *
 * @example
 * const w = tf.variable(tf.zeros([4]));
 * const { status, loss } = minimize(tf, () => tf.losses.meanSquaredError(y, x.dot(w)), [w]);
 */
export function minimize(
  tf: TensorFlowLike,
  f: () => TensorLike,
  variables: VariableLike[],
  options: TfjsMinimizeOptions = {},
): SolveReport {
  checkModule(tf);
  return solve(new Solve(tf, f, variables, options));
}

/**
 * Minimises as `minimize` does, but waits for the values of the loss and the gradients with `tensor.data()`, as
 * backends on a GPU want it. The event loop turns between evaluations.
 *
 * @throws what `minimize` throws, as a rejection
 */
export async function minimizeAsync(
  tf: TensorFlowLike,
  f: () => TensorLike,
  variables: VariableLike[],
  options: TfjsMinimizeOptions = {},
): Promise<SolveReport> {
  checkModule(tf);
  return solveAsync(new Solve(tf, f, variables, options));
}

/** Variables as parameters, for `LBFGS`, `checkGradient` and whatever else takes parameters and a closure. */
export interface Trainable {
  /** A parameter for each variable, with the values that the variable had. */
  readonly parameters: readonly Parameter<Float32Array>[];
  /** Assigns the parameters' values to the variables, evaluates the loss and sets the gradients. */
  readonly closure: Closure;
  /** Assigns the parameters' values to the variables. Call it after a step, whose last trial the variables hold. */
  readonly assign: () => void;
}

/**
 * Variables as parameters and their loss as a closure. The optimisers of `lbfgs(tf)` are made of the same.
 *
 * @throws as `minimize` for f and variables that do not fit; the closure TypeError `ERR_LBFGS_CLOSURE_RESULT` if f does
 * not return a scalar tensor
 *
 * @example
 * const { parameters, closure } = trainable(tf, f, [w, b]);
 * const { ok, worstName } = checkGradient(parameters, closure);
 */
export function trainable(tf: TensorFlowLike, f: () => TensorLike, variables: VariableLike[]): Trainable {
  checkModule(tf);
  checkFunction(f, 'f');
  const mirror = new Mirror(tf, trainableOnes(variables));
  mirror.read();
  const assign = (): void => {
    mirror.write();
  };
  const closure = (): number => {
    mirror.write();
    const evaluation = evaluate(tf, f, mirror.variables);
    try {
      mirror.take(evaluation.grads);
      return evaluation.value.dataSync()[0] ?? NaN;
    } finally {
      disposeEvaluation(evaluation);
    }
  };
  return { parameters: mirror.parameters, closure, assign };
}
