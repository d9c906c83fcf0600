// Hands over detached arrays so often that V8 compiles what reads them (compiled code may remember the old length), and prints how
// many were refused without a code.

import { checkGradient, minimize, Parameter } from 'lbfgs';

/** @type {import('lbfgs').Objective} */
const level = (_, gradient) => {
  gradient.fill(0);
  return 1;
};
const Resizable = /** @type {new (bytes: number, options: object) => ArrayBuffer} */ (ArrayBuffer);
const kinds = [
  () => new Float64Array(2),
  () => new Float32Array(2),
  () => new Float64Array(new Resizable(16, { maxByteLength: 64 })),
];
const parameters = [new Parameter([1, 2]), new Parameter(new Float32Array(2))];
let odd = 0;

/** @param {() => unknown} action */
function attempt(action) {
  try {
    action();
    odd++;
  } catch (error) {
    if (!(/** @type {{ code?: string }} */ (error).code?.startsWith('ERR_LBFGS_'))) odd++;
  }
}

for (let round = 0; round < 20_000; round++) {
  const array = /** @type {Float64Array} */ (kinds[round % 3]?.());
  for (const parameter of parameters) parameter.grad = array;
  if (round % 10 === 0) minimize(level, array);
  structuredClone(array.buffer, { transfer: [/** @type {ArrayBuffer} */ (array.buffer)] });
  for (const parameter of parameters) attempt(() => (parameter.grad = array));
  attempt(() => minimize(level, array));
  attempt(() => checkGradient(level, array));
}
console.log(odd);
