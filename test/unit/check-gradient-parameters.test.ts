import assert from 'node:assert/strict';
import { checkGradient, LBFGS, Parameter, type Closure, type ParameterLike } from 'lbfgs';
import { detach } from '../problems/buffers';
import { logisticRegression32 } from '../problems/float32';
import { Model } from '../problems/model';
import { extendedRosenbrock, PROBLEMS } from '../problems/objectives';
import { lbfgsRefusal, rangeRefusal, typeRefusal, untyped } from '../problems/refusal';

const START = [-1.2, 1, 0.5, 2, -0.3, 0.7];

function rosenbrock(dtype: 'float32' | 'float64' | ('float32' | 'float64')[] = 'float64'): Model {
  const model = new Model(extendedRosenbrock, START, { cuts: [3, 0, 2, 1], dtype });
  for (const [index, parameter] of model.params.entries()) {
    Object.assign(parameter, { name: ['first', 'empty', 'second', 'third'][index] });
    parameter.grad!.fill(index + 0.5);
  }
  return model;
}

/** All that a check is to leave as it was. */
function snapshot(params: readonly ParameterLike[]): unknown {
  return params.map(({ data, grad }) => ({ data, values: data.slice(), grad, gradient: grad?.slice() }));
}

describe('checkGradient of parameters', () => {
  for (const { name, fun, x0 } of PROBLEMS) {
    it(`finds the gradients of ${name} right`, () => {
      const { params, closure } = new Model(fun, x0, { cuts: [1, x0.length - 1] });
      const check = checkGradient(params, closure);
      assert.equal(check.ok, true, JSON.stringify(check));
      assert.deepEqual(check.withoutGradient, []);
    });
  }

  it('names the parameter, its entry and the place among all entries, in every dtype', () => {
    for (const dtype of ['float64', 'float32', ['float32', 'float64', 'float64', 'float32']] as const) {
      for (const [index, at] of [
        [1, { worstParameter: 0, worstName: "parameter 0 ('first')", worstEntry: 1 }],
        [3, { worstParameter: 2, worstName: "parameter 2 ('second')", worstEntry: 0 }],
        [5, { worstParameter: 3, worstName: "parameter 3 ('third')", worstEntry: 0 }],
      ] as const) {
        const model = rosenbrock(untyped(dtype));
        assert.equal(checkGradient(model.params, model.closure).ok, true);
        model.fault = ({ gradient }) => (gradient[index]! += 20);
        const check = checkGradient(model.params, model.closure);
        const { worstParameter, worstName, worstEntry } = check;
        assert.deepEqual({ worstParameter, worstName, worstEntry }, at);
        assert.deepEqual([check.ok, check.worstIndex], [false, index]);
      }
    }
  });

  it('leaves values and gradients as they were, arrays and entries, also where the closure throws', () => {
    for (const failing of [Infinity, 1, 2, 9]) {
      const model = rosenbrock('float32');
      model.params[2]!.grad = null;
      const before = snapshot(model.params);
      const error = new Error('out of data');
      const closure = (): number => {
        for (const parameter of model.params) parameter.grad = parameter.data.slice();
        const loss = model.closure();
        if (model.calls === failing) throw error;
        return loss;
      };
      const check = (): unknown => checkGradient(model.params, closure);
      if (failing === Infinity) check();
      else assert.throws(check, (thrown) => thrown === error);
      assert.deepEqual(snapshot(model.params), before);
      for (const [index, { data, grad }] of (before as ParameterLike[]).entries()) {
        assert.equal(model.params[index]!.data, data);
        assert.equal(model.params[index]!.grad, grad);
      }
    }
  });

  it('counts a gradient that stays null as zero and names its parameter', () => {
    const [used, unused] = [new Parameter([3], { name: 'used' }), new Parameter([4], { name: 'unused' })];
    const closure = (): number => {
      used.grad = [2 * used.data[0]!];
      return used.data[0]! ** 2;
    };
    const harmless = checkGradient([used, unused], closure);
    assert.deepEqual([harmless.ok, harmless.withoutGradient], [true, ["parameter 1 ('unused')"]]);
    const forgotten = checkGradient([used, unused], () => closure() + unused.data[0]! ** 3);
    assert.deepEqual([forgotten.ok, forgotten.worstParameter, forgotten.analytic], [false, 1, 0]);
    assert.ok(Math.abs(forgotten.numeric - 48) < 1e-6);
    assert.deepEqual(forgotten.withoutGradient, ["parameter 1 ('unused')"]);
    assert.equal(unused.grad, null);
  });

  it('tells an entry that is not set from one that is zero: a gradient of an earlier call does not pass for this one', () => {
    const model = rosenbrock();
    model.closure();
    const stale = model.params[2]!.grad!.slice();
    const check = checkGradient(model.params, () => {
      const loss = model.closure();
      if (model.calls === 2) model.params[2]!.grad!.fill(NaN, 1); // as checkGradient had left it
      return loss;
    });
    assert.deepEqual([check.ok, check.worstName, check.worstEntry], [false, "parameter 2 ('second')", 1]);
    assert.deepEqual(model.params[2]!.grad, stale);
    assert.throws(
      () => checkGradient(model.params, () => 1),
      typeRefusal(
        'ERR_LBFGS_CLOSURE_RESULT',
        /^Expected the closure to fill the gradients but it left them as they were/,
      ),
    );
  });

  it('takes what an optimiser holds, and a closure that sets its gradients to null or zero first', () => {
    const parameter = new Parameter([1, 2], { dtype: 'float32' });
    const optimizer = new LBFGS([parameter]);
    const closure = (setToNone: boolean) => (): number => {
      optimizer.zeroGrad(setToNone);
      parameter.grad ??= new Float32Array(2);
      for (const [i, value] of parameter.data.entries()) parameter.grad[i]! += 2 * value;
      return parameter.data[0]! ** 2 + parameter.data[1]! ** 2;
    };
    for (const setToNone of [true, false]) {
      assert.equal(checkGradient(optimizer.paramGroups[0].params, closure(setToNone)).ok, true);
    }
  });

  it('takes dtype where the closure computes otherwise than in the dtype of its parameters', () => {
    const parameter = new Parameter([1, 2, 3]);
    const fun = logisticRegression32(3, 500);
    const closure = (): number => fun(parameter.data, (parameter.grad = new Float64Array(3)));
    assert.deepEqual(
      [undefined, 'float64', 'float32'].map((dtype) => checkGradient([parameter], closure, untyped({ dtype })).ok),
      [false, false, true],
    );
  });

  it('takes options, an iterable that is read once, and gives the same answer for the same seed', () => {
    const model = rosenbrock();
    model.fault = ({ gradient }) => (gradient[4]! *= 1.001);
    const check = (): object =>
      checkGradient(new Set(model.params), model.closure, { seed: 3, samples: 2, step: 1e-5 });
    assert.deepEqual(check(), check());
  });

  const model = rosenbrock();
  const replacing = (): number => {
    const loss = model.closure();
    model.params[0]!.data = model.params[0]!.data.slice();
    return loss;
  };
  const type = (message: RegExp): object => typeRefusal('ERR_LBFGS_ARG_TYPE', message);
  const result = (message: RegExp): object => typeRefusal('ERR_LBFGS_CLOSURE_RESULT', message);
  const refused: readonly [string, unknown, unknown, object][] = [
    [
      'no closure',
      model.params,
      undefined,
      type(/^Expected a function for closure but received undefined; .*\(params, closure\)$/),
    ],
    [
      'the arguments in the wrong order',
      model.closure,
      model.params,
      type(/ for params .* a function; .*, closure\)$/),
    ],
    ['one parameter that is in no array', model.params[0], model.closure, type(/put it into an array/)],
    ['numbers', [1, 2], model.closure, type(/^Expected a function for fun but received an array of 2; .*, closure\)$/)],
    ['no parameters', [], model.closure, rangeRefusal('ERR_LBFGS_ARG_VALUE', /^Expected at least one parameter/)],
    [
      'a closure that returns a promise',
      model.params,
      () => Promise.reject(new Error('lost')),
      result(/received a Promise; checkGradient is synchronous/),
    ],
    [
      'a closure that returns nothing',
      model.params,
      () => undefined,
      result(/^Expected a number from the closure but received undefined/),
    ],
    [
      'a closure that replaces data',
      model.params,
      replacing,
      lbfgsRefusal('ERR_LBFGS_DATA_CHANGED', /for data of parameter 0 \('first'\)/),
    ],
  ];
  for (const [name, first, second, refusal] of refused) {
    it(`refuses ${name}`, () => {
      assert.throws(() => checkGradient(first as readonly ParameterLike[], second as Closure), refusal);
    });
  }

  it('refuses gradients of another length, and arrays that are detached on the way', () => {
    const parameter = { data: new Float64Array(2), grad: null as Float64Array | null };
    const longer = (): number => {
      parameter.grad = new Float64Array(3);
      return 0;
    };
    assert.throws(() => checkGradient([parameter], longer), { code: 'ERR_LBFGS_GRAD' });
    assert.equal(parameter.grad, null);
    const transferring = (): number => {
      parameter.grad = new Float64Array(2);
      detach(parameter.data);
      return 0;
    };
    assert.throws(() => checkGradient([parameter], transferring), { code: 'ERR_LBFGS_DATA_CHANGED' });
    for (const which of [0, 1]) {
      const detaching = (...arrays: [Float64Array, Float64Array]): number => {
        arrays[1].fill(1);
        detach(arrays[which]!);
        return 0;
      };
      assert.throws(() => checkGradient(detaching, [1, 2]), { code: 'ERR_LBFGS_DATA_CHANGED' });
    }
  });
});
