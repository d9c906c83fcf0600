import assert from 'node:assert/strict';
import { LBFGS, minimize, minimizeAsync, Parameter, type MinimizeOptions, type Objective } from 'lbfgs';
import { extendedRosenbrock } from '../problems/objectives';
import { lbfgsRefusal, typeRefusal, untyped } from '../problems/refusal';

const START = [-1.2, 1, 0.5];

/** sum of (x_i - i)^2 */
const bowl: Objective = (x, gradient) => {
  let loss = 0;
  for (let i = 0; i < x.length; i++) {
    gradient[i] = 2 * (x[i]! - i);
    loss += (x[i]! - i) ** 2;
  }
  return loss;
};

/** Both forms of a solve refuse it. */
async function assertRefused(fun: Objective, refusal: object, x0 = START): Promise<void> {
  assert.throws(() => minimize(fun, x0), refusal);
  await assert.rejects(minimizeAsync(fun, x0), refusal);
  await assert.rejects(
    minimizeAsync(async (x, gradient) => {
      await Promise.resolve();
      return fun(x, gradient);
    }, x0),
    refusal,
  );
}

describe('a function that does not fill its gradient', () => {
  const unfilled = (left: string) =>
    typeRefusal('ERR_LBFGS_CLOSURE_RESULT', new RegExp(`^Expected fun to fill the gradient but it left ${left}`));

  it('at all is refused, whether it forgot to or assigned another array', async () => {
    const refusal = unfilled(String.raw`gradient\[0\] and every other entry as they were; .*gradient = \[…\]`);
    await assertRefused(([a, b, c]) => a! ** 2 + b! ** 2 + c! ** 2, refusal);
    await assertRefused((x, gradient) => {
      gradient = Float64Array.from(x, (entry) => 2 * entry);
      return gradient[0]!;
    }, refusal);
    await assertRefused(([a]) => a! ** 2, unfilled(String.raw`gradient\[0\] as it was; `), [3]);
  });

  it('in one coordinate, or in some, is refused with the first of them', async () => {
    const skipping =
      (...skipped: number[]): Objective =>
      (x, gradient) => {
        const filled = new Float64Array(3);
        const loss = bowl(x, filled);
        for (const [i, entry] of filled.entries()) if (!skipped.includes(i)) gradient[i] = entry;
        return loss;
      };
    await assertRefused(skipping(2), unfilled(String.raw`gradient\[2\] as it was; `));
    await assertRefused(skipping(0, 1), unfilled(String.raw`gradient\[0\] and 1 other entry as they were; `));
  });

  it('but adds to what it finds there is told of gradient.fill(0)', async () => {
    await assertRefused(
      (x, gradient) => {
        for (let i = 0; i < 3; i++) gradient[i]! += x[i]!;
        return 1;
      },
      unfilled(String.raw`gradient\[0\].*gradient\.fill\(0\)`),
    );
  });

  it('with numbers is not accused of that: an entry computed as NaN is named as such', async () => {
    const refusal = lbfgsRefusal(
      'ERR_LBFGS_NON_FINITE_START',
      'Expected a finite loss and gradient at x0 but received NaN for gradient[1]; nothing was moved',
    );
    const broken =
      (value: number): Objective =>
      (x, gradient) => {
        const loss = bowl(x, gradient);
        gradient[1] = value;
        return loss;
      };
    await assertRefused(broken(0 / Number('0')), refusal);
    await assertRefused(broken(NaN), refusal);
    await assertRefused(broken(-Infinity), {
      ...refusal,
      message: /received -Infinity for gradient\[1\]; nothing was moved$/,
    });
    await assertRefused((x, gradient) => (gradient.fill(NaN), x[0]!), {
      ...refusal,
      message: /received NaN for gradient\[0\]; nothing was moved$/,
    });
  });

  it('later on keeps the entries of the evaluation before', () => {
    let calls = 0;
    const result = minimize((x, gradient) => (++calls === 1 ? bowl(x, gradient) : 7), START, { maxIter: 1 });
    assert.ok(calls > 1);
    assert.ok(result.gradient.every(Number.isFinite));
  });

  it('because it is zero there is fine, and the message says so', () => {
    const result = minimize((_, gradient) => (gradient.fill(0), 5), START);
    assert.deepEqual([result.status, result.gradNorm, result.evaluations], ['converged_gradient', 0, 1]);
    assert.match(result.message, /the gradient is exactly zero at x0$/);
  });
});

describe('a function that writes into x', () => {
  it('at the first evaluation is refused with the entry', async () => {
    const refusal = typeRefusal(
      'ERR_LBFGS_CLOSURE_RESULT',
      'Expected fun to leave x as it is but it wrote x[2]; let it work on a copy, x.slice()',
    );
    await assertRefused((x, gradient) => {
      x[2] = 7;
      return bowl(x, gradient);
    }, refusal);
  });

  it('with the numbers that are there, NaN among them, changes nothing', () => {
    const rewrite: Objective = (x, gradient) => {
      x.set(Float64Array.from(x));
      return bowl(x, gradient);
    };
    assert.deepEqual(minimize(rewrite, START), minimize(bowl, START));
    assert.throws(() => minimize(rewrite, [NaN, 1]), { code: 'ERR_LBFGS_NON_FINITE_START' });
  });

  it('at the last evaluation is not said to have converged, and the message names the entry', async () => {
    const tied: Objective = (x, gradient) => {
      if (x[1] !== 3) x[0] = x[1]!;
      gradient[0] = 0;
      gradient[1] = 2 * x[1]!;
      return x[1]! ** 2;
    };
    for (const result of [minimize(tied, [2, 3]), await minimizeAsync(tied, [2, 3])]) {
      assert.equal(result.status, 'converged_gradient');
      assert.equal(result.converged, false, result.message);
      assert.match(result.message, /; fun wrote x\[0\] at the last evaluation: loss and gradient may not belong to x$/);
    }
  });

  it('is among the likely causes of a failed line search', () => {
    const wrong: Objective = (x, gradient) => {
      const loss = bowl(x, gradient);
      for (let i = 0; i < 3; i++) gradient[i] = -gradient[i]!;
      return loss;
    };
    const result = minimize(wrong, START);
    assert.equal(result.status, 'line_search_failed');
    assert.match(result.message, /the gradient does not belong to the loss .*a function that writes into x/);
  });
});

describe('a parameter without a gradient', () => {
  const bias = (): Parameter => new Parameter([1, 2], { name: 'bias' });
  const messageAfter = (params: Parameter[], closure: () => number): string => {
    const optimizer = new LBFGS(params);
    optimizer.step(closure);
    return optimizer.lastStep!.message;
  };
  const set = (parameter: Parameter): number => {
    parameter.grad = parameter.data.map((value) => 2 * value);
    return Array.from(parameter.data, (value) => value ** 2).reduce((sum, square) => sum + square);
  };

  it('is named in the message, while others have one', () => {
    const weights = new Parameter([3]);
    const message = messageAfter([weights, bias()], () => set(weights));
    assert.match(message, /^Converged: .*; parameter 1 \('bias'\) has no gradient: did the closure set it\?$/);
  });

  it('is one of several, of which the first three are named', () => {
    const weights = new Parameter([3]);
    const others = Array.from({ length: 5 }, () => new Parameter([1]));
    assert.match(
      messageAfter([weights, ...others], () => set(weights)),
      /; parameter 1, parameter 2, parameter 3 and 2 more have no gradient: did the closure set them\?$/,
    );
    assert.match(
      messageAfter([new Parameter([1]), bias()], () => 3),
      /; no parameter has a gradient: did the closure set it\?$/,
    );
  });

  it('has none to miss where it has no entries, and is not mentioned once it has one', () => {
    const weights = new Parameter([3]);
    const empty = new Parameter(new Float64Array(0));
    assert.doesNotMatch(
      messageAfter([empty, weights], () => set(weights)),
      /no gradient/,
    );
  });
});

describe('without a line search, a loss that rose', () => {
  const steep: Objective = (x, gradient) => {
    gradient[0] = 4 * x[0]! ** 3;
    return x[0]! ** 4;
  };
  const climb = (options: MinimizeOptions) =>
    minimize(steep, [1.9], { lineSearchFn: null, lr: 5, maxIter: 2, ...options });

  it('is in the message of a solve with what it was, what it is and what to do', () => {
    const { message, loss } = climb({});
    assert.ok(loss > 13.1);
    assert.match(
      message,
      /^Stopped after maxIter = 2 iterations; the loss rose from 13\.03 to \S+: lower lr, or use lineSearchFn: 'strong_wolfe'$/,
    );
    assert.match(
      climb({ maxEval: 1 }).message,
      /^Stopped after \d evaluations, maxEval = 1; the loss rose from 13\.03 to /,
    );
    assert.match(
      climb({ onIteration: ({ iteration }) => iteration < 1 }).message,
      /^Stopped by onIteration .*; the loss rose /,
    );
  });

  it('is in the message of a step', () => {
    const x = new Parameter([1.9]);
    x.grad = new Float64Array(1);
    const optimizer = new LBFGS([x], { lr: 5, maxIter: 3 });
    optimizer.step(() => steep(x.data, x.grad!));
    assert.match(optimizer.lastStep!.message, /^Stopped after .*; the loss rose from 13\.03 to .*: lower lr, /);
  });

  it('is not mentioned where it fell, nor with a line search', () => {
    assert.doesNotMatch(minimize(bowl, START, { lineSearchFn: null, lr: 0.1, maxIter: 3 }).message, /rose/);
    assert.doesNotMatch(minimize(extendedRosenbrock, [-1.2, 1], { maxIter: 3 }).message, /rose/);
  });
});

describe('onIteration of minimize', () => {
  it('is shown x, where the loss that it is told was found', async () => {
    for (const options of [{}, { lineSearchFn: null, lr: 0.1, maxIter: 50 }] satisfies MinimizeOptions[]) {
      const seen: [number, number[]][] = [];
      const onIteration: NonNullable<MinimizeOptions['onIteration']> = ({ iteration, loss }, x) => {
        if (iteration < 50) assert.equal(bowl(x, new Float64Array(3)), loss);
        seen.push([loss, Array.from(x)]);
      };
      const result = minimize(bowl, START, { ...options, onIteration });
      assert.equal(seen.length, result.iterations);
      assert.deepEqual(seen.at(-1)![1], Array.from(result.x));
      const again = seen.splice(0);
      await minimizeAsync(bowl, START, { ...options, onIteration });
      assert.deepEqual(seen, again);
    }
  });

  it('may write into its x, or give it away: the solve is the same', async () => {
    const expected = minimize(extendedRosenbrock, [-1.2, 1]);
    const spoil: NonNullable<MinimizeOptions['onIteration']> = (_, x) => void x.fill(NaN);
    const give: NonNullable<MinimizeOptions['onIteration']> = (_, x) =>
      void structuredClone(x, { transfer: [x.buffer as ArrayBuffer] });
    for (const onIteration of [spoil, give]) {
      assert.deepEqual(minimize(extendedRosenbrock, [-1.2, 1], { onIteration }), expected);
      assert.deepEqual(await minimizeAsync(extendedRosenbrock, [-1.2, 1], { onIteration }), expected);
    }
  });

  it('gets no x in a step of the class', () => {
    const x = new Parameter([1]);
    const args: unknown[][] = [];
    new LBFGS([x]).step(
      () => {
        x.grad = [2 * x.data[0]!];
        return x.data[0]! ** 2;
      },
      { onIteration: (...given: unknown[]) => void args.push(given) },
    );
    assert.ok(args.length > 0 && args.every((given) => given.length === 1));
    assert.throws(() => minimize(bowl, START, { onIteration: untyped(3) }), { code: 'ERR_LBFGS_ARG_TYPE' });
  });
});
