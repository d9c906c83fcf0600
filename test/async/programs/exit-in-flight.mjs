// Leaves by process.exit while several steps are at work on other threads.

import { LBFGS, Parameter } from 'lbfgs';

const size = 300_000;
for (let index = 0; index < 6; index++) {
  const parameter = new Parameter(new Float64Array(size).fill(1));
  const optimizer = new LBFGS([parameter], { lineSearchFn: 'strong_wolfe', maxIter: 1000, threads: 1 + (index % 2) });
  let calls = 0;
  const closure = () => {
    parameter.grad = parameter.data.map((value, at) => 4 * value ** 3 + (at % 3) - calls);
    if (++calls === 5) {
      setImmediate(() => {
        console.log('leaving');
        process.exit(0);
      });
    }
    return -calls * 1e6;
  };
  void optimizer.stepAsync(closure);
}
