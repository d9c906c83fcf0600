// A wrong call is answered by an error whose hint is the right one. Each row: what was written, the call, the code, the whole message.

import assert from 'node:assert/strict';
import { checkGradient, LBFGS, minimize, minimizeAsync, Parameter, type ErrorCode } from 'lbfgs';
import { encodeCheckpoint } from 'lbfgs/safetensors';
import { extendedRosenbrock } from '../problems/objectives';
import { untyped } from '../problems/refusal';

type Call = (...args: unknown[]) => unknown;
type Row = readonly [written: string, call: () => unknown, message: string, code?: ErrorCode];

const callOf = (call: unknown): Call => call as Call;
const fun = extendedRosenbrock;
const closure = (): number => 1;
const parameter = (): Parameter => new Parameter([1]);
const optimizer = (): LBFGS => new LBFGS([parameter()]);
const make =
  (Class: unknown) =>
  (...args: unknown[]): unknown =>
    new (Class as new (...args: unknown[]) => unknown)(...args);
const [makeLBFGS, makeParameter] = [make(LBFGS), make(Parameter)];
const [solve, solveAsync, check] = [minimize, minimizeAsync, checkGradient].map(callOf) as [Call, Call, Call];
const through = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const encode = (rest: object): unknown => encodeCheckpoint({ state: optimizer().stateDict(), ...rest });

const X0 = 'Expected an array of numbers for x0 but received';
const PARAMS = 'Expected an iterable of parameters for params but received';
const POSITIONAL = 'an Object; arguments go in one by one';
const OPTIONS = (owner: string): string => `Expected an object for the options of ${owner} but received`;
const DATA = 'Expected a Float32Array, a Float64Array or (nested) numbers for data but received';
const ONE_ARRAY = 'all parameters go into one array, before the options: new LBFGS([p1, p2], options)';
const TAKES = 'checkGradient takes (fun, x) or (params, closure)';
const JSON_ARRAY = 'an Object; JSON loses typed arrays: Float64Array.from(Object.values(…)) makes one again';

const ROWS: Readonly<Record<string, readonly Row[]>> = {
  minimize: [
    ['(f, options, x0)', () => solve(fun, { lr: 1 }, [1, 2]), `${X0} an Object; options come last: (fun, x0, options)`],
    ['(f, options)', () => solve(fun, { lr: 1 }), `${X0} an Object; options come last: (fun, x0, options)`],
    ['(f, 3)', () => solve(fun, 3), `${X0} 3; wrap it: [3]`],
    [
      '(f, nested)',
      () => solve(fun, [[1, 2]]),
      `${X0} an array of 2 at index 0; x0 is one flat vector: numbers.flat(Infinity)`,
    ],
    ['(f, texts)', () => solve(fun, ['1', '2']), `${X0} '1' at index 0; convert it: Number(entry)`],
    ['(f, parameter)', () => solve(fun, parameter()), `${X0} an Object; take its numbers: parameter.data`],
    [
      '(f, [parameter])',
      () => solve(fun, [parameter()]),
      `${X0} an Object at index 0; take its numbers: parameter.data`,
    ],
    [
      '({ fun, x0 })',
      () => solve({ fun, x0: [1, 2] }),
      `Expected a function for fun but received ${POSITIONAL}: minimize(fun, x0, options)`,
    ],
    [
      'minimizeAsync({ fun, x0 })',
      () => solveAsync({ fun, x0: [1, 2] }),
      `Expected a function for fun but received ${POSITIONAL}: minimizeAsync(fun, x0, options)`,
    ],
  ],
  checkGradient: [
    ...[[1, 2], Float64Array.of(1, 2)].map((x): Row => [
      `(${Array.isArray(x) ? 'numbers' : 'typed array'}, f)`,
      () => check(x, fun),
      `Expected a function for fun but received ${Array.isArray(x) ? 'an array of 2' : 'a Float64Array'}; ${TAKES}`,
    ]),
    ...[[parameter()], parameter(), optimizer()].map((params, index): Row => [
      `(closure, ${['params', 'parameter', 'optimizer'][index]!})`,
      () => check(closure, params),
      `${PARAMS} a function; ${TAKES}`,
    ]),
    [
      '(optimizer, closure)',
      () => check(optimizer(), closure),
      `${PARAMS} an Object; take its parameters: optimizer.paramGroups[0].params`,
    ],
    [
      '(f, options, x)',
      () => check(fun, { step: 1 }, [1, 2]),
      'Expected an array of numbers for x but received an Object; options come last: (fun, x, options)',
    ],
  ],
  LBFGS: [
    ['(options, params)', () => makeLBFGS({ lr: 1 }, [parameter()]), `${OPTIONS('LBFGS')} an array of 1; ${ONE_ARRAY}`],
    ['([p1], [p2])', () => makeLBFGS([parameter()], [parameter()]), `${OPTIONS('LBFGS')} an array of 1; ${ONE_ARRAY}`],
    ...[parameter(), [parameter()]].map((params, index): Row => [
      `(${['p1', '[p1]'][index]!}, p2)`,
      () => makeLBFGS(params, parameter()),
      `Expected a known option for LBFGS but received 'data'; ${ONE_ARRAY}; known are ${Object.keys(optimizer().defaults).join(', ')}`,
      'ERR_LBFGS_UNKNOWN_OPTION',
    ]),
    [
      '({ w: p })',
      () => makeLBFGS({ w: parameter() }),
      `${PARAMS} an Object; put the parameters into an array: [parameter]`,
    ],
    [
      '({ params, lr })',
      () => makeLBFGS({ params: [parameter()], lr: 1 }),
      `${PARAMS} an Object; put the group into an array: [{ params }]`,
    ],
    [
      '(optimizer)',
      () => makeLBFGS(optimizer()),
      `${PARAMS} an Object; take its parameters: optimizer.paramGroups[0].params`,
    ],
    [
      '([[p]])',
      () => makeLBFGS([[parameter()]]),
      'Expected a parameter ({ data, grad }) at index 0 but received an array of 1; spread it: [...parameters]',
    ],
    [
      'addParamGroup([p])',
      () => callOf(optimizer().addParamGroup.bind(optimizer()))([parameter()]),
      'Expected a group ({ params: [parameter] }) for addParamGroup but received an array of 1',
    ],
    [
      'addParamGroup(p)',
      () => callOf(optimizer().addParamGroup.bind(optimizer()))(parameter()),
      'Expected a group ({ params: [parameter] }) for addParamGroup but received an Object',
    ],
  ],
  Parameter: [
    [
      '(numbers, shape)',
      () => makeParameter([1, 2], [2]),
      `${OPTIONS('Parameter')} an array of 1; a shape goes in as { shape }`,
    ],
    ['(numbers, name)', () => makeParameter([1, 2], 'w'), `${OPTIONS('Parameter')} 'w'; a name goes in as { name }`],
    [
      '(numbers, dtype)',
      () => makeParameter([1, 2], 'float32'),
      `${OPTIONS('Parameter')} 'float32'; a dtype goes in as { dtype }`,
    ],
    [
      '(1, 2, 3)',
      () => makeParameter(1, 2, 3),
      `${OPTIONS('Parameter')} 2; numbers go into one array: new Parameter([1, 2, 3])`,
    ],
    ['(3)', () => makeParameter(3), `${DATA} 3; wrap it: [3]`],
    ['(parameter)', () => makeParameter(parameter()), `${DATA} an Object; take its numbers: parameter.data`],
    [
      'grad, nested',
      () =>
        (new Parameter([
          [1, 2],
          [3, 4],
        ]).grad = untyped([
          [1, 2],
          [3, 4],
        ])),
      'Expected 4 entries for grad of the parameter but received 2; grad is one flat vector: numbers.flat(Infinity)',
      'ERR_LBFGS_GRAD',
    ],
    [
      '(integers)',
      () => makeParameter(Int32Array.of(1)),
      `${DATA} an Int32Array; convert it: Float64Array.from(array, Number)`,
    ],
  ],
  signal: [
    ...[
      (signal: unknown) => solve(fun, [1, 2], { signal }),
      (signal: unknown) => optimizer().step(closure, untyped({ signal })),
    ].map((call, index): Row => [
      `a controller, of ${['minimize', 'step'][index]!}`,
      () => call(new AbortController()),
      'Expected an AbortSignal for signal but received an Object; take its signal: controller.signal',
    ]),
    [
      'a controller, in place of the options',
      () => optimizer().step(closure, untyped(new AbortController())),
      `${OPTIONS('step')} an Object; a signal goes in as { signal: controller.signal }`,
    ],
  ],
  'a typed array that JSON has made an object of': [
    ['x0', () => solve(fun, through(Float64Array.of(1, 2))), `${X0} ${JSON_ARRAY}`],
    [
      'parameter.grad',
      () => (parameter().grad = untyped(through(Float64Array.of(1)))),
      `Expected an array of numbers or null for grad but received ${JSON_ARRAY}`,
    ],
    ['the data of a Parameter', () => makeParameter(through(Float64Array.of(1))), `${DATA} ${JSON_ARRAY}`],
    [
      'data of a plain object',
      () => makeLBFGS([{ data: through(Float64Array.of(1)), grad: null }]),
      `Expected a Float32Array or a Float64Array for data of parameter 0 but received ${JSON_ARRAY}`,
    ],
    [
      'grad of a plain object',
      () => new LBFGS([{ data: new Float64Array(1), grad: untyped(through(Float64Array.of(1))) }]).step(closure),
      `Expected a Float32Array, a Float64Array or null for grad of parameter 0 but received ${JSON_ARRAY}`,
      'ERR_LBFGS_GRAD',
    ],
    [
      'data of encodeCheckpoint',
      () => encode({ parameters: { w: { data: through(Float64Array.of(1)) } } }),
      `Expected a float array for parameters.w.data of the checkpoint but received ${JSON_ARRAY}`,
      'ERR_LBFGS_CHECKPOINT',
    ],
  ],
};

describe('the hint for an argument', () => {
  for (const [owner, rows] of Object.entries(ROWS)) {
    describe(owner, () => {
      for (const [written, call, message, code = 'ERR_LBFGS_ARG_TYPE'] of rows) {
        it(`${written}: ${/; (.*)/.exec(message)?.[1] ?? 'what is expected'}`, async () => {
          await assert.rejects(Promise.resolve().then(call), { code, message });
        });
      }
    });
  }

  it('runs no code of the value that it is about', () => {
    const trap = (): never => assert.fail('a getter was run');
    const hostile = Object.defineProperties(
      {},
      { 0: { get: trap }, signal: { get: trap }, w: { get: trap, enumerable: true } },
    );
    for (const call of [
      () => solve(fun, hostile),
      () => makeParameter(hostile),
      () => makeLBFGS(hostile),
      () => check(closure, hostile),
      () => check(hostile, closure),
    ]) {
      assert.throws(call, { code: 'ERR_LBFGS_ARG_TYPE' });
    }
  });
});
