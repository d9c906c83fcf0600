// What lbfgs/onnx says of initial values and of data that do not fit.

import assert from 'node:assert/strict';
import { trainable, type InitialValues } from 'lbfgs/onnx';
import { leastSquares, onnxRuntime, sessionOf, thrownBy } from './onnx-graphs';

const INITIAL = { 'p.w': [0, 0], 'p.b': [0] };

describe("lbfgs/onnx says of a user's numbers", () => {
  const runtime = onnxRuntime('mistakes in the numbers for ONNX Runtime');
  if (runtime === undefined) return;
  const ort = runtime;
  const graph = leastSquares(4, 2);

  const faults: readonly [what: string, initial: Record<string, InitialValues>, refusal: string][] = [
    [
      'are missing',
      { 'p.b': [0] },
      "RangeError ERR_LBFGS_ONNX: Expected 2 numbers for initial['p.w'] but received undefined",
    ],
    [
      "have PyTorch's names",
      { w: [0, 0], b: [0] },
      "RangeError ERR_LBFGS_ONNX: Expected 2 numbers for initial['p.w'] but received undefined; " +
        "the keys are the names of inputs: 'p.w' instead of 'w'",
    ],
    [
      'are too many',
      { ...INITIAL, 'p.w': [0, 0, 0] },
      "RangeError ERR_LBFGS_ONNX: Expected 2 numbers for initial['p.w'] but received 3; the shape of the input is [2, 1]",
    ],
    [
      'have another shape in the checkpoint',
      { ...INITIAL, 'p.w': { data: [0, 0], shape: [1, 2] } },
      "RangeError ERR_LBFGS_ONNX: Expected the shape [2, 1] for initial['p.w'] but received [1, 2]",
    ],
    [
      'are of no parameter',
      { ...INITIAL, 'p.c': [0] },
      "RangeError ERR_LBFGS_ONNX: Expected the name of a parameter for a key of initial but received 'p.c'; the parameters are 'p.w', 'p.b'",
    ],
    [
      'are nested',
      { ...INITIAL, 'p.w': [[0], [0]] as unknown as number[] },
      "TypeError ERR_LBFGS_ARG_TYPE: Expected an array of numbers for initial['p.w'] but received an array of 1 at index 0; " +
        "initial['p.w'] is one flat vector: numbers.flat(Infinity)",
    ],
  ];
  for (const [what, initial, refusal] of faults) {
    it(`that initial values ${what}`, async () => {
      const session = await sessionOf(ort, graph);
      assert.equal(
        thrownBy(() => trainable(ort, session, initial)),
        refusal,
      );
    });
  }

  it('what is wrong with the data of a closure', async () => {
    const { closure } = trainable(ort, await sessionOf(ort, graph), INITIAL);
    const x = new ort.Tensor('float64', new Float64Array(8), [4, 2]);
    const y = new ort.Tensor('float64', new Float64Array(4), [4, 1]);
    const refusal = (data: unknown): string => thrownBy(() => closure(data as Parameters<typeof closure>[0]));
    assert.equal(
      refusal({ x }),
      "RangeError ERR_LBFGS_ONNX: Expected a tensor for the data 'y' but received undefined; " +
        "new ort.Tensor('float64', values, [4, 1]) makes it",
    );
    assert.equal(
      refusal({ x: new Float64Array(8), y }),
      "TypeError ERR_LBFGS_ARG_TYPE: Expected a tensor of ONNX Runtime for the data 'x' but received a Float64Array; " +
        "new ort.Tensor('float64', values, [4, 2]) makes it",
    );
    assert.equal(
      refusal({ x, y, z: y }),
      "RangeError ERR_LBFGS_ONNX: Expected the name of an input for a key of the data but received 'z'; the graph's inputs are 'x', 'y'",
    );
    assert.match(refusal({ x, y, 'p.w': x }), /received 'p\.w'; that one is a parameter$/);
    assert.equal(
      refusal({ x: new ort.Tensor('float32', new Float32Array(8), [4, 2]), y }),
      "TypeError ERR_LBFGS_ONNX: Expected the type 'float64' for the data 'x' but received 'float32'",
    );
    assert.equal(
      refusal({ x: y, y }),
      "RangeError ERR_LBFGS_ONNX: Expected the shape [4, 2] for the data 'x' but received [4, 1]; " +
        'a graph is exported for data of these sizes',
    );
    assert.match(refusal(new Map()), /^TypeError ERR_LBFGS_ARG_TYPE: Expected an object with tensors/);
  });

  it('how to write labels, which PyTorch has as int64', async () => {
    const inputs = [...graph.inputs, { name: 'labels', type: 'int64', shape: ['rows'] } as const];
    const session = await sessionOf(ort, { ...graph, inputs });
    const { closure } = trainable(ort, session, INITIAL);
    const labels = new ort.Tensor('int32', Int32Array.of(1, 2), [2]);
    const x = new ort.Tensor('float64', new Float64Array(8), [4, 2]);
    const y = new ort.Tensor('float64', new Float64Array(4), [4, 1]);
    assert.equal(
      thrownBy(() => closure({ x, y, labels })),
      "TypeError ERR_LBFGS_ONNX: Expected the type 'int64' for the data 'labels' but received 'int32'; " +
        'integers of PyTorch are int64: BigInt64Array.from(labels, BigInt)',
    );
    closure({ x, y, labels: new ort.Tensor('int64', BigInt64Array.from([1, 2, 3], BigInt), [3]) }); // any number of rows
  });
});
