import './runtime';
import { jit, numpy as np, tree, valueAndGrad, type Array as JaxArray } from '@jax-js/jax';
import type { Network } from './oscillator';

const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8];

/** One array of the network with its moments, and a step's gradient, all owned: the array and the moments after the step. */
function move(
  x: JaxArray,
  mean: JaxArray,
  square: JaxArray,
  gradient: JaxArray,
  size: JaxArray,
  correction: JaxArray,
): [JaxArray, JaxArray, JaxArray] {
  const m = mean.mul(BETA1).add(gradient.ref.mul(1 - BETA1));
  const v = square.mul(BETA2).add(np.square(gradient).mul(1 - BETA2));
  const root = np.sqrt(v.ref.mul(correction)).add(EPSILON);
  return [x.sub(m.ref.mul(size).div(root)), m, v];
}

/**
 * Adam (Kingma and Ba 2015, algorithm 1) over the arrays of a network, which it owns: the network after `steps`.
 * `onStep` gets the loss of each step, before its move, and the network, which stays Adam's.
 */
export function adam(
  loss: (network: Network) => JaxArray,
  network: Network,
  { rate, steps, onStep }: { rate: number; steps: number; onStep: (loss: number, network: Network) => void },
): Network {
  const lossAndGradient = jit(valueAndGrad(loss));
  const moved = jit(move);
  const [arrays, structure] = tree.flatten<JaxArray>(network);
  const build = (): Network => tree.unflatten(structure, arrays) as Network;
  const zeros = (): JaxArray[] => arrays.map((x) => np.zeros(x.shape, { dtype: x.dtype }));
  const [means, squares] = [zeros(), zeros()];
  for (let step = 1; step <= steps; step++) {
    const [value, gradient] = lossAndGradient(tree.ref(build()));
    onStep(value.dataSync()[0]!, build());
    const gradients = tree.leaves<JaxArray>(gradient as Network);
    for (const [i, x] of arrays.entries()) {
      const scalar = (number: number): JaxArray => np.array(number, { dtype: x.dtype });
      const [size, correction] = [scalar(rate / (1 - BETA1 ** step)), scalar(1 / (1 - BETA2 ** step))];
      [arrays[i], means[i], squares[i]] = moved(x, means[i]!, squares[i]!, gradients[i]!, size, correction);
    }
  }
  tree.dispose([...means, ...squares]);
  lossAndGradient.dispose();
  moved.dispose();
  return build();
}
