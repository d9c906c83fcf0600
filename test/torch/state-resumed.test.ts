import assert from 'node:assert/strict';
import { deserialize, serialize } from 'node:v8';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { LBFGS, type LBFGSOptions, type StateDict } from 'lbfgs';
import { decodeCheckpoint, encodeCheckpoint } from 'lbfgs/safetensors';
import { arrayOf, Model } from '../problems/model';
import { extendedRosenbrock } from '../problems/objectives';
import { snapshot, type Snapshot, type Training } from '../training/snapshot';

const START = [-1.2, 1, 0.5, 2, -0.5, 1.5];
const STEPS = 12;
const DTYPES = {
  float32: ['float32', 'float32'],
  float64: ['float64', 'float64'],
  mixed: ['float32', 'float64'],
} as const;
const MODES: Readonly<Record<string, LBFGSOptions>> = {
  'with a line search': { lineSearchFn: 'strong_wolfe', maxEval: 1000 },
  'without a line search': { lr: 2e-3, maxEval: 1000 },
};

/** Rosenbrock of six variables in two parameters, of these dtypes, from these values. */
function modelOf(
  [first, second]: readonly ['float32' | 'float64', 'float32' | 'float64'],
  x: ArrayLike<number>,
): Model {
  const model = new Model(extendedRosenbrock, x, { cuts: [4, 2] });
  for (const [index, dtype] of [first, second].entries()) {
    const parameter = model.params[index]!;
    parameter.data = arrayOf(dtype, Array.from(parameter.data));
    parameter.grad = arrayOf(
      dtype,
      Array.from(parameter.data, () => 0),
    );
  }
  return model;
}

interface Trace {
  returned: number;
  report: unknown;
  after: Snapshot;
}

/** Steps `from` to `to`, of one to four iterations each; what they returned and left. */
function train({ model, optimizer }: Training, from: number, to: number): Trace[] {
  return Array.from({ length: to - from }, (_, index) => {
    optimizer.paramGroups[0].maxIter = 1 + ((from + index) % 4);
    const returned = optimizer.step(model.closure);
    return { returned, report: optimizer.lastStep, after: snapshot(optimizer) };
  });
}

/** The same by stepAsync, the closure's answer a turn of the event loop later. */
async function trainAsync({ model, optimizer }: Training, from: number, to: number): Promise<Trace[]> {
  const traces: Trace[] = [];
  for (let step = from; step < to; step++) {
    optimizer.paramGroups[0].maxIter = 1 + (step % 4);
    const returned = await optimizer.stepAsync(async () => {
      await Promise.resolve();
      return model.closure();
    });
    traces.push({ returned, report: optimizer.lastStep, after: snapshot(optimizer) });
  }
  return traces;
}

/** Ways for a state to get from one process to another. */
const WAYS: Readonly<Record<string, (state: StateDict) => StateDict>> = {
  structuredClone: (state) => structuredClone(state),
  'v8.serialize': (state) => deserialize(serialize(state)) as StateDict,
  postMessage: (state) => {
    const { port1, port2 } = new MessageChannel();
    port1.postMessage(state);
    const received = receiveMessageOnPort(port2) as { message: StateDict };
    port1.close();
    return received.message;
  },
};

for (const [dtype, dtypes] of Object.entries(DTYPES)) {
  for (const [mode, options] of Object.entries(MODES)) {
    for (const historySize of [2, 100]) {
      describe(`training in ${dtype}, ${mode}, historySize ${historySize}`, () => {
        const all = { ...options, historySize };

        it('saved, loaded into a new optimiser and continued gives the numbers of training not interrupted, wherever', () => {
          const model = modelOf(dtypes, START);
          const whole = train({ model, optimizer: new LBFGS(model.params, all) }, 0, STEPS);
          assert.equal(whole.at(-1)!.after.state.state[0]!.ro!.length, Math.min(historySize, 29));
          for (let interruption = 0; interruption <= STEPS; interruption++) {
            const before = modelOf(dtypes, START);
            const optimizer = new LBFGS(before.params, all);
            train({ model: before, optimizer }, 0, interruption);
            const after = modelOf(dtypes, before.x);
            const resumed = new LBFGS(after.params);
            resumed.loadStateDict(structuredClone(optimizer.stateDict()));
            const rest = train({ model: after, optimizer: resumed }, interruption, STEPS);
            assert.deepEqual(rest, whole.slice(interruption), `interrupted after step ${interruption}`);
          }
        });

        it('gives them also where one half of it or both are asynchronous, wherever it is interrupted', async () => {
          const model = modelOf(dtypes, START);
          const whole = train({ model, optimizer: new LBFGS(model.params, all) }, 0, STEPS);
          for (let interruption = 0; interruption <= STEPS; interruption++) {
            const before = modelOf(dtypes, START);
            const optimizer = new LBFGS(before.params, all);
            if (interruption % 2 === 0) train({ model: before, optimizer }, 0, interruption);
            else await trainAsync({ model: before, optimizer }, 0, interruption);
            const after = modelOf(dtypes, before.x);
            const resumed = new LBFGS(after.params);
            resumed.loadStateDict(optimizer.stateDict());
            const rest = await trainAsync({ model: after, optimizer: resumed }, interruption, STEPS);
            assert.deepEqual(rest, whole.slice(interruption), `interrupted after step ${interruption}`);
          }
        });

        it('interrupted after every step gives the numbers of training not interrupted', () => {
          const model = modelOf(dtypes, START);
          const whole = train({ model, optimizer: new LBFGS(model.params, all) }, 0, STEPS);
          let training: Training = {
            model: modelOf(dtypes, START),
            optimizer: new LBFGS(modelOf(dtypes, START).params, all),
          };
          for (let step = 0; step < STEPS; step++) {
            const state = training.optimizer.stateDict();
            const next = modelOf(dtypes, training.model.x);
            training = { model: next, optimizer: new LBFGS(next.params, { maxLs: 25 }) };
            training.optimizer.loadStateDict(state);
            assert.deepEqual(train(training, step, step + 1), [whole[step]]);
          }
        });
      });
    }
  }
}

describe('a state that was saved after toleranceChange had been changed', () => {
  const WIDE = 1e9;
  const NARROW = 1e-9;
  /** What the step before the change had, and what it was changed to. */
  const CHANGES = {
    'from one that ended the step at once': [WIDE, NARROW, 0],
    'to one that would have ended the step at once': [NARROW, WIDE, START.length],
    'not at all, the direction taken': [NARROW, NARROW, undefined],
    'not at all, the direction not taken': [WIDE, WIDE, undefined],
  } as const;
  const training = (toleranceChange: number): Training => {
    const model = modelOf(DTYPES.float64, START);
    const optimizer = new LBFGS(model.params, { lineSearchFn: 'strong_wolfe', maxIter: 1, toleranceChange: NARROW });
    optimizer.step(model.closure);
    optimizer.paramGroups[0].toleranceChange = toleranceChange;
    optimizer.step(model.closure);
    return { model, optimizer };
  };
  const goOn = ({ model, optimizer }: Training): Trace[] => {
    optimizer.paramGroups[0].toleranceChange = NARROW;
    return train({ model, optimizer }, 0, 4);
  };

  for (const [what, [before, after, nKnown]] of Object.entries(CHANGES)) {
    it(`goes on with the same numbers, also by way of a checkpoint: ${what}`, () => {
      const { model, optimizer } = training(before);
      optimizer.paramGroups[0].toleranceChange = after;
      const state = optimizer.stateDict();
      assert.equal(state.state[0]!.n_known, nKnown);
      const x = model.x;
      const whole = goOn({ model, optimizer });
      for (const saved of [state, decodeCheckpoint(encodeCheckpoint({ state })).state]) {
        const next = modelOf(DTYPES.float64, x);
        const resumed = new LBFGS(next.params);
        resumed.loadStateDict(saved);
        assert.deepEqual(resumed.stateDict(), state);
        assert.deepEqual(goOn({ model: next, optimizer: resumed }), whole);
      }
    });

    it(`keeps its next pair where parameters are added: ${what}`, () => {
      const [changed, quiet] = [training(before), training(before)];
      changed.optimizer.paramGroups[0].toleranceChange = after;
      for (const { optimizer } of [changed, quiet]) {
        optimizer.addParamGroup({ params: [{ data: Float64Array.of(1), grad: Float64Array.of(0) }] });
      }
      assert.deepEqual(goOn(changed), goOn(quiet));
    });
  }
});

describe('a state dict', () => {
  const model = modelOf(DTYPES.mixed, START);
  const optimizer = new LBFGS(model.params, { lineSearchFn: 'strong_wolfe' });
  const fresh = optimizer.stateDict();
  train({ model, optimizer }, 0, 4);
  const state = optimizer.stateDict();

  for (const [way, send] of Object.entries(WAYS)) {
    it(`comes back from ${way} as it was, and loads`, () => {
      for (const each of [fresh, state]) {
        const received = send(each);
        assert.deepEqual(received, each);
        const receiver = new LBFGS(modelOf(DTYPES.mixed, START).params);
        receiver.loadStateDict(received);
        assert.deepEqual(receiver.stateDict(), each);
      }
    });
  }

  it('is made of plain objects, arrays, numbers, null, one string and typed arrays of their own memory', () => {
    const visit = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) {
        assert.ok(typeof value === 'number' || value === null || value === 'strong_wolfe', String(value));
      } else if (ArrayBuffer.isView(value)) {
        assert.ok(value instanceof Float64Array);
        assert.equal(value.buffer.byteLength, value.byteLength);
      } else {
        assert.ok([Object.prototype, Array.prototype].includes(Object.getPrototypeOf(value) as object));
        for (const entry of Object.values(value)) visit(entry);
      }
    };
    visit(state);
    visit(fresh);
  });

  it('comes out as it went in, whatever tolerance an optimiser had that was disposed of before', () => {
    const last = new LBFGS(modelOf(DTYPES.mixed, START).params, { toleranceChange: 1e9 });
    last[Symbol.dispose]();
    const receiver = new LBFGS(modelOf(DTYPES.mixed, START).params);
    new LBFGS(modelOf(DTYPES.mixed, START).params, { toleranceChange: 1e9 })[Symbol.dispose]();
    receiver.loadStateDict(state);
    assert.deepEqual(receiver.stateDict(), state);
  });

  it('is a deep copy, and so is what is loaded: later changes reach neither side', () => {
    const taken = optimizer.stateDict();
    const receiver = new LBFGS(modelOf(DTYPES.mixed, START).params);
    receiver.loadStateDict(taken);
    taken.state[0]!.d!.fill(NaN);
    taken.state[0]!.old_stps![0]!.fill(NaN);
    taken.state[0]!.ro!.length = 0;
    taken.param_groups[0].lr = NaN;
    assert.deepEqual(optimizer.stateDict(), state);
    assert.deepEqual(receiver.stateDict(), state);
  });
});

describe('optimizer.state', () => {
  it('is a frozen snapshot of the numbers, without vectors', () => {
    const model = modelOf(DTYPES.float64, START);
    const optimizer = new LBFGS(model.params, { lineSearchFn: 'strong_wolfe', historySize: 3 });
    assert.deepEqual(optimizer.state, { func_evals: 0, n_iter: 0, history_length: 0 });
    optimizer.step(model.closure);
    const { state } = optimizer;
    const { func_evals, n_iter, t, H_diag, prev_loss, old_dirs } = optimizer.stateDict().state[0]!;
    assert.deepEqual({ ...state }, { func_evals, n_iter, t, H_diag, prev_loss, history_length: old_dirs!.length });
    assert.ok(Object.isFrozen(state));
    optimizer.step(model.closure);
    assert.equal(state.n_iter, n_iter);
    assert.ok(optimizer.state.n_iter > n_iter);
    assert.throws(() => {
      (optimizer as { state: unknown }).state = {};
    }, TypeError);
  });
});
