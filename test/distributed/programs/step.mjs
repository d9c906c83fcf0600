// What each rank of synchronous steps does: two steps with a part of some variables, where one rank may throw.

import { LBFGS, Parameter } from 'lbfgs';

/**
 * @typedef {{ n: number, options: import('lbfgs').LBFGSOptions, broken?: number, at?: number }} Steps
 * @param {import('lbfgs').Communicator} comm
 * @param {Steps} steps
 */
export function program(comm, { n, options, broken = -1, at = 0 }) {
  const from = Math.floor((n * comm.rank) / comm.size);
  const size = Math.floor((n * (comm.rank + 1)) / comm.size) - from;
  const parameter = new Parameter(Float64Array.from({ length: size }, (_, i) => ((from + i) % 2 === 0 ? -1.2 : 1)));
  const optimizer = new LBFGS([parameter], { ...options, comm });
  let evaluations = 0;
  const closure = () => {
    evaluations += 1;
    if (comm.rank === broken && evaluations === at) throw new Error('of the closure');
    let loss = 0;
    parameter.grad = Float64Array.from(parameter.data, (x, i) => {
      const weight = 1 + ((from + i) % 7);
      const far = x - Math.sin(from + i);
      loss += weight * (Math.cosh(far) - 1) + 0.1 * far ** 4;
      return weight * Math.sinh(far) + 0.4 * far ** 3;
    });
    return loss;
  };
  /** @type {string[]} */
  const codes = [];
  const reports = [0, 1].map(() => {
    try {
      optimizer.step(closure);
    } catch (error) {
      codes.push(/** @type {{ code?: string }} */ (error).code ?? /** @type {Error} */ (error).message);
    }
    return optimizer.lastStep;
  });
  return { x: parameter.data, reports, codes };
}
