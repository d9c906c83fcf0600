// Short trainings that between them call every compiled pass over vectors, by both recursions; prints the
// instruction set that they ran on and a digest of their bits.

import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { LBFGS } from 'lbfgs';

/** Short vectors have kernels of their own; 1003 is no multiple of a vector register's length. */
const SIZES = [10, 1003];

/** @param {'float32' | 'float64'} dtype @param {number} length */
const arrayOf = (dtype, length) => (dtype === 'float32' ? new Float32Array(length) : new Float64Array(length));

/**
 * A quadratic of two parameters.
 * @param {number} size of both together
 * @param {('float32' | 'float64')[]} dtypes of the first one's data and gradient, of the second one's
 * @param {import('lbfgs').LBFGSOptions} [options]
 */
function train(size, [data1 = 'float64', grad1 = 'float64', data2 = 'float64', grad2 = 'float64'], options = {}) {
  const params = [
    { data: arrayOf(data1, 3).fill(1), grad: arrayOf(grad1, 3) },
    { data: arrayOf(data2, size - 3).fill(-1), grad: arrayOf(grad2, size - 3) },
  ];
  const all = /** @type {const} */ ({
    lineSearchFn: 'strong_wolfe',
    maxIter: 6,
    historySize: 9, // two blocks of the two-loop recursion
    ...options,
  });
  const optimizer = new LBFGS(params, all);
  const closure = () => {
    let loss = 0;
    for (const { data, grad } of params) {
      for (let i = 0; i < data.length; i++) {
        const value = data[i] ?? 0;
        grad[i] = (1 + (i & 7)) * value;
        loss += 0.5 * (grad[i] ?? 0) * value;
      }
    }
    return loss;
  };
  optimizer.step(closure);
  optimizer.loadStateDict(optimizer.stateDict());
  optimizer.step(closure);
  return [params, optimizer.stateDict(), optimizer.lastStep];
}

const hash = createHash('sha256');
/** Arrays by their bits. @param {string} _key @param {unknown} value */
const withBits = (_key, value) =>
  ArrayBuffer.isView(value) ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') : value;
/** @param {unknown} left */
const add = (left) => hash.update(JSON.stringify(left, withBits));
for (const recursion of ['two_loop', 'compact']) {
  process.env['LBFGS_RECURSION'] = recursion; // looked at when an optimiser is made
  for (const size of SIZES) {
    add(train(size, ['float64', 'float64', 'float64', 'float64']));
    add(train(size, ['float32', 'float32', 'float32', 'float64']));
    add(train(size, ['float32', 'float32', 'float64', 'float32'], { historyDtype: 'float32' }));
  }
}
const native = /** @type {{ instructionSet: string }} */ (createRequire(import.meta.url)('../../../dist/addon.js'));
console.log(`${native.instructionSet} ${hash.digest('hex')}`);
