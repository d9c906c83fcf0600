// What the adapter itself allocates and copies, with a stand-in for ONNX Runtime. (The real one returns a copy of every output, too.)

import assert from 'node:assert/strict';
import { trainable, type TensorLike } from 'lbfgs/onnx';

const SIZE = 100_000;

class Tensor implements TensorLike {
  static made = 0;
  constructor(
    readonly type: string,
    readonly data: Float64Array,
    readonly dims: readonly number[],
  ) {
    Tensor.made++;
  }
}

/** Half the sum of squares of p.x; `seen` are the arrays that each run was given. */
class Session {
  readonly inputMetadata = [{ name: 'p.x', type: 'float64', shape: [SIZE] }];
  readonly outputMetadata = [
    { name: 'loss', type: 'float64', shape: [] },
    { name: 'g.x', type: 'float64', shape: [SIZE] },
  ];
  readonly seen = new Set<unknown>();

  run(feeds: Record<'p.x', Tensor>, fetches: Record<'loss' | 'g.x', Tensor>): Promise<object> {
    const x = feeds['p.x'].data;
    fetches['g.x'].data.set(x);
    fetches.loss.data[0] = x.reduce((sum, each) => sum + (each * each) / 2, 0);
    for (const array of [x, fetches['g.x'].data, fetches.loss.data]) this.seen.add(array);
    return Promise.resolve({});
  }
}

describe("lbfgs/onnx's memory", () => {
  it('is the same at every evaluation: no vector is allocated or copied', async () => {
    const session = new Session();
    const { parameters, closure } = trainable({ Tensor }, session, { 'p.x': new Float64Array(SIZE).fill(1) });
    const evaluate = closure();
    await evaluate({});
    const { made } = Tensor;
    const before = process.memoryUsage().arrayBuffers;
    for (let evaluation = 0; evaluation < 100; evaluation++) {
      parameters[0]!.data.fill(evaluation);
      assert.equal(await evaluate({}), (SIZE * evaluation ** 2) / 2);
      assert.equal(parameters[0]!.grad![SIZE - 1], evaluation);
    }
    const grown = process.memoryUsage().arrayBuffers - before; // less than none if something else was collected
    assert.ok(grown < 8 * SIZE, `${grown} bytes`);
    assert.equal(Tensor.made, made);
    assert.equal(session.seen.size, 3);
    assert.ok(session.seen.has(parameters[0]!.data) && session.seen.has(parameters[0]!.grad));
  });
});
