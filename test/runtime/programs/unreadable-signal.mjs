// Steps whose signal cannot be read at the first look, at the second and so on; from the fourth on a closure's promise is in flight,
// and it will be rejected. Prints how each step ends and how often the closure was called. An unhandled rejection would end the process.

import { setImmediate } from 'node:timers/promises';
import { LBFGS, Parameter } from 'lbfgs';

for (let failing = 1; failing <= 4; failing++) {
  let reads = 0;
  let calls = 0;
  const aborted = () => {
    if (++reads === failing) throw new Error('unreadable');
    return false;
  };
  const signal = /** @type {AbortSignal} */ (Object.defineProperty(new EventTarget(), 'aborted', { get: aborted }));
  const closure = async () => {
    calls++;
    await setImmediate();
    throw new Error('nobody hears of this');
  };
  try {
    await new LBFGS([new Parameter([1])]).stepAsync(closure, { signal });
  } catch (error) {
    console.log(/** @type {Error} */ (error).message, calls);
  }
  await setImmediate();
  await setImmediate();
}
