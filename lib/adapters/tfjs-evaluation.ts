// One evaluation of a loss over variables, which leaves no tensors behind.

import { types } from 'node:util';
import { disown, typeError } from '../checks/errors';
import { isObject } from '../checks/own';
import { mismatch } from '../checks/refusals';
import type { EngineLike, Evaluation, TensorFlowLike, TensorLike, VariableLike } from './tfjs-types';

/**
 * The loss and its gradients, which belong to the scope around the call.
 *
 * LayersModel calls `tf.keep` for each metric at each evaluation, and disposes those of one evaluation. Those of all
 * others are handed to the scope around the call instead. They are not disposed at once, because `trainOnBatch` still
 * reads them.
 *
 * @param keepsMetrics whether the scalars that f keeps stay kept
 */
export function evaluate(
  tf: TensorFlowLike,
  f: () => unknown,
  variables: readonly VariableLike[],
  keepsMetrics: boolean,
): Evaluation {
  const engine = tf.engine();
  const metrics: TensorLike[] = [];
  const watched = (): TensorLike => {
    const scope = engine.state.activeScope;
    try {
      return checkLoss(f());
    } finally {
      // Larger tensors are kept for other reasons: the states of a recurrent layer, and its dropout masks.
      if (!keepsMetrics) metrics.push(...(scope?.track ?? []).filter(({ kept, rank }) => kept && rank === 0));
    }
  };
  engine.startScope();
  let evaluation: Evaluation | undefined;
  try {
    evaluation = tf.variableGrads(watched, [...variables]);
    return evaluation;
  } catch (error) {
    disposeTape(engine);
    throw error;
  } finally {
    engine.endScope(evaluation);
    handOver(engine, metrics);
  }
}

/** Tensors that nothing protects any more are disposed with the scope around the call. */
function handOver({ state }: EngineLike, tensors: readonly TensorLike[]): void {
  for (const tensor of tensors) {
    tensor.kept = false;
    if (state.activeScope === null) continue;
    tensor.scopeId = state.activeScope.id;
    state.activeScope.track.push(tensor);
  }
}

/** After an error TensorFlow.js itself leaves what it has saved for the gradient, with its own optimisers, too. */
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
  if (rank === 0) return loss as TensorLike;
  throw typeError(
    'ERR_LBFGS_CLOSURE_RESULT',
    `Expected a scalar tensor from f but received one of shape [${shape.join(', ')}]; add tf.mean or tf.sum`,
  );
}

function refuseLoss(loss: unknown, hint: string): TypeError {
  return typeError('ERR_LBFGS_CLOSURE_RESULT', mismatch('a scalar tensor', 'the result of f', loss, hint));
}
