// One evaluation of a loss over variables, which leaves no tensors behind.

import { types } from 'node:util';
import { disown, typeError } from '../checks/errors';
import { isObject } from '../checks/own';
import { mismatch } from '../checks/refusals';
import type { EngineLike, Evaluation, TensorFlowLike, TensorLike, VariableLike } from './tfjs-types';

/**
 * The loss and its gradients, which belong to the scope around the call.
 *
 * @param surplus takes the scalars that f keeps, for the optimiser of a model; without it they stay kept
 * @param metrics receives the scalars that f has kept, in place of `surplus`; they stay kept
 */
export function evaluate(
  tf: TensorFlowLike,
  f: () => unknown,
  variables: readonly VariableLike[],
  surplus?: Surplus,
  metrics?: TensorLike[],
): Evaluation {
  const engine = tf.engine();
  const kept = metrics ?? [];
  const run = surplus === undefined ? f : () => watched(engine, f, kept);
  engine.startScope();
  let evaluation: Evaluation | undefined;
  try {
    evaluation = tf.variableGrads(() => checkLoss(run()), [...variables]);
    return evaluation;
  } catch (error) {
    disposeTape(engine);
    throw error;
  } finally {
    engine.endScope(evaluation);
    if (metrics === undefined) surplus?.take(engine, kept);
  }
}

/** Calls f for its side effects. */
export function repeat(tf: TensorFlowLike, f: () => unknown, surplus?: Surplus): void {
  const engine = tf.engine();
  const kept: TensorLike[] = [];
  engine.startScope();
  try {
    if (surplus === undefined) f();
    else watched(engine, f, kept);
  } finally {
    engine.endScope();
    surplus?.take(engine, kept);
  }
}

/**
 * Calls f, returns its result, and adds the scalars that f keeps to `kept`. Larger tensors are kept for other reasons:
 * states of recurrent layers.
 */
function watched({ state }: EngineLike, f: () => unknown, kept: TensorLike[]): unknown {
  const { activeScope } = state;
  try {
    return f();
  } finally {
    kept.push(...(activeScope?.track ?? []).filter((tensor) => tensor.kept && tensor.rank === 0));
  }
}

/** Disposes the tensors of an evaluation, which may be without its loss. */
export function disposeEvaluation({ value, grads }: Pick<Evaluation, 'grads'> & Partial<Evaluation>): void {
  for (const tensor of [value, ...Object.values(grads)]) tensor?.dispose();
}

/**
 * The metrics that a model keeps and does not dispose of. LayersModel calls `tf.keep` for each metric at each
 * evaluation, and disposes of the metrics of one evaluation only. The metrics of the others go to the scope around the
 * step or, without a scope (`fitDataset`), wait for the next step. They are not disposed of at once, because
 * `trainOnBatch` still reads them.
 */
export class Surplus {
  readonly #waiting: TensorLike[] = [];

  take({ state: { activeScope } }: EngineLike, tensors: readonly TensorLike[]): void {
    for (const tensor of tensors) {
      tensor.kept = false;
      if (activeScope === null) {
        this.#waiting.push(tensor);
        continue;
      }
      tensor.scopeId = activeScope.id;
      activeScope.track.push(tensor);
    }
  }

  dispose(): void {
    for (const tensor of this.#waiting.splice(0)) tensor.dispose();
  }
}

/**
 * Disposes of the tensors that TensorFlow.js has saved for the gradient: after an error it leaves them, also with its
 * own optimisers.
 */
function disposeTape({ state }: EngineLike): void {
  if (state.gradientDepth > 0) return; // a gradient of a higher order still needs it
  const tape = state.activeTape as typeof state.activeTape | null;
  for (const { saved } of tape ?? []) for (const tensor of saved ?? []) tensor.dispose();
  state.activeTape = [];
}

function checkLoss(loss: unknown): TensorLike {
  if (types.isPromise(loss)) {
    disown(loss);
    throw refuseLoss(loss, '; gradients need operations that are not asynchronous: await the data before the call');
  }
  if (!isObject(loss) || !('rank' in loss && 'dataId' in loss)) throw refuseLoss(loss, '');
  const { rank, shape } = loss as TensorLike;
  // A variable is not to be disposed after the evaluation.
  if (rank === 0) return 'assign' in loss ? (loss as VariableLike).clone() : (loss as TensorLike);
  throw typeError(
    'ERR_LBFGS_CLOSURE_RESULT',
    `Expected a scalar tensor from f but received one of shape [${shape.join(', ')}]; add tf.mean or tf.sum`,
  );
}

function refuseLoss(loss: unknown, hint: string): TypeError {
  return typeError('ERR_LBFGS_CLOSURE_RESULT', mismatch('a scalar tensor', 'the result of f', loss, hint));
}
