// A training that every thread and process is to carry out with the same numbers.

import { LBFGS, Parameter } from 'lbfgs';

/**
 * Rosenbrock in two parameters; the gradients are new small arrays at every call.
 *
 * @param {() => void} [disturb] called wherever user code may run
 * @param {import('lbfgs').LBFGSOptions} [options]
 */
export function makeTraining(disturb = () => {}, options = { lineSearchFn: 'strong_wolfe' }) {
  const a = new Parameter(Float64Array.of(-1.2));
  const b = new Parameter(Float64Array.of(1));
  const optimizer = new LBFGS([a, b], { maxIter: 5, historySize: 3, ...options });
  const closure = () => {
    const [x = 0] = a.data;
    const [y = 0] = b.data;
    disturb();
    a.grad = Float64Array.of(-400 * x * (y - x * x) - 2 * (1 - x));
    b.grad = Float64Array.of(200 * (y - x * x));
    disturb();
    return 100 * (y - x * x) ** 2 + (1 - x) ** 2;
  };
  return { optimizer, closure, step: () => optimizer.step(closure, { onIteration: disturb }) };
}

/**
 * @param {() => void} [disturb]
 * @param {import('lbfgs').LBFGSOptions} [options]
 */
export function train(disturb, options) {
  const { optimizer, step } = makeTraining(disturb, options);
  const losses = Array.from({ length: 8 }, step);
  return { losses, report: optimizer.lastStep, state: optimizer.stateDict() };
}
