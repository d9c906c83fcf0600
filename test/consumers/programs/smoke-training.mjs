import { createHash } from 'node:crypto';
import { LBFGS } from 'lbfgs';

/**
 * Two steps on a valley of many variables; a digest of the parameters' bits, with what the last step says.
 * @param {{ size: number, dtype: import('lbfgs').Dtype } & import('lbfgs').LBFGSOptions} what
 */
export function train({ size, dtype, ...options }) {
  const make = () => (dtype === 'float32' ? new Float32Array(size) : new Float64Array(size));
  const parameter = { data: make().fill(-1), grad: make() };
  const optimizer = new LBFGS([parameter], {
    lr: options.lineSearchFn === null ? 1e-3 : 1,
    maxIter: 12,
    historySize: 4,
    ...options,
  });
  const closure = () => {
    const { data, grad } = parameter;
    let loss = 0;
    grad.fill(0);
    for (let i = 0; i + 1 < size; i += 2) {
      const [a = 0, b = 0] = [data[i], data[i + 1]];
      const curvature = 1 + (i & 7);
      loss += curvature * (b - a * a) ** 2 + (1 - a) ** 2;
      grad[i] = -4 * curvature * a * (b - a * a) - 2 * (1 - a);
      grad[i + 1] = 2 * curvature * (b - a * a);
    }
    return loss;
  };
  optimizer.step(closure);
  optimizer.step(closure);
  const bits = new Uint8Array(parameter.data.buffer);
  return [createHash('sha256').update(bits).digest('hex'), optimizer.lastStep];
}
