// Two installations of the package, one/ and two/, in one process; argv[2] says how they meet. Prints 'the same' where they give the
// same numbers.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';

/** @typedef {typeof import('lbfgs')} Package */

const requires = ['one', 'two'].map((name) => createRequire(new URL(`${name}/index.js`, import.meta.url)));
const [one, two] = /** @type {[Package, Package]} */ (
  requires.map((require) => {
    /** @type {Package} */
    const loaded = require('lbfgs');
    return loaded;
  })
);
assert.notEqual(one.LBFGS, two.LBFGS);

/**
 * A training in Rosenbrock's valley, one step at each call.
 * @param {Package} makers of the optimiser @param {Package} parts of the parameter @param {() => void} [within] every closure
 */
function makeTraining({ LBFGS }, { Parameter }, within = () => {}) {
  const parameter = new Parameter([-1.2, 1]);
  const optimizer = new LBFGS([parameter], { lineSearchFn: 'strong_wolfe', maxIter: 4 });
  return () => {
    optimizer.step(() => {
      const [a = 0, b = 0] = parameter.data;
      within();
      parameter.grad = [-400 * a * (b - a * a) - 2 * (1 - a), 200 * (b - a * a)];
      return 100 * (b - a * a) ** 2 + (1 - a) ** 2;
    });
    return [...parameter.data];
  };
}

const alone = makeTraining(one, one);
const expected = [alone(), alone(), alone()];

/** @param {() => number[]} step */
const check = (step) => {
  for (const values of expected) assert.deepEqual(step(), values);
};

const ways = {
  nested() {
    /** @type {number[][]} */
    const inner = [];
    check(
      makeTraining(one, one, () => {
        const step = makeTraining(two, two);
        inner.push(...[step(), step(), step()]);
      }),
    );
    assert.ok(inner.length > 10);
    for (const [index, values] of inner.entries()) assert.deepEqual(values, expected[index % 3]);
  },
  exchanged() {
    check(makeTraining(one, two));
    check(makeTraining(two, one));
  },
  reloaded() {
    const older = makeTraining(one, one);
    assert.deepEqual(older(), expected[0]);
    const [require] = /** @type {[NodeJS.Require]} */ (requires);
    for (const file of Object.keys(require.cache)) Reflect.deleteProperty(require.cache, file);
    const anew = /** @type {Package} */ (require('lbfgs'));
    assert.notEqual(anew.LBFGS, one.LBFGS);
    check(makeTraining(anew, anew));
    check(makeTraining(anew, one));
    assert.deepEqual([older(), older()], expected.slice(1));
  },
  async threads() {
    const here = makeTraining(two, two);
    for (const values of expected) {
      const worker = new Worker(fileURLToPath(import.meta.url));
      const [[theirs]] = /** @type {[[unknown], unknown]} */ (
        await Promise.all([once(worker, 'message'), once(worker, 'exit')])
      );
      assert.deepEqual(theirs, expected[0]);
      assert.deepEqual(here(), values);
    }
  },
};

if (isMainThread) {
  await ways[/** @type {keyof typeof ways} */ (process.argv[2])]();
  console.log('the same');
} else {
  const step = makeTraining(one, two);
  parentPort?.postMessage(step());
  makeTraining(two, two, () => process.exit())(); // the thread ends in the middle of a step
}
