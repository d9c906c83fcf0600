// A whole solve of Rosenbrock's function of two variables, from the call to the result. The argument says by whom: "minimize" and "LBFGS" are this
// package, "plain" is plain-solve.ts. ../peers/liblbfgs_solve.cpp does the same by libLBFGS.

import { LBFGS, minimize, Parameter } from 'lbfgs';
import { PlainSolve } from './plain-solve';
import { serveWith, type Request } from './protocol';

interface Solver {
  /** One solve; returns where it ended. */
  readonly solve: () => ArrayLike<number>;
  /** The same without a solve: what has to be made is made, and dropped. */
  readonly construct?: () => void;
}

const START = [-1.2, 1];
const TOLERANCE_GRAD = 1e-7;
const WARM_UP = 10_000; // solves after which the compiler has seen it all
const BATCH = 50; // solves between two looks at the clock

let evaluations = 0;

function rosenbrock(x: Float64Array, gradient: Float64Array): number {
  evaluations++;
  const a = x[0]!;
  const valley = x[1]! - a * a;
  const away = 1 - a;
  gradient[0] = -400 * a * valley - 2 * away;
  gradient[1] = 200 * valley;
  return 100 * valley * valley + away * away;
}

const SOLVERS: Record<string, (m: number) => Solver> = {
  minimize: (historySize) => {
    const options = { historySize, toleranceGrad: TOLERANCE_GRAD, toleranceChange: 0 };
    const none = { ...options, maxIter: 0 };
    return {
      solve: () => minimize(rosenbrock, START, options).x,
      construct: () => void minimize(rosenbrock, START, none),
    };
  },
  LBFGS: (historySize) => {
    const options = {
      historySize,
      lineSearchFn: 'strong_wolfe' as const,
      maxIter: 10000,
      toleranceGrad: TOLERANCE_GRAD,
      toleranceChange: 0,
    };
    const make = (): { x: Float64Array; gradient: Float64Array; optimizer: LBFGS } => {
      const x = Float64Array.from(START);
      const gradient = new Float64Array(START.length);
      const parameter = new Parameter(x);
      parameter.grad = gradient;
      return { x, gradient, optimizer: new LBFGS([parameter], options) };
    };
    return {
      solve: () => {
        const { x, gradient, optimizer } = make();
        optimizer.step(() => rosenbrock(x, gradient));
        optimizer[Symbol.dispose]();
        return x;
      },
      construct: () => {
        make().optimizer[Symbol.dispose]();
      },
    };
  },
  plain: (m) => ({
    solve: () => {
      const solve = new PlainSolve(rosenbrock, START, m);
      solve.run(TOLERANCE_GRAD);
      return solve.x;
    },
  }),
};

function reply({ m, seconds }: Request): object {
  const { solve, construct } = SOLVERS[process.argv[2]!]!(m);
  const checked = (): void => {
    const x = solve();
    if (!(Math.abs(x[0]! - 1) < 1e-6 && Math.abs(x[1]! - 1) < 1e-6)) {
      throw new Error(`ended at ${x[0]}, ${x[1]}, which is not the minimum`);
    }
  };
  checked();
  const ofOne = evaluations; // of every solve: all of them do the same
  return {
    solve: meanOf(checked, seconds),
    evaluations: ofOne,
    construction: construct === undefined ? null : meanOf(construct, seconds / 2),
  };
}

/**
 * Nanoseconds of a call, the mean over so many seconds: what the garbage collector does meanwhile counts. It is not forced in between: the
 * compiler would have to begin again.
 */
function meanOf(call: () => void, seconds: number): number {
  for (let i = 0; i < WARM_UP; i++) call();
  const begun = performance.now();
  for (let calls = BATCH; ; calls += BATCH) {
    for (let i = 0; i < BATCH; i++) call();
    const elapsed = performance.now() - begun;
    if (elapsed >= seconds * 1e3) return (elapsed * 1e6) / calls;
  }
}

void serveWith(reply);
