import assert from 'node:assert/strict';
import { LBFGS, minimize, minimizeAsync, Parameter, type LBFGSOptions, type Objective } from 'lbfgs';
import { lbfgsRefusal } from '../problems/refusal';

/** Two parameters, the second with a name; the loss is the sum of the squares of all entries. */
function training(options: LBFGSOptions = {}) {
  const params = [new Parameter([1, 2]), new Parameter([3, 4, 5], { name: 'bias' })] as const;
  let calls = 0;
  /** Applied at the evaluations from `from` on. */
  const fault = { from: 1, spoil: (loss: number): number => loss };
  const closure = (): number => {
    let loss = 0;
    for (const parameter of params) {
      parameter.grad = parameter.data.map((value) => 2 * value);
      for (const value of parameter.data) loss += value ** 2;
    }
    return ++calls >= fault.from ? fault.spoil(loss) : loss;
  };
  return { params, closure, fault, optimizer: new LBFGS(params, { lr: 0.1, ...options }) };
}
type Training = ReturnType<typeof training>;

const FAULTS: Readonly<Record<string, (training: Training) => (loss: number) => number>> = {
  loss: () => () => -Infinity,
  gradient:
    ({ params }) =>
    (loss) => ((params[1].grad![2] = NaN), loss),
};

describe('a first evaluation that is not finite', () => {
  const start = (received: string, where = 'the first evaluation of a step') =>
    lbfgsRefusal(
      'ERR_LBFGS_NON_FINITE_START',
      `Expected a finite loss and gradient at ${where} but received ${received}; nothing was moved`,
    );
  const cases: readonly [string, (training: Training) => void, string][] = [
    ['the loss', (it) => (it.fault.spoil = FAULTS['loss']!(it)), 'the loss -Infinity'],
    ['the gradient', (it) => (it.fault.spoil = FAULTS['gradient']!(it)), "NaN for grad[2] of parameter 1 ('bias')"],
    [
      'the point, before the loss that follows from it',
      (it) => (it.params[0].data[1] = Infinity),
      'Infinity for data[1] of parameter 0',
    ],
  ];
  for (const [what, spoil, received] of cases) {
    it(`names ${what}, with the parameter and the entry`, async () => {
      for (const lineSearchFn of [null, 'strong_wolfe'] as const) {
        const it = training({ lineSearchFn });
        spoil(it);
        assert.throws(() => it.optimizer.step(it.closure), start(received));
        await assert.rejects(it.optimizer.stepAsync(it.closure), start(received));
      }
    });
  }

  it('names the coordinate of minimize', async () => {
    const fun: Objective = (x, gradient) => (gradient.set(x), x[0]!);
    for (const [x0, received] of [
      [[1, NaN], 'NaN for x[1]'],
      [[-Infinity, 1], '-Infinity for x[0]'],
    ] as const) {
      assert.throws(() => minimize(fun, x0), start(received, 'x0'));
      await assert.rejects(minimizeAsync(fun, x0), start(received, 'x0'));
    }
  });
});

/** A training whose second point is beyond the largest number. */
function overflowing(maxIter: number): Pick<Training, 'closure' | 'optimizer'> & { params: readonly Parameter[] } {
  const x = new Parameter([1, Number.MAX_VALUE]);
  const closure = (): number => {
    x.grad = [0, -1];
    return 1 - x.data[1]! / Number.MAX_VALUE;
  };
  return { params: [x], closure, optimizer: new LBFGS([x], { lr: Number.MAX_VALUE, maxIter }) };
}

describe('a step that ends non_finite', () => {
  const messageOf = async (it: ReturnType<typeof overflowing>, isAsync: boolean): Promise<string> => {
    if (isAsync) await it.optimizer.stepAsync(it.closure);
    else it.optimizer.step(it.closure);
    assert.equal(it.optimizer.lastStep!.status, 'non_finite');
    assert.ok(it.params.every(({ data, grad }) => [...data, ...grad!].every(Number.isFinite)));
    return it.optimizer.lastStep!.message;
  };
  const back = "; the last finite point is back. Lower lr, or use lineSearchFn: 'strong_wolfe'";
  for (const isAsync of [false, true]) {
    const way = isAsync ? 'stepAsync' : 'step';

    it(`says that it was the loss: ${way}`, async () => {
      const it = training();
      Object.assign(it.fault, { from: 3, spoil: FAULTS['loss']!(it) });
      assert.equal(await messageOf(it, isAsync), `The loss became -Infinity${back}`);
    });

    it(`says that it was the gradient, and where: ${way}`, async () => {
      const it = training();
      Object.assign(it.fault, { from: 2, spoil: FAULTS['gradient']!(it) });
      const expected = `The gradient became NaN or infinite: grad[2] of parameter 1 ('bias') was NaN${back}`;
      assert.equal(await messageOf(it, isAsync), expected);
    });

    it(`says that it was the point, and where: ${way}`, async () => {
      const message = await messageOf(overflowing(20), isAsync);
      assert.equal(message, `The point became NaN or infinite: data[1] of parameter 0 was Infinity${back}`);
    });

    it(`says so where the last move was not evaluated by its own step: ${way}`, async () => {
      const it = training({ maxIter: 1 });
      it.optimizer.step(it.closure);
      Object.assign(it.fault, { from: 2, spoil: FAULTS['loss']!(it) });
      assert.equal(await messageOf(it, isAsync), `The loss became -Infinity${back}`);
    });
  }

  it('says that the point overflowed where that move was not to be evaluated', async () => {
    assert.equal(await messageOf(overflowing(1), false), `The point became NaN or infinite${back}`);
  });

  it('names the coordinate of minimize, whichever step of it found out', () => {
    for (const from of [2, 4]) {
      let calls = 0;
      const fun: Objective = (x, gradient) => {
        gradient.set(x);
        if (++calls >= from) gradient[1] = NaN;
        return (x[0]! ** 2 + x[1]! ** 2) / 2;
      };
      const { status, message } = minimize(fun, [1, 2], { lineSearchFn: null, lr: 0.1, maxIter: 3 });
      assert.equal(status, 'non_finite');
      assert.equal(message, `The gradient became NaN or infinite: gradient[1] was NaN${back}`);
    }
  });
});

describe('a line search whose trials are not finite', () => {
  it('names what was NaN at its last trial', () => {
    const it = training({ lineSearchFn: 'strong_wolfe' });
    it.fault.from = 2;
    it.fault.spoil = FAULTS['gradient']!(it);
    it.optimizer.step(it.closure);
    const { status, message } = it.optimizer.lastStep!;
    assert.equal(status, 'line_search_failed');
    assert.match(
      message,
      /\. At its last trial: the gradient became NaN or infinite: grad\[2\] of parameter 1 \('bias'\) was NaN$/,
    );
  });

  it('names the loss, in minimize', () => {
    let calls = 0;
    const { status, message } = minimize((x, gradient) => (gradient.set(x), ++calls > 1 ? NaN : 1), [1, 2]);
    assert.equal(status, 'line_search_failed');
    assert.match(message, /\. At its last trial: the loss became NaN$/);
  });

  it('names nothing where the trials were finite', () => {
    const { status, message } = minimize((x, gradient) => (gradient.set(x), -(x[0]! ** 2)), [1]);
    assert.equal(status, 'line_search_failed');
    assert.doesNotMatch(message, /last trial/);
  });
});
