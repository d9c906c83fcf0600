// What one rank does wrong: all ranks leave the step in agreement, at one accepted point, and can go on.

import assert from 'node:assert/strict';
import { LBFGS, Parameter, type Communicator, type LBFGSOptions, type StepOptions, type StepReport } from 'lbfgs';
import { Rank, valuesOf, type Fault } from './problem';
import { simulate } from './ranks';

const N = 12;
const SIZE = 3;
const OPTIONS: LBFGSOptions = { maxIter: 5, maxEval: 100, historySize: 3, lineSearchFn: 'strong_wolfe' };

interface Outcome {
  readonly error: unknown;
  readonly report: StepReport | null;
  readonly x: Float64Array;
  readonly accepted: readonly Float64Array[];
  readonly next: StepReport;
  readonly nextTrail: readonly number[];
}

/** A step in which this rank has this fault, and another one without. */
async function stepWith(
  broken: number,
  fault: Fault | undefined,
  stepOptions: (rank: Rank) => StepOptions = () => ({}),
): Promise<Outcome[]> {
  const settled = await simulate(SIZE, async (comm) => {
    const rank = new Rank(comm, N, OPTIONS);
    const accepted = [rank.x.slice()];
    const options = comm.rank === broken ? stepOptions(rank) : {};
    if (comm.rank === broken && fault !== undefined) rank.fault = fault;
    let error: unknown;
    try {
      await rank.step({
        ...options,
        onIteration: (info) => {
          accepted.push(rank.x.slice());
          return options.onIteration?.(info);
        },
      });
    } catch (thrown) {
      error = thrown;
    }
    const { lastStep: report } = rank.optimizer;
    const x = rank.x.slice();
    rank.fault = (_, closure) => closure();
    rank.trail.length = 0;
    const next = await rank.step();
    return { error, report, x, accepted, next, nextTrail: rank.trail };
  });
  return valuesOf(settled);
}

/** All ranks are where the same iteration has left them, with the same report, and go on alike. Returns that iteration. */
function checkAgreement(outcomes: readonly Outcome[]): number {
  const [first] = outcomes as [Outcome];
  const iteration = first.accepted.length - 1;
  for (const { report, x, accepted, next, nextTrail } of outcomes) {
    assert.equal(accepted.length - 1, iteration);
    assert.deepEqual(x, accepted[iteration]);
    assert.deepEqual(report, first.report);
    assert.deepEqual(next, first.next);
    assert.deepEqual(nextTrail, first.nextTrail);
    assert.ok(next.iterations > 0);
  }
  return iteration;
}

const PLACES = [0, 1, 2].flatMap((rank) => [1, 2, 3, 5, 6].map((evaluation) => [rank, evaluation] as const));

for (const [broken, at] of PLACES) {
  describe(`rank ${broken} at evaluation ${at}`, () => {
    it('throws: the others throw ERR_LBFGS_PEER', async () => {
      const own = new Error('of the closure');
      const outcomes = await stepWith(broken, (evaluation, closure) => {
        if (evaluation === at) throw own;
        return closure();
      });
      checkAgreement(outcomes);
      for (const [rank, { error }] of outcomes.entries()) {
        if (rank === broken) assert.equal(error, own);
        else assert.match(String(error), new RegExp(`closure or a callback of rank ${broken} threw`));
      }
    });

    it('returns no number: the others throw ERR_LBFGS_PEER', async () => {
      const outcomes = await stepWith(broken, (evaluation, closure) => {
        return evaluation === at ? ('no number' as unknown as number) : closure();
      });
      checkAgreement(outcomes);
      const codes = outcomes.map(({ error }) => (error as { code?: string }).code);
      assert.equal(codes[broken], 'ERR_LBFGS_CLOSURE_RESULT');
      assert.equal(codes.filter((code) => code === 'ERR_LBFGS_PEER').length, SIZE - 1);
    });

    it('aborts its signal: all stop', async () => {
      const controller = new AbortController();
      const outcomes = await stepWith(
        broken,
        (evaluation, closure) => {
          if (evaluation === at) controller.abort('enough');
          return closure();
        },
        () => ({ signal: controller.signal }),
      );
      checkAgreement(outcomes);
      for (const [rank, { error, report }] of outcomes.entries()) {
        if (rank === broken) assert.equal(error, 'enough');
        else assert.match(String(error), new RegExp(`signal of rank ${broken} was aborted`));
        assert.equal(report?.status, at === 1 ? undefined : 'aborted');
      }
    });

    it('has a loss of NaN: NaN for all', async () => {
      const outcomes = await stepWith(broken, (evaluation, closure) => (evaluation === at ? NaN : closure()));
      if (at > 1) {
        checkAgreement(outcomes);
        for (const { error } of outcomes) assert.equal(error, undefined);
        return;
      }
      for (const { error, report } of outcomes) {
        assert.equal((error as { code?: string }).code, 'ERR_LBFGS_NON_FINITE_START');
        assert.equal(report, null);
      }
    });

    it('replaces its data: all are told', async () => {
      const settled = await simulate(SIZE, async (comm) => {
        const rank = new Rank(comm, N, OPTIONS);
        rank.fault = (evaluation, closure) => {
          const loss = closure();
          if (comm.rank === broken && evaluation === at)
            (rank.parameter as { data: Float64Array }).data = rank.x.slice();
          return loss;
        };
        await rank.step();
      });
      const codes = settled.map((each) => (each as { reason?: { code?: string } }).reason?.code);
      assert.equal(codes[broken], 'ERR_LBFGS_DATA_CHANGED');
      assert.equal(codes.filter((code) => code === 'ERR_LBFGS_PEER').length, SIZE - 1);
    });
  });
}

for (const broken of [0, 1, 2]) {
  describe(`rank ${broken}`, () => {
    it('ends the step by onIteration: all stop after that iteration', async () => {
      const outcomes = await stepWith(broken, undefined, () => ({ onIteration: ({ iteration }) => iteration < 2 }));
      assert.equal(checkAgreement(outcomes), 2);
      for (const { error, report } of outcomes) {
        assert.equal(error, undefined);
        assert.equal(report?.status, 'stopped');
      }
    });

    it('throws in onIteration: the others throw ERR_LBFGS_PEER', async () => {
      const own = new Error('of the callback');
      const outcomes = await stepWith(broken, undefined, () => ({
        onIteration: ({ iteration }) => {
          if (iteration === 2) throw own;
        },
      }));
      assert.equal(checkAgreement(outcomes), 2);
      for (const [rank, { error }] of outcomes.entries()) {
        if (rank === broken) assert.equal(error, own);
        else assert.equal((error as { code?: string }).code, 'ERR_LBFGS_PEER');
      }
    });

    it('throws in onIteration of the last iteration: only it does, since the step is over', async () => {
      const own = new Error('of the callback');
      const outcomes = await stepWith(broken, undefined, () => ({
        onIteration: ({ iteration }) => {
          if (iteration === OPTIONS.maxIter) throw own;
        },
      }));
      assert.equal(checkAgreement(outcomes), OPTIONS.maxIter);
      for (const [rank, { error }] of outcomes.entries()) assert.equal(error, rank === broken ? own : undefined);
    });

    it('has no time left: all stop', async () => {
      const outcomes = await stepWith(broken, undefined, () => ({ timeLimit: Number.MIN_VALUE }));
      assert.equal(checkAgreement(outcomes), 0);
      for (const { report } of outcomes) assert.equal(report?.status, 'time_limit');
    });

    it('leaves the loop over iterate: all stop', async () => {
      const settled = await simulate(SIZE, async (comm) => {
        const rank = new Rank(comm, N, OPTIONS);
        for await (const { iteration } of rank.optimizer.iterate(rank.closure)) {
          if (comm.rank === broken && iteration === 2) break;
        }
        return rank.optimizer.lastStep!;
      });
      const reports = valuesOf(settled);
      for (const report of reports) {
        assert.deepEqual(report, reports[0]);
        assert.equal(report.status, 'stopped');
        assert.equal(report.iterations, 2);
      }
    });

    it('fails in a pre-hook: the others throw ERR_LBFGS_PEER, and all can go on', async () => {
      const settled = await simulate(SIZE, async (comm) => {
        const rank = new Rank(comm, N, OPTIONS);
        const hook = rank.optimizer.registerStepPreHook(() => {
          if (comm.rank === broken) throw new Error('of the hook');
        });
        await assert.rejects(
          rank.step(),
          comm.rank === broken ? { message: 'of the hook' } : { code: 'ERR_LBFGS_PEER' },
        );
        hook.remove();
        return rank.step();
      });
      const reports = valuesOf(settled);
      for (const report of reports) assert.deepEqual(report, reports[0]);
    });

    for (const [option, value] of Object.entries({ maxIter: 4, lr: 0.5, historySize: 4, lineSearchFn: null })) {
      it(`has another ${option}: all throw the same error, which names it`, async () => {
        const settled = await simulate(SIZE, async (comm) => {
          const options = comm.rank === broken ? { ...OPTIONS, [option]: value } : OPTIONS;
          const rank = new Rank(comm, N, options);
          await rank.step();
        });
        const [first, ...others] = settled.map((each) => (each as { reason?: Error }).reason);
        assert.equal((first as { code?: string }).code, 'ERR_LBFGS_OUT_OF_STEP');
        assert.match(
          first!.message,
          new RegExp(`but ${option} is not the same: rank ${broken === 0 ? 1 : broken} has`),
        );
        for (const other of others) assert.equal(other?.message, first?.message);
      });
    }

    it('has float32 parameters, the others float64: all throw', async () => {
      const settled = await simulate(SIZE, async (comm) => {
        const rank = new Rank(comm, N, OPTIONS);
        if (comm.rank !== broken) return rank.step();
        const single = new Parameter(Float32Array.of(1, 2));
        single.grad = Float32Array.of(1, 1);
        await new LBFGS([single], { ...OPTIONS, comm: withNewCount(comm) }).stepAsync(() => 1);
        return undefined;
      });
      const numbers = [0, 1, 2].map((rank) => (rank === broken ? 'float32' : 'float64'));
      for (const each of settled) {
        const { code, message } = (each as { reason: { code?: string; message: string } }).reason;
        assert.equal(code, 'ERR_LBFGS_OUT_OF_STEP');
        const other = broken === 0 ? 1 : broken;
        assert.ok(message.endsWith(`rank ${other} has ${numbers[other]!}, and rank 0 ${numbers[0]!}`), message);
      }
    });

    it('has no parameters, in another dtype than the others: all throw', async () => {
      const settled = await simulate(SIZE, async (comm) => {
        const { Parameter, LBFGS } = await import('lbfgs');
        const single = new Parameter(comm.rank === broken ? new Float64Array(0) : Float32Array.of(1, 2));
        single.grad = comm.rank === broken ? null : Float32Array.of(1, 1);
        await new LBFGS([single], { ...OPTIONS, comm }).stepAsync(() => 1);
      });
      for (const each of settled) {
        assert.match((each as { reason: Error }).reason.message, /the dtype of the parameters is not the same/);
      }
    });

    it('has an empty array of another dtype: all throw the same error, which names it', async () => {
      const settled = await simulate(SIZE, async (comm) => {
        const x = new Parameter(comm.rank === broken ? new Float32Array(0) : new Float64Array(2));
        await new LBFGS([x], { ...OPTIONS, comm }).stepAsync(() => {
          x.grad = x.data.slice();
          return 1;
        });
      });
      const other =
        broken === 0 ? 'rank 1 has float64, and rank 0 float32' : `rank ${broken} has float32, and rank 0 float64`;
      for (const each of settled) {
        const { code, message } = (each as { reason: { code?: string; message: string } }).reason;
        assert.equal(code, 'ERR_LBFGS_OUT_OF_STEP');
        assert.ok(message.endsWith(`the dtype of the parameters is not the same: ${other}`), message);
      }
    });

    it('skips the step of another optimiser: all throw', async () => {
      const settled = await simulate(SIZE, async (comm) => {
        const [first, second] = [new Rank(comm, N, OPTIONS), new Rank(comm, N, OPTIONS)];
        if (comm.rank !== broken) await first.step();
        await second.step();
      });
      for (const each of settled) {
        const { code, message } = (each as { reason: { code?: string; message: string } }).reason;
        assert.equal(code, 'ERR_LBFGS_OUT_OF_STEP');
        assert.match(message, /but which of the communicator's optimisers takes the step is not the same/);
      }
    });

    it('has loaded the state of another moment: all throw', async () => {
      const settled = await simulate(SIZE, async (comm) => {
        const rank = new Rank(comm, N, OPTIONS);
        await rank.step({ onIteration: ({ iteration }) => iteration < 2 });
        const before = rank.optimizer.stateDict();
        await rank.step();
        if (comm.rank === broken) rank.optimizer.loadStateDict(before);
        await rank.step();
      });
      for (const each of settled) {
        const { code, message } = (each as { reason: { code?: string; message: string } }).reason;
        assert.equal(code, 'ERR_LBFGS_OUT_OF_STEP');
        assert.match(message, /but n_iter of the state is not the same/);
      }
    });

    it('has ended: the steps of the others fail with the error of the engine', async () => {
      const settled = await simulate(SIZE, async (comm) => {
        const rank = new Rank(comm, N, OPTIONS);
        await rank.step();
        if (comm.rank === broken) return;
        const before = rank.x.slice();
        await assert.rejects(rank.step(), { message: /has ended/ });
        assert.deepEqual(rank.x, before);
      });
      valuesOf(settled);
    });
  });
}

describe('a rank whose data are replaced while the last message of a step is on its way', () => {
  /** What becomes of three steps on each rank. The fault is in the first one. */
  const goOn = async (n: number, how: 'late' | 'NaN'): Promise<readonly (readonly string[])[]> => {
    const parameters: Parameter[] = [];
    const program = async (comm: Communicator): Promise<readonly string[]> => {
      const x = (parameters[comm.rank] = new Parameter(new Float64Array(n).fill(1)));
      const optimizer = new LBFGS([x], { comm, maxIter: 5, historySize: 2, lr: 0.1 });
      const ends: string[] = [];
      for (let step = 0; step < 3; step++) {
        let evaluations = 0;
        const closure = (): number => {
          const isFault = step === 0 && ++evaluations === 2;
          x.grad = x.data.slice();
          if (isFault && how === 'late') busyFor(350);
          return isFault && how === 'NaN' ? NaN : x.data[0]! ** 2;
        };
        try {
          await optimizer.stepAsync(closure, how === 'late' && step === 0 ? { timeLimit: 300 } : {});
          ends.push(optimizer.lastStep!.status);
        } catch (error) {
          ends.push((error as { code?: string }).code ?? String(error));
        }
      }
      return ends;
    };
    const spoil = ({ rank, index }: { rank: number; index: number }): undefined => {
      if (rank === 1 && index === 2) Object.assign(parameters[1]!, { data: parameters[1]!.data.slice() });
    };
    return valuesOf(await simulate(2, program, { spoil }));
  };

  it('throws alone, since the step is over, and all can go on', async () => {
    for (const [n, how, status] of [
      [2 ** 17, 'NaN', 'non_finite'], // on another thread, which takes the point back
      [4, 'late', 'time_limit'],
    ] as const) {
      const [first, second] = await goOn(n, how);
      assert.equal(first![0], status);
      assert.equal(second![0], 'ERR_LBFGS_DATA_CHANGED');
      assert.deepEqual(first!.slice(1), second!.slice(1));
      assert.doesNotMatch(first!.join(), /ERR_/);
    }
  });
});

describe('the losses of all ranks', () => {
  it('whose sum is infinite are what the message names', async () => {
    const settled = await simulate(2, async (comm) => {
      const x = new Parameter([1]);
      const optimizer = new LBFGS([x], { comm, maxIter: 3 });
      let evaluations = 0;
      await optimizer.stepAsync(() => {
        x.grad = [1];
        return evaluations++ === 0 ? 1 : 1.5e308;
      });
      return optimizer.lastStep!.message;
    });
    for (const message of valuesOf(settled))
      assert.match(message, /^The sum of the losses of all ranks became Infinity;/);
  });
});

function busyFor(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

/** The same engine for an optimiser that is the first one again. */
function withNewCount<T extends object>(comm: T): T {
  return { ...comm };
}

describe('a value that becomes NaN while the first evaluation is exchanged', () => {
  for (const lineSearchFn of ['strong_wolfe', null] as const) {
    it(`is a point of all ranks that is not finite, lineSearchFn ${String(lineSearchFn)}`, async () => {
      const ranks: Rank[] = [];
      const settled = await simulate(
        SIZE,
        (comm) => {
          ranks[comm.rank] = new Rank(comm, N, { ...OPTIONS, lineSearchFn });
          return ranks[comm.rank]!.step();
        },
        {
          spoil: ({ rank, index }) => {
            if (rank === 1 && index === 0) ranks[1]!.x[0] = NaN;
            return undefined;
          },
        },
      );
      const reports = valuesOf(settled);
      for (const report of reports) assert.deepEqual(report, reports[0]);
      assert.equal(reports[0]?.status, lineSearchFn === null ? 'non_finite' : 'line_search_failed');
    });
  }
});

describe('two steps at a time', () => {
  it('are refused on one communicator, and the first one goes on', async () => {
    const settled = await simulate(SIZE, async (comm) => {
      const [first, second] = [new Rank(comm, N, OPTIONS), new Rank(comm, N, OPTIONS)];
      const pending = first.step();
      await assert.rejects(second.step(), { code: 'ERR_LBFGS_BUSY', message: /one step at a time on a communicator/ });
      await pending;
      return [first.optimizer.lastStep, await second.step()];
    });
    const reports = valuesOf(settled);
    for (const each of reports) assert.deepEqual(each, reports[0]);
  });
});

describe('an engine that fails', () => {
  for (const message of [0, 1, 2, 4, 7]) {
    it(`at message ${message} of rank 1: its own error there, and the step is over everywhere`, async () => {
      const settled = await simulate(
        SIZE,
        async (comm) => {
          const rank = new Rank(comm, N, OPTIONS);
          const before = rank.x.slice();
          await assert.rejects(rank.step(), comm.rank === 1 ? { message: 'no network' } : { message: /has ended/ });
          return { moved: rank.x.some((value, index) => value !== before[index]) };
        },
        {
          spoil: ({ rank, index }) => {
            if (rank === 1 && index === message) throw new Error('no network');
            return undefined;
          },
        },
      );
      valuesOf(settled);
    });
  }
});
