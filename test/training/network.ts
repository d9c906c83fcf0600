// A network of one hidden layer of sigmoids and one output, as a function of all its weights, its gradient by hand.

import type { Objective } from 'lbfgs';
import { randomNumbers } from '../problems/numbers';

/** What the network is to answer. */
export interface Pattern {
  readonly input: readonly number[];
  readonly target: number;
  /** Its part of the loss. */
  readonly weight: number;
}

/** The weights lie one behind the other: hidden (units x inputs), their biases, output, its bias. */
export interface Layout {
  readonly inputs: number;
  readonly units: number;
}

/** The loss of one pattern: (z - target)^2 / 2, or the cross-entropy of sigmoid(z) with the target, 0 or 1. */
export type LossKind = 'squares' | 'cross_entropy';

/** Sizes of the four parameters, in order. */
export function layerSizes({ inputs, units }: Layout): [number, number, number, number] {
  return [units * inputs, units, units, 1];
}

/** Weights as torch's `nn.Linear` begins: uniform within 1 / sqrt(number of inputs) of 0. */
export function initialWeights(layout: Layout, seed: number): number[] {
  const random = randomNumbers(seed);
  const bounds = [layout.inputs, layout.inputs, layout.units, layout.units].map((fanIn) => 1 / Math.sqrt(fanIn));
  return layerSizes(layout).flatMap((size, layer) => Array.from({ length: size }, () => random() * bounds[layer]!));
}

/** Sum of the weighted losses of the patterns that `patterns` returns at the time. */
export function networkLoss(layout: Layout, kind: LossKind, patterns: () => readonly Pattern[]): Objective {
  const { inputs, units } = layout;
  const [bias, output, outputBias] = [units * inputs, units * (inputs + 1), units * (inputs + 2)];
  const hidden = new Float64Array(units);
  return (x, gradient) => {
    gradient.fill(0);
    let loss = 0;
    for (const { input, target, weight } of patterns()) {
      let z = x[outputBias]!;
      for (let unit = 0; unit < units; unit++) {
        let sum = x[bias + unit]!;
        for (let i = 0; i < inputs; i++) sum += x[unit * inputs + i]! * input[i]!;
        hidden[unit] = sigmoid(sum);
        z += x[output + unit]! * hidden[unit]!;
      }
      loss += weight * (kind === 'squares' ? (z - target) ** 2 / 2 : softplus(z) - target * z);
      const error = weight * ((kind === 'squares' ? z : sigmoid(z)) - target);
      gradient[outputBias]! += error;
      for (let unit = 0; unit < units; unit++) {
        const activation = hidden[unit]!;
        const through = error * x[output + unit]! * activation * (1 - activation);
        gradient[output + unit]! += error * activation;
        gradient[bias + unit]! += through;
        for (let i = 0; i < inputs; i++) gradient[unit * inputs + i]! += through * input[i]!;
      }
    }
    return loss;
  };
}

function sigmoid(z: number): number {
  return 1 / (1 + Math.exp(-z));
}

/** log(1 + e^z), also where e^z is too large for a number. */
function softplus(z: number): number {
  return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
}
