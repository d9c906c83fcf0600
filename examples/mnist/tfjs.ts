import * as core from '@tensorflow/tfjs-core';
import { layers, regularizers, sequential } from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-wasm';
import { lbfgs } from 'lbfgs/tfjs';
import { oneHotOf, pixelsOf } from './dense';
import { CLASSES, PIXELS } from './softmax.mjs';
import { NO_TOLERANCE, PENALTY, type Learnt, type Task } from './way';

/** By TensorFlow.js on its WebAssembly backend: a layers model, and model.fit. */
export async function tfjs({ images, evaluations, onProgress }: Task): Promise<Learnt> {
  await core.setBackend('wasm');
  const layer = layers.dense({
    ...{ inputShape: [PIXELS], units: CLASSES, activation: 'softmax', kernelInitializer: 'zeros' },
    kernelRegularizer: regularizers.l2({ l2: PENALTY / 2 }),
  });
  const model = sequential({ layers: [layer] });
  const limits = { maxIter: evaluations, maxEval: evaluations };
  const optimizer = lbfgs(core, { ...NO_TOLERANCE, ...limits, onIteration: onProgress });
  model.compile({ optimizer, loss: 'categoricalCrossentropy' });
  const x = core.tensor2d(pixelsOf(images), [images.count, PIXELS]);
  const y = core.tensor2d(oneHotOf(images), [images.count, CLASSES]);
  await model.fit(x, y, { batchSize: images.count, epochs: 1, verbose: 0 });
  const weights = layer.getWeights().flatMap((tensor) => Array.from(tensor.dataSync()));
  const { loss, evaluations: made } = optimizer.lastStep!;
  model.dispose();
  optimizer.dispose();
  core.dispose([x, y]);
  return { x: Float64Array.from(weights), loss, evaluations: made };
}
