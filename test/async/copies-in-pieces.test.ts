// Vectors so long that they are copied in pieces, between which the event loop turns and user code may run.

import assert from 'node:assert/strict';
import { LBFGS, Parameter, type FloatArray } from 'lbfgs';

const PIECE = 2 ** 21; // lib/step-async.ts, COPIED_AT_ONCE
const LAST = 4; // entries of the second parameter, all of them in the second piece

interface Training {
  params: [Parameter, Parameter];
  optimizer: LBFGS;
  closure: () => number;
  /** Called at the end of this evaluation. */
  disturb: { at: number; act: () => void } | undefined;
}

function training(): Training {
  const parameter = (size: number): Parameter => {
    const made = new Parameter(new Float32Array(size).fill(1));
    made.grad = new Float32Array(size);
    return made;
  };
  const params: [Parameter, Parameter] = [parameter(PIECE), parameter(LAST)];
  let calls = 0;
  const self: Training = {
    params,
    optimizer: new LBFGS(params, { historySize: 2, maxIter: 4 }),
    closure: () => {
      let loss = 0;
      for (const { data, grad } of params) {
        for (let i = 0; i < data.length; i++) {
          const slope = (1 + (i % 3)) * data[i]!;
          grad![i] = slope;
          loss += 0.5 * slope * data[i]!;
        }
      }
      if (++calls === self.disturb?.at) self.disturb.act();
      return loss;
    },
    disturb: undefined,
  };
  return self;
}

const same = (a: FloatArray, b: FloatArray): boolean => Buffer.from(a.buffer).equals(Buffer.from(b.buffer));

function detach(array: { buffer: ArrayBufferLike }): void {
  structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
}

/** The same training, after one iteration. */
function afterOneIteration(): Training {
  const undisturbed = training();
  undisturbed.optimizer.paramGroups[0].maxIter = 1;
  undisturbed.optimizer.step(undisturbed.closure);
  return undisturbed;
}

/** Trains on to the minimum, which shows that nothing is left of the disturbance. */
async function trainOn(disturbed: Training): Promise<void> {
  disturbed.disturb = undefined;
  Object.assign(disturbed.optimizer.paramGroups[0], { maxIter: 20, maxEval: 100 });
  await disturbed.optimizer.stepAsync(disturbed.closure);
  assert.ok(disturbed.optimizer.lastStep!.loss < 1e-3, `a loss of ${disturbed.optimizer.lastStep!.loss}`);
}

describe('stepAsync on vectors that are copied in pieces', () => {
  it('gives the bits of step', async () => {
    const [together, apart] = [training(), training()];
    const loss = together.optimizer.step(together.closure);
    assert.equal(await apart.optimizer.stepAsync(apart.closure), loss);
    for (const index of [0, 1] as const) {
      assert.ok(same(apart.params[index].data, together.params[index].data));
      assert.ok(same(apart.params[index].grad!, together.params[index].grad!));
    }
    assert.deepEqual(apart.optimizer.lastStep, together.optimizer.lastStep);
  });

  for (const [index, which] of ['first', 'second'].entries()) {
    // setImmediate in the closure comes before that between the pieces.
    const between = (act: (parameter: Parameter) => void): Training => {
      const made = training();
      made.disturb = { at: 3, act: () => setImmediate(act, made.params[index]!) };
      return made;
    };

    it(`refuses gradients of the ${which} parameter that are detached between the pieces, and goes back`, async () => {
      const disturbed = between(({ grad }) => {
        detach(grad!);
      });
      await assert.rejects(disturbed.optimizer.stepAsync(disturbed.closure), { code: 'ERR_LBFGS_GRAD' });
      const expected = afterOneIteration();
      assert.ok(same(disturbed.params[0].data, expected.params[0].data));
      assert.ok(same(disturbed.params[1].data, expected.params[1].data));
      assert.equal(disturbed.optimizer.state.n_iter, 1);
      disturbed.params[index]!.grad = new Float32Array(index === 0 ? PIECE : LAST);
      await trainOn(disturbed);
    });

    it(`refuses data of the ${which} parameter that are detached between the pieces; the other one goes back`, async () => {
      const disturbed = between(({ data }) => {
        detach(data);
      });
      await assert.rejects(disturbed.optimizer.stepAsync(disturbed.closure), { code: 'ERR_LBFGS_DATA_CHANGED' });
      const expected = afterOneIteration();
      assert.ok(same(disturbed.params[1 - index]!.data, expected.params[1 - index]!.data));
      assert.equal(disturbed.optimizer.state.n_iter, 1);
      disturbed.params[index]!.data = new Float32Array(index === 0 ? PIECE : LAST).fill(1);
      disturbed.params[index]!.grad = new Float32Array(index === 0 ? PIECE : LAST);
      await trainOn(disturbed);
    });
  }

  it('refuses data that are detached while the values come back, of which the others take all', async () => {
    const disturbed = training();
    const [first, second] = disturbed.params;
    disturbed.disturb = {
      at: 1,
      act: () => {
        const before = first.data[0];
        const detachOnceDelivered = (): void => {
          if (first.data[0] === before) setImmediate(detachOnceDelivered);
          else detach(second.data);
        };
        setImmediate(detachOnceDelivered);
      },
    };
    await assert.rejects(disturbed.optimizer.stepAsync(disturbed.closure), { code: 'ERR_LBFGS_DATA_CHANGED' });
    assert.ok(first.data.every(Number.isFinite));
    second.data = new Float32Array(LAST).fill(1);
    await trainOn(disturbed);
  });

  it('rejects with the reason of a signal that is aborted between the pieces, at the last accepted point', async () => {
    const controller = new AbortController();
    const disturbed = training();
    disturbed.disturb = { at: 3, act: () => setImmediate(() => controller.abort('enough')) };
    const { signal } = controller;
    await assert.rejects(disturbed.optimizer.stepAsync(disturbed.closure, { signal }), (error) => error === 'enough');
    assert.ok(disturbed.params.every(({ data }) => data.every(Number.isFinite)));
    await trainOn(disturbed);
  });
});
