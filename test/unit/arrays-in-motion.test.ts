import assert from 'node:assert/strict';
import { LBFGS, type FloatArray } from 'lbfgs';
import { detach, resizableArray, resize } from '../problems/buffers';
import { assertReachesMinimum, assertRecovers, MOMENTS, rosenbrock, type Interruption } from '../problems/interruption';
import type { Model } from '../problems/model';
import { lbfgsRefusal, rangeRefusal } from '../problems/refusal';

const dataRefused = (received: string) =>
  lbfgsRefusal(
    'ERR_LBFGS_DATA_CHANGED',
    `Expected a Float64Array of 1 entries for data of parameter 1 but received ${received}`,
  );
const gradRefused = (length: number) =>
  rangeRefusal('ERR_LBFGS_GRAD', `Expected 1 entries for grad of parameter 1 but received ${length}`);
const GONE = 'a Float64Array of 0 (detached or resized)';

/** After data were lost: a new array with the last accepted value, and the gradient there. */
const replaceData = (model: Model, accepted: Float64Array): void => {
  model.params[1]!.data = Float64Array.of(accepted[1]!);
  model.params[0]!.grad![0] = model.truth.gradient[0]!;
  replaceGrad(model);
};
const replaceGrad = ({ params, truth }: Model): void => {
  params[1]!.grad = Float64Array.of(truth.gradient[1]!);
};

/** Rosenbrock whose second parameter lies in resizable memory. */
function resizable(): Model {
  const model = rosenbrock();
  Object.assign(model.params[1]!, { data: resizableArray(1), grad: resizableArray(0) });
  return model;
}

describe('the name of a parameter', () => {
  it('is not asked for among the checks of the arrays, where user code could move them', () => {
    const model = rosenbrock();
    let asked = 0;
    for (const parameter of model.params) {
      Object.defineProperty(parameter, 'name', {
        get: () => {
          asked++;
          return 'its name';
        },
      });
    }
    const optimizer = new LBFGS(model.params, { lineSearchFn: 'strong_wolfe' });
    asked = 0;
    optimizer.step(model.closure);
    assert.equal(asked, 0);
  });
});

describe('memory that goes away during a step', () => {
  type Moment = Required<Pick<Interruption, 'where' | 'at'>>;
  const inClosure = MOMENTS.map((at): Moment => ({ where: 'closure', at }));
  const inOnIteration = [1, 5].map((at): Moment => ({ where: 'onIteration', at }));
  const cases: Record<string, { moments: readonly Moment[]; make: () => Omit<Interruption, 'at'> }> = {
    'data detached': {
      moments: [...inClosure, ...inOnIteration],
      make: () => ({
        spoil: act(({ params }) => {
          detach(params[1]!.data);
        }),
        refusal: dataRefused(GONE),
        repair: replaceData,
      }),
    },
    'data shrunk to nothing': {
      moments: [...inClosure, ...inOnIteration],
      make: () => ({
        model: resizable(),
        spoil: act(({ params }) => {
          resize(params[1]!.data, 0);
        }),
        refusal: dataRefused(GONE),
        repair: replaceData,
      }),
    },
    'data grown': {
      moments: [...inClosure, ...inOnIteration],
      make: () => ({
        model: resizable(),
        spoil: act(({ params }) => {
          resize(params[1]!.data, 24);
        }),
        refusal: dataRefused('a Float64Array of 3'),
        repair: replaceData,
      }),
    },
    'a gradient detached': {
      moments: inClosure,
      make: () => ({
        spoil: act(({ params }) => {
          detach(params[1]!.grad!);
        }),
        refusal: gradRefused(0),
        repair: replaceGrad,
      }),
    },
    'a gradient grown': {
      moments: inClosure,
      make: () => ({
        model: resizable(),
        spoil: act(({ params }) => {
          resize(params[1]!.grad!, 24);
        }),
        refusal: gradRefused(3),
        repair: replaceGrad,
      }),
    },
  };
  for (const [name, { moments, make }] of Object.entries(cases)) {
    for (const { where, at } of moments) {
      it(`${name} in call ${at} of ${where} is refused, and the rest is back`, () => {
        assertRecovers({ where, at, ...make() });
      });
    }
  }

  it('a gradient detached in onIteration is refused at the next evaluation only if it is still there', () => {
    const model = rosenbrock();
    const optimizer = new LBFGS(model.params, { lineSearchFn: 'strong_wolfe', maxIter: 200 });
    const onIteration = (): void => {
      const { grad } = model.params[1]!;
      model.params[1]!.grad = Float64Array.from(grad!);
      detach(grad!);
    };
    optimizer.step(model.closure, { onIteration });
    assert.equal(optimizer.lastStep!.converged, true);
  });

  for (const getter of ['data', 'grad'] as const) {
    for (const at of MOMENTS) {
      it(`data detached by a getter of ${getter} after call ${at} are refused, and the rest is back`, () => {
        const model = rosenbrock();
        const [first, second] = model.params;
        const array = first![getter];
        let armed = false;
        const get = (): FloatArray | null => {
          if (armed) detach(second!.data);
          armed = false;
          return array;
        };
        Object.defineProperty(first!, getter, { get });
        const spoil = act(() => {
          armed = true;
        });
        assertRecovers({ model, at, spoil, refusal: dataRefused(GONE), repair: replaceData });
      });
    }
  }
});

describe('memory that goes away between steps', () => {
  it('is refused before the closure is called, and another array of the same kind goes on', () => {
    for (const lose of [
      detach,
      (array: FloatArray) => {
        resize(array, 0);
      },
    ]) {
      const model = resizable();
      const optimizer = new LBFGS(model.params, { lineSearchFn: 'strong_wolfe', maxIter: 3 });
      optimizer.step(model.closure);
      const [{ calls }, accepted] = [model, model.x];
      lose(model.params[1]!.data);
      assert.throws(() => optimizer.step(model.closure), dataRefused(GONE));
      assert.equal(model.calls, calls);
      replaceData(model, accepted);
      Object.assign(optimizer.paramGroups[0], { maxIter: 200, maxEval: null });
      assertReachesMinimum(optimizer, model);
    }
  });
});

/** A spoil that does something to the model and leaves the result as it is. */
function act(action: (model: Model) => void): Interruption['spoil'] {
  return (result, model) => {
    action(model);
    return result;
  };
}
