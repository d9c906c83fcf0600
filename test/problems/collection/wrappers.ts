// Problems made of problems: in other units, with noise, with a wrong gradient. What they add is repeatable.

import type { Evaluate, Problem } from './problem';

const { abs, fround } = Math;

/** The problem with f times `fFactor` and x times `xFactor`; nothing is rounded where both are powers of two. */
export function scaled(problem: Problem, fFactor: number, xFactor: number): Problem {
  const [first, ...others] = problem.minima.map(({ value, near }) => ({
    value: value * fFactor,
    ...(near && { near: Float64Array.from(near, (coordinate) => coordinate * xFactor) }),
  }));
  const inUnits = (evaluate: Evaluate): Evaluate => {
    return (x, gradient) => {
      const value = evaluate(
        x.map((coordinate) => coordinate / xFactor),
        gradient,
      );
      for (let j = 0; j < gradient.length; j++) gradient[j] = gradient[j]! * fFactor * (1 / xFactor);
      return value * fFactor;
    };
  };
  return {
    ...problem,
    name: `${problem.name}, f times ${fFactor}, x times ${xFactor}`,
    start: problem.start.map((coordinate) => coordinate * xFactor),
    evaluate: inUnits(problem.evaluate),
    ...(problem.exact && { exact: inUnits(problem.exact) }),
    minima: [first!, ...others],
  };
}

/**
 * The kinds of noise. 'float32 values': f and its gradient are rounded to float32. 'float32': x is, too, before. The
 * others add errors that are evenly spread: to f, relative to itself or, where absolute, to |f(start)| (to f(start) -
 * f* where that is 0), and where named to each derivative, relative to itself.
 */
export const NOISES = [
  'float32 values',
  'float32',
  'relative 1e-6',
  'relative 1e-3',
  'absolute 1e-6',
  'relative 1e-6, gradient too',
  'relative 1e-3, gradient too',
] as const;
export type Noise = (typeof NOISES)[number];

/** The problem with noise, which is a function of x and the seed; `exact` is the problem's own f. */
export function noisy(problem: Problem, noise: Noise, seed: number): Problem {
  const exact = problem.exact ?? problem.evaluate;
  const name = `${problem.name}, noise: ${noise}`;
  return { ...problem, name, exact, evaluate: withNoise(problem, noise, seed) };
}

function withNoise({ evaluate, start, minima }: Problem, noise: Noise, seed: number): Evaluate {
  switch (noise) {
    case 'float32 values':
      return roundedValues(evaluate);
    case 'float32':
      return (x, gradient) => roundedValues(evaluate)(x.map(fround), gradient);
    case 'relative 1e-6':
      return relativeErrors(evaluate, 1e-6, 0, seed);
    case 'relative 1e-3':
      return relativeErrors(evaluate, 1e-3, 0, seed);
    case 'relative 1e-6, gradient too':
      return relativeErrors(evaluate, 1e-6, 1e-6, seed);
    case 'relative 1e-3, gradient too':
      return relativeErrors(evaluate, 1e-3, 1e-3, seed);
    case 'absolute 1e-6': {
      const f0 = evaluate(start, new Float64Array(start.length));
      const size = 1e-6 * (abs(f0) || f0 - minima[0].value);
      return (x, gradient) => evaluate(x, gradient) + size * errorsAt(x, seed)();
    }
  }
}

function roundedValues(evaluate: Evaluate): Evaluate {
  return (x, gradient) => {
    const value = fround(evaluate(x, gradient));
    for (let j = 0; j < gradient.length; j++) gradient[j] = fround(gradient[j]!);
    return value;
  };
}

function relativeErrors(evaluate: Evaluate, ofValue: number, ofGradient: number, seed: number): Evaluate {
  return (x, gradient) => {
    const errors = errorsAt(x, seed);
    const value = evaluate(x, gradient) * (1 + ofValue * errors());
    for (let j = 0; j < gradient.length; j++) gradient[j]! *= 1 + ofGradient * errors();
    return value;
  };
}

/**
 * Numbers in [-1, 1) that depend on every bit of x, and on the seed: MurmurHash3's rounds over its words, then
 * MurmurHash3's finaliser over a counter.
 */
function errorsAt(x: Float64Array, seed: number): () => number {
  let hash = seed | 0;
  for (const word of new Uint32Array(Float64Array.from(x).buffer)) {
    const mixed = Math.imul(word, 0xcc9e2d51);
    hash ^= Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64;
  }
  return () => {
    hash = (hash + 0x9e3779b9) | 0;
    let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 31 - 1;
  };
}

export type Mistake = 'one sign' | 'all signs';

/** The problem with a gradient of which all entries are negated, or the one that is largest at the start. */
export function wrongGradient(problem: Problem, mistake: Mistake): Problem {
  const first = new Float64Array(problem.start.length);
  problem.evaluate(problem.start, first);
  const sizes = first.map(abs);
  const worst = sizes.indexOf(Math.max(...sizes));
  return {
    ...problem,
    name: `${problem.name}, gradient with ${mistake} wrong`,
    exact: problem.exact ?? problem.evaluate,
    evaluate: (x, gradient) => {
      const value = problem.evaluate(x, gradient);
      for (let j = 0; j < gradient.length; j++) if (mistake === 'all signs' || j === worst) gradient[j]! *= -1;
      return value;
    },
  };
}
