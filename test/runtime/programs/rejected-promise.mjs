// Hands an asynchronous function that fails to whoever takes a synchronous one, and prints how each refuses it. An unhandled
// rejection would end the process.

import { setImmediate } from 'node:timers/promises';
import { LBFGS, minimize, Parameter } from 'lbfgs';

const failing = /** @type {() => never} */ (/** @type {unknown} */ (() => Promise.reject(new Error('no data'))));

/** @param {() => unknown} call */
function codeOf(call) {
  try {
    call();
  } catch (error) {
    return /** @type {{ code?: string }} */ (error).code;
  }
  return 'no error';
}
const optimizer = new LBFGS([new Parameter([1])]);
const codes = [codeOf(() => optimizer.step(failing)), codeOf(() => minimize(failing, [1]))];
await setImmediate();
console.log(codes.join(' '));
