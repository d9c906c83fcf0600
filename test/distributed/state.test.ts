// What changes the history between steps of several ranks: a state that is loaded, other options, more parameters.

import assert from 'node:assert/strict';
import { LBFGS, Parameter, type Communicator, type LBFGSOptions, type StateDict } from 'lbfgs';
import { distance, evaluateInParts, joined, offsetOf, Rank, startOf, valuesOf } from './problem';
import { simulate } from './ranks';

const N = 24;
const OPTIONS: LBFGSOptions = { maxIter: 6, maxEval: 60, historySize: 5, lineSearchFn: 'strong_wolfe' };

/** Steps of one process, with the loss added in as many parts, and something between them. */
class Alone {
  readonly parameter = new Parameter(startOf(0, N));
  readonly optimizer: LBFGS;
  readonly #parts: number;

  constructor(parts: number, options: LBFGSOptions) {
    this.#parts = parts;
    process.env['LBFGS_RECURSION'] = 'compact';
    this.optimizer = new LBFGS([this.parameter], options);
    delete process.env['LBFGS_RECURSION'];
  }

  get x(): Float64Array {
    return this.parameter.data;
  }

  step(): void {
    this.optimizer.step(() => {
      const g = new Float64Array(N);
      const loss = evaluateInParts(this.x, g, this.#parts);
      this.parameter.grad = g;
      return loss;
    });
  }
}

/** This rank's part of a state of one process. */
function partOf(dict: StateDict, comm: Communicator): StateDict {
  const [from, to] = [offsetOf(N, comm.size, comm.rank), offsetOf(N, comm.size, comm.rank + 1)];
  const cut = (value: unknown): unknown => {
    if (ArrayBuffer.isView(value)) return (value as Float64Array).slice(from, to);
    return Array.isArray(value) && ArrayBuffer.isView(value[0]) ? value.map(cut) : value;
  };
  const state = Object.fromEntries(Object.entries(dict.state[0]!).map(([key, value]) => [key, cut(value)]));
  return { ...dict, state: { 0: state as unknown as StateDict['state'][0] } };
}

/** Two steps, a change, two steps: on ranks, and in one process. */
async function compare(
  size: number,
  options: LBFGSOptions,
  change: (optimizer: LBFGS, comm: Communicator | undefined) => void,
): Promise<void> {
  const settled = await simulate(size, async (comm) => {
    const rank = new Rank(comm, N, options);
    for (let step = 0; step < 4; step++) {
      if (step === 2) change(rank.optimizer, comm);
      await rank.step();
    }
    return { x: rank.x, report: rank.optimizer.lastStep, state: rank.optimizer.state };
  });
  const alone = new Alone(size, options);
  for (let step = 0; step < 4; step++) {
    if (step === 2) change(alone.optimizer, undefined);
    alone.step();
  }
  const ranks = valuesOf(settled);
  for (const { report, state } of ranks) {
    assert.deepEqual(report, ranks[0]?.report);
    assert.deepEqual(state, ranks[0]?.state);
  }
  assert.ok(distance(joined(ranks.map(({ x }) => x)), alone.x) <= 1e-9);
}

for (const size of [1, 2, 5, 64]) {
  describe(`${size} ranks`, () => {
    for (const historyDtype of [null, 'float32'] as const) {
      const options = { ...OPTIONS, historyDtype };
      it(`load their own state, history in ${historyDtype ?? 'float64'}`, () =>
        compare(size, options, (optimizer) => {
          optimizer.loadStateDict(optimizer.stateDict());
        }));

      it(`load their parts of the state of one process, history in ${historyDtype ?? 'float64'}`, async () => {
        const whole = new Alone(size, options);
        for (let step = 0; step < 2; step++) whole.step();
        const dict = whole.optimizer.stateDict();
        const x = whole.x.slice();
        for (let step = 0; step < 2; step++) whole.step();
        const settled = await simulate(size, async (comm) => {
          const rank = new Rank(comm, N, options);
          rank.x.set(x.subarray(offsetOf(N, size, comm.rank), offsetOf(N, size, comm.rank + 1)));
          rank.optimizer.loadStateDict(partOf(dict, comm));
          for (let step = 0; step < 2; step++) await rank.step();
          return { x: rank.x, state: rank.optimizer.state };
        });
        const ranks = valuesOf(settled);
        for (const { state } of ranks) assert.deepEqual(state, ranks[0]?.state);
        const most = historyDtype === null ? 1e-9 : 1e-6;
        assert.ok(distance(joined(ranks.map((rank) => rank.x)), whole.x) <= most);
      });
    }

    it('change the length of the history', async () => {
      for (const historySize of [2, 9]) {
        await compare(size, OPTIONS, (optimizer) => {
          optimizer.paramGroups[0].historySize = historySize;
        });
      }
    });

    it('change the dtype of the history', () =>
      compare(size, OPTIONS, (optimizer) => {
        optimizer.paramGroups[0].historyDtype = 'float32';
      }));
  });
}

describe('ranks that get more parameters', () => {
  it('go on with the pairs they have', async () => {
    const settled = await simulate(3, async (comm) => {
      const first = new Parameter(Float64Array.of(1, 2 + comm.rank));
      const second = new Parameter(Float64Array.of(0.5));
      const params = [first];
      const optimizer = new LBFGS(params, { ...OPTIONS, comm });
      const closure = (): number => {
        let loss = 0;
        for (const [index, parameter] of params.entries()) {
          parameter.grad = Float64Array.from(parameter.data, (x, i) => (i + 2) * Math.sinh(x - index));
          loss += parameter.data.reduce(
            (sum: number, x: number, i: number) => sum + (i + 2) * (Math.cosh(x - index) - 1),
            0,
          );
        }
        return loss;
      };
      await optimizer.stepAsync(closure, { onIteration: ({ iteration }) => iteration < 3 });
      params.push(second);
      optimizer.addParamGroup({ params: [second] });
      const { history_length: pairs } = optimizer.state;
      await optimizer.stepAsync(closure);
      await optimizer.stepAsync(closure);
      return { pairs, report: optimizer.lastStep, at: second.data[0] };
    });
    for (const { pairs, report, at } of valuesOf(settled)) {
      assert.ok(pairs > 0);
      assert.deepEqual(report, valuesOf(settled)[0]?.report);
      assert.ok(Math.abs(at! - 1) < 1e-6);
    }
  });

  it('all of them at once: one alone is refused', async () => {
    const settled = await simulate(3, async (comm) => {
      const rank = new Rank(comm, N, OPTIONS);
      await rank.step({ onIteration: ({ iteration }) => iteration < 3 });
      if (comm.rank === 1) rank.optimizer.addParamGroup({ params: [new Parameter([0])] });
      await rank.step();
    });
    for (const each of settled) {
      assert.equal((each as { reason?: { code?: string } }).reason?.code, 'ERR_LBFGS_OUT_OF_STEP');
    }
  });
});
