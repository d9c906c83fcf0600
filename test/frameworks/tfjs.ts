// TensorFlow.js as these tests use it, and the models that they train. The packages' own types are for test/frameworks/tfjs-types.test.ts.

import type { Config, TensorFlowLike, TensorLike, VariableLike } from 'lbfgs/tfjs';
import { framework } from './framework';

export type Tensor = TensorLike;
export interface Variable extends VariableLike {
  trainable: boolean;
}
export interface Optimizer {
  readonly iterations: number;
  minimize(f: () => TensorLike, returnCost?: boolean, variables?: VariableLike[]): Tensor | null;
  computeGradients(f: () => TensorLike, variables?: VariableLike[]): { value: Tensor; grads: Record<string, Tensor> };
  applyGradients(gradients: object): void;
  getConfig(): Config;
  dispose(): void;
}
export interface Layer {
  trainable: boolean;
  getWeights(): Tensor[];
  setWeights(weights: Tensor[]): void;
}
export interface Model {
  readonly layers: Layer[];
  readonly optimizer: Optimizer;
  stopTraining: boolean;
  compile(options: { optimizer: Optimizer; loss: unknown; metrics?: string[] }): void;
  fit(
    x: TensorLike,
    y: TensorLike,
    options: object,
  ): Promise<{ epoch: number[]; history: Record<string, (number | Tensor)[]> }>;
  fitDataset(data: object, options: object): Promise<unknown>;
  trainOnBatch(x: TensorLike, y: TensorLike): Promise<number | number[]>;
  evaluate(x: TensorLike, y: TensorLike, options?: object): Tensor | Tensor[];
  getWeights(): Tensor[];
  save(handler: object, options: { includeOptimizer: boolean }): Promise<unknown>;
  dispose(): void;
}
/** A saved model. */
export interface Artifacts {
  weightData: ArrayBuffer;
}

type Op = (...tensors: TensorLike[]) => Tensor;

/** The parts of the modules that the tests use. */
export interface Tf extends TensorFlowLike {
  readonly Optimizer: abstract new () => Optimizer;
  readonly Callback: abstract new () => { model: object };
  readonly layers: Record<string, (options?: object) => Layer>;
  readonly initializers: { glorotNormal(options: { seed: number }): object };
  readonly regularizers: { l2(options: object): object };
  readonly callbacks: { earlyStopping(options: object): object };
  readonly train: Record<string, (rate: number) => Optimizer>;
  readonly losses: { meanSquaredError: Op };
  readonly io: {
    withSaveHandler(save: (artifacts: Artifacts) => Promise<object>): object;
    fromMemory(a: object): object;
  };
  readonly memory: () => { numTensors: number; numDataBuffers: number; numBytes: number };
  setBackend(name: string): Promise<boolean>;
  sequential(options: { layers: Layer[] }): Model;
  loadLayersModel(handler: object): Promise<Model>;
  tensor1d(values: ArrayLike<number>, dtype?: string): Tensor;
  tensor2d(values: ArrayLike<number> | number[][], shape?: [number, number]): Tensor;
  variable(value: TensorLike, trainable?: boolean, name?: string): Variable;
  customGrad(f: (x: Tensor) => { value: Tensor; gradFunc: (dy: Tensor) => Tensor }): (x: TensorLike) => Tensor;
  tidy<Result>(f: () => Result): Result;
  keep<T extends TensorLike>(tensor: T): T;
  dispose(tensors: unknown): void;
  sum: Op;
  mean: Op;
  mul: Op;
  add: Op;
  sub: Op;
  square: Op;
  sin: Op;
  log: Op;
  matMul: Op;
  scalar(value: number): Tensor;
  zeros(shape: number[]): Tensor;
}

/** Both packages as one module, as `@tensorflow/tfjs` is, and `tfjs-core` alone. */
export function tensorflow(folder: string): { tf: Tf; core: Omit<Tf, 'Callback'> } {
  const core = framework(folder, '@tensorflow/tfjs-core') as Tf;
  for (const name of ['cpu', 'wasm']) framework(folder, `@tensorflow/tfjs-backend-${name}`);
  const layers = framework(folder, '@tensorflow/tfjs-layers') as Tf;
  return { tf: { ...core, ...layers }, core };
}

export const BACKENDS = ['cpu', 'wasm'];
export const ROWS = 200;

/** The same numbers each time, between -1 and 1. */
export function numbers(count: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return (state / 2147483648) * 2 - 1;
  });
}

/** 200 rows of four numbers and the sine of twice their sum. */
export function waves(tf: Tf): { x: Tensor; y: Tensor } {
  const values = numbers(ROWS * 4);
  const sums = Float32Array.from({ length: ROWS }, (_, row) =>
    Math.sin(2 * values.subarray(4 * row, 4 * row + 4).reduce((sum, value) => sum + value, 0)),
  );
  return { x: tf.tensor2d(values, [ROWS, 4]), y: tf.tensor2d(sums, [ROWS, 1]) };
}

/** A network 4-16-1, with further layers in between. */
export function network(tf: Tf, seed = 3, ...between: Layer[]): Model {
  const dense = (units: number, ofLayer: number, more: object): Layer =>
    tf.layers['dense']!({ units, kernelInitializer: tf.initializers.glorotNormal({ seed: ofLayer }), ...more });
  const first = dense(16, seed, { activation: 'tanh', inputShape: [4] });
  return tf.sequential({ layers: [first, ...between, dense(1, seed + 1, {})] });
}

/** A variable of one dimension, without the tensor that it was made from. */
export function variableOf(tf: Tf, ...values: number[]): Variable {
  const tensor = tf.tensor1d(values);
  const variable = tf.variable(tensor);
  tensor.dispose();
  return variable;
}

/** Options of fit for steps with all rows, in their order. */
export const FULL = { batchSize: ROWS, verbose: 0, yieldEvery: 'never', shuffle: false };

/** The loss of a model. */
export function lossOf(tf: Tf, model: Model, x: Tensor, y: Tensor): number {
  const result = model.evaluate(x, y, { batchSize: ROWS });
  const loss = Array.isArray(result) ? result[0]! : result;
  const value = loss.dataSync()[0]!;
  tf.dispose(result);
  return value;
}

/** All weights of a model, copied. */
export const weightsOf = (model: Model): number[] => model.getWeights().flatMap((each) => Array.from(each.dataSync()));

/** Runs the body with numbers of Math.random that are the same each time: fit shuffles by them. */
export async function withSameChance<Result>(body: () => Promise<Result>): Promise<Result> {
  const { random } = Math;
  let state = 1;
  Math.random = () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
  };
  try {
    return await body();
  } finally {
    Math.random = random;
  }
}

/** The codes of this package's warnings while the body runs. */
export async function warningsOf(body: () => unknown): Promise<(string | undefined)[]> {
  const codes: (string | undefined)[] = [];
  const listen = (warning: Error & { code?: string }): void => {
    if (warning.name === 'LBFGSWarning') codes.push(warning.code);
  };
  process.on('warning', listen);
  try {
    await body();
    await new Promise((resolve) => setImmediate(resolve)); // warnings come in a later turn
  } finally {
    process.off('warning', listen);
  }
  return codes;
}

/** A saved model, without a file. */
export async function save(tf: Tf, model: Model): Promise<Artifacts> {
  let saved: Artifacts | undefined;
  const handler = tf.io.withSaveHandler((artifacts) => {
    saved = artifacts;
    return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
  });
  await model.save(handler, { includeOptimizer: true });
  return saved!;
}
