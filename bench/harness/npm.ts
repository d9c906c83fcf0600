// What npm has instead: arguments are a library's name and its folder. None of them does what this package does:
// - optimization-js: L-BFGS with m = 5, fixed, and a step length of its own; two functions, for value and gradient.
// - fmin: no L-BFGS; nonlinear conjugate gradients (Polak and Ribiere) with a Wolfe line search.
// - numeric: uncmin, BFGS with a dense inverse Hessian: n x n numbers, several times over in every iteration.

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { makeProblem } from './problem';
import { serve, Unavailable, type Clock, type Request, type Subject } from './protocol';

type Values = (x: number[]) => number;
type Gradient = (x: number[]) => number[];
interface OptimizationJs {
  minimize_L_BFGS: (f: Values, gradient: Gradient, start: number[]) => unknown;
}
interface Fmin {
  conjugateGradient: (
    f: (x: number[], gradient: number[]) => number,
    start: number[],
    options: { maxIterations: number; history?: { push: (entry: unknown) => void } },
  ) => unknown;
}
interface Numeric {
  uncmin: (
    f: Values,
    start: number[],
    tolerance: number,
    gradient: Gradient,
    iterations: number,
    callback: () => boolean,
  ) => unknown;
}

const [, , library, folder] = process.argv;
const load = (): unknown => createRequire(join(folder!, 'package.json'))(folder!);

const FILL = 6; // of optimization-js's five pairs

/** Thrown to leave a library that has no other way out. */
class Done extends Error {}

function untilDone(solve: () => void): void {
  try {
    solve();
  } catch (error) {
    if (!(error instanceof Done)) throw error;
  }
}

/** The problem on plain arrays, as two functions and as one. */
function plainProblem(n: number): {
  start: number[];
  value: Values;
  gradient: Gradient;
  both: (x: number[], g: number[]) => number;
} {
  const problem = makeProblem(n, 'float64');
  const both = (x: number[], g: number[]): number => {
    problem.x.set(x);
    const loss = problem.evaluate();
    for (let i = 0; i < n; i++) g[i] = problem.gradient[i]!;
    return loss;
  };
  const scratch = new Array<number>(n).fill(0);
  return {
    start: new Array<number>(n).fill(1),
    value: (x) => both(x, scratch),
    gradient: (x) => {
      const g = new Array<number>(n).fill(0);
      both(x, g);
      return g;
    },
    both,
  };
}

function makeTwoFunctions(n: number, run: (value: Values, gradient: Gradient, clock: Clock) => void): Subject {
  const { start, value, gradient } = plainProblem(n);
  const evaluate = (): number => value(start) + gradient(start)[0]!;
  const solve = (clock: Clock): void => {
    const timed: Gradient = (x) => {
      clock.evaluation();
      return gradient(x);
    };
    untilDone(() => {
      run(value, timed, clock);
    });
  };
  return { evaluate, solve, fill: FILL };
}

function makeOptimizationJs({ n }: Request): Subject {
  const { minimize_L_BFGS: minimise } = load() as OptimizationJs;
  const start = new Array<number>(n).fill(1);
  return makeTwoFunctions(n, (value, gradient, clock) => {
    let isFirst = true;
    // One gradient an iteration, after the first.
    const timed: Gradient = (x) => {
      if (!isFirst) clock.iteration();
      isFirst = false;
      if (clock.done) throw new Done();
      return gradient(x);
    };
    minimise(value, timed, start);
  });
}

function makeNumeric({ n }: Request): Subject {
  const { uncmin } = load() as Numeric;
  const start = new Array<number>(n).fill(1);
  return makeTwoFunctions(n, (value, gradient, clock) => {
    let isFirst = true;
    const callback = (): boolean => {
      if (!isFirst) clock.iteration();
      isFirst = false;
      return clock.done;
    };
    uncmin(value, start, 0, gradient, 1e6, callback);
  });
}

function makeFmin({ n, iterations }: Request): Subject {
  if (n < 1e3) throw new Unavailable('it is done within a few iterations: it stops at |g| <= 1e-5');
  const { conjugateGradient } = load() as Fmin;
  const { start, both } = plainProblem(n);
  const gradient = start.slice();
  // It tells of its iterations only where it also copies vectors: so once that way, to learn after which evaluations they end.
  const ends: boolean[] = [];
  const count = (x: number[], g: number[]): number => {
    ends.push(false);
    return both(x, g);
  };
  const push = (): void => {
    ends[ends.length - 1] = true;
  };
  conjugateGradient(count, start, { maxIterations: FILL + iterations + 1, history: { push } });
  const solve = (clock: Clock): void => {
    let evaluation = 0;
    const timed = (x: number[], g: number[]): number => {
      if (ends[evaluation - 1]) clock.iteration();
      evaluation++;
      clock.evaluation();
      return both(x, g);
    };
    conjugateGradient(timed, start, { maxIterations: FILL + iterations + 1 });
  };
  return { evaluate: () => both(start, gradient), solve, fill: FILL };
}

const MAKERS: Record<string, (request: Request) => Subject> = {
  'optimization-js': makeOptimizationJs,
  fmin: makeFmin,
  numeric: makeNumeric,
};

void serve((request) => MAKERS[library!]!(request));
