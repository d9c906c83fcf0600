import assert from 'node:assert/strict';
import path from 'node:path';
import { dataParallel, LBFGS, type AsyncClosure, type Closure, type Communicator, type ParameterLike } from 'lbfgs';
import { refusesWith } from './refusals';
import { simulate, simulateSync, type EngineOptions, type Message } from './ranks';
import { alone, asyncProgram, type Data, type Training } from './programs/replicas.mjs';

const REPLICAS = path.join(__dirname, 'programs', 'replicas.mjs');

const ENGINES: Readonly<Record<string, EngineOptions>> = {
  'an engine that gathers': {},
  'an engine that only reduces': { allGather: false },
  'an engine that scatters': { reduceScatter: true },
  'an engine that scatters and does not gather': { reduceScatter: true, allGather: false },
  'an engine whose sums differ between ranks': { unlike: true },
  'an engine whose sums differ and which only reduces': { unlike: true, allGather: false },
};

function valuesOf<T>(outcomes: readonly PromiseSettledResult<T>[]): T[] {
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}

/** What a program has that awaits the evaluation. */
const awaited = (comm: Communicator, params: ParameterLike[], closure: AsyncClosure): AsyncClosure =>
  dataParallel(comm, params, closure);

/** The training of all ranks, which must be the same to the bit. */
function common(outcomes: readonly PromiseSettledResult<Training>[]): Training {
  const [first, ...others] = valuesOf(outcomes);
  for (const other of others) assert.deepEqual(other, first);
  return first!;
}

function train(size: number, data: Data, options: EngineOptions = {}): Promise<PromiseSettledResult<Training>[]> {
  return simulate(size, (comm) => asyncProgram(comm, data), options);
}

const SHORT = 6;
const LONG = 5001;

describe('dataParallel', () => {
  for (const [name, options] of Object.entries(ENGINES)) {
    for (const size of [1, 2, 3, 4, 64]) {
      for (const n of size === 64 ? [SHORT, 70] : [SHORT, LONG]) {
        it(`trains ${n} numbers on ${size} ranks alike, with ${name}`, async () => {
          const training = common(await train(size, { n }, options));
          const expected = alone({ n }, size);
          if (options.unlike === true) assert.ok(Math.abs(training.losses[0]! - expected.losses[0]!) < 1e-9);
          else assert.deepEqual(training, expected);
        });
      }
    }
  }

  for (const size of [1, 2, 4]) {
    for (const n of [SHORT, LONG]) {
      it(`returns numbers to a synchronous step: ${n} numbers on ${size} ranks`, async () => {
        for (const options of size === 2 ? [{}, { allGather: false }, { reduceScatter: true }] : [{}]) {
          const outcomes = await simulateSync<Training>(size, REPLICAS, { n }, options);
          assert.deepEqual(common(outcomes), alone({ n }, size));
        }
      });
    }
  }

  it('adds float32 gradients in float64 and rounds once', async () => {
    for (const n of [SHORT, LONG]) {
      const training = common(await train(3, { n, dtype: 'float32' }));
      assert.deepEqual(training, alone({ n, dtype: 'float32' }, 3));
    }
    const parts = [1, 2 ** -24, 2 ** -24];
    const sums = await simulate(3, async (comm) => {
      const parameter = { data: new Float32Array(1), grad: Float32Array.of(parts[comm.rank]!) };
      await awaited(comm, [parameter], () => 0)();
      return parameter.grad[0];
    });
    assert.deepEqual(valuesOf(sums), [1 + 2 ** -23, 1 + 2 ** -23, 1 + 2 ** -23]);
  });

  it('sends what its comment says', async () => {
    const messages = async (n: number, options: EngineOptions): Promise<string[]> => {
      const log: Message[][] = [];
      await simulate(
        4,
        async (comm) => {
          const parameter = { data: new Float64Array(n), grad: new Float64Array(n) };
          const closure = awaited(comm, [parameter], () => 0);
          await closure();
          await closure();
        },
        { ...options, log },
      );
      const [first, ...others] = log.map((each) => each.map(({ operation, length }) => `${operation} ${length}`));
      for (const other of others) assert.deepEqual(other, first);
      return first!;
    };
    assert.deepEqual(await messages(1021, {}), ['gather 2', 'gather 1024', 'gather 1024']);
    const long = ['gather 259', 'gather 259'];
    const twice = (first: string): string[] => long.flatMap((then) => [first, then]);
    assert.deepEqual(await messages(1022, {}), ['gather 2', ...twice('sum 1022')]);
    assert.deepEqual(await messages(1022, { reduceScatter: true }), ['gather 2', ...twice('scatter 1024')]);
    assert.deepEqual(await messages(10, { allGather: false }), ['sum 8', 'sum 52', 'sum 52']);
  });

  it('takes null for zeros, and leaves null where the sum is zero', async () => {
    const grads = await simulate(2, async (comm) => {
      const params: ParameterLike[] = [1, 2].map((size) => ({ data: new Float32Array(size), grad: null }));
      await awaited(comm, params, () => {
        if (comm.rank === 1) params[1]!.grad = Float32Array.of(3, 4);
        return 1;
      })();
      return params.map(({ grad }) => grad);
    });
    for (const grad of valuesOf(grads)) assert.deepEqual(grad, [null, Float32Array.of(3, 4)]);
  });

  it('takes null of a rank for zeros at every evaluation', async () => {
    const grads = await simulate(2, async (comm) => {
      const parameter: ParameterLike = { data: new Float64Array(1), grad: null };
      const found: unknown[] = [];
      const evaluate = awaited(comm, [parameter], () => {
        found.push(parameter.grad);
        if (comm.rank === 0) parameter.grad = Float64Array.of(2);
        return 1;
      });
      for (let evaluation = 0; evaluation < 3; evaluation++) {
        await evaluate();
        assert.deepEqual(parameter.grad, Float64Array.of(2));
      }
      return found;
    });
    assert.deepEqual(valuesOf(grads)[1], [null, null, null]);
  });

  it('gives NaN of one rank to all', async () => {
    for (const options of [{}, { allGather: false }]) {
      const losses = await simulate(
        3,
        async (comm) => {
          const parameter = { data: new Float64Array(2), grad: Float64Array.of(comm.rank === 1 ? NaN : 1, 1) };
          const loss = await awaited(comm, [parameter], () => (comm.rank === 2 ? NaN : 1))();
          return [loss, ...parameter.grad];
        },
        options,
      );
      for (const each of valuesOf(losses)) assert.deepEqual(each, [NaN, NaN, 3]);
    }
  });
});

interface Fault {
  readonly spoil: (parameter: { data: Float64Array; grad: unknown }) => unknown;
  readonly code: string;
  readonly message: RegExp;
}

const FAULTS: Readonly<Record<string, Fault>> = {
  'text for a loss': { spoil: () => '1', code: 'ERR_LBFGS_CLOSURE_RESULT', message: /'1'; convert it/ },
  'no loss': { spoil: () => undefined, code: 'ERR_LBFGS_CLOSURE_RESULT', message: /did you forget return/ },
  'a gradient of another length': {
    spoil: (parameter) => Number(void (parameter.grad = new Float64Array(3))),
    code: 'ERR_LBFGS_GRAD',
    message: /Expected 2 entries for grad of parameter 0 but received 3/,
  },
  'a gradient that cannot be set': {
    spoil: (parameter) => Number(Object.defineProperty(parameter, 'grad', { value: null, writable: false }).grad) + 1,
    code: 'ERR_LBFGS_GRAD',
    message: /Expected a grad that can be set/,
  },
  'data of another length': {
    spoil: (parameter) => {
      parameter.data = new Float64Array(3);
      parameter.grad = null;
      return 1;
    },
    code: 'ERR_LBFGS_DATA_CHANGED',
    message: /Expected 2 entries, as at the call of dataParallel, for params but received 3/,
  },
};

describe('a fault on one rank of dataParallel', () => {
  for (const [name, { spoil, code, message }] of Object.entries(FAULTS)) {
    it(`is thrown there, and names the rank elsewhere: ${name}`, async () => {
      const outcomes = await simulate(3, (comm) => {
        const parameter = { data: new Float64Array(2), grad: new Float64Array(2) };
        const closure = (): unknown => (comm.rank === 1 ? spoil(parameter) : 1);
        return awaited(comm, [parameter], closure as Closure)();
      });
      for (const [rank, outcome] of outcomes.entries()) {
        assert.equal(outcome.status, 'rejected');
        const error = outcome.reason as Error & { code?: string };
        assert.equal(error.code, rank === 1 ? code : 'ERR_LBFGS_PEER');
        assert.match(error.message, rank === 1 ? message : /the closure of rank 1 failed/);
      }
    });
  }

  it('is the very object there, whatever it is', async () => {
    const things = [new Error('mine'), undefined, 'text', { own: 1 }];
    for (const thing of things) {
      const outcomes = await simulate(2, async (comm) => {
        const parameter = { data: new Float64Array(1), grad: null };
        await awaited(comm, [parameter], () => {
          if (comm.rank === 0) throw thing; // eslint-disable-line @typescript-eslint/only-throw-error -- a user may
          return 1;
        })();
      });
      assert.ok(outcomes[0]?.status === 'rejected' && outcomes[0].reason === thing);
      assert.equal(((outcomes[1] as PromiseRejectedResult).reason as { code: string }).code, 'ERR_LBFGS_PEER');
    }
  });

  for (const size of [1, 2, 4, 64]) {
    it(`leaves all at one accepted point, from which they go on: ${size} ranks, at every evaluation`, async () => {
      for (const options of [{}, { allGather: false }]) {
        const n = size === 64 ? 4 : 100 * 12;
        const total = alone({ n }).reports as { evaluations: number }[];
        const evaluations = Math.min(
          9,
          total.reduce((sum, report) => sum + report.evaluations, 0),
        );
        for (let evaluation = 1; evaluation <= evaluations; evaluation++) {
          const rank = (7 * evaluation) % size;
          const trainings = valuesOf(await train(size, { n, steps: 4, fails: { rank, evaluation } }, options));
          const { errors: own, ...there } = trainings[rank]!;
          assert.deepEqual(own, [` on purpose at ${evaluation}`]);
          for (const { errors, ...training } of trainings) {
            assert.deepEqual(training, there);
            assert.equal(errors.length, 1);
            if (errors[0] !== own[0]) assert.match(errors[0]!, new RegExp(`^ERR_LBFGS_PEER .* rank ${rank} failed`));
          }
        }
      }
    });
  }

  it('is thrown by a synchronous step too', async () => {
    const fails = { rank: 1, evaluation: 3 };
    const [first, second] = valuesOf(await simulateSync<Training>(2, REPLICAS, { n: SHORT, fails }));
    assert.match(first!.errors.join(), /^ERR_LBFGS_PEER .* rank 1 failed/);
    assert.deepEqual(second!.errors, [' on purpose at 3']);
    assert.deepEqual({ ...first, errors: [] }, { ...second, errors: [] });
  });

  it('is an abort while its closure is at work', async () => {
    const outcomes = await simulate(2, async (comm) => {
      const parameter = { data: new Float64Array(1), grad: Float64Array.of(1) };
      const controller = new AbortController();
      const closure = dataParallel(comm, [parameter], async ({ signal }) => {
        assert.equal(signal, controller.signal);
        await Promise.resolve();
        if (comm.rank === 1) controller.abort(new Error('enough'));
        return 1;
      });
      try {
        await closure({ signal: controller.signal });
      } finally {
        assert.deepEqual([...parameter.grad], [1]);
      }
    });
    const messages = outcomes.map((outcome) => String((outcome as PromiseRejectedResult).reason));
    assert.match(messages[0]!, /rank 1 failed/);
    assert.equal(messages[1], 'Error: enough');
  });
});

describe('ranks of dataParallel that do not belong together', () => {
  const differing = (paramsOf: (rank: number) => ParameterLike[]): Promise<PromiseSettledResult<number>[]> =>
    simulate(3, (comm) => awaited(comm, paramsOf(comm.rank), () => 1)());
  const parameter = (values: number[]): ParameterLike => ({ data: Float64Array.from(values), grad: null });

  it('are refused on all of them: numbers of entries, dtypes, values', async () => {
    const cases: readonly [RegExp, (rank: number) => ParameterLike[]][] = [
      [/3 entries on rank 2, 2 on rank 0/, (rank) => [parameter(rank === 2 ? [1, 2, 3] : [1, 2])]],
      [/others on rank 1 than/, (rank) => (rank === 1 ? [parameter([1]), parameter([1])] : [parameter([1, 1])])],
      [
        /sizes and dtypes of params .* others on rank 1 than/,
        (rank) => [{ data: rank === 1 ? Float32Array.of(1, 1) : Float64Array.of(1, 1), grad: null }],
      ],
      [/values of params .* others on rank 1 than/, (rank) => [parameter(rank === 1 ? [-1, 1] : [1, -1])]],
      [/values of params .* others on rank 2 than/, (rank) => [parameter(rank === 2 ? [1, -1] : [1, 1])]],
    ];
    for (const [message, paramsOf] of cases) {
      for (const outcome of await differing(paramsOf)) {
        const { code, message: words } = (outcome as PromiseRejectedResult).reason as Error & { code: string };
        assert.equal(code, 'ERR_LBFGS_OUT_OF_STEP');
        assert.match(words, message);
      }
    }
  });
});

describe('the arguments of dataParallel', () => {
  const comm: Communicator = { rank: 0, size: 1, allReduce: () => undefined };
  const parameter = { data: new Float64Array(1), grad: null };
  const call = (...args: unknown[]): unknown => Reflect.apply(dataParallel, undefined, args);

  it('are checked', () => {
    for (const odd of [undefined, null, {}, { ...comm, size: 0 }, { ...comm, rank: 1 }, { ...comm, allReduce: 1 }]) {
      refusesWith(() => call(odd, [parameter], () => 0), 'ERR_LBFGS_COMM', /a communicator/);
    }
    refusesWith(() => call(comm, parameter, () => 0), 'ERR_LBFGS_ARG_TYPE', /an iterable of parameters for params/);
    refusesWith(() => call(comm, [1], () => 0), 'ERR_LBFGS_ARG_TYPE', /index 0/);
    refusesWith(() => call(comm, [], () => 0), 'ERR_LBFGS_ARG_VALUE', /at least one parameter/);
    refusesWith(() => call(comm, [parameter, parameter], () => 0), 'ERR_LBFGS_DUPLICATE_PARAMETER', /once/);
    refusesWith(() => call(comm, [parameter], 0), 'ERR_LBFGS_ARG_TYPE', /a function for closure/);
  });

  it('work on one rank, whose engine need not do anything', () => {
    const optimizer = new LBFGS([parameter]);
    const closure = dataParallel(comm, [parameter], () => 3);
    assert.equal(optimizer.step(closure), 3);
  });

  it('refuse a second evaluation while the first is pending', async () => {
    const closure = dataParallel(comm, [parameter], () => Promise.resolve(1));
    const pending = closure();
    refusesWith(closure, 'ERR_LBFGS_BUSY', /one evaluation of dataParallel at a time/);
    assert.equal(await pending, 1);
    assert.equal(await closure(), 1);
  });

  it('give a synchronous step its error where the engine is asynchronous', () => {
    const engine: Communicator = { ...comm, allReduce: () => Promise.resolve() };
    const optimizer = new LBFGS([parameter]);
    const closure = dataParallel(engine, [parameter], () => 3);
    refusesWith(() => optimizer.step(closure), 'ERR_LBFGS_CLOSURE_RESULT', /must be synchronous: use stepAsync/);
  });
});
