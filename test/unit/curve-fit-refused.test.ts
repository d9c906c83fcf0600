import assert from 'node:assert/strict';
import { curveFit, type ErrorCode } from 'lbfgs';
import { decay, POINTS, START } from '../problems/curve';
import { lbfgsRefusal, rangeRefusal, typeRefusal, untyped } from '../problems/refusal';

const withEntry = (list: readonly number[], index: number, value: number): number[] =>
  list.map((each, i) => (i === index ? value : each));

type Refused = readonly [what: string, call: () => unknown, message: RegExp];

const data = (value: unknown) => () => curveFit(decay, untyped(value), START);
const start = (value: unknown) => () => curveFit(untyped(decay), POINTS, untyped(value));
const options = (value: unknown) => () => curveFit(decay, POINTS, START, untyped(value));

const OF_WRONG_KIND: readonly Refused[] = [
  ['no model', () => curveFit(untyped(3), POINTS, START), /^Expected a function for model but received 3$/],
  ['no data', data(undefined), /^Expected an object of arrays, \{ x, y, sigma\? \} for data but received undefined$/],
  ['an array as data', data([1, 2]), /for data but received an array of 2; write \{ x, y \}$/],
  ['x as data', () => curveFit(decay, untyped(POINTS.x), untyped(POINTS.y), untyped(START)), /; write \{ x, y \}$/],
  ['a typed array as data', data(Float64Array.of(1)), /; write \{ x, y \}$/],
  ['one sigma', data({ ...POINTS, sigma: 0.2 }), /but received 0.2; one for each point: data.x.map\(\(\) => 0.2\)$/],
  ['no y', data({ x: [1, 2, 3] }), /^Expected an array of numbers for data.y but received undefined$/],
  ['text in x', data({ ...POINTS, x: ['1'] }), /^Expected an array of numbers for data.x but received '1' at index 0/],
  ['an array as start', start([1, 2]), /^Expected an object of parameters by name for start .*; name the parameters/],
  ['text as a parameter', start({ a: '1' }), /^Expected a number or \{ value, min\?, max\?, fixed\? \} for start.a /],
  ['no value', start({ a: { min: 0 } }), /^Expected a finite number for start.a.value but received undefined$/],
  ['text as a bound', start({ a: { value: 1, max: '2' } }), /for start.a.max but received '2'$/],
  ['fixed that is no boolean', start({ a: { value: 1, fixed: 1 } }), /^Expected a boolean for start.a.fixed but/],
  [
    'a Jacobian that is no function',
    options({ jacobian: true }),
    /^Expected a function for jacobian but received true$/,
  ],
  ['a loss that is no text', options({ loss: 2 }), /^Expected 'linear', 'huber' or 'soft_l1' for loss but received 2$/],
  ['scale as a number', options({ scale: 2 }), /^Expected 'auto' or an object of numbers by name for scale but/],
  ['absoluteSigma as text', options({ absoluteSigma: 'yes' }), /^Expected a boolean for absoluteSigma but/],
  ['a controller as signal', options({ signal: new AbortController() }), /^Expected an AbortSignal for signal but/],
];

const OUT_OF_RANGE: readonly Refused[] = [
  [
    'NaN in x',
    data({ ...POINTS, x: withEntry(POINTS.x, 3, NaN) }),
    /^Expected a finite number for data.x\[3\] but received NaN$/,
  ],
  ['an infinite y', data({ ...POINTS, y: withEntry(POINTS.y, 7, Infinity) }), /for data.y\[7\] but received Infinity$/],
  [
    'sigma 0',
    data({ ...POINTS, sigma: withEntry(POINTS.y, 2, 0) }),
    /^Expected a number > 0 for data.sigma\[2\] but received 0$/,
  ],
  ['sigma -1', data({ ...POINTS, sigma: withEntry(POINTS.y, 5, -1) }), /for data.sigma\[5\] but received -1$/],
  ['NaN in sigma', data({ ...POINTS, sigma: withEntry(POINTS.y, 0, NaN) }), /for data.sigma\[0\] but received NaN$/],
  [
    'a short y',
    data({ ...POINTS, y: [1, 2] }),
    /^Expected 8 numbers for data.y, as in data.x, but received 2: data.y\[2\] is missing$/,
  ],
  [
    'a short x',
    data({ ...POINTS, x: [1, 2, 3] }),
    /^Expected 3 numbers for data.y, as in data.x, but received 8: data.x\[3\] is missing$/,
  ],
  [
    'a long sigma',
    data({ ...POINTS, sigma: [...POINTS.y, 1] }),
    /for data.sigma, as in data.x, but received 9: data.x\[8\] is missing$/,
  ],
  [
    'two points for three parameters',
    data({ x: [1, 2], y: [1, 2] }),
    /^Expected at least 3 points for 3 free parameters but received 2: data.x\[2\] is missing$/,
  ],
  ['no points', data({ x: [], y: [] }), /received 0: data.x\[0\] is missing$/],
  ['no parameters', start({}), /^Expected at least one parameter for start but received none$/],
  ['a start of NaN', start({ ...START, k: NaN }), /^Expected a finite number for start.k but received NaN$/],
  ['a value of NaN', start({ ...START, k: { value: NaN } }), /for start.k.value but received NaN$/],
  [
    'bounds in the wrong order',
    start({ ...START, a: { value: 1, min: 2, max: 1 } }),
    /^Expected at most max = 1 for start.a.min but received 2$/,
  ],
  [
    'a bound of NaN',
    start({ ...START, a: { value: 1, min: NaN } }),
    /^Expected a finite number or -Infinity for start.a.min but received NaN$/,
  ],
  [
    'a lower bound of Infinity',
    start({ ...START, a: { value: 1, min: Infinity } }),
    /for start.a.min but received Infinity$/,
  ],
  ['an unknown loss', options({ loss: 'cauchy' }), /for loss but received 'cauchy'$/],
  ['a size of 0', options({ scale: { k: 0 } }), /^Expected a finite number > 0 for scale.k but received 0$/],
  ['a tolerance of NaN', options({ toleranceChange: NaN }), /for toleranceChange but received NaN$/],
  ['a negative maxIter', options({ maxIter: -1 }), /for maxIter but received -1$/],
];

const UNKNOWN: readonly Refused[] = [
  [
    'of data',
    data({ ...POINTS, weights: [] }),
    /^Expected a known option for data but received 'weights'; did you mean sigma\?$/,
  ],
  ['of a parameter', start({ ...START, a: { value: 1, lower: 0 } }), /for start.a but received 'lower'; .*min/],
  [
    'of the options',
    options({ maxfev: 10 }),
    /^Expected a known option for curveFit but received 'maxfev'; did you mean maxEval\?$/,
  ],
  ['of scale', options({ scale: { q: 1 } }), /^Expected a known option for scale but received 'q'; known are a, k, c$/],
  [
    'bounds',
    options({ bounds: [] }),
    /for curveFit but received 'bounds'; bounds are min and max of each parameter of start;/,
  ],
  ['sigma', options({ sigma: [] }), /for curveFit but received 'sigma'; sigma is one of the arrays of data;/],
];

describe('what curveFit refuses', () => {
  const groups: readonly [string, readonly Refused[], (message: RegExp) => object][] = [
    ['of a wrong kind', OF_WRONG_KIND, (message) => typeRefusal('ERR_LBFGS_ARG_TYPE', message)],
    ['out of range', OUT_OF_RANGE, (message) => rangeRefusal('ERR_LBFGS_ARG_VALUE', message)],
    ['unknown', UNKNOWN, (message) => typeRefusal('ERR_LBFGS_UNKNOWN_OPTION', message)],
  ];
  for (const [kind, cases, refusal] of groups) {
    for (const [what, call, message] of cases) {
      it(`${kind}: ${what}`, () => {
        assert.throws(call, refusal(message));
      });
    }
  }

  const RESULT: ErrorCode = 'ERR_LBFGS_CLOSURE_RESULT';

  it('a model that gives no number, at the point where it does not', () => {
    const model = (x: number): number => (x === 3 ? untyped(undefined) : x);
    assert.throws(
      () => curveFit(model, POINTS, { a: 1 }),
      typeRefusal(
        RESULT,
        /^Expected a number from model at data.x\[3\] but received undefined; did you forget return\?$/,
      ),
    );
    assert.throws(
      () => curveFit(() => untyped([1]), POINTS, { a: 1 }),
      typeRefusal(RESULT, /; model\(x, p\) is for one x$/),
    );
  });

  it('a model or a Jacobian that writes into the parameters', () => {
    const model = (x: number, p: { a: number }): number => x * (p.a *= 2);
    assert.throws(
      () => curveFit(model, POINTS, { a: 1 }),
      typeRefusal(RESULT, /^Expected model to leave .* it wrote a;/),
    );
    const jacobian = (x: number, p: { a: number }): void => void (p.a = x);
    assert.throws(
      () => curveFit((x, { a }) => a * x, POINTS, { a: 1 }, { jacobian: untyped(jacobian) }),
      typeRefusal(RESULT, /^Expected jacobian to (leave|write)/),
    );
  });

  it('a Jacobian that leaves a derivative out, or writes text', () => {
    const model = (x: number, { a, b }: Readonly<Record<'a' | 'b', number>>): number => a * x + b;
    const call = (b: unknown) => () =>
      curveFit(model, POINTS, { a: 1, b: 0 }, { jacobian: (x, _, out) => void Object.assign(out, { a: x }, b) });
    assert.throws(
      call({}),
      typeRefusal(RESULT, /^Expected jacobian to write a finite number into out.b at data.x\[0\] but received NaN/),
    );
    assert.throws(call({ b: '1' }), typeRefusal(RESULT, /into out.b at data.x\[0\] but received '1'$/));
  });

  it('a start where the model is not finite', () => {
    assert.throws(
      () => curveFit((x, { a }) => a * Math.log(x - POINTS.x[0]!), POINTS, { a: 1 }),
      lbfgsRefusal(
        'ERR_LBFGS_NON_FINITE_START',
        `Expected finite numbers from model at start but received -Infinity at data.x[0] = ${POINTS.x[0]!}`,
      ),
    );
  });

  it('a model that reads a parameter that start does not name', () => {
    const misspelt = (x: number, p: Readonly<Record<string, number>>): number => p['a']! * Math.exp(-p['rate']! * x);
    assert.throws(
      () => curveFit(misspelt, POINTS, { a: 1, k: 1 }),
      lbfgsRefusal(
        'ERR_LBFGS_NON_FINITE_START',
        / received NaN at data.x\[0\] = .*; it reads p.rate, and start names a, k$/,
      ),
    );
  });
});
