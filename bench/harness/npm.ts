// Libraries of npm; the arguments are the name of a library and its folder. None of them does what this package does:
// - optimization-js: L-BFGS with m = 5, fixed, and a step length of its own; two functions, for value and gradient.
// - fmin: no L-BFGS; nonlinear conjugate gradients (Polak and Ribiere) with a Wolfe line search.
// - numeric: uncmin, BFGS with a dense inverse Hessian: n x n numbers, several times over in every iteration.

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { serve, Unavailable, type Run, type Subject } from './harness';

type Vector = number[];
type Values = (x: Vector) => number;
type Gradient = (x: Vector) => Vector;
type Both = (x: Vector, gradient: Vector) => number;
interface Libraries {
  minimize_L_BFGS: (f: Values, gradient: Gradient, start: Vector) => unknown;
  conjugateGradient: (f: Both, start: Vector, options: { maxIterations: number; history?: object }) => unknown;
  uncmin: (
    f: Values,
    x: Vector,
    tolerance: number,
    gradient: Gradient,
    most: number,
    callback: () => boolean,
  ) => unknown;
}

const [, , library, folder] = process.argv;
const { minimize_L_BFGS, conjugateGradient, uncmin } = createRequire(join(folder!, 'package.json'))(
  folder!,
) as Libraries;

/** Thrown to leave a library that has no other way out. */
class Done extends Error {}

/** The objective as a function of plain arrays. */
function plain({ x0, objective }: Run): Both {
  const [x, gradient] = [x0.slice(), x0.slice()];
  return (at, g) => {
    x.set(at);
    const loss = objective(x, gradient);
    for (let i = 0; i < x.length; i++) g[i] = gradient[i]!;
    return loss;
  };
}

/**
 * The subject for a library that takes two functions. Both such libraries call `gradient` once in each iteration after
 * the first.
 */
function twoFunctions(run: Run, minimise: (value: Values, gradient: Gradient, start: Vector) => unknown): Subject {
  const both = plain(run);
  const [start, scratch] = [Array.from(run.x0), Array.from(run.x0)];
  const value: Values = (x) => both(x, scratch);
  const gradient: Gradient = (x) => {
    const g = new Array<number>(x.length).fill(0);
    both(x, g);
    return g;
  };
  const timed: Gradient = (x) => {
    if (run.evaluations++ > 0 && run.iteration()) throw new Done();
    return gradient(x);
  };
  const solve = (): undefined => {
    try {
      minimise(value, timed, start);
    } catch (error) {
      if (!(error instanceof Done)) throw error;
    }
  };
  return { evaluate: () => value(start) + gradient(start)[0]!, solve };
}

function fmin(run: Run): Subject {
  if (run.x0.length < 1e3) throw new Unavailable('it is done within a few iterations: it stops at |g| <= 1e-5');
  const both = plain(run);
  const start = Array.from(run.x0);
  const gradient = start.slice();
  // fmin reports its iterations only if it also copies vectors. So one solve is made that way, to find after which
  // evaluations the iterations end.
  const ends: boolean[] = [];
  const count: Both = (x, g) => {
    ends.push(false);
    return both(x, g);
  };
  const push = (): void => {
    ends[ends.length - 1] = true;
  };
  conjugateGradient(count, start, { maxIterations: run.request.maxIter, history: { push } });
  const timed: Both = (x, g) => {
    if (ends[run.evaluations - 1]) run.iteration();
    run.evaluations++;
    return both(x, g);
  };
  const solve = (): undefined => void conjugateGradient(timed, start, { maxIterations: run.request.maxIter });
  return { evaluate: () => both(start, gradient), solve };
}

serve((run) => {
  if (library === 'fmin') return fmin(run);
  if (library === 'optimization-js') return twoFunctions(run, (f, g, x) => minimize_L_BFGS(f, g, x));
  return twoFunctions(run, (f, g, x) => uncmin(f, x, 0, g, 1e6, () => false));
});
