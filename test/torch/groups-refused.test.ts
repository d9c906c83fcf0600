import assert from 'node:assert/strict';
import { LBFGS, Parameter, type LBFGSOptions, type ParamGroupInit } from 'lbfgs';
import type { Model } from '../problems/model';
import { lbfgsRefusal, rangeRefusal, typeRefusal, untyped, type Refusal } from '../problems/refusal';
import { snapshot, trained, type Training } from '../training/snapshot';

const OPTIONS = { lineSearchFn: 'strong_wolfe', maxIter: 8, lr: 0.5 } as const satisfies LBFGSOptions;

function training(): Training {
  return trained((model) => new LBFGS(model.params, OPTIONS), 2);
}

const added = (): Parameter => new Parameter([1, 2], { name: 'added' });

type Case = [name: string, group: (model: Model, optimizer: LBFGS) => unknown, refusal: Refusal];
const CASES: readonly Case[] = [
  [
    'nothing',
    () => undefined,
    typeRefusal('ERR_LBFGS_ARG_TYPE', /\(\{ params: \[parameter\] \}\) for addParamGroup .* undefined$/),
  ],
  ['a list of parameters', () => [added()], typeRefusal('ERR_LBFGS_ARG_TYPE', /received an array of 1$/)],
  ['a bare parameter', () => added(), typeRefusal('ERR_LBFGS_ARG_TYPE', /for addParamGroup/)],
  [
    'params that are a parameter',
    () => ({ params: added() }),
    typeRefusal('ERR_LBFGS_ARG_TYPE', /put it into an array: \[parameter\]$/),
  ],
  ['no parameters', () => ({ params: [] }), rangeRefusal('ERR_LBFGS_ARG_VALUE', /at least one parameter .* none$/)],
  [
    'something else than a parameter',
    () => ({ params: [added(), 7] }),
    typeRefusal('ERR_LBFGS_ARG_TYPE', /at index 3 but received 7$/),
  ],
  [
    'a parameter that is there already',
    (model) => ({ params: [added(), model.params[1]] }),
    rangeRefusal(
      'ERR_LBFGS_DUPLICATE_PARAMETER',
      'Expected every parameter once but parameter 3 has the array of parameter 1',
    ),
  ],
  [
    'another parameter on an array that is there already',
    (model) => ({ params: [new Parameter(model.params[0]!.data, { name: 'alias' })] }),
    rangeRefusal('ERR_LBFGS_DUPLICATE_PARAMETER', /parameter 2 \('alias'\) has the array of parameter 0$/),
  ],
  [
    'the same parameter twice',
    () => ({ params: Array<Parameter>(2).fill(added()) }),
    rangeRefusal('ERR_LBFGS_DUPLICATE_PARAMETER', /parameter 3 \('added'\) has the array of parameter 2 \('added'\)$/),
  ],
  [
    'overlapping memory',
    (model) => ({ params: [new Parameter(new Float64Array(model.params[0]!.data.buffer, 0, 1))] }),
    rangeRefusal('ERR_LBFGS_SHARED_MEMORY', /the data of parameter 0 and parameter 2 overlap$/),
  ],
  [
    'memory that overlaps among the added',
    () => {
      const whole = new Float64Array(3);
      return { params: [new Parameter(whole.subarray(0, 2)), new Parameter(whole.subarray(1))] };
    },
    rangeRefusal('ERR_LBFGS_SHARED_MEMORY', /the data of parameter 2 and parameter 3 overlap$/),
  ],
  [
    'another device',
    () => ({ params: [{ data: Float64Array.of(1), grad: null, device: 'cuda:0' }] }),
    rangeRefusal('ERR_LBFGS_DEVICE', /parameter 0 is on 'cpu' and parameter 2 on 'cuda:0'$/),
  ],
  [
    'another lr',
    () => ({ params: [added()], lr: 1 }),
    rangeRefusal(
      'ERR_LBFGS_PARAM_GROUPS',
      /Expected lr = 0.5 for the added parameters, as for the others, but received 1;/,
    ),
  ],
  [
    'another line search',
    () => ({ params: [added()], lineSearchFn: null }),
    rangeRefusal('ERR_LBFGS_PARAM_GROUPS', /Expected lineSearchFn = 'strong_wolfe' .* received null;/),
  ],
  [
    'another maxEval',
    () => ({ params: [added()], maxEval: 9 }),
    rangeRefusal('ERR_LBFGS_PARAM_GROUPS', /maxEval = 10/),
  ],
  ['another maxLs', () => ({ params: [added()], maxLs: null }), rangeRefusal('ERR_LBFGS_PARAM_GROUPS', /maxLs = 25/)],
  [
    'an option out of range',
    () => ({ params: [added()], lr: -1 }),
    rangeRefusal('ERR_LBFGS_ARG_VALUE', 'Expected a finite number >= 0 for lr but received -1'),
  ],
  [
    'an unknown option',
    () => ({ params: [added()], learningRate: 1 }),
    typeRefusal('ERR_LBFGS_UNKNOWN_OPTION', /for a group but received 'learningRate'/),
  ],
];

for (const [name, group, refusal] of CASES) {
  it(`addParamGroup of ${name} is refused and leaves everything as it was`, () => {
    const [{ model, optimizer }, quiet] = [training(), training()];
    const [before, report] = [snapshot(optimizer), optimizer.lastStep];
    const { params } = optimizer.paramGroups[0];
    assert.throws(() => {
      optimizer.addParamGroup(group(model, optimizer) as ParamGroupInit);
    }, refusal);
    assert.equal(optimizer.paramGroups[0].params, params);
    assert.equal(optimizer.lastStep, report);
    assert.deepEqual(snapshot(optimizer), before);
    optimizer.step(model.closure);
    quiet.optimizer.step(quiet.model.closure);
    assert.deepEqual(snapshot(optimizer), snapshot(quiet.optimizer));
  });
}

describe('addParamGroup', () => {
  it('takes options that equal those in use, maxEval null where that is what maxIter gives', () => {
    const { optimizer } = training();
    const { params, ...options } = optimizer.paramGroups[0];
    optimizer.addParamGroup({ params: [added()], ...options });
    optimizer.addParamGroup({ params: [added()], maxEval: null });
    assert.equal(optimizer.paramGroups[0].params.length, params.length + 2);
    optimizer.paramGroups[0].lr = 0.25;
    optimizer.addParamGroup({ params: new Set([added()]), lr: 0.25 });
    assert.throws(
      () => {
        optimizer.addParamGroup({ params: [added()], lr: OPTIONS.lr });
      },
      { code: 'ERR_LBFGS_PARAM_GROUPS' },
    );
  });

  for (const [name, replacement] of [
    ['longer', Float64Array.of(1, 2)],
    ['shorter', new Float64Array(0)],
    ['float32', Float32Array.of(1)],
  ] as const) {
    it(`is refused where the array of an old parameter was replaced by a ${name} one, until it is put back`, () => {
      const [{ model, optimizer }, quiet] = [training(), training()];
      const parameter = model.params[1]!;
      const { data } = parameter;
      parameter.data = replacement;
      assert.throws(
        () => {
          optimizer.addParamGroup({ params: [added()] });
        },
        lbfgsRefusal(
          'ERR_LBFGS_DATA_CHANGED',
          /^Expected a Float64Array of 1 entries for data of parameter 1 but received/,
        ),
      );
      parameter.data = data;
      assert.deepEqual(snapshot(optimizer), snapshot(quiet.optimizer));
      optimizer.addParamGroup({ params: [added()] });
    });
  }

  it('passes on the error of an iterable or a getter, and refuses what they do to the optimiser', () => {
    const { model, optimizer } = training();
    const before = snapshot(optimizer);
    const error = new Error('mine');
    const attempts: readonly [() => unknown, object][] = [
      [
        () => {
          throw error;
        },
        (thrown: unknown) => thrown === error,
      ],
      [() => optimizer.step(model.closure), { code: 'ERR_LBFGS_BUSY' }],
      [
        () => {
          optimizer[Symbol.dispose]();
        },
        { code: 'ERR_LBFGS_BUSY' },
      ],
      [
        () => {
          optimizer.addParamGroup({ params: [added()] });
        },
        { code: 'ERR_LBFGS_BUSY' },
      ],
    ];
    for (const [attempt, refusal] of attempts) {
      const groups: unknown[] = [
        {
          params: {
            *[Symbol.iterator]() {
              yield attempt();
            },
          },
        },
        {
          params: [
            {
              grad: null,
              get data() {
                return attempt();
              },
            },
          ],
        },
        {
          get params() {
            return attempt();
          },
        },
        {
          params: [added()],
          get lr() {
            return attempt();
          },
        },
      ];
      for (const group of groups) {
        assert.throws(() => {
          optimizer.addParamGroup(untyped(group));
        }, refusal);
        assert.deepEqual(snapshot(optimizer), before);
      }
    }
  });

  it('after dispose is refused', () => {
    const { optimizer } = training();
    optimizer[Symbol.dispose]();
    assert.throws(
      () => {
        optimizer.addParamGroup({ params: [added()] });
      },
      { code: 'ERR_LBFGS_DISPOSED' },
    );
  });
});
