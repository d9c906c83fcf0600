// Solves whose function goes wrong at one of its calls, or from there on: with bounds, L1, a scale, without a gradient.

import assert from 'node:assert/strict';
import {
  finiteDifferences,
  minimize,
  minimizeAsync,
  type AsyncObjective,
  type DifferenceOrder,
  type MinimizeOptions,
  type MinimizeResult,
} from 'lbfgs';

/** Within the bounds but for the last entry. Two of the variables end at a bound, and one at 0 with the penalty. */
const START = [2.5, -1, 0.75, 4];
const CURVATURES = [1, 4, 0.5, 2];
const CENTER = [1.5, -3, 0.1, 1];
const LOWER = [0, -2, -1, 2];
const UPPER = [4, 5, Infinity, 3.5];

/** What happens at a call of the function. */
export type Fault = (call: number, at: { loss: number; gradient: Float64Array | undefined }) => void;

/** A way to solve the problem. */
export interface Subject {
  readonly name: string;
  readonly options: MinimizeOptions;
  /** Whether the function is called without a gradient, and by whom. */
  readonly differences?: 'minimize' | 'finiteDifferences';
}

const bounds = { lower: LOWER, upper: UPPER };
const subjects: Readonly<Record<string, Omit<Subject, 'name'>>> = {
  bounds: { options: { bounds } },
  l1: { options: { l1: [0, 0.2, 0.4, 0.1] } },
  'bounds and l1': { options: { bounds, l1: 0.2 } },
  scale: { options: { scale: 'auto' } },
  'bounds, l1 and scale': { options: { bounds, l1: 0.2, scale: [1, 16, 0.25, 3] } },
  'forward differences': { options: {}, differences: 'minimize' },
  'central differences, bounds': { options: { bounds }, differences: 'minimize' },
  'forward differences, bounds, l1 and scale': {
    options: { bounds, l1: 0.2, scale: 'auto' },
    differences: 'minimize',
  },
  'finiteDifferences, bounds': { options: { bounds }, differences: 'finiteDifferences' },
};
export const SUBJECTS: readonly Subject[] = Object.entries(subjects).map(([name, each]) => ({ name, ...each }));

/** 1 / 2 + sum of c (x - m)^2 / 2 + (x - m)^4 / 10 */
function truth(x: Float64Array, gradient?: Float64Array): number {
  let loss = 0.5;
  for (const [i, value] of x.entries()) {
    const away = value - CENTER[i]!;
    loss += 0.5 * CURVATURES[i]! * away ** 2 + 0.1 * away ** 4;
    if (gradient !== undefined) gradient[i] = CURVATURES[i]! * away + 0.4 * away ** 3;
  }
  return loss;
}

/** The loss with its penalty. */
export function penalised({ options: { l1 = 0 } }: Subject, x: Float64Array): number {
  const weight = (i: number): number => (typeof l1 === 'number' ? l1 : l1[i]!);
  return x.reduce((sum, value, i) => sum + weight(i) * Math.abs(value), truth(x));
}

/** The loss at the start, moved into the box. */
export function lossAtStart(subject: Subject): number {
  const start = Float64Array.from(START, (value, i) =>
    subject.options.bounds === undefined ? value : Math.min(Math.max(value, LOWER[i]!), UPPER[i]!),
  );
  return penalised(subject, start);
}

export function assertInside({ options }: Subject, x: Float64Array): void {
  if (options.bounds === undefined) return;
  for (const [i, value] of x.entries()) assert.ok(value >= LOWER[i]! && value <= UPPER[i]!, `x[${i}] = ${value}`);
}

/** Calls beyond these are a solve without an end. */
const MOST_CALLS = 20_000;

export interface Run {
  calls: number;
  /** undefined where an error came out. */
  result: MinimizeResult | undefined;
  error: unknown;
}

/** One solve with a fault; checks that every call is within the box. */
export async function run(
  subject: Subject,
  way: 'sync' | 'async',
  fault?: Fault,
  others: MinimizeOptions = {},
): Promise<Run> {
  const ended: Run = { calls: 0, result: undefined, error: undefined };
  const { differences } = subject;
  const evaluate = (x: Float64Array, gradient?: Float64Array): number => {
    if (++ended.calls > MOST_CALLS) throw new Error('no end');
    assertInside(subject, x);
    const at = { loss: truth(x, gradient), gradient };
    fault?.(ended.calls, at);
    return at.loss;
  };
  const alone = (x: Float64Array): number => evaluate(x);
  const both = (x: Float64Array, gradient: Float64Array): number => evaluate(x, gradient);
  const order: DifferenceOrder = subject.name.startsWith('forward') ? 'forward' : 'central';
  const options: MinimizeOptions = { ...subject.options, ...others };
  const bounds = subject.options.bounds === undefined ? {} : { bounds: subject.options.bounds };
  try {
    if (way === 'sync') {
      if (differences === undefined) ended.result = minimize(both, START, options);
      else if (differences === 'minimize') ended.result = minimize(alone, START, { ...options, gradient: order });
      else ended.result = minimize(finiteDifferences(alone, bounds), START, options);
    } else {
      // Every other call is answered by a promise.
      const later = <Args extends unknown[]>(fun: (...args: Args) => number) => {
        let calls = 0;
        return (...args: Args): number | Promise<number> =>
          calls++ % 2 === 0 ? fun(...args) : Promise.resolve().then(() => fun(...args));
      };
      if (differences === undefined) ended.result = await minimizeAsync(later(both), START, options);
      else if (differences === 'minimize')
        ended.result = await minimizeAsync(later(alone), START, { ...options, gradient: order });
      else {
        const objective: AsyncObjective = finiteDifferences(later(alone), bounds);
        ended.result = await minimizeAsync(objective, START, options);
      }
    }
  } catch (error) {
    ended.error = error;
  }
  return ended;
}
