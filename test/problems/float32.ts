// Models whose every operation is rounded to single precision, as a GPU or a float32 library computes them. The gradients are right.

import { Parameter, type Closure, type Objective } from 'lbfgs';
import { randomNumbers } from './numbers';

const f = Math.fround;

/** Rows of numbers in [-1, 1), each scaled. */
function table(rows: number, columns: number, seed: number, scale = 1): Float32Array[] {
  const random = randomNumbers(seed);
  return Array.from({ length: rows }, () => Float32Array.from({ length: columns }, () => scale * random()));
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>, offset = 0): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum = f(sum + f(a[i]! * f(b[offset + i]!)));
  return sum;
}

const sigmoid = (z: number): number => f(1 / f(1 + f(Math.exp(f(-z)))));

/** Logistic regression with a mean cross-entropy and a small ridge. */
export function logisticRegression32(features: number, samples: number, scale = 1): Objective {
  const rows = table(samples, features, 3, scale);
  const labels = rows.map((row) => (row[0]! + 0.5 * row[1]! > 0.1 * scale ? 1 : 0));
  return (x, gradient) => {
    const sums = new Float32Array(features);
    let loss = 0;
    for (const [index, row] of rows.entries()) {
      const z = dot(row, x);
      const softplus = f(f(Math.max(z, 0)) + f(Math.log1p(f(Math.exp(f(-Math.abs(z)))))));
      loss = f(loss + f(softplus - f(labels[index]! * z)));
      const error = f(sigmoid(z) - labels[index]!);
      for (let j = 0; j < features; j++) sums[j]! += f(error * row[j]!);
    }
    for (let j = 0; j < features; j++) gradient[j] = f(f(sums[j]! / samples) + f(1e-3 * f(x[j]!)));
    return f(f(loss / samples) + f(5e-4 * dot(Float32Array.from(x), x)));
  };
}

export interface Network32 {
  readonly params: [hidden: Parameter, bias: Parameter, output: Parameter, outputBias: Parameter];
  readonly closure: Closure;
}

/** A network of one hidden layer, tanh or relu, fitted to a curved surface by least squares. */
export function network32(units: number, activation: 'tanh' | 'relu' = 'tanh', samples = 64): Network32 {
  const inputs = table(samples, 2, 11);
  const targets = inputs.map(([a, b]) => f(Math.sin(2 * a!) + a! * b!));
  const params: Network32['params'] = [
    new Parameter(table(1, 2 * units, 5)[0]!, { name: 'hidden', shape: [units, 2] }),
    new Parameter(table(1, units, 6)[0]!, { name: 'bias' }),
    new Parameter(table(1, units, 7, 1 / Math.sqrt(units))[0]!, { name: 'output' }),
    new Parameter(new Float32Array(1).fill(0.25), { name: 'output bias' }),
  ];
  const closure = (): number => {
    const [hidden, bias, output, outputBias] = params.map(({ data }) => data) as [Float32Array, ...Float32Array[]];
    const grads = params.map(({ size }) => new Float32Array(size)) as [Float32Array, ...Float32Array[]];
    let loss = 0;
    const active = new Float32Array(units);
    for (const [index, input] of inputs.entries()) {
      for (let unit = 0; unit < units; unit++) {
        const z = f(dot(input, hidden, 2 * unit) + bias![unit]!);
        active[unit] = activation === 'tanh' ? Math.tanh(z) : Math.max(z, 0);
      }
      const error = f(f(dot(active, output!) + outputBias![0]!) - targets[index]!);
      loss = f(loss + f(0.5 * f(error * error)));
      grads[3]![0]! += error;
      for (let unit = 0; unit < units; unit++) {
        const slope = activation === 'tanh' ? f(1 - f(active[unit]! ** 2)) : Number(active[unit]! > 0);
        const through = f(f(error * output![unit]!) * slope);
        grads[2]![unit]! += f(error * active[unit]!);
        grads[1]![unit]! += through;
        for (let i = 0; i < 2; i++) grads[0][2 * unit + i]! += f(through * input[i]!);
      }
    }
    for (const [index, parameter] of params.entries()) parameter.grad = grads[index]!.map((sum) => f(sum / samples));
    return f(loss / samples);
  };
  return { params, closure };
}
