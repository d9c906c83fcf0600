import assert from 'node:assert/strict';
import { LBFGS, Parameter, type LBFGSOptions, type StateDict, type StepReport } from 'lbfgs';
import { decodeCheckpoint, encodeCheckpoint } from 'lbfgs/safetensors';

const MODES: LBFGSOptions[] = [
  { lineSearchFn: 'strong_wolfe', maxIter: 4 },
  { lineSearchFn: null, maxIter: 4, lr: 0.1 },
];

interface Training {
  x: Parameter;
  optimizer: LBFGS;
  step: () => StepReport;
}

/** 2 x^2, whose gradient is wrong, but finite, at this call. */
function train(options: LBFGSOptions, wrongAt = 0): Training {
  const x = new Parameter([3]);
  const optimizer = new LBFGS([x], options);
  let calls = 0;
  const closure = (): number => {
    const at = x.data[0]!;
    x.grad = [++calls === wrongAt ? -1e15 : 4 * at];
    return 2 * at * at;
  };
  const step = (): StepReport => {
    optimizer.step(closure);
    return optimizer.lastStep!;
  };
  return { x, optimizer, step };
}

/** Steps until this many of them in a row have stalled. */
function stall(training: Training, count: number): void {
  for (let steps = 0; steps < 20; steps++) {
    if ((training.optimizer.stateDict().state[0]?.n_stalled ?? 0) === count) return;
    training.step();
  }
  assert.fail('the training did not stall');
}

describe('a training that a wrong, finite gradient has stalled', () => {
  for (const options of MODES) {
    it(`goes on to the minimum, lineSearchFn ${options.lineSearchFn}`, () => {
      for (let wrongAt = 2; wrongAt < 8; wrongAt++) {
        const { step } = train(options, wrongAt);
        let report = step();
        for (let steps = 0; steps < 60; steps++) report = step();
        assert.ok(report.gradNorm < 1e-4, `wrong at ${wrongAt}: ${report.message}`);
      }
    });
  }

  // A direction of a wrong pair still moves the values by their last digits, at each step.
  const trickles: Record<string, () => { closure: () => number; x: Parameter; options: LBFGSOptions }> = {
    'at the step test': () => {
      const x = new Parameter([100]);
      let calls = 0;
      const closure = (): number => {
        const at = x.data[0]!;
        x.grad = [++calls === 1 ? 1e16 : 1000 * at];
        return 500 * at * at;
      };
      return { closure, x, options: {} };
    },
    'at the loss test, in float32': () => {
      const x = new Parameter(Float32Array.of(3, -2, 1));
      let calls = 0;
      const closure = (): number => {
        const [a, b, c] = x.data as unknown as [number, number, number];
        x.grad = [a, 3 * b, ++calls === 1 ? 1e9 : c / 2];
        return (a * a + 3 * b * b + (c * c) / 2) / 2;
      };
      return { closure, x, options: { lineSearchFn: 'strong_wolfe' } };
    },
  };
  for (const [name, make] of Object.entries(trickles)) {
    it(`goes on where it only trickles, ${name}`, () => {
      const { closure, x, options } = make();
      const optimizer = new LBFGS([x], options);
      for (let steps = 0; steps < 100; steps++) optimizer.step(closure);
      assert.ok(optimizer.lastStep!.gradNorm < 1e-2, optimizer.lastStep!.message);
    });
  }

  it('says nothing of it in the state dict as long as steps make progress', () => {
    const { optimizer, step } = train({ ...MODES[1]!, maxIter: 1 });
    while (step().status === 'max_iter') {
      assert.ok(!('n_stalled' in optimizer.stateDict().state[0]!));
    }
  });

  const resumed: Record<string, (state: StateDict) => StateDict> = {
    'a state dict': (state) => state,
    'a checkpoint': (state) => decodeCheckpoint(encodeCheckpoint({ state })).state,
  };
  for (const [form, saved] of Object.entries(resumed)) {
    for (const count of [1, 2]) {
      it(`resumes from ${form} with the same bits and the same report, ${count} of its steps stalled`, () => {
        const original = train(MODES[1]!, 3);
        stall(original, count);
        const copy = train(MODES[1]!);
        copy.x.data.set(original.x.data);
        copy.optimizer.loadStateDict(saved(original.optimizer.stateDict()));
        for (let steps = 0; steps < 6; steps++) {
          assert.deepEqual(copy.step(), original.step());
          assert.deepEqual(copy.x.data, original.x.data);
          assert.deepEqual(copy.optimizer.stateDict(), original.optimizer.stateDict());
        }
      });
    }
  }

  it('counts from the first step after a load where the dict does not say', () => {
    const original = train(MODES[1]!, 3);
    stall(original, 2);
    const state = original.optimizer.stateDict();
    delete state.state[0]!.n_stalled;
    original.optimizer.loadStateDict(state);
    original.step();
    assert.equal(original.optimizer.stateDict().state[0]!.n_stalled, 1);
  });

  for (const n_stalled of [-1, 3, 0.5, NaN, '1']) {
    it(`is refused as a state with n_stalled ${String(n_stalled)}`, () => {
      const { optimizer, step } = train(MODES[0]!);
      step();
      const state = optimizer.stateDict();
      Object.assign(state.state[0]!, { n_stalled });
      assert.throws(() => {
        optimizer.loadStateDict(state);
      }, /n_stalled/);
    });
  }
});
