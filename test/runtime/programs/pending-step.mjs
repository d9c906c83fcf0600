// Waits, in three ways, for closures that never answer, and says so when the event loop has run dry.

import { LBFGS, minimizeAsync, Parameter } from 'lbfgs';

/** @returns {Promise<number>} */
const forever = () => new Promise(() => undefined);

const optimizer = new LBFGS([new Parameter([1])]);
void optimizer.stepAsync(forever, { signal: new AbortController().signal, timeLimit: 1e6 });
void new LBFGS([new Parameter([1])]).iterate(forever).next();
void minimizeAsync(forever, new Float64Array(100_000));
process.on('exit', () => {
  console.log('left with nothing to do');
});
