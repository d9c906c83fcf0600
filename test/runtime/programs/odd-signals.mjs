// Steps whose closure returns an odd promise while their signal is one that only looks like an AbortSignal. Prints how each ends, whether
// the optimiser works afterwards, and the warnings and unhandled rejections that Node reported.

import { setImmediate } from 'node:timers/promises';
import { createContext, runInContext } from 'node:vm';
import { LBFGS, Parameter } from 'lbfgs';

const unhandled = /** @type {string[]} */ ([]);
process.on('unhandledRejection', (reason) => unhandled.push(String(reason)));

const fail = (/** @type {string} */ what) => () => {
  throw new Error(what);
};
const nothing = () => undefined;
/** An executor whose promise is rejected one turn of the event loop later. */
const rejectLater = (/** @type {unknown} */ _, /** @type {(error: unknown) => void} */ reject) => {
  void setImmediate().then(() => {
    reject(new Error('rejected'));
  });
};
/** A promise that is rejected one turn of the event loop later. */
const rejectedLater = async () => {
  await setImmediate();
  throw new Error('rejected');
};

class Patched extends Promise {}
Reflect.defineProperty(Patched.prototype, 'then', { value: fail('then of a subclass') });
class Unconstructible extends Promise {
  /** @override */
  static get [Symbol.species]() {
    return fail('species')();
  }
}
const elsewhere = createContext({ setImmediate: globalThis.setImmediate });
const foreign = 'new Promise((_, reject) => setImmediate(() => reject(new Error("rejected elsewhere"))))';

/** @type {Record<string, () => unknown>} */
const promises = {
  'its own then throws': () => Object.assign(rejectedLater(), { then: fail('then') }),
  'its then cannot be read': () => Object.defineProperty(rejectedLater(), 'then', { get: fail('no then') }),
  'a subclass whose then throws': () => new Patched(rejectLater),
  'a subclass of no species': () => new Unconstructible(rejectLater),
  'its constructor cannot be read': () =>
    Object.defineProperty(rejectedLater(), 'constructor', { get: fail('no constructor'), configurable: true }),
  'of another realm': () => /** @type {unknown} */ (runInContext(foreign, elsewhere)),
  'of another realm, its then throws': () =>
    Object.assign(/** @type {object} */ (runInContext(foreign, elsewhere)), { then: fail('then') }),
  'a thenable whose then throws': () => ({ then: fail('then of a thenable') }),
  'a thenable that is rejected and then throws': () => ({
    then: (/** @type {unknown} */ _, /** @type {(error: unknown) => void} */ reject) => {
      reject(new Error('rejected first'));
      throw new Error('and thrown');
    },
  }),
  'rejected later': rejectedLater,
  'never settled': () => new Promise(nothing),
};

/** Fires at once, or as soon as somebody listens. */
const firing = (/** @type {object} */ parts) => ({
  aborted: false,
  reason: new Error('aborted'),
  addEventListener: (/** @type {string} */ _, /** @type {() => void} */ listener) => {
    queueMicrotask(listener);
  },
  removeEventListener: nothing,
  ...parts,
});
const silent = { aborted: false, reason: undefined, addEventListener: nothing, removeEventListener: nothing };
const getter = (/** @type {object} */ signal, /** @type {string} */ name, /** @type {() => unknown} */ get) =>
  Object.defineProperty({ ...signal }, name, { get });
/** @type {Record<string, () => object>} */
const signals = {
  silent: () => silent,
  'whose aborted throws later': () => {
    let reads = 0;
    return getter(silent, 'aborted', () => (++reads > 3 ? fail('no aborted')() : false));
  },
  'that cannot be listened to': () => ({ ...silent, addEventListener: fail('no listeners') }),
  'that listens and throws': () =>
    firing({
      addEventListener: (/** @type {string} */ _, /** @type {() => void} */ listener) => {
        queueMicrotask(listener);
        throw new Error('listening, and thrown');
      },
    }),
  'that cannot be left': () => ({ ...silent, removeEventListener: fail('no leaving') }),
  'that loses its method': () => {
    let reads = 0;
    return getter(silent, 'removeEventListener', () => (++reads > 1 ? undefined : nothing));
  },
  'that fires': () => firing({}),
  'that fires again and again': () =>
    firing({
      addEventListener: (/** @type {string} */ _, /** @type {() => void} */ listener) => {
        void setImmediate().then(listener).then(listener);
        queueMicrotask(listener);
      },
    }),
  'whose reason throws': () => getter(firing({}), 'reason', fail('no reason')),
};

for (const [promise, make] of Object.entries(promises)) {
  for (const [signal, makeSignal] of Object.entries(signals)) {
    if (promise === 'never settled' && !/fires|reason|listen|aborted/.test(signal)) continue; // it would be waited for
    const parameter = new Parameter([1]);
    const optimizer = new LBFGS([parameter]);
    const closure = () => {
      parameter.grad = [1];
      return /** @type {number} */ (make());
    };
    let ending = 'returned';
    try {
      await optimizer.stepAsync(closure, { signal: /** @type {AbortSignal} */ (makeSignal()) });
    } catch (error) {
      ending = /** @type {Error} */ (error).message;
    }
    for (let turn = 0; turn < 3; turn++) await setImmediate();
    await optimizer.stepAsync(() => {
      parameter.grad = [0];
      return Promise.resolve(0);
    });
    const left = unhandled.splice(0).map((reason) => `; unhandled: ${reason}`);
    console.log(`${promise} | ${signal} | ${ending}${left.join('')}`);
  }
}
