import * as ort from 'onnxruntime-node';
import { LBFGS } from 'lbfgs';
import { trainable } from 'lbfgs/onnx';
import { oneHotOf, pixelsOf } from './dense';
import { CLASSES, PIXELS } from './softmax.mjs';
import { softmaxGraph } from './softmax-graph';
import { NO_TOLERANCE, PENALTY, type Learnt, type Task } from './way';

/** By ONNX Runtime, from a graph of the loss and its gradients. */
export async function onnx({ images, evaluations, onProgress }: Task, threads: number): Promise<Learnt> {
  const graph = softmaxGraph(images.count, PIXELS, CLASSES, PENALTY);
  const session = await ort.InferenceSession.create(graph, { intraOpNumThreads: threads, logSeverityLevel: 3 });
  const zeros = { 'p.w': new Float32Array(PIXELS * CLASSES), 'p.b': new Float32Array(CLASSES) };
  const { parameters, closure } = trainable(ort, session, zeros);
  const data = {
    x: new ort.Tensor('float32', pixelsOf(images), [images.count, PIXELS]),
    y: new ort.Tensor('float32', oneHotOf(images), [images.count, CLASSES]),
  };
  const limits = { maxIter: evaluations, maxEval: evaluations };
  const optimizer = new LBFGS(parameters, { ...NO_TOLERANCE, ...limits, lineSearchFn: 'strong_wolfe' });
  await optimizer.stepAsync(closure(data), { onIteration: onProgress });
  await session.release();
  return { ...optimizer.lastStep!, x: Float64Array.from(parameters.flatMap(({ data }) => Array.from(data))) };
}
