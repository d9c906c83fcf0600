// What anybody put on Object.prototype is nobody's option, parameter or state.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  checkGradient,
  curveFit,
  estimateMemory,
  finiteDifferences,
  LBFGS,
  minimize,
  Parameter,
  type LBFGSOptions,
  type ParameterLike,
} from 'lbfgs';
import { decodeCheckpoint, encodeCheckpoint } from 'lbfgs/safetensors';
import { decay, decayJacobian, POINTS, START } from '../problems/curve';
import { LBFGS_OPTIONS, STEP_OPTIONS } from '../problems/options';
import { untyped } from '../problems/refusal';

/** Does the work with a property on Object.prototype, which is gone afterwards. */
function polluted<Result>(key: string, descriptor: PropertyDescriptor, work: () => Result): Result {
  // Without a prototype: a descriptor would inherit what is being put there.
  const own = Object.assign(Object.create(null) as PropertyDescriptor, { configurable: true }, descriptor);
  Object.defineProperty(Object.prototype, key, own);
  try {
    return work();
  } finally {
    Reflect.deleteProperty(Object.prototype, key);
  }
}

function quadratic(x: Float64Array, gradient: Float64Array): number {
  gradient[0] = 2 * (x[0]! - 3);
  gradient[1] = 8 * (x[1]! + 1);
  return (x[0]! - 3) ** 2 + 4 * (x[1]! + 1) ** 2;
}

const bowl = (x: Float64Array): number => quadratic(x, new Float64Array(2));

const OPTIONS: LBFGSOptions = { lineSearchFn: 'strong_wolfe', maxIter: 4 };

/** Everything that reads an object of the user's, once; what came out, as one plain value. */
function everything(): unknown {
  const plain: ParameterLike = { data: Float64Array.of(0.5), grad: null };
  const wrapped = new Parameter([[0.25]], { dtype: 'float64' });
  const optimizer = new LBFGS([wrapped, plain], OPTIONS);
  const closure = (): number => {
    const gradient = new Float64Array(2);
    const loss = quadratic(Float64Array.of(wrapped.data[0]!, plain.data[0]!), gradient);
    [wrapped.grad, plain.grad] = [gradient.slice(0, 1), gradient.slice(1)];
    return loss;
  };
  const seen: string[] = [];
  optimizer.registerStateDictPostHook(() => void seen.push('first'));
  optimizer.registerStateDictPostHook(() => void seen.push('second'), {});
  optimizer.step(closure, {});
  optimizer.addParamGroup({ params: [new Parameter([1])] });
  const state = optimizer.stateDict();
  const grouped = new LBFGS([{ params: [new Parameter([1, 2, 3])], ...OPTIONS }]);
  grouped.loadStateDict(untyped({ ...state, param_groups: [{ ...state.param_groups[0], params: [0] }] }));
  const lacking = untyped({ state: {}, param_groups: [{ params: [0] }] });
  const fresh = new LBFGS([new Parameter([1])]);
  fresh.loadStateDict(lacking);
  const bytes = encodeCheckpoint({ state, parameters: { wrapped, plain }, metadata: { epoch: '3' } });
  return {
    values: [wrapped.data.slice(), plain.data.slice(), wrapped.shape, wrapped.grad?.slice()],
    options: { ...optimizer.defaults, ...optimizer.paramGroups[0], params: 0 },
    freshOptions: { ...fresh.paramGroups[0], params: 0 },
    state,
    loaded: grouped.stateDict(),
    seen,
    bytes,
    decoded: decodeCheckpoint(bytes),
    solve: minimize(quadratic, [0, 0]),
    loose: minimize(quadratic, [0, 0], { maxIter: 3 }),
    bounded: minimize(quadratic, [0, 0], { bounds: { upper: [1, null] }, l1: [0, 0.5], scale: 'auto' }),
    pairs: minimize(bowl, [0, 0], {
      bounds: [
        [null, 2],
        [0, 3],
      ],
      gradient: 'forward',
    }),
    differences: minimize(finiteDifferences(bowl, { bounds: { lower: -2 } }), [0, 0]),
    fit: curveFit(decay, POINTS, { a: 1, k: { value: 1, min: 0.1 }, c: { value: 1, fixed: true } }),
    robust: curveFit(decay, { ...POINTS, sigma: POINTS.y }, START, {
      jacobian: decayJacobian,
      loss: 'huber',
      scale: { a: 2 },
    }),
    check: checkGradient(quadratic, [1, 2]),
    memory: estimateMemory({ size: 10, threads: 1 }),
  };
}

const KEYS = [
  ...[...LBFGS_OPTIONS, ...STEP_OPTIONS, 'prepend', 'step', 'samples', 'seed', 'size', 'dtype', 'async'],
  ...['params', 'data', 'grad', 'name', 'shape', 'device', 'length', 'code', 'cause'],
  ...['state', 'param_groups', 'parameters', 'metadata', 'n_iter', 'func_evals', 't', 'H_diag', 'prev_loss', 'd'],
  ...['prev_flat_grad', 'old_dirs', 'old_stps', 'ro', 'n_known', 'nIter', 'maxLs', 'paramGroups', '__metadata__'],
  ...['lr', 'max_iter', 'max_eval', 'tolerance_grad', 'tolerance_change', 'history_size', 'line_search_fn'],
  ...['bounds', 'l1', 'scale', 'gradient', 'lower', 'upper', 'order', 'region', 'weights', 'units', 'box', 'sizes'],
  ...[
    'value',
    'min',
    'max',
    'fixed',
    'sigma',
    'jacobian',
    'loss',
    'absoluteSigma',
    'x',
    'y',
    'a',
    'k',
    'c',
    'undetermined',
  ],
  ...['inverse', 'free', 'names', 'model', 'signal', 'tolerances', 'noise', 'diagonal', 'status', 'rules'],
  ...['-1', 'toJSON', 'has', 'defineProperty', 'deleteProperty', 'ownKeys', 'getOwnPropertyDescriptor'],
];
const VALUES: Readonly<Record<string, PropertyDescriptor>> = {
  'a number': { value: 5, writable: true },
  'a number that is read-only': { value: 0.5 },
  'a function': { value: () => 7, writable: true },
  'an array that is read-only': { value: [1, 2] },
  'a getter': { get: () => Float64Array.of(1) },
  'a setter that keeps what it gets': { get: () => 'x', set: () => undefined },
};

describe('with a property on Object.prototype everything is as without', () => {
  const expected = everything();
  for (const [what, descriptor] of Object.entries(VALUES)) {
    for (const key of KEYS) {
      it(`${key}: ${what}`, () => {
        const seen = polluted(key, descriptor, everything);
        assert.deepEqual(seen, expected);
      });
    }
  }
});

describe('with a property on Object.prototype', () => {
  it('the first fit of a process, which loads a file of its own, is as any other', () => {
    const program = `
      const { curveFit } = require('lbfgs');
      const data = { x: [1, 2, 3], y: [2, 4, 6] };
      Object.prototype.polluted = 1;
      const { slope } = curveFit((x, { slope }) => slope * x, data, { slope: 1 }).params;
      delete Object.prototype.polluted;
      console.log(slope);`;
    assert.equal(execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' }), '2\n');
  });

  const value = (it: unknown): PropertyDescriptor => ({ value: it, writable: true });

  it('what is no parameter, group or start stays none', () => {
    const attempts: Readonly<Record<string, readonly [unknown, () => unknown]>> = {
      data: [Float64Array.of(1), () => new LBFGS(untyped([{}]))],
      params: [[new Parameter([1])], () => new LBFGS(untyped([{ lr: 1 }]))],
      length: [0, () => minimize(quadratic, untyped({}))],
      state: [{}, () => encodeCheckpoint(untyped({}))],
    };
    for (const [key, [it, attempt]] of Object.entries(attempts)) {
      let thrown: unknown;
      polluted(key, value(it), () => {
        try {
          attempt();
        } catch (error) {
          thrown = error;
        }
      });
      assert.match((thrown as { code: string }).code, /^ERR_LBFGS_(ARG_TYPE|CHECKPOINT)$/, key);
    }
  });

  it('a parameter with a class has what the class says, and a name of its own', () => {
    class Tensor {
      readonly #data = new Float64Array(2);
      grad = null;
      get data(): Float64Array {
        return this.#data;
      }
      get shape(): number[] {
        return [3];
      }
      readonly name = 'mine';
    }
    let thrown: unknown;
    polluted('name', value(Symbol('nobody')), () => {
      try {
        new LBFGS([new Tensor()]);
      } catch (error) {
        thrown = error;
      }
    });
    assert.match((thrown as Error).message, /multiply to 2 for shape of parameter 0 \('mine'\) but received \[3\]$/);
  });

  it('a descriptor and a group have no accessors but their own', () => {
    const optimizer = new LBFGS([new Parameter([1])]);
    for (const key of ['get', 'set']) {
      const { name } = polluted(key, value(5), () => new Parameter([1], { name: 'w' }));
      assert.equal(name, 'w');
    }
    polluted(
      'get',
      value(() => 7),
      () => (optimizer.paramGroups[0].lr = 0.5),
    );
    assert.equal(
      polluted(
        'get',
        value(() => 7),
        () => optimizer.paramGroups[0].lr,
      ),
      0.5,
    );
  });

  it('a hint compares the letters that there are', () => {
    const attempt = (): unknown => {
      try {
        return new LBFGS([new Parameter([1])], untyped({ lrr: 1 }));
      } catch (error) {
        return (error as Error).message;
      }
    };
    const seen = polluted('-1', { get: () => assert.fail('read') }, attempt);
    assert.equal(seen, "Expected a known option for LBFGS but received 'lrr'; did you mean lr?");
  });

  it('an error has its own code', () => {
    let thrown: unknown;
    polluted('code', { value: 'nobody' }, () => {
      try {
        new Parameter(untyped(1));
      } catch (error) {
        thrown = error;
      }
    });
    assert.equal((thrown as { code: string }).code, 'ERR_LBFGS_ARG_TYPE');
  });
});
