// Fifty optimisers, and twenty solves by minimizeAsync, wait on one signal, which is then aborted. Prints how many were reached, the
// listeners on the signal before, during and after, and Node's warnings.

import { getEventListeners } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { LBFGS, minimizeAsync, Parameter } from 'lbfgs';

const warnings = /** @type {string[]} */ ([]);
process.on('warning', ({ name, message }) => warnings.push(`${name}: ${message}`));

/** @param {AbortSignal} signal @param {() => void} act */
async function round(signal, act) {
  const listeners = () => getEventListeners(signal, 'abort').length;
  const counts = [listeners()];
  const forever = /** @type {Promise<number>} */ (new Promise(() => undefined));
  const steps = Array.from({ length: 50 }, () => new LBFGS([new Parameter([1])]).stepAsync(() => forever, { signal }));
  const solves = Array.from({ length: 20 }, () => minimizeAsync(() => forever, [1], { signal }));
  const all = Promise.allSettled([...steps, ...solves]);
  await setImmediate();
  counts.push(listeners());
  act();
  const endings = await all;
  counts.push(listeners());
  const reached = endings.filter((ending) => ending.status === 'rejected' && ending.reason === signal.reason);
  return `${reached.length} reached, listeners ${counts.join()}`;
}

const controller = new AbortController();
console.log(
  await round(controller.signal, () => {
    controller.abort(new Error('enough'));
  }),
);

// Steps that come and go on one signal, each while others wait.
const lasting = new AbortController();
const { signal } = lasting;
const short = async () => {
  const parameter = new Parameter([3]);
  const valueOf = () => parameter.data[0] ?? NaN;
  await new LBFGS([parameter]).stepAsync(
    async () => {
      await setImmediate();
      parameter.grad = [2 * valueOf()];
      return valueOf() ** 2;
    },
    { signal },
  );
};
await Promise.all(Array.from({ length: 60 }, short));
console.log(`listeners ${getEventListeners(signal, 'abort').length}`);
console.log(
  await round(signal, () => {
    lasting.abort();
  }),
);
await setImmediate();
console.log(`warnings: ${warnings.join() || 'none'}`);
