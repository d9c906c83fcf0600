// Gradient descent and Adam, for the comparison on the page "See it work". Each has one fixed learning rate for a surface.

import type { Surface } from './surfaces';

/** The most evaluations that they may use. */
export const LIMIT = 10_000;
/** A run has arrived where the value is at most this much above the minimum. */
export const NEAR = 1e-6;
/** A run has diverged where its value is not finite, or where its point is this many widths of the picture from the middle. */
const FAR = 1000;

export function hasDiverged(surface: Surface, point: readonly [number, number], value: number): boolean {
  const isFar = ([from, to]: readonly [number, number], at: number): boolean =>
    Math.abs(at - (from + to) / 2) > FAR * (to - from);
  return !Number.isFinite(value) || isFar(surface.x, point[0]) || isFar(surface.y, point[1]);
}

/** A point of a run, with the evaluations that were made until it was known. */
export interface Visit {
  readonly x: number;
  readonly y: number;
  readonly evaluations: number;
}

export interface Run {
  readonly visits: readonly Visit[];
  /** The evaluations until it had arrived; null where it never did. */
  readonly arrived: number | null;
  /** Whether it ended far away. */
  readonly diverged: boolean;
  readonly evaluations: number;
}

/** Moves the point by what the method makes of the gradient. */
type Move = (point: [number, number], gradient: readonly [number, number]) => void;

export type Method = (rate: number) => Move;

export const gradientDescent: Method = (rate) => (point, gradient) => {
  for (const i of [0, 1] as const) point[i] -= rate * gradient[i];
};

/** Adam (Kingma and Ba 2015, algorithm 1) with the paper's beta1, beta2 and epsilon. */
export const adam: Method = (rate) => {
  const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];
  const [first, second] = [
    [0, 0],
    [0, 0],
  ] as [[number, number], [number, number]];
  let [power1, power2] = [1, 1];
  return (point, gradient) => {
    power1 *= beta1;
    power2 *= beta2;
    for (const i of [0, 1] as const) {
      first[i] = beta1 * first[i] + (1 - beta1) * gradient[i];
      second[i] = beta2 * second[i] + (1 - beta2) * gradient[i] ** 2;
      point[i] -= (rate * first[i]) / (1 - power1) / (Math.sqrt(second[i] / (1 - power2)) + epsilon);
    }
  };
};

/** Descends until it has arrived, has used its evaluations, or has left the numbers. */
export function descend(surface: Surface, start: readonly [number, number], move: Move, keep: boolean): Run {
  const point: [number, number] = [...start];
  const gradient: [number, number] = [0, 0];
  const visits: Visit[] = [];
  let value = NaN;
  for (let evaluations = 1; evaluations <= LIMIT; evaluations++) {
    value = surface.evaluate(point, gradient);
    if (!Number.isFinite(value)) return { visits, arrived: null, diverged: true, evaluations };
    if (keep) visits.push({ x: point[0], y: point[1], evaluations });
    if (value <= NEAR) return { visits, arrived: evaluations, diverged: false, evaluations };
    move(point, gradient);
  }
  return { visits, arrived: null, diverged: hasDiverged(surface, point, value), evaluations: LIMIT };
}

/** The learning rates that are tried: 1, 2 and 5 times the powers of ten. */
const RATES = [-5, -4, -3, -2, -1, 0].flatMap((power) => [1, 2, 5].map((digit) => Number(`${digit}e${power}`)));

/** The rate that arrives from the most starts and, of such rates, the one that needs the fewest evaluations. */
export function bestRate(surface: Surface, starts: readonly (readonly [number, number])[], method: Method): number {
  const tried = RATES.map((rate) => {
    const runs = starts.map((start) => descend(surface, start, method(rate), false));
    const arrivals = runs.filter(({ arrived }) => arrived !== null).length;
    return { rate, arrivals, evaluations: runs.reduce((sum, run) => sum + run.evaluations, 0) };
  });
  tried.sort((a, b) => b.arrivals - a.arrivals || a.evaluations - b.evaluations);
  return tried[0]!.rate;
}
