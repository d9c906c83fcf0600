import assert from 'node:assert/strict';
import { checkGradient, LBFGS, minimize, Parameter, type LBFGSOptions } from 'lbfgs';
import { THREADS_BY_DEFAULT } from '../problems/machine';
import { extendedRosenbrock } from '../problems/objectives';
import { rangeRefusal, typeRefusal, untyped } from '../problems/refusal';

/** torch's, and ours for what torch has not. */
const DEFAULTS = {
  lr: 1,
  maxIter: 20,
  maxEval: 25,
  toleranceGrad: 1e-7,
  toleranceChange: 1e-9,
  historySize: 100,
  lineSearchFn: null,
  maxLs: 25,
  threads: THREADS_BY_DEFAULT,
  historyDtype: null,
  comm: null,
};
type OptionName = keyof typeof DEFAULTS;

const SIZE = 'a finite number >= 0';
const COUNT = 'an integer >= 0';
const COUNT_OR_NULL = 'an integer >= 0 or null';
const SEARCH = "'strong_wolfe', 'noise_tolerant' or null";
const THREADS = 'an integer from 1 to 64';
const DTYPE = "'float32', 'float64' or null";
const COMM = 'a communicator ({ rank, size, allReduce }) or null';
const type = (message: string) => typeRefusal('ERR_LBFGS_ARG_TYPE', message);
const comm = (message: string) => typeRefusal('ERR_LBFGS_COMM', message);
const value = (message: string) => rangeRefusal('ERR_LBFGS_ARG_VALUE', message);

/** Each option with values it must refuse: what is expected instead, what the message shows, and which error. */
const REFUSED: readonly [OptionName, unknown, string, string, typeof type][] = [
  ['lr', '0.1', SIZE, "'0.1'", type],
  ['lr', null, SIZE, 'null', type],
  ['lr', 1n, SIZE, '1n', type],
  ['lr', -0.5, SIZE, '-0.5', value],
  ['lr', NaN, SIZE, 'NaN', value],
  ['lr', Infinity, SIZE, 'Infinity', value],
  ['lr', -Infinity, SIZE, '-Infinity', value],
  ['maxIter', '20', COUNT, "'20'", type],
  ['maxIter', null, COUNT, 'null', type],
  ['maxIter', 2.5, COUNT, '2.5', value],
  ['maxIter', -1, COUNT, '-1', value],
  ['maxIter', Infinity, COUNT, 'Infinity', value],
  ['maxIter', NaN, COUNT, 'NaN', value],
  ['maxEval', true, COUNT_OR_NULL, 'true', type],
  ['maxEval', 2.5, COUNT_OR_NULL, '2.5', value],
  ['maxEval', -1, COUNT_OR_NULL, '-1', value],
  ['maxEval', Infinity, COUNT_OR_NULL, 'Infinity', value],
  ['toleranceGrad', [1e-5], SIZE, 'an array of 1', type],
  ['toleranceGrad', -1e-9, SIZE, '-1e-9', value],
  ['toleranceGrad', NaN, SIZE, 'NaN', value],
  ['toleranceGrad', Infinity, SIZE, 'Infinity', value],
  ['toleranceChange', {}, SIZE, 'an Object', type],
  ['toleranceChange', -1, SIZE, '-1', value],
  ['toleranceChange', NaN, SIZE, 'NaN', value],
  ['historySize', '10', 'an integer >= 1', "'10'", type],
  ['historySize', 0, 'an integer >= 1', '0', value],
  ['historySize', -3, 'an integer >= 1', '-3', value],
  ['historySize', 1.5, 'an integer >= 1', '1.5', value],
  ['historySize', 2 ** 53, 'an integer >= 1', '9007199254740992', value],
  ['lineSearchFn', 'armijo', SEARCH, "'armijo'", value],
  ['lineSearchFn', true, SEARCH, 'true', type],
  ['lineSearchFn', 5, SEARCH, '5', type],
  ['lineSearchFn', Symbol('wolfe'), SEARCH, 'Symbol(wolfe)', type],
  ['maxLs', () => 3, COUNT_OR_NULL, 'a function', type],
  ['maxLs', 0.5, COUNT_OR_NULL, '0.5', value],
  ['maxLs', -1, COUNT_OR_NULL, '-1', value],
  ['threads', '2', THREADS, "'2'", type],
  ['threads', null, THREADS, 'null', type],
  ['threads', 0, THREADS, '0', value],
  ['threads', 65, THREADS, '65', value],
  ['threads', 1.5, THREADS, '1.5', value],
  ['threads', NaN, THREADS, 'NaN', value],
  ['historyDtype', 'float16', DTYPE, "'float16'", value],
  ['historyDtype', 32, DTYPE, '32', type],
  ['historyDtype', Float32Array, DTYPE, 'a function', type],
  ['comm', 4, COMM, '4', comm],
  ['comm', { rank: 0, size: 1 }, COMM, 'an Object', comm],
  ['comm', { rank: 2, size: 2, allReduce: () => undefined }, COMM, 'an Object', comm],
];

const onePoint = (): Parameter[] => [new Parameter([1, 2])];
const optimiser = (options?: LBFGSOptions): LBFGS => new LBFGS(onePoint(), options);

describe('a refused option', () => {
  for (const [name, given, expected, shown, refusal] of REFUSED) {
    const expectedError = refusal(`Expected ${expected} for ${name} but received ${shown}`);

    it(`${name}: ${shown} is refused by the constructor, in a group, at an assignment and by minimize`, () => {
      const options = untyped({ [name]: given });
      assert.throws(() => optimiser(options), expectedError);
      assert.throws(() => new LBFGS([{ params: onePoint(), ...(options as object) }]), expectedError);
      assert.throws(() => minimize(extendedRosenbrock, [1, 2], options), expectedError);

      const [group] = optimiser().paramGroups;
      assert.throws(() => Object.assign(group, options), expectedError);
      assert.equal(group[name], DEFAULTS[name], 'a refused assignment leaves the option as it was');
    });
  }

  it('undefined counts as absent in the constructor but is refused at an assignment', () => {
    const optimizer = optimiser(untyped({ lr: undefined, maxEval: undefined }));
    assert.deepEqual({ ...optimizer.defaults }, DEFAULTS);
    assert.throws(
      () => (optimizer.paramGroups[0].lr = untyped(undefined)),
      type('Expected a finite number >= 0 for lr but received undefined'),
    );
  });

  it('a long string is shortened in the message', () => {
    const shown = `'${'x'.repeat(40)}…'`;
    assert.throws(
      () => optimiser(untyped({ lineSearchFn: 'x'.repeat(500) })),
      value(`Expected 'strong_wolfe', 'noise_tolerant' or null for lineSearchFn but received ${shown}`),
    );
  });

  it('options that are no object are refused', () => {
    assert.throws(
      () => optimiser(untyped(null)),
      type('Expected an object for the options of LBFGS but received null'),
    );
    assert.throws(() => optimiser(untyped(0.1)), type('Expected an object for the options of LBFGS but received 0.1'));
  });
});

describe('an unknown option', () => {
  const unknown = (message: string) => typeRefusal('ERR_LBFGS_UNKNOWN_OPTION', message);
  const nearest: readonly [string, OptionName][] = [
    ['max_iter', 'maxIter'],
    ['max_eval', 'maxEval'],
    ['maxiter', 'maxIter'],
    ['maxIters', 'maxIter'],
    ['maxIterations', 'maxIter'],
    ['tolerance_grad', 'toleranceGrad'],
    ['tolerance_change', 'toleranceChange'],
    ['history_size', 'historySize'],
    ['historysize', 'historySize'],
    ['line_search_fn', 'lineSearchFn'],
    ['max_ls', 'maxLs'],
    ['thread', 'threads'],
    ['history_dtype', 'historyDtype'],
    ['LR', 'lr'],
  ];
  for (const [wrong, right] of nearest) {
    it(`${wrong} is refused and the nearest, ${right}, is named`, () => {
      const options = untyped({ [wrong]: 1 });
      const message = (owner: string) =>
        `Expected a known option for ${owner} but received '${wrong}'; did you mean ${right}?`;
      assert.throws(() => optimiser(options), unknown(message('LBFGS')));
      assert.throws(() => new LBFGS([{ params: onePoint(), ...(options as object) }]), unknown(message('a group')));
      assert.throws(() => minimize(extendedRosenbrock, [1, 2], options), unknown(message('minimize')));
    });
  }

  it('is refused with a list of the known ones where none is near', () => {
    const message = `Expected a known option for LBFGS but received 'momentum'; known are ${Object.keys(DEFAULTS).join(', ')}`;
    assert.throws(() => optimiser(untyped({ momentum: 0.9 })), unknown(message));
  });

  it('is refused by step and checkGradient too', () => {
    assert.throws(
      () => optimiser().step(() => 0, untyped({ onIterations: () => true })),
      unknown("Expected a known option for step but received 'onIterations'; did you mean onIteration?"),
    );
    assert.throws(
      () => checkGradient(extendedRosenbrock, [1, 2], untyped({ sample: 3 })),
      unknown("Expected a known option for checkGradient but received 'sample'; did you mean samples?"),
    );
  });

  it('is refused as a property of the group', () => {
    const group = optimiser().paramGroups[0] as unknown as Record<string, unknown>;
    assert.throws(() => (group['max_iter'] = 5), TypeError);
    assert.ok(!('max_iter' in group));
  });
});
