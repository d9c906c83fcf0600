import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { LBFGS, minimize, Parameter, type Objective } from 'lbfgs';
import { rosenbrock } from '../problems/interruption';
import { lbfgsRefusal } from '../problems/refusal';

const DISPOSED = lbfgsRefusal('ERR_LBFGS_DISPOSED', 'Expected an optimiser in use but this one has been disposed of');

function disposed(): LBFGS {
  const model = rosenbrock();
  const optimizer = new LBFGS(model.params, { lineSearchFn: 'strong_wolfe', maxIter: 3, maxEval: 100 });
  optimizer.step(model.closure);
  optimizer[Symbol.dispose]();
  return optimizer;
}

describe('an optimiser that has been disposed of', () => {
  const uses: Record<string, (optimizer: LBFGS) => unknown> = {
    step: (optimizer) => optimizer.step(() => 0),
    state: (optimizer) => optimizer.state,
    stateDict: (optimizer) => optimizer.stateDict(),
    addParamGroup: (optimizer) => {
      optimizer.addParamGroup({ params: [new Parameter([1])] });
    },
    loadStateDict: (optimizer) => {
      optimizer.loadStateDict(new LBFGS(rosenbrock().params).stateDict());
    },
  };
  for (const [name, use] of Object.entries(uses)) {
    it(`refuses ${name}`, () => {
      assert.throws(() => use(disposed()), DISPOSED);
    });
  }

  it('does not call the closure', () => {
    let calls = 0;
    assert.throws(() => disposed().step(() => ++calls), DISPOSED);
    assert.equal(calls, 0);
  });

  it('may be disposed of again', () => {
    const optimizer = disposed();
    optimizer[Symbol.dispose]();
    optimizer[Symbol.dispose]();
  });

  it('still shows its group and its last step, and says so where it is inspected', () => {
    const optimizer = disposed();
    assert.equal(optimizer.lastStep!.iterations, 3);
    assert.equal(optimizer.paramGroups[0].params.length, 2);
    assert.match(inspect(optimizer), /\bdisposed\b/);
  });

  it('leaves its parameters to the user', () => {
    const optimizer = disposed();
    const [parameter] = optimizer.paramGroups[0].params;
    parameter!.data[0] = 5;
    assert.equal(parameter!.data[0], 5);
    optimizer.zeroGrad();
    assert.equal(parameter!.grad, null);
  });

  it('leaves the other optimisers alone', () => {
    const model = rosenbrock();
    const other = new LBFGS(model.params, { lineSearchFn: 'strong_wolfe', maxIter: 100 });
    disposed();
    other.step(model.closure);
    assert.equal(other.lastStep!.converged, true);
  });
});

describe('Symbol.dispose', () => {
  it('ends a block as `using` would', () => {
    const model = rosenbrock();
    let kept: LBFGS;
    {
      // What a compiler makes of: using optimizer = new LBFGS(model.params);
      const optimizer = new LBFGS(model.params, { lr: 1e-3 });
      try {
        optimizer.step(model.closure);
      } finally {
        optimizer[Symbol.dispose]();
      }
      kept = optimizer;
    }
    assert.throws(() => kept.step(model.closure), DISPOSED);
  });

  it('may come before the first step', () => {
    const optimizer = new LBFGS([new Parameter([1])]);
    optimizer[Symbol.dispose]();
    assert.throws(() => optimizer.step(() => 0), DISPOSED);
  });

  it('of an optimiser whose step threw works', () => {
    const optimizer = new LBFGS([new Parameter([1])]);
    assert.throws(() => optimizer.step(() => NaN), { code: 'ERR_LBFGS_NON_FINITE_START' });
    optimizer[Symbol.dispose]();
    assert.throws(() => optimizer.stateDict(), DISPOSED);
  });

  it('gives the memory of a large optimiser back at once', () => {
    const size = 1e6;
    const before = process.memoryUsage().rss;
    const peaks: number[] = [];
    for (let round = 0; round < 20; round++) {
      const optimizer = new LBFGS([new Parameter(new Float64Array(size).fill(1))], { historySize: 5 });
      optimizer.step(() => {
        for (const parameter of optimizer.paramGroups[0].params) parameter.grad ??= new Float64Array(size).fill(1);
        return 1;
      });
      optimizer[Symbol.dispose]();
      peaks.push(process.memoryUsage().rss - before);
    }
    // Twenty optimisers of at least 9 vectors of 8 MB each; what is left are the arrays that V8 has not collected yet.
    assert.ok(peaks.at(-1)! < 800e6, String(peaks));
  });

  it('is what minimize does with its own optimiser, also where the function throws', () => {
    const x0 = new Float64Array(1e5).fill(1);
    const before = process.memoryUsage().rss;
    for (let round = 0; round < 200; round++) {
      let calls = 0;
      const failing: Objective = (x, gradient) => {
        gradient.set(x);
        if (++calls === 3) throw new Error('no data');
        return -calls;
      };
      assert.throws(() => minimize(failing, x0, { lr: 1e-3 }), /no data/);
    }
    // 200 optimisers of at least 9 vectors of 0.8 MB each.
    const grown = process.memoryUsage().rss - before;
    assert.ok(grown < 800e6, String(grown));
  });
});
