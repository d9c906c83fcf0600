import assert from 'node:assert/strict';
import { checkGradient, estimateMemory, LBFGS, minimize, minimizeAsync, Parameter } from 'lbfgs';
import { extendedRosenbrock } from '../problems/objectives';
import { typeRefusal, untyped } from '../problems/refusal';

const OWNERS: Readonly<Record<string, (options: never) => unknown>> = {
  minimize: (options) => minimize(extendedRosenbrock, [1, 2], options),
  LBFGS: (options) => new LBFGS([new Parameter([1])], options),
  step: (options) => new LBFGS([new Parameter([1])]).step(() => 0, options),
  checkGradient: (options) => checkGradient(extendedRosenbrock, [1, 2], options),
  Parameter: (options) => new Parameter([1], options),
  estimateMemory: (options) => estimateMemory(options),
};
const KNOWN = {
  LBFGS:
    'lr, maxIter, maxEval, toleranceGrad, toleranceChange, historySize, lineSearchFn, maxLs, threads, historyDtype, comm',
  step: 'onIteration, signal, timeLimit, onFailure',
  minimize: 'tolerances, noise, diagonal, bounds, l1, scale, gradient',
  checkGradient: 'step, samples, seed, dtype, bounds',
} as const;

/** What each owner says to each name that it does not have. */
const HINTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  minimize: {
    learningRate: 'did you mean lr?',
    learning_rate: 'did you mean lr?',
    stepSize: 'did you mean lr?',
    gtol: 'did you mean toleranceGrad?',
    pgtol: 'did you mean toleranceGrad?',
    epsilon: 'did you mean toleranceGrad?',
    ftol: 'did you mean toleranceChange?',
    tol: 'did you mean toleranceGrad or toleranceChange?',
    tolerance: 'did you mean toleranceGrad or toleranceChange?',
    m: 'did you mean historySize?',
    maxcor: 'did you mean historySize?',
    memory: 'did you mean historySize?',
    history: 'did you mean historySize?',
    max_iter: 'did you mean maxIter?',
    maxiter: 'did you mean maxIter?',
    maxfun: 'did you mean maxEval?',
    maxls: 'did you mean maxLs?',
    line_search: 'did you mean lineSearchFn?',
    lineSearch: 'did you mean lineSearchFn?',
    callback: 'did you mean onIteration?',
    verbose: 'did you mean onIteration?',
    disp: 'did you mean onIteration?',
    timeout: 'did you mean timeLimit?',
    abortSignal: 'did you mean signal?',
    tolaranceGrad: 'did you mean toleranceGrad?',
    lrr: 'did you mean lr?',
    maxLsi: 'did you mean maxLs?',
    bound: 'did you mean bounds?',
    grad: 'did you mean gradient?',
    xScale: 'did you mean scale?',
    orthantwise_c: 'did you mean l1?',
    jac: `the function fills its second argument with the gradient, or gradient: 'forward' or 'central' finds it; known are ${KNOWN.LBFGS}, ${KNOWN.step}, ${KNOWN.minimize}`,
    x: `known are ${KNOWN.LBFGS}, ${KNOWN.step}, ${KNOWN.minimize}`,
    lb2: `bounds go in as { bounds: { lower, upper } }; known are ${KNOWN.LBFGS}, ${KNOWN.step}, ${KNOWN.minimize}`,
    max_step: `known are ${KNOWN.LBFGS}, ${KNOWN.step}, ${KNOWN.minimize}`,
    min_iter: `known are ${KNOWN.LBFGS}, ${KNOWN.step}, ${KNOWN.minimize}`,
    toleranceFun: 'did you mean toleranceChange?',
    constructor: `known are ${KNOWN.LBFGS}, ${KNOWN.step}, ${KNOWN.minimize}`,
  },
  LBFGS: {
    m: 'did you mean historySize?',
    learningRate: 'did you mean lr?',
    weight_decay: `known are ${KNOWN.LBFGS}`,
    momentum: `known are ${KNOWN.LBFGS}`,
    callback: `it is onIteration, an option of step; known are ${KNOWN.LBFGS}`,
    timeout: `it is timeLimit, an option of step; known are ${KNOWN.LBFGS}`,
    onIteration: `it is an option of step; known are ${KNOWN.LBFGS}`,
    bounds: `minimize has bounds, LBFGS has none; known are ${KNOWN.LBFGS}`,
  },
  step: {
    callback: 'did you mean onIteration?',
    m: `it is historySize, an option of LBFGS; known are ${KNOWN.step}`,
    gtol: `it is toleranceGrad, an option of LBFGS; known are ${KNOWN.step}`,
    maxIter: `it is an option of LBFGS; known are ${KNOWN.step}`,
  },
  checkGradient: {
    stepSize: 'did you mean step?',
    eps: 'did you mean step?',
    epsilon: 'did you mean step?',
    sample: 'did you mean samples?',
    m: `known are ${KNOWN.checkGradient}`,
    learningRate: `known are ${KNOWN.checkGradient}`,
  },
  Parameter: {
    type: 'did you mean dtype?',
    size: 'did you mean shape?',
    lr: 'it is an option of LBFGS; known are dtype, shape, name, device',
  },
  estimateMemory: { m: 'did you mean historySize?', memory: 'did you mean historySize?' },
};

describe('the hint for an option that does not exist', () => {
  for (const [owner, hints] of Object.entries(HINTS)) {
    for (const [name, hint] of Object.entries(hints)) {
      it(`${name} of ${owner}: ${hint.split(';')[0]!}`, () => {
        assert.throws(
          () => OWNERS[owner]!(untyped({ [name]: 1 })),
          typeRefusal(
            'ERR_LBFGS_UNKNOWN_OPTION',
            `Expected a known option for ${owner} but received '${name}'; ${hint}`,
          ),
        );
      });
    }
  }

  it('never names an option that would be unknown too', () => {
    const names = Object.values(HINTS).flatMap((hints) => Object.keys(hints));
    const messageOf = (owner: string, name: string): string | undefined => {
      try {
        OWNERS[owner]!(untyped({ [name]: undefined }));
      } catch (error) {
        return (error as Error).message;
      }
      return undefined;
    };
    for (const owner of Object.keys(OWNERS)) {
      for (const name of names) {
        const suggested = /did you mean (.*)\?$/.exec(messageOf(owner, name) ?? '')?.[1] ?? '';
        for (const each of suggested === '' ? [] : suggested.split(' or ')) {
          assert.doesNotMatch(messageOf(owner, each) ?? '', /known option/, `${owner}, ${name}: ${each}`);
        }
      }
    }
  });
});

describe('what stands in the place of the options', () => {
  const { signal } = new AbortController();
  for (const [given, shown] of [
    [[1, 2], 'an array of 2'],
    [new Map([['lr', 1]]), 'a Map'],
    [new Set(['lr']), 'a Set'],
    [new Float64Array(2), 'a Float64Array'],
    [Promise.resolve({}), 'a Promise'],
    [signal, 'an Object; a signal goes in as { signal }'],
    [() => true, 'a function; a callback goes in as { onIteration }'],
  ] as const) {
    it(`is refused by step: ${shown}`, () => {
      const message = `Expected an object for the options of step but received ${shown}`;
      assert.throws(() => OWNERS['step']!(untyped(given)), typeRefusal('ERR_LBFGS_ARG_TYPE', message));
    });
  }
});

describe('the order of arguments of minimize', () => {
  const gradient = (x: number[]) => x;
  const refusals: readonly [string, unknown[], (call: string) => string][] = [
    [
      '(f, grad, x0)',
      [extendedRosenbrock, gradient, [1, 2]],
      (call) => `for x0 but received a function; ${call} takes one function, .* that fills gradient$`,
    ],
    [
      '(f, x0, grad)',
      [extendedRosenbrock, [1, 2], gradient],
      (call) => `^Expected an object .* a function; ${call} takes one function, `,
    ],
    [
      '(x0, f)',
      [[1, 2], extendedRosenbrock],
      (call) => String.raw`^Expected a function for fun .* an array of 2; fun comes before x0: ${call}\(fun, x0\)$`,
    ],
  ];
  for (const [order, args, message] of refusals) {
    it(`${order} is refused and the right one is said`, async () => {
      const refusal = (call: string) => typeRefusal('ERR_LBFGS_ARG_TYPE', new RegExp(message(call)));
      assert.throws(() => minimize(...(args as [never, never, never])), refusal('minimize'));
      await assert.rejects(minimizeAsync(...(args as [never, never, never])), refusal('minimizeAsync'));
    });
  }
});

describe('the hint for what a function returned', () => {
  class Tensor {
    get item(): never {
      throw new Error('a getter was run');
    }
    dataSync(): number[] {
      return [1];
    }
  }
  const refused: readonly [string, unknown, string][] = [
    ['nothing', undefined, 'undefined; did you forget return?'],
    ['a bigint', 1n, '1n; convert it: Number(loss)'],
    ['a number as text', '2504', "'2504'; convert it: Number(loss)"],
    ['text', 'abc', "'abc'"],
    ['no text', ' ', "' '"],
    ['null', null, 'null; return NaN where there is no loss'],
    ['a boolean', true, 'true; return the loss itself'],
    ['a function', () => 1, 'a function; call it, and return what it returns'],
    ['a boxed number', Object(1), 'an Object; return the number itself, not an object made by new Number'],
    ['an array of one', [1], 'an array of 1; return its one entry, result[0]'],
    ['a typed array of one', Float32Array.of(1), 'a Float32Array; return its one entry, result[0]'],
    ['several losses', [1, 2, 3], 'an array of 3; return one number, for instance the sum of the entries'],
    ['a tensor of tfjs', new Tensor(), 'an Object; return a number, for instance tensor.dataSync()[0]'],
    ['a tensor of torch', { item: () => 1 }, 'an Object; return a number, for instance tensor.item()'],
    ['a proxy', new Proxy({}, { getOwnPropertyDescriptor: () => assert.fail('a trap was run') }), 'a Proxy'],
  ];
  for (const [what, result, shown] of refused) {
    it(`${what}, from minimize, step and their asynchronous forms`, async () => {
      const refusal = (fun: string) =>
        typeRefusal('ERR_LBFGS_CLOSURE_RESULT', `Expected a number from ${fun} but received ${shown}`);
      const fun = (): never => untyped(result);
      const optimizer = new LBFGS([new Parameter([1])]);
      assert.throws(() => minimize(fun, [1]), refusal('fun'));
      await assert.rejects(minimizeAsync(fun, [1]), refusal('fun'));
      assert.throws(() => optimizer.step(fun), refusal('the closure'));
      await assert.rejects(optimizer.stepAsync(fun), refusal('the closure'));
    });
  }

  it('the loss together with the gradient says where that goes', () => {
    const inPlace = 'write the gradient into the array that is the second argument';
    for (const [result, shown] of [
      [[1, [2]], `an array of 2; return the loss alone and ${inPlace}`],
      [{ loss: 1, gradient: [2] }, `an Object; return the loss alone, result.loss, and ${inPlace}`],
    ] as const) {
      assert.throws(
        () => minimize(() => untyped(result), [1]),
        typeRefusal('ERR_LBFGS_CLOSURE_RESULT', `Expected a number from fun but received ${shown}`),
      );
    }
  });

  it('a promise, early or late, names the form that takes one', () => {
    const call = (name: string) => `; .* must be synchronous: use ${name}, or await its data before the call$`;
    const thenable = { then: () => assert.fail('nobody asked for it') };
    let calls = 0;
    for (const fun of [async () => Promise.resolve(1), () => thenable]) {
      const refusal = (name: string) => typeRefusal('ERR_LBFGS_CLOSURE_RESULT', new RegExp(call(name)));
      assert.throws(() => minimize(untyped(fun), [1]), refusal('minimizeAsync'));
      assert.throws(() => new LBFGS([new Parameter([1])]).step(untyped(fun)), refusal('stepAsync'));
      const late = (x: Float64Array, gradient: Float64Array): unknown =>
        calls++ % 3 === 2 ? fun() : extendedRosenbrock(x, gradient);
      calls = 0;
      assert.throws(() => minimize(untyped(late), [1, 2]), refusal('minimizeAsync'));
    }
  });
});
