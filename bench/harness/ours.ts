// This package, through its public surface: the closure in JavaScript, steps of fixed length as is torch's default.
// With the argument "float32" the history is kept in float32.

import { LBFGS, Parameter } from 'lbfgs';
import { makeProblem } from './problem';
import { serve, Unavailable, type Clock, type Request, type Subject } from './protocol';

const isFloat32History = process.argv[2] === 'float32';

function make({ n, m, dtype, threads, iterations }: Request): Subject {
  if (isFloat32History && dtype === 'float32') throw new Unavailable('the same as without the option');
  const { x, gradient, step, evaluate } = makeProblem(n, dtype);
  const parameter = new Parameter(x);
  parameter.grad = gradient;
  const until = m + 1 + iterations;
  const options = {
    lr: step,
    historySize: m,
    maxIter: until + 1,
    maxEval: 2 * until,
    toleranceGrad: 0,
    toleranceChange: 0,
    threads,
    historyDtype: isFloat32History ? ('float32' as const) : null,
  };
  let optimizer: LBFGS | undefined;

  const solve = (clock: Clock): void => {
    x.fill(1);
    optimizer?.[Symbol.dispose](); // as the others free theirs
    optimizer = new LBFGS([parameter], options);
    let isFirst = true;
    optimizer.step(() => {
      if (!isFirst) clock.iteration();
      isFirst = false;
      clock.evaluation();
      return evaluate();
    });
  };
  const check = (): void => {
    const pairs = optimizer?.stateDict().state[0]?.old_dirs?.length;
    if (pairs !== m) throw new Error(`the history holds ${pairs ?? 'no'} pairs at the end`);
  };
  return { evaluate, solve, check };
}

void serve(make);
