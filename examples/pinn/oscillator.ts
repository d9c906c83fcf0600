import './runtime';
import { jvp, numpy as np, tree, type Array as JaxArray } from '@jax-js/jax';

// A damped oscillator that is let go at 1: u'' + 2 DAMPING u' + FREQUENCY^2 u = 0, u(0) = 1, u'(0) = 0, for t from 0 to 1.
const DAMPING = 1;
const FREQUENCY = 10;
const WIDTH = 16;
const POINTS = 48;

/** The weights and the bias of one layer of the network. */
export type Layer = Record<'w' | 'b', JaxArray>;
/** The network: two hidden layers of 16, and what they are added up to. */
export type Network = Record<'first' | 'second' | 'last', Layer>;

const dtype = np.float64;
const column = (values: Float64Array): JaxArray => np.array(values, { shape: [values.length, 1], dtype });

/** Where the network is to satisfy the equation: 48 times, evenly spaced. */
export const TIMES = Float64Array.from({ length: POINTS }, (_, i) => i / (POINTS - 1));

/** u(t), as mathematics has it. */
export function exact(t: number): number {
  const omega = Math.sqrt(FREQUENCY ** 2 - DAMPING ** 2);
  return Math.exp(-DAMPING * t) * (Math.cos(omega * t) + (DAMPING / omega) * Math.sin(omega * t));
}

/** Weights drawn as Glorot and Bengio (2010) draw them, biases 0. The same network for the same seed. */
export function start(seed: number): Network {
  let state = seed;
  const random = (): number => {
    state = (state * 1103515245 + 12345) % 2 ** 31; // the generator of the C standard
    return state / 2 ** 31;
  };
  const layer = (inputs: number, outputs: number): Layer => {
    const bound = Math.sqrt(6 / (inputs + outputs));
    const w = Float64Array.from({ length: inputs * outputs }, () => bound * (2 * random() - 1));
    return { w: np.array(w, { shape: [inputs, outputs], dtype }), b: np.zeros([outputs], { dtype }) };
  };
  return { first: layer(1, WIDTH), second: layer(WIDTH, WIDTH), last: layer(WIDTH, 1) };
}

/** u at the times, a column: 1 + t^2 N(t), which satisfies u(0) = 1 and u'(0) = 0 whatever the network N says. */
function displacement({ first, second, last }: Network, t: JaxArray): JaxArray {
  const layer = (input: JaxArray, { w, b }: Layer): JaxArray => np.matmul(input, w.ref).add(b.ref);
  const hidden = np.tanh(layer(np.tanh(layer(t.ref.mul(2).sub(1), first)), second));
  return np.square(t).mul(layer(hidden, last)).add(1);
}

/** The mean square of what is left of the equation at the times, in units of FREQUENCY^2. Owns the network, as jax-js has it. */
export function residual(network: Network): JaxArray {
  const ones = (): JaxArray => np.ones([POINTS, 1], { dtype });
  const u = (t: JaxArray): JaxArray => displacement(network, t);
  const velocity = (t: JaxArray): JaxArray => jvp(u, [t], [ones()])[1];
  const [position, speed] = jvp(u, [column(TIMES)], [ones()]);
  const acceleration = jvp(velocity, [column(TIMES)], [ones()])[1];
  const left = acceleration.add(speed.mul(2 * DAMPING)).add(position.mul(FREQUENCY ** 2));
  tree.dispose(network);
  return np.square(left.div(FREQUENCY ** 2)).mean();
}

/** What the network says u is at the times. Leaves the network to its owner. */
export function solution(network: Network): Float64Array {
  return Float64Array.from(displacement(network, column(TIMES)).dataSync());
}

/** The largest error of the network at the times. */
export function errorOf(network: Network): number {
  return Math.max(...solution(network).map((u, i) => Math.abs(u - exact(TIMES[i]!))));
}
