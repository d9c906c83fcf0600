// The DIXMAAN family: three chains with strides of 1, m and 2 m, n = 3 m.

import { elements, repeated, sumOf, type Problem } from '../problem';

/** Weights of the four sums, and the powers of i / n that the sums carry. */
interface Member {
  readonly letter: string;
  readonly weights: readonly [alpha: number, beta: number, gamma: number, delta: number];
  readonly powers: readonly [number, number, number, number];
}

const MEMBERS: readonly Member[] = [
  { letter: 'A', weights: [1, 0, 0.125, 0.125], powers: [0, 0, 0, 0] },
  { letter: 'B', weights: [1, 0.0625, 0.0625, 0.0625], powers: [0, 0, 0, 1] },
  { letter: 'E', weights: [1, 0, 0.125, 0.125], powers: [1, 0, 0, 1] },
  { letter: 'H', weights: [1, 0.26, 0.26, 0.26], powers: [1, 0, 0, 1] },
  { letter: 'I', weights: [1, 0, 0.125, 0.125], powers: [2, 0, 0, 2] },
  { letter: 'L', weights: [1, 0.26, 0.26, 0.26], powers: [2, 0, 0, 2] },
];

/** 1 + sum alpha x_i^2 + beta x_i^2 (x_{i+1} + x_{i+1}^2)^2 + gamma x_i^2 x_{i+m}^4 + delta x_i x_{i+2m} */
export const DIXMAAN: readonly Problem[] = MEMBERS.map(({ letter, weights, powers }) => {
  const n = 300;
  const m = n / 3;
  const weight = (k: 0 | 1 | 2 | 3, i: number): number => weights[k] * ((i + 1) / n) ** powers[k];
  const pairs = (count: number, stride: number): number[][] => Array.from({ length: count }, (_, i) => [i, i + stride]);
  return {
    name: `DIXMAAN${letter}, n = ${n}`,
    start: repeated([2], n),
    evaluate: sumOf(
      () => 1,
      elements(pairs(n, 0), ([a], i) => [weight(0, i) * a * a, 2 * weight(0, i) * a, 0]),
      elements(pairs(n - 1, 1), ([a, b], i) => {
        const [w, q] = [weight(1, i), b + b * b];
        return [w * a * a * q * q, 2 * w * a * q * q, 2 * w * a * a * q * (1 + 2 * b)];
      }),
      elements(pairs(2 * m, m), ([a, b], i) => {
        const w = weight(2, i);
        return [w * a * a * b ** 4, 2 * w * a * b ** 4, 4 * w * a * a * b ** 3];
      }),
      elements(pairs(m, 2 * m), ([a, b], i) => [weight(3, i) * a * b, weight(3, i) * b, weight(3, i) * a]),
    ),
    minima: [{ value: 1, near: repeated([0], n) }],
    source: 'Dixon & Maany, "A family of test problems with sparse Hessians", Hatfield Polytechnic (1988); CUTE',
  };
});
