// Small neural networks and a factorisation: smooth, not convex, with more than one minimum.

import { randomNumbers } from '../numbers';
import type { Evaluate, Problem } from './problem';

const { exp, log, max, PI, sin, tanh } = Math;

interface Shape {
  readonly inputs: number;
  readonly hidden: number;
  readonly outputs: number;
}

interface Sample {
  readonly input: readonly number[];
  readonly target: readonly number[];
}

/** The loss of one sample by the network's outputs; fills its derivatives by each. */
type OutputLoss = (outputs: Float64Array, target: readonly number[], slopes: Float64Array) => number;

const squaredError: OutputLoss = (outputs, target, slopes) =>
  outputs.reduce((sum, output, k) => {
    const away = output - target[k]!;
    slopes[k] = 2 * away;
    return sum + away ** 2;
  }, 0);

const crossEntropy: OutputLoss = (outputs, target, slopes) => {
  const highest = max(...outputs);
  const total = outputs.reduce((sum, output) => sum + exp(output - highest), 0);
  return outputs.reduce((sum, output, k) => {
    slopes[k] = exp(output - highest) / total - target[k]!;
    return sum - target[k]! * (output - highest - log(total));
  }, 0);
};

/** The mean loss of W2 tanh(W1 input + b1) + b2, and decay / 2 |x|^2. x holds the rows of [W1 b1], then of [W2 b2]. */
function network(shape: Shape, samples: readonly Sample[], loss: OutputLoss, decay: number): Evaluate {
  const { inputs, hidden, outputs } = shape;
  const second = hidden * (inputs + 1);
  return (x, gradient) => {
    let sum = 0;
    for (const [j, value] of x.entries()) {
      sum += (decay / 2) * value ** 2;
      gradient[j] = decay * value;
    }
    const [slopes, values, units] = [new Float64Array(outputs), new Float64Array(outputs), new Float64Array(hidden)];
    for (const { input, target } of samples) {
      for (let h = 0; h < hidden; h++) {
        const row = h * (inputs + 1);
        units[h] = tanh(input.reduce((eta, value, j) => eta + value * x[row + j]!, x[row + inputs]!));
      }
      for (let k = 0; k < outputs; k++) {
        const row = second + k * (hidden + 1);
        values[k] = units.reduce((eta, unit, h) => eta + unit * x[row + h]!, x[row + hidden]!);
      }
      sum += loss(values, target, slopes) / samples.length;
      for (let h = 0; h < hidden; h++) {
        let back = 0;
        for (let k = 0; k < outputs; k++) {
          const row = second + k * (hidden + 1);
          back += slopes[k]! * x[row + h]!;
          gradient[row + h]! += (slopes[k]! * units[h]!) / samples.length;
        }
        back *= (1 - units[h]! ** 2) / samples.length;
        const row = h * (inputs + 1);
        for (let j = 0; j < inputs; j++) gradient[row + j]! += back * input[j]!;
        gradient[row + inputs]! += back;
      }
      for (let k = 0; k < outputs; k++) gradient[second + k * (hidden + 1) + hidden]! += slopes[k]! / samples.length;
    }
    return sum;
  };
}

function trained(
  name: string,
  shape: Shape,
  samples: readonly Sample[],
  loss: OutputLoss,
  decay: number,
  minima: Problem['minima'],
): Problem {
  const random = randomNumbers(7);
  const size = shape.hidden * (shape.inputs + 1) + shape.outputs * (shape.hidden + 1);
  return {
    name: `${name}, n = ${size}`,
    start: Float64Array.from({ length: size }, () => random()),
    evaluate: network(shape, samples, loss, decay),
    minima,
    source: 'constructed; f* by L-BFGS runs of many kinds from the start, and Newton',
  };
}

const XOR: readonly Sample[] = [
  { input: [0, 0], target: [0] },
  { input: [0, 1], target: [1] },
  { input: [1, 0], target: [1] },
  { input: [1, 1], target: [0] },
];

const SINE: readonly Sample[] = Array.from({ length: 21 }, (_, i) => {
  const t = i / 10 - 1;
  return { input: [t], target: [sin(PI * t)] };
});

const random = randomNumbers(21);
const BLOBS: readonly Sample[] = Array.from({ length: 60 }, (_, i) => {
  const input = [0, 1, 2, 3].map((j) => ((i + j) % 3) + random() + random());
  return { input, target: [0, 1, 2].map((k) => (i % 3 === k ? 1 : 0)) };
});

const RINGS: readonly Sample[] = Array.from({ length: 60 }, (_, i) => {
  const angle = PI * random();
  const radius = (i % 2 === 0 ? 0.6 : 1.4) + 0.4 * random();
  return { input: [radius * Math.cos(angle), radius * sin(angle)], target: i % 2 === 0 ? [1, 0] : [0, 1] };
});

/** |A - U V'|^2 + penalty (|U|^2 + |V|^2), A of 8 x 6, U and V of rank 2; x holds U, then V, row after row. */
function factorisation(): Problem {
  const [rows, columns, rank, penalty] = [8, 6, 2, 0.1];
  const numbers = randomNumbers(31);
  const a = Float64Array.from({ length: rows * columns }, () => numbers());
  const evaluate: Evaluate = (x, gradient) => {
    const at = rows * rank;
    let sum = 0;
    for (const [j, value] of x.entries()) {
      sum += penalty * value ** 2;
      gradient[j] = 2 * penalty * value;
    }
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        let away = -a[i * columns + j]!;
        for (let k = 0; k < rank; k++) away += x[i * rank + k]! * x[at + j * rank + k]!;
        sum += away ** 2;
        for (let k = 0; k < rank; k++) {
          gradient[i * rank + k]! += 2 * away * x[at + j * rank + k]!;
          gradient[at + j * rank + k]! += 2 * away * x[i * rank + k]!;
        }
      }
    }
    return sum;
  };
  return {
    name: 'matrix factorisation, n = 28',
    start: Float64Array.from({ length: (rows + columns) * rank }, () => numbers()),
    evaluate,
    minima: [{ value: 8.451691917774461 }],
    source: 'constructed; f* by the singular values, less the penalty: Srebro, Rennie & Jaakkola (2004)',
  };
}

export const NETWORKS: readonly Problem[] = [
  trained('XOR', { inputs: 2, hidden: 2, outputs: 1 }, XOR, squaredError, 1e-3, [
    { value: 0.00641815671936473 },
    {
      value: 0.006660882723615784,
      near: [-1.266, 1.267, 0.675, 1.267, -1.266, 0.675, -1.323, -1.323, 1.561],
      isPublished: false,
    },
  ]),
  trained('network for a sine', { inputs: 1, hidden: 3, outputs: 1 }, SINE, squaredError, 1e-3, [
    { value: 0.013553281266046642 },
  ]),
  trained('network for blobs', { inputs: 4, hidden: 3, outputs: 3 }, BLOBS, crossEntropy, 1e-2, [
    { value: 0.29935007797029933 },
  ]),
  trained('network for rings', { inputs: 2, hidden: 4, outputs: 2 }, RINGS, crossEntropy, 1e-2, [
    { value: 0.3759091759714369 },
    {
      value: 0.3857037441878419,
      near: [
        -1.271, -1.328, 1.052, 1.477, -0.505, 0.78, 0.654, -1.72, -0.992, 1.402, -0.198, 0.662, 1.46, 1.012, -1.527,
        0.852, -1.859, -1.46, -1.012, 1.527, -0.852, 1.859,
      ],
      isPublished: false,
    },
  ]),
  factorisation(),
];
