// Limits its own address space (Linux, util-linux's prlimit), asks for a history beyond it in every way there is, and prints the
// refusals, whether each left everything as it was, and whether training goes on.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { LBFGS, Parameter } from 'lbfgs';

const size = 100_000;
const tooLong = 1000;

const parameter = new Parameter(new Float64Array(size).fill(2));
const closure = () => {
  let loss = 0;
  parameter.grad = parameter.data.map((value, index) => {
    loss += ((1 + (index % 7)) * value ** 4) / 4;
    return (1 + (index % 7)) * value ** 3;
  });
  return loss;
};
const optimizer = new LBFGS([parameter], { historySize: 5, lineSearchFn: 'strong_wolfe', maxIter: 3, threads: 2 });
optimizer.step(closure);

const used = Number(/^VmSize:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
execFileSync('prlimit', [`--pid=${process.pid}`, `--as=${used + 400e6}`]);

/** @param {() => void} call */
function refusal(call) {
  const before = { state: optimizer.stateDict(), x: parameter.data.slice(), params: optimizer.paramGroups[0].params };
  let told = 'no error';
  try {
    call();
  } catch (error) {
    const { name, code, message } = /** @type {RangeError & { code?: string }} */ (error);
    told = `${name} ${code} ${/\d+ bytes/.exec(message)?.[0]}`;
  }
  optimizer.paramGroups[0].historySize = 5;
  const after = { state: optimizer.stateDict(), x: parameter.data.slice(), params: optimizer.paramGroups[0].params };
  return `${told}, ${isDeepStrictEqual(before, after) ? 'unchanged' : 'CHANGED'}`;
}

const dict = optimizer.stateDict();
dict.param_groups[0].history_size = tooLong;
const refusals = [
  refusal(() => new LBFGS([new Parameter(new Float64Array(size))], { historySize: tooLong })),
  refusal(() => {
    optimizer.paramGroups[0].historySize = tooLong;
    optimizer.step(closure);
  }),
  refusal(() => {
    optimizer.loadStateDict(dict);
  }),
  refusal(() => {
    optimizer.addParamGroup({
      params: [new Parameter(new Float64Array(9 * size)), new Parameter(new Float32Array(90 * size))],
    });
  }),
];
const before = optimizer.step(closure);
const after = optimizer.step(closure);
console.log([...refusals, after < before ? 'goes on' : 'is stuck'].join('\n'));
