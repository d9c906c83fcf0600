// A callback of fit that ends the training once a further step would make no progress.

import { typeError } from '../checks/errors';
import { isObject } from '../checks/own';
import { wrongType } from '../checks/refusals';
import { callbackOf, type Trainer } from './tfjs-optimizer';
import type { CallbackLike, ModelLike } from './tfjs-types';

/** What `fit` calls after each epoch. */
export interface StopCallback {
  /** Ends the training if the last step ended for another reason than a limit. */
  onEpochEnd(epoch: number): Promise<void>;
}

/**
 * After a step with one of these statuses the next step continues; after any other status it would end where it begins.
 */
const LIMITS: readonly string[] = ['max_iter', 'max_eval', 'time_limit'];

export function stopCallback(trainer: Trainer, given: ModelLike | undefined): StopCallback {
  const Callback = callbackOf(trainer);
  const check = (model: object): void => {
    const { lastStep } = trainer;
    if (lastStep !== null && !LIMITS.includes(lastStep.status)) (model as ModelLike).stopTraining = true;
  };
  if (given !== undefined) {
    if (!isObject(given) || !('stopTraining' in given)) throw wrongType('a LayersModel', 'the model', given);
    return {
      onEpochEnd: async () => {
        check(given);
        return Promise.resolve();
      },
    };
  }
  if (Callback === undefined) {
    throw typeError(
      'ERR_LBFGS_ARG_TYPE',
      'Expected a model for stopWhenConverged but received undefined; tfjs-core alone has no callbacks that know their ' +
        'model: pass it, stopWhenConverged(optimizer, model)',
    );
  }
  return new (class extends Callback implements StopCallback {
    async onEpochEnd(): Promise<void> {
      // In a list that begins with a plain object, TensorFlow.js calls this method alone, on an object of its own.
      const model = (this as Partial<CallbackLike>).model;
      if (model !== undefined) check(model);
      else throw refusePlace();
      return Promise.resolve();
    }
  })();
}

function refusePlace(): TypeError {
  return typeError(
    'ERR_LBFGS_ARG_TYPE',
    'Expected stopWhenConverged(optimizer) alone or among callbacks of tf.callbacks but received a list with plain ' +
      'objects, in which it does not know its model: pass the model, stopWhenConverged(optimizer, model)',
  );
}
