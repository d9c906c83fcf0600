import assert from 'node:assert/strict';
import { LBFGS, Parameter } from 'lbfgs';
import { assertReachesMinimum, assertRecovers, MOMENTS, rosenbrock } from '../problems/interruption';
import { arrayOf, Model } from '../problems/model';
import { extendedRosenbrock } from '../problems/objectives';
import { lbfgsRefusal, rangeRefusal } from '../problems/refusal';

const WOLFE = { lineSearchFn: 'strong_wolfe', maxIter: 5 } as const;
const shared = (message: string) => rangeRefusal('ERR_LBFGS_SHARED_MEMORY', message);

describe('data replaced by another array', () => {
  const replaced = lbfgsRefusal(
    'ERR_LBFGS_DATA_CHANGED',
    'Expected the same array for data of parameter 1 throughout a step but it was replaced',
  );
  for (const where of ['closure', 'onIteration'] as const) {
    for (const at of MOMENTS) {
      it(`within a step, in call ${at} of ${where}, is refused; the accepted point is in the array that was there`, () => {
        const model = rosenbrock();
        const original = model.params[1]!.data;
        assertRecovers({
          model,
          where,
          at,
          spoil: (result) => {
            model.params[1]!.data = Float64Array.from(original);
            return result;
          },
          refusal: replaced,
          repair: () => (model.params[1]!.data = original),
        });
      });
    }
  }

  it('between steps goes on as if the values had been written into the old one', () => {
    const [kept, swapped] = [rosenbrock(), rosenbrock()];
    for (const model of [kept, swapped]) {
      const optimizer = new LBFGS(model.params, WOLFE);
      for (let step = 0; step < 4; step++) {
        optimizer.step(model.closure);
        const [parameter] = model.params;
        if (model === swapped) parameter!.data = Float64Array.from(parameter!.data);
      }
    }
    assert.deepEqual(swapped.x, kept.x);
  });

  it('between steps leaves the old array alone from then on', () => {
    const model = rosenbrock();
    const optimizer = new LBFGS(model.params, WOLFE);
    optimizer.step(model.closure);
    const old = model.params[0]!.data;
    const before = Float64Array.from(old);
    model.params[0]!.data = Float64Array.from(old);
    optimizer.step(model.closure);
    assert.deepEqual(old, before);
  });

  it('between steps by one of another length or dtype is refused, and the right one goes on', () => {
    for (const wrong of [new Float64Array(2), new Float32Array(1)]) {
      const model = rosenbrock();
      const optimizer = new LBFGS(model.params, { ...WOLFE, maxIter: 200 });
      const original = model.params[1]!.data;
      model.params[1]!.data = wrong;
      const received = `a ${wrong.constructor.name} of ${wrong.length}`;
      assert.throws(
        () => optimizer.step(model.closure),
        lbfgsRefusal(
          'ERR_LBFGS_DATA_CHANGED',
          `Expected a Float64Array of 1 entries for data of parameter 1 but received ${received}`,
        ),
      );
      assert.equal(model.calls, 0);
      model.params[1]!.data = original;
      assertReachesMinimum(optimizer, model);
    }
  });

  it("between steps by another parameter's array, or a view that overlaps it, is refused", () => {
    const model = rosenbrock();
    const optimizer = new LBFGS(model.params, { ...WOLFE, maxIter: 200 });
    const [first, second] = model.params;
    const original = second!.data;
    for (const overlapping of [first!.data, new Float64Array(first!.data.buffer)]) {
      second!.data = overlapping;
      assert.throws(
        () => optimizer.step(model.closure),
        shared('Expected parameters in separate memory but the data of parameter 0 and parameter 1 overlap'),
      );
    }
    second!.data = original;
    assertReachesMinimum(optimizer, model);
  });
});

describe('a gradient in the memory of data', () => {
  for (const owner of [0, 1] as const) {
    for (const at of MOMENTS) {
      it(`of parameter ${owner}, at call ${at}, is refused`, () => {
        const original = new Float64Array(1);
        assertRecovers({
          at,
          spoil: (loss, { params }) => {
            params[1]!.grad = new Float64Array(params[owner]!.data.buffer);
            return loss;
          },
          refusal: shared(
            `Expected grad of parameter 1 in memory of its own but it overlaps the data of parameter ${owner}`,
          ),
          repair: ({ params, truth }) => {
            original.fill(truth.gradient[1]!);
            params[1]!.grad = original;
          },
        });
      });
    }
  }

  it('is refused where they share a few bytes, and where data come to lie on it', () => {
    const memory = new ArrayBuffer(64);
    const parameter = { data: new Float64Array(memory, 0, 3), grad: new Float32Array(memory, 20, 3) };
    const closure = (): number => 1;
    const refusal = shared('Expected grad of parameter 0 in memory of its own but it overlaps the data of parameter 0');
    const optimizer = new LBFGS([parameter]);
    assert.throws(() => optimizer.step(closure), refusal);
    parameter.grad = new Float32Array(memory, 40, 3);
    assert.equal(optimizer.step(closure), 1);
    parameter.data = new Float64Array(memory, 24, 3);
    assert.throws(() => optimizer.step(closure), refusal);
  });

  it('may lie beside it in one buffer', () => {
    const memory = new ArrayBuffer(32);
    const model = new Model(extendedRosenbrock, [-1.2, 1]);
    Object.assign(model.params[0]!, { data: new Float64Array(memory, 0, 2), grad: new Float64Array(memory, 16, 2) });
    model.params[0]!.data.set([-1.2, 1]);
    assertReachesMinimum(new LBFGS(model.params, { ...WOLFE, maxIter: 200 }), model);
  });
});

describe('arrays on shared memory', () => {
  for (const dtype of ['float32', 'float64'] as const) {
    for (const lineSearchFn of [null, 'strong_wolfe'] as const) {
      it(`give the same numbers: ${dtype}, lineSearchFn ${lineSearchFn}`, () => {
        const onShared = (values: ArrayLike<number>) => {
          const array = arrayOf(dtype, Array.from(values));
          const bytes = new SharedArrayBuffer(array.byteLength);
          const view = dtype === 'float32' ? new Float32Array(bytes) : new Float64Array(bytes);
          view.set(array);
          return view;
        };
        const [own, common] = [rosenbrock({ dtype }), rosenbrock({ dtype })];
        for (const parameter of common.params) {
          Object.assign(parameter, { data: onShared(parameter.data), grad: onShared(parameter.grad!) });
        }
        const [first, second] = [own, common].map((model) => {
          const optimizer = new LBFGS(model.params, { lineSearchFn, lr: 1e-3 });
          optimizer.step(model.closure);
          return [model.x, model.gradient, optimizer.lastStep, optimizer.stateDict()];
        });
        assert.deepEqual(second, first);
        assert.ok(common.params[0]!.data.buffer instanceof SharedArrayBuffer);
      });
    }
  }

  it('are wrapped by Parameter', () => {
    const data = new Float64Array(new SharedArrayBuffer(16));
    const parameter = new Parameter(data);
    parameter.grad = new Float64Array(new SharedArrayBuffer(16));
    assert.equal(parameter.data, data);
    assert.equal(
      new LBFGS([parameter]).step(() => 2),
      2,
    );
  });
});
