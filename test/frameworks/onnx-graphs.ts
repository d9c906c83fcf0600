// Graphs of a loss and its gradients, as the tests of lbfgs/onnx train them, and ONNX Runtime as far as they use it.

import assert from 'node:assert/strict';
import type { OrtLike, SessionLike, TensorLike } from 'lbfgs/onnx';
import { framework, frameworks } from './framework';
import { writeModel, type Element, type Graph, type Node } from './onnx-writer';

export interface Tensor extends TensorLike {
  readonly data: unknown;
}

export interface Ort extends OrtLike<Tensor> {
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => Tensor;
  readonly InferenceSession: { create(model: Uint8Array | string, options?: object): Promise<Session> };
}

export interface Session extends SessionLike {
  run(
    feeds: Readonly<Record<string, Tensor>>,
    fetches?: Readonly<Record<string, Tensor>>,
  ): Promise<Record<string, Tensor>>;
  release(): Promise<void>;
}

/** ONNX Runtime, or undefined after saying what is left out. */
export function onnxRuntime(what: string): Ort | undefined {
  const folder = frameworks(what);
  return folder === undefined ? undefined : (framework(folder, 'onnxruntime-node') as Ort);
}

/** One thread, so that sums are rounded alike on all machines; warnings left out. */
export const ONE_THREAD = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 } as const;

export const sessionOf = (ort: Ort, graph: Graph): Promise<Session> =>
  ort.InferenceSession.create(writeModel(graph), ONE_THREAD);

/** Linear least squares: the mean over the rows of (x w + b - y)², halved. The gradients are exact. */
export function leastSquares(rows: number, columns: number, type: 'float32' | 'float64' = 'float64'): Graph {
  const ArrayOf = type === 'float32' ? Float32Array : Float64Array;
  const node = (op: string, inputs: string[], output: string, attributes = {}): Node => ({
    op,
    inputs,
    outputs: [output],
    attributes,
  });
  return {
    inputs: [
      { name: 'p.w', type, shape: [columns, 1] },
      { name: 'x', type, shape: [rows, columns] },
      { name: 'p.b', type, shape: [1] },
      { name: 'y', type, shape: [rows, 1] },
    ],
    outputs: [
      { name: 'g.b', type, shape: [1] },
      { name: 'loss', type, shape: [] },
      { name: 'g.w', type, shape: [columns, 1] },
    ],
    constants: [
      { name: 'half', type, shape: [], data: ArrayOf.of(0.5) },
      { name: 'rows', type, shape: [], data: ArrayOf.of(rows) },
      { name: 'one', type: 'int64', shape: [1], data: BigInt64Array.of(1n) },
    ],
    nodes: [
      node('MatMul', ['x', 'p.w'], 'xw'),
      node('Add', ['xw', 'p.b'], 'predicted'),
      node('Sub', ['predicted', 'y'], 'error'),
      node('Mul', ['error', 'error'], 'squares'),
      node('ReduceMean', ['squares'], 'mean', { keepdims: 0 }),
      node('Mul', ['mean', 'half'], 'loss'),
      node('Div', ['error', 'rows'], 'slope'),
      node('Transpose', ['x'], 'xt', { perm: [1, 0] }),
      node('MatMul', ['xt', 'slope'], 'g.w'),
      node('ReduceSum', ['slope'], 'sum', { keepdims: 0 }),
      node('Reshape', ['sum', 'one'], 'g.b'),
    ],
  };
}

/** Half the sum of the squares of one vector, whose gradient is the vector itself. */
export function halfSquare(size: number, type: Element = 'float64'): Graph {
  const half = type === 'float32' ? Float32Array.of(0.5) : Float64Array.of(0.5);
  return {
    inputs: [{ name: 'p.x', type, shape: [size] }],
    outputs: [
      { name: 'loss', type, shape: [] },
      { name: 'g.x', type, shape: [size] },
    ],
    constants: [{ name: 'half', type, shape: [], data: half }],
    nodes: [
      { op: 'Mul', inputs: ['p.x', 'p.x'], outputs: ['squares'] },
      { op: 'ReduceSum', inputs: ['squares'], outputs: ['sum'], attributes: { keepdims: 0 } },
      { op: 'Mul', inputs: ['sum', 'half'], outputs: ['loss'] },
      { op: 'Identity', inputs: ['p.x'], outputs: ['g.x'] },
    ],
  };
}

/** Numbers in [-1, 1), the same ones every time. */
export function randomNumbers(count: number, seed = 1): Float64Array {
  let state = seed;
  return Float64Array.from({ length: count }, () => {
    state = (1664525 * state + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** The class, the code and the message of what is thrown. */
export function thrownBy(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof Error && 'code' in error);
    return `${error.name} ${String(error.code)}: ${error.message}`;
  }
  assert.fail('nothing was thrown');
}
