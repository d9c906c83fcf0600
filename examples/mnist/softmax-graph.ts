import { writeModel, type Node } from './onnx-writer';

/**
 * Softmax regression as an ONNX graph of its loss and gradients: the mean over the rows of -log p(class), and
 * `penalty` / 2 times the sum of the squared weights. Inputs: `p.w` (columns x classes), `p.b` (classes), `x` (rows x
 * columns) and `y` (rows x classes, 1 for the class of the row). Outputs: `loss`, `g.w`, `g.b`. All are float32.
 */
export function softmaxGraph(rows: number, columns: number, classes: number, penalty: number): Uint8Array {
  const node = (op: string, inputs: string[], output: string, attributes = {}): Node => ({
    ...{ op, inputs, outputs: [output], attributes },
  });
  const float = (name: string, shape: readonly number[]) => ({ name, shape, type: 'float32' as const });
  const constant = (name: string, value: number) => ({ ...float(name, []), data: Float32Array.of(value) });
  const axis = (name: string, value: bigint) => ({
    ...{ name, type: 'int64' as const, shape: [1], data: BigInt64Array.of(value) },
  });
  return writeModel({
    inputs: [
      float('p.w', [columns, classes]),
      float('p.b', [classes]),
      float('x', [rows, columns]),
      float('y', [rows, classes]),
    ],
    outputs: [float('loss', []), float('g.w', [columns, classes]), float('g.b', [classes])],
    constants: [
      constant('rows', rows),
      constant('penalty', penalty),
      constant('half penalty', penalty / 2),
      axis('over rows', 0n),
      axis('over classes', 1n),
    ],
    nodes: [
      node('Gemm', ['x', 'p.w', 'p.b'], 'scores'),
      node('LogSoftmax', ['scores'], 'log p', { axis: 1 }),
      node('Mul', ['y', 'log p'], 'log p of the class'),
      node('ReduceSum', ['log p of the class', 'over classes'], 'log-likelihoods', { keepdims: 0 }),
      node('ReduceMean', ['log-likelihoods'], 'log-likelihood', { keepdims: 0 }),
      node('Mul', ['p.w', 'p.w'], 'squares'),
      node('ReduceSum', ['squares'], 'square', { keepdims: 0 }),
      node('Mul', ['square', 'half penalty'], 'penalties'),
      node('Sub', ['penalties', 'log-likelihood'], 'loss'),
      node('Exp', ['log p'], 'p'),
      node('Sub', ['p', 'y'], 'excess'),
      node('Div', ['excess', 'rows'], 'mean excess'),
      node('Gemm', ['x', 'mean excess'], 'g of the data', { transA: 1 }),
      node('Mul', ['p.w', 'penalty'], 'g of the penalty'),
      node('Add', ['g of the data', 'g of the penalty'], 'g.w'),
      node('ReduceSum', ['mean excess', 'over rows'], 'g.b', { keepdims: 0 }),
    ],
  });
}
