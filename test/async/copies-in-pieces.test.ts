// Vectors so long that they are copied in pieces, between which the event loop turns and user code may run.

import assert from 'node:assert/strict';
import { LBFGS, type FloatArray } from 'lbfgs';
import { detach } from '../problems/buffers';

const PIECE = 2 ** 21; // lib/step/step-async.ts, COPIED_AT_ONCE
const LAST = 4; // entries of the second parameter, all of them in the second piece

interface Vector {
  data: FloatArray;
  grad: FloatArray | null;
}

interface Training {
  params: [Vector, Vector];
  optimizer: LBFGS;
  closure: () => number;
  /** Called at the end of this evaluation. */
  disturb: { at: number; act: () => void } | undefined;
}

function training(): Training {
  const vector = (size: number): Vector => ({ data: new Float32Array(size).fill(1), grad: new Float32Array(size) });
  const params: [Vector, Vector] = [vector(PIECE), vector(LAST)];
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
    const between = (act: (parameter: Vector) => void): Training => {
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

  it('asks nothing of gradients that have been read, nor of those of the step before', async () => {
    const [disturbed, healthy] = [training(), training()];
    const [first, second] = disturbed.params;
    const detachOnceDelivered = (before: number): void => {
      if (first.data[0] === before) setImmediate(detachOnceDelivered, before);
      else detach(second.grad!);
    };
    disturbed.disturb = { at: 2, act: () => setImmediate(detachOnceDelivered, first.data[0]!) };
    for (const { params, optimizer, closure } of [disturbed, healthy]) {
      await optimizer.stepAsync(() => {
        for (const parameter of params) parameter.grad = new Float32Array(parameter.data.length);
        return closure();
      });
    }
    for (const { params, optimizer, closure } of [disturbed, healthy]) {
      for (const parameter of params) {
        if (parameter.grad!.length > 0) detach(parameter.grad!);
        parameter.grad = new Float32Array(parameter.data.length);
      }
      await optimizer.stepAsync(closure);
    }
    assert.ok(disturbed.params.every(({ data }, index) => same(data, healthy.params[index]!.data)));
  });

  it('rejects with the reason of a signal that is aborted between the pieces, at the last accepted point', async () => {
    const controller = new AbortController();
    const disturbed = training();
    const abort = (): void => {
      controller.abort('enough');
    };
    disturbed.disturb = { at: 3, act: () => setImmediate(abort) };
    const { signal } = controller;
    await assert.rejects(disturbed.optimizer.stepAsync(disturbed.closure, { signal }), (error) => error === 'enough');
    assert.ok(disturbed.params.every(({ data }) => data.every(Number.isFinite)));
    await trainOn(disturbed);
  });
});
