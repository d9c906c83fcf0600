// Makes many calls without a turn of the event loop and prints the bytes of resident memory that each of them has kept:
// `node --expose-gc kept-memory.mjs <what> <how many>`.

import { LBFGS, minimize, Parameter } from 'lbfgs';

const [what, count] = [process.argv[2] ?? '', Number(process.argv[3])];

/** @param {import('lbfgs').FloatArray} x @param {import('lbfgs').FloatArray} gradient */
function square(x, gradient) {
  const [a = 0, b = 0] = x;
  gradient[0] = 2 * (a - 3);
  gradient[1] = 20 * (b + 1);
  return (a - 3) ** 2 + 10 * (b + 1) ** 2;
}

const parameter = new Parameter(new Float64Array(2));
const { data } = parameter;
const grad = (parameter.grad = new Float64Array(2));
const closure = () => square(data, grad);
/** @type {import('lbfgs').LBFGSOptions} */
const options = { lineSearchFn: 'strong_wolfe', historySize: 4 };
const optimizer = new LBFGS([parameter], options);
optimizer.step(closure);
const state = optimizer.stateDict();

/** @type {Record<string, () => void>} */
const calls = {
  minimize() {
    minimize(square, [0, 0], { maxIter: 2 });
  },
  step() {
    data.fill(0);
    const short = new LBFGS([parameter], options);
    short.step(closure);
    short[Symbol.dispose]();
  },
  loadStateDict() {
    optimizer.loadStateDict(state);
  },
  /** A constructor that refuses its arguments has made nothing. */
  refused() {
    try {
      new LBFGS([parameter, { data: new Float64Array(data.buffer), grad: null }], options);
    } catch {
      return;
    }
    throw new Error('the overlap was not refused');
  },
};

const call = calls[what];
if (call === undefined) throw new Error(`Expected one of ${Object.keys(calls).join(', ')} but received ${what}`);
const resident = () => {
  globalThis.gc?.();
  return process.memoryUsage.rss();
};
for (let done = 0; done < count / 10; done++) call();
const before = resident();
for (let done = 0; done < count; done++) call();
console.log((resident() - before) / count);
