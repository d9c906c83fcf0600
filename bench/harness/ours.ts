// This package through its public surface, from the folder of the first argument. The second argument is "LBFGS" (a new
// optimiser and one step for each solve), "minimize", either of these with "float32" after a blank (the history kept in
// float32), or "minimize 0.1.0" (with the options that give the numbers of that version).

import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as Package from 'lbfgs';
import { serve, Unavailable, type Ending, type Run, type Subject } from './harness';

const [, , folder, what] = process.argv;
const [method, manner] = what!.split(' ');
const { LBFGS, minimize, Parameter } = createRequire(join(folder!, 'package.json'))('lbfgs') as typeof Package;

const AS_IN_0_1_0 = { tolerances: 'torch', lineSearchFn: 'strong_wolfe', historySize: 10, diagonal: false } as const;

const optionsOf = ({ request: { m, toleranceGrad, maxIter } }: Run) => ({
  ...(m > 0 && { historySize: m }),
  toleranceGrad,
  toleranceChange: 0,
  maxIter,
  ...(manner === 'float32' && { historyDtype: 'float32' as const }),
});

/** Iterations by the closure in JavaScript, with steps of fixed length, as is torch's default. */
function iterations(run: Run): Subject {
  if (manner === 'float32' && run.x0 instanceof Float32Array) throw new Unavailable('the same as without the option');
  const x = run.x0.slice();
  const gradient = run.x0.slice();
  const parameter = new Parameter(x);
  parameter.grad = gradient;
  const { closure } = run;
  const { step: lr, threads, maxIter, m } = run.request;
  const options = { ...optionsOf(run), lr, threads, maxEval: 2 * maxIter };
  let optimizer: Package.LBFGS | undefined;
  const solve = (): undefined => {
    x.set(run.x0);
    optimizer?.[Symbol.dispose](); // the other subjects free their memory within a solve too
    optimizer = new LBFGS([parameter], options);
    optimizer.step(() => closure(x, gradient));
  };
  const check = (): void => {
    const pairs = optimizer?.stateDict().state[0]?.old_dirs?.length;
    if (pairs !== m) throw new Error(`the history holds ${pairs ?? 'no'} pairs at the end`);
  };
  return { solve, check };
}

function byMinimize(run: Run): Subject {
  const { maxEval, lower, upper, weights } = run.request;
  const options = {
    ...(maxEval === undefined ? optionsOf(run) : { maxEval, ...(manner === '0.1.0' && AS_IN_0_1_0) }),
    ...(lower && upper && { bounds: { lower, upper } }),
    ...(weights && { l1: weights }),
  };
  const none = { ...options, maxIter: 0 };
  const x0 = Array.from(run.x0);
  return {
    solve: () => minimize(run.evaluate, x0, options),
    construct: () => void minimize(run.evaluate, x0, none),
  };
}

function byOptimizer(run: Run): Subject {
  const options = { ...optionsOf(run), lineSearchFn: 'strong_wolfe' as const };
  const make = () => {
    const x = Float64Array.from(run.x0);
    const gradient = new Float64Array(x.length);
    const parameter = new Parameter(x);
    parameter.grad = gradient;
    return { x, gradient, optimizer: new LBFGS([parameter], options) };
  };
  return {
    solve: (): Ending => {
      const { x, gradient, optimizer } = make();
      optimizer.step(() => run.evaluate(x, gradient));
      const { iterations, status } = optimizer.lastStep!;
      optimizer[Symbol.dispose]();
      return { x, iterations, status };
    },
    construct: () => {
      make().optimizer[Symbol.dispose]();
    },
  };
}

serve((run) => (run.request.step > 0 ? iterations(run) : method === 'minimize' ? byMinimize(run) : byOptimizer(run)));
