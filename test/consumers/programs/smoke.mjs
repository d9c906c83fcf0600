// A little of everything, for runtimes that do not run the mocha suite. One line of JSON for each matter; the lines are the same
// wherever it runs, numbers to the bit.

import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { LBFGS, LBFGSError, Parameter, checkGradient, minimize } from 'lbfgs';
import { decodeCheckpoint, encodeCheckpoint } from 'lbfgs/safetensors';
import { train } from './smoke-training.mjs';

/** @param {string} matter @param {unknown} outcome */
const say = (matter, outcome) => {
  console.log(JSON.stringify([matter, outcome]));
};

/** What a call throws, as far as users tell errors apart. @param {() => unknown} call */
function refusal(call) {
  try {
    call();
    return 'nothing';
  } catch (error) {
    if (!(error instanceof Error)) return String(error);
    return [error.name, error instanceof LBFGSError, 'code' in error ? error.code : undefined, error.message];
  }
}

// Solves in every dtype, with both line searches, short and long vectors, on one thread and several.
for (const dtype of /** @type {const} */ (['float64', 'float32'])) {
  for (const lineSearchFn of /** @type {const} */ ([null, 'strong_wolfe'])) {
    for (const [size, threads] of /** @type {const} */ ([
      [2, 1],
      [50, 1],
      [100_000, 1],
      [100_000, 4],
    ])) {
      say(
        `trained: ${dtype}, ${lineSearchFn}, ${size} values, ${threads} threads`,
        train({ dtype, lineSearchFn, size, threads }),
      );
    }
  }
}
say(
  'float32 history',
  train({ dtype: 'float64', lineSearchFn: 'strong_wolfe', size: 5000, threads: 2, historyDtype: 'float32' }),
);

// The same classes by require.
const required = /** @type {typeof import('lbfgs')} */ (createRequire(import.meta.url)('lbfgs'));
say('one class by import and by require', [required.LBFGS === LBFGS, required.LBFGSError === LBFGSError]);

// A promise in every closure.
const slow = new Parameter([3, -2]);
const eager = new Parameter([3, -2]);
/** @param {Parameter} parameter */
const bowl = (parameter) => () => {
  const [a = 0, b = 0] = parameter.data;
  parameter.grad = [2 * a, 20 * b];
  return a * a + 10 * b * b;
};
const asynchronous = new LBFGS([slow], { lineSearchFn: 'strong_wolfe' });
const synchronous = new LBFGS([eager], { lineSearchFn: 'strong_wolfe' });
const losses = [await asynchronous.stepAsync(() => Promise.resolve().then(bowl(slow))), synchronous.step(bowl(eager))];
say('stepAsync', [losses, [...slow.data], asynchronous.lastStep]);
say('step, the same', [[...eager.data], synchronous.lastStep]);

// State dicts and checkpoints.
const bytes = encodeCheckpoint({ state: synchronous.stateDict(), parameters: { eager } });
const resumed = new LBFGS([new Parameter(eager.data.slice())], { lineSearchFn: 'strong_wolfe' });
resumed.loadStateDict(decodeCheckpoint(bytes).state);
say('checkpoint', [createHash('sha256').update(bytes).digest('hex'), resumed.stateDict()]);

// Nothing that is not finite becomes a parameter.
const cliff = new Parameter([1]);
const edge = new LBFGS([cliff], { lineSearchFn: 'strong_wolfe', lr: 10 });
edge.step(() => {
  const [x = 0] = cliff.data;
  cliff.grad = [-1];
  return x > 3 ? NaN : -x;
});
say('beyond the cliff', [[...cliff.data], edge.lastStep]);
say(
  'a start that is not finite',
  refusal(() => edge.step(() => NaN)),
);

// Errors: the user's own as they are, ours by class and code.
const own = new Error('mine');
say(
  'the very error of a closure',
  (() => {
    try {
      edge.step(() => {
        throw own;
      });
    } catch (error) {
      return error === own;
    }
    return undefined;
  })(),
);
say('wrong arguments', [
  refusal(() => new LBFGS([], {})),
  refusal(() => new LBFGS([new Parameter([1])], { lr: -1 })),
  // @ts-expect-error what the types forbid
  refusal(() => minimize(() => 'one', [1])),
  refusal(() => edge.step(() => edge.step(() => 0))),
]);
// Node 20.0 has no Symbol.dispose: there it is what compiled `using` statements look for.
const symbols = /** @type {{ dispose?: symbol }} */ (Symbol);
/** @type {() => void} */
const dispose = Reflect.get(edge, symbols.dispose ?? Symbol.for('Symbol.dispose'));
dispose.call(edge);
say(
  'after dispose',
  refusal(() => edge.step(() => 0)),
);
const gradient = checkGradient(([x = 0], g) => ((g[0] = 3 * x * x), x ** 3), [2]);
say('checkGradient', [gradient.ok, gradient.worstIndex]);

// An array that goes away in the middle of a step.
const leaving = { data: Float64Array.of(1, 2), grad: Float64Array.of(0, 0) };
say(
  'a detached array',
  refusal(() =>
    new LBFGS([leaving]).step(() => {
      structuredClone(leaving.data.buffer, { transfer: [leaving.data.buffer] });
      return 1;
    }),
  ),
);

// Threads of JavaScript: several at once, one after the other.
for (let round = 0; round < 3; round++) {
  const outcomes = await Promise.all(
    Array.from(
      { length: 2 },
      () =>
        new Promise((resolve, reject) => {
          const worker = new Worker(new URL('./smoke-worker.mjs', import.meta.url));
          worker.on('message', resolve);
          worker.on('error', reject);
        }),
    ),
  );
  say(`worker threads, round ${round}`, outcomes);
}
