// What the bundlers' tests bundle: both entry points of the package, and what they print is the same wherever they run.

import { LBFGS, LBFGSError, Parameter, minimize } from 'lbfgs';
import { decodeCheckpoint, encodeCheckpoint } from 'lbfgs/safetensors';

const { x, loss, status, evaluations } = minimize(
  ([a = 0, b = 0], gradient) => {
    gradient[0] = -400 * a * (b - a * a) - 2 * (1 - a);
    gradient[1] = 200 * (b - a * a);
    return 100 * (b - a * a) ** 2 + (1 - a) ** 2;
  },
  [-1.2, 1],
);
console.log(...x, loss, status, evaluations);

const weight = new Parameter([3, -4]);
const optimizer = new LBFGS([weight], { maxIter: 3, lr: 0.1 });
optimizer.step(() => {
  weight.grad = weight.data.slice();
  const [a = 0, b = 0] = weight.data;
  return (a * a + b * b) / 2;
});
const { parameters } = decodeCheckpoint(encodeCheckpoint({ state: optimizer.stateDict(), parameters: { weight } }));
console.log(...(parameters['weight']?.data ?? []));

try {
  optimizer.step(() => NaN);
} catch (error) {
  console.log(error instanceof LBFGSError, error instanceof LBFGSError && error.code);
}
