import assert from 'node:assert/strict';
import { LBFGS, Parameter } from 'lbfgs';
import { assertReachesMinimum, assertRecovers, MOMENTS, rosenbrock } from '../problems/interruption';
import { lbfgsRefusal } from '../problems/refusal';

const BUSY = lbfgsRefusal('ERR_LBFGS_BUSY', /^Expected an optimiser at rest but .* in progress$/);
const WOLFE = { lineSearchFn: 'strong_wolfe', maxIter: 200 } as const;

/** What may not be called while a step runs. */
const FORBIDDEN: Readonly<Record<string, (optimizer: LBFGS) => void>> = {
  step: (optimizer) => optimizer.step(() => 0),
  loadStateDict: (optimizer) => {
    optimizer.loadStateDict({ state: {}, param_groups: [{ params: [0, 1] } as never] });
  },
  addParamGroup: (optimizer) => {
    optimizer.addParamGroup({ params: [new Parameter([1])] });
  },
  dispose: (optimizer) => {
    optimizer[Symbol.dispose]();
  },
};

for (const [name, call] of Object.entries(FORBIDDEN)) {
  describe(`${name} during a step of the same optimiser`, () => {
    it('is refused inside the closure; a closure that catches it goes on as if nothing were', () => {
      const [disturbed, quiet] = [rosenbrock(), rosenbrock()];
      const optimizer = new LBFGS(disturbed.params, WOLFE);
      optimizer.step(() => {
        assert.throws(() => {
          call(optimizer);
        }, BUSY);
        return disturbed.closure();
      });
      new LBFGS(quiet.params, WOLFE).step(quiet.closure);
      assert.deepEqual(disturbed.x, quiet.x);
      assert.equal(disturbed.calls, quiet.calls);
    });

    it('is refused inside onIteration', () => {
      const model = rosenbrock();
      const optimizer = new LBFGS(model.params, WOLFE);
      let refused = 0;
      const onIteration = (): void => {
        assert.throws(() => {
          call(optimizer);
        }, BUSY);
        refused++;
      };
      optimizer.step(model.closure, { onIteration });
      assert.ok(refused > 0);
      assert.equal(optimizer.lastStep!.converged, true);
    });

    it('ends the step where the refusal is not caught, and the optimiser stays usable', () => {
      for (const at of MOMENTS) {
        const model = rosenbrock();
        const optimizer = new LBFGS(model.params, WOLFE);
        let accepted = model.x;
        const closure = (): number => {
          const loss = model.closure();
          if (model.calls === at) call(optimizer);
          return loss;
        };
        const onIteration = (): void => {
          accepted = model.x;
        };
        assert.throws(() => optimizer.step(closure, { onIteration }), BUSY);
        assert.deepEqual(model.x, accepted);
        assertReachesMinimum(optimizer, model);
      }
    });
  });
}

describe('during a step', () => {
  it('another optimiser may step', () => {
    const [outer, inner] = [rosenbrock(), rosenbrock()];
    const innerOptimizer = new LBFGS(inner.params, { ...WOLFE, maxIter: 1 });
    const outerOptimizer = new LBFGS(outer.params, WOLFE);
    outerOptimizer.step(() => {
      innerOptimizer.step(inner.closure);
      return outer.closure();
    });
    assert.equal(outerOptimizer.lastStep!.converged, true);
    const quiet = rosenbrock();
    new LBFGS(quiet.params, WOLFE).step(quiet.closure);
    assert.deepEqual(outer.x, quiet.x);
  });

  it('the gradients may be zeroed', () => {
    const model = rosenbrock();
    const optimizer = new LBFGS(model.params, WOLFE);
    optimizer.step(() => {
      optimizer.zeroGrad(false);
      return model.closure();
    });
    assert.equal(optimizer.lastStep!.converged, true);
  });

  it('a state dict taken in onIteration is that of a step limited to those iterations', () => {
    const model = rosenbrock();
    const optimizer = new LBFGS(model.params, { ...WOLFE, historySize: 3 });
    optimizer.step(model.closure, { onIteration: ({ iteration }) => iteration < 2 });
    const taken: unknown[] = [];
    optimizer.step(model.closure, {
      onIteration: () => {
        taken.push(optimizer.stateDict().state[0]);
      },
    });
    for (const [index, state] of taken.slice(0, 8).entries()) {
      const limited = rosenbrock();
      const other = new LBFGS(limited.params, { ...WOLFE, historySize: 3 });
      other.step(limited.closure, { onIteration: ({ iteration }) => iteration < 2 });
      other.step(limited.closure, { onIteration: ({ iteration }) => iteration <= index });
      assert.deepEqual(state, other.stateDict().state[0], `after iteration ${index + 1}`);
    }
  });
});

describe('a state dict taken in the closure', () => {
  it('is that of the last completed iteration, but for the calls counted', () => {
    const model = rosenbrock();
    const optimizer = new LBFGS(model.params, { ...WOLFE, historySize: 3 });
    optimizer.step(model.closure, { onIteration: ({ iteration }) => iteration < 6 });
    let completed = optimizer.stateDict().state[0]!;
    optimizer.step(
      () => {
        assert.deepEqual({ ...optimizer.stateDict().state[0]!, func_evals: 0 }, { ...completed, func_evals: 0 });
        return model.closure();
      },
      {
        onIteration: () => {
          completed = optimizer.stateDict().state[0]!;
        },
      },
    );
  });
});

describe('an error thrown by the closure', () => {
  for (const at of MOMENTS) {
    for (const error of [new Error('no data'), 'a string', undefined]) {
      it(`passes through as the very same value: ${String(error)} at call ${at}`, () => {
        assertRecovers({
          at,
          spoil: () => {
            throw error as Error;
          },
          refusal: (thrown: unknown) => thrown === error,
        });
      });
    }
  }
});
