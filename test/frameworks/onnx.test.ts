import assert from 'node:assert/strict';
import { LBFGS } from 'lbfgs';
import { trainable } from 'lbfgs/onnx';
import { decodeCheckpoint, encodeCheckpoint } from 'lbfgs/safetensors';
import { checkGradientAsync } from './asynchronous-check';
import { halfSquare, leastSquares, onnxRuntime, randomNumbers, sessionOf, type Tensor } from './onnx-graphs';

const ROWS = 20;
const COLUMNS = 3;
const OPTIONS = { lineSearchFn: 'strong_wolfe', historySize: 10 } as const;

describe('lbfgs/onnx', () => {
  const runtime = onnxRuntime('training with ONNX Runtime');
  if (runtime === undefined) return;
  const ort = runtime;

  function rows(type: 'float32' | 'float64' = 'float64'): { x: Tensor; y: Tensor } {
    const ArrayOf = type === 'float32' ? Float32Array : Float64Array;
    const x = ArrayOf.from(randomNumbers(ROWS * COLUMNS));
    const y = new ArrayOf(ROWS);
    for (let row = 0; row < ROWS; row++) {
      const [a = 0, b = 0, c = 0] = x.subarray(row * COLUMNS);
      y[row] = a + 2 * b + 3 * c - 1;
    }
    return { x: new ort.Tensor(type, x, [ROWS, COLUMNS]), y: new ort.Tensor(type, y, [ROWS, 1]) };
  }

  it('trains in float64 until the gradient vanishes', async () => {
    const session = await sessionOf(ort, leastSquares(ROWS, COLUMNS));
    const { parameters, closure } = trainable(ort, session, { 'p.w': [0, 0, 0], 'p.b': [0] });
    const optimizer = new LBFGS(parameters, OPTIONS);
    const initial = await optimizer.stepAsync(closure(rows()));
    assert.ok(initial > 0.5 && optimizer.lastStep!.loss < 1e-10, String(optimizer.lastStep!.loss));
    const found = parameters.flatMap(({ data }) => [...data]);
    for (const [index, value] of [1, 2, 3, -1].entries()) assert.ok(Math.abs(found[index]! - value) < 1e-4);
  });

  it('makes parameters with the names, shapes and dtype of the inputs, in their order', async () => {
    const session = await sessionOf(ort, leastSquares(ROWS, COLUMNS, 'float32'));
    const { parameters } = trainable(ort, session, { 'p.b': [0.5], 'p.w': Float64Array.of(1, 2, 3) });
    assert.deepEqual(
      parameters.map(({ name, shape, dtype, data }) => ({ name, shape, dtype, data })),
      [
        { name: 'p.w', shape: [3, 1], dtype: 'float32', data: Float32Array.of(1, 2, 3) },
        { name: 'p.b', shape: [1], dtype: 'float32', data: Float32Array.of(0.5) },
      ],
    );
    assert.ok(parameters.every(({ grad, size }) => grad!.length === size));
  });

  for (const type of ['float32', 'float64'] as const) {
    it(`sets the gradients that belong to the loss, in ${type}`, async () => {
      const session = await sessionOf(ort, leastSquares(ROWS, COLUMNS, type));
      const { parameters, closure } = trainable(ort, session, { 'p.w': [0.3, -1, 2], 'p.b': [0.5] });
      const check = await checkGradientAsync(parameters, closure(rows(type)));
      assert.ok(check.ok, JSON.stringify(check));
      assert.deepEqual(check.withoutGradient, []);
    });
  }

  it('copies the initial values and leaves them alone', async () => {
    const session = await sessionOf(ort, halfSquare(2));
    const initial = { 'p.x': Float64Array.of(3, 4) };
    const { parameters, closure } = trainable(ort, session, initial);
    await new LBFGS(parameters, OPTIONS).stepAsync(closure());
    assert.deepEqual(initial['p.x'], Float64Array.of(3, 4));
    assert.ok(Math.abs(parameters[0]!.data[0]!) < 1e-6);
  });

  it('takes the parameters of a checkpoint as they are decoded, and goes on to the bit where another run stopped', async () => {
    const session = await sessionOf(ort, leastSquares(ROWS, COLUMNS));
    const first = trainable(ort, session, { 'p.w': [0, 0, 0], 'p.b': [0] });
    const optimizer = new LBFGS(first.parameters, { ...OPTIONS, maxIter: 2 });
    await optimizer.stepAsync(first.closure(rows()));
    const parameters = Object.fromEntries(first.parameters.map((parameter) => [parameter.name!, parameter]));
    const saved = decodeCheckpoint(encodeCheckpoint({ state: optimizer.stateDict(), parameters }));

    const second = trainable(ort, session, saved.parameters);
    const resumed = new LBFGS(second.parameters, { ...OPTIONS, maxIter: 2 });
    resumed.loadStateDict(saved.state);
    for (const [each, run] of [
      [optimizer, first],
      [resumed, second],
    ] as const) {
      await each.stepAsync(run.closure(rows()));
    }
    assert.deepEqual(resumed.lastStep, optimizer.lastStep);
    assert.deepEqual(second.parameters, first.parameters);
  });

  it('gives the present values as tensors to another session', async () => {
    const session = await sessionOf(ort, halfSquare(2));
    const { parameters, feeds, closure } = trainable(ort, session, { 'p.x': [3, 4] });
    const other = await sessionOf(ort, halfSquare(2));
    parameters[0]!.data.set([1, 2]);
    assert.deepEqual((await other.run({ ...feeds }))['loss']!.data, Float64Array.of(2.5));
    await new LBFGS(parameters, OPTIONS).stepAsync(closure());
    assert.ok(((await other.run({ ...feeds }))['loss']!.data as Float64Array)[0]! < 1e-12);
  });

  it('trains pairs of inputs and outputs by the names that options give', async () => {
    const graph = halfSquare(2);
    const renamed = JSON.parse(
      JSON.stringify({ ...graph, constants: [] })
        .replaceAll('p.x', 'weights')
        .replaceAll('g.x', 'slope')
        .replaceAll('"loss"', '"energy"'),
    ) as typeof graph;
    const session = await sessionOf(ort, { ...renamed, constants: graph.constants! });
    const options = { gradient: (name: string) => (name === 'weights' ? 'slope' : undefined), loss: 'energy' };
    const { parameters, closure } = trainable(ort, session, { weights: [3, 4] }, options);
    assert.equal(await closure()({}), 12.5);
    assert.deepEqual(parameters[0]!.grad, Float64Array.of(3, 4));
  });

  it('sets the gradients again that zeroGrad or the program has taken away', async () => {
    const session = await sessionOf(ort, halfSquare(2));
    const { parameters, closure } = trainable(ort, session, { 'p.x': [3, 4] });
    const optimizer = new LBFGS(parameters, OPTIONS);
    const evaluate = closure();
    await optimizer.stepAsync(async () => {
      optimizer.zeroGrad();
      return evaluate({});
    });
    assert.ok(optimizer.lastStep!.converged && optimizer.lastStep!.loss < 1e-12);
    parameters[0]!.grad = [7, 7];
    parameters[0]!.data.set([1, 2]);
    await evaluate({});
    assert.deepEqual(parameters[0]!.grad, Float64Array.of(1, 2));
  });

  it('trains on other data by another closure, whose data it does not mix up', async () => {
    const session = await sessionOf(ort, leastSquares(ROWS, COLUMNS));
    const { closure } = trainable(ort, session, { 'p.w': [0, 0, 0], 'p.b': [0] });
    const data: Record<string, Tensor> = rows();
    const first = closure(data);
    data['y'] = new ort.Tensor('float64', new Float64Array(ROWS), [ROWS, 1]);
    const second = closure(data);
    assert.equal(await second({}), 0);
    assert.ok((await first({})) > 0.5);
    assert.equal(await second({}), 0);
  });

  it('reads tensors of data at every evaluation', async () => {
    const session = await sessionOf(ort, leastSquares(ROWS, COLUMNS));
    const { closure } = trainable(ort, session, { 'p.w': [0, 0, 0], 'p.b': [0] });
    const data = rows();
    const evaluate = closure(data);
    assert.ok((await evaluate({})) > 0.5);
    (data.y.data as Float64Array).fill(0);
    assert.equal(await evaluate({}), 0);
  });

  it('leaves the last accepted point when a step is aborted, and trains on afterwards', async () => {
    const session = await sessionOf(ort, leastSquares(ROWS, COLUMNS));
    const { parameters, closure } = trainable(ort, session, { 'p.w': [0, 0, 0], 'p.b': [0] });
    const optimizer = new LBFGS(parameters, OPTIONS);
    const controller = new AbortController();
    const evaluate = closure(rows());
    let evaluations = 0;
    const step = optimizer.stepAsync(
      () => {
        if (++evaluations === 3)
          queueMicrotask(() => {
            controller.abort();
          }); // while the session has not run yet
        return evaluate({});
      },
      { signal: controller.signal },
    );
    await assert.rejects(step, { name: 'AbortError' });
    await optimizer.stepAsync(evaluate);
    assert.ok(optimizer.lastStep!.converged && optimizer.lastStep!.loss < 1e-10);
  });

  it('lets what the session throws pass through, and is usable afterwards', async () => {
    const session = await sessionOf(ort, halfSquare(2));
    const { parameters, closure } = trainable(ort, session, { 'p.x': [3, 4] });
    const failing = new Error('out of order');
    const run = session.run.bind(session);
    session.run = () => Promise.reject(failing);
    const optimizer = new LBFGS(parameters, OPTIONS);
    await assert.rejects(optimizer.stepAsync(closure()), (error) => error === failing);
    session.run = run;
    await optimizer.stepAsync(closure());
    assert.ok(optimizer.lastStep!.converged);
  });

  it('passes a loss on that is not finite', async () => {
    const session = await sessionOf(ort, halfSquare(2));
    const { parameters, closure } = trainable(ort, session, { 'p.x': [Number.NaN, 1] });
    assert.ok(Number.isNaN(await closure()({})));
    const step = new LBFGS(parameters, OPTIONS).stepAsync(closure());
    await assert.rejects(step, { code: 'ERR_LBFGS_NON_FINITE_START' });
  });

  it('trains empty parameters beside others', async () => {
    const graph = halfSquare(2);
    const empty = { name: 'p.none', type: 'float64', shape: [0, 3] } as const;
    const session = await sessionOf(ort, {
      ...graph,
      inputs: [empty, ...graph.inputs],
      outputs: [...graph.outputs, { ...empty, name: 'g.none' }],
      nodes: [...graph.nodes, { op: 'Identity', inputs: ['p.none'], outputs: ['g.none'] }],
    });
    const { parameters, closure } = trainable(ort, session, { 'p.none': [], 'p.x': [3, 4] });
    await new LBFGS(parameters, OPTIONS).stepAsync(closure());
    assert.ok(Math.abs(parameters[1]!.data[0]!) < 1e-6);
  });
});
