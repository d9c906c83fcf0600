// What lbfgs/onnx says of graphs, initial values and data that do not fit. The graphs are real ones, read by ONNX Runtime.

import assert from 'node:assert/strict';
import { LBFGS } from 'lbfgs';
import { trainable, type InitialValues, type TrainableOptions } from 'lbfgs/onnx';
import { halfSquare, leastSquares, onnxRuntime, sessionOf, thrownBy } from './onnx-graphs';
import type { Graph, Node, Value } from '../../examples/mnist/onnx-writer';

const INITIAL = { 'p.w': [0, 0], 'p.b': [0] };

describe("lbfgs/onnx says of a user's mistakes", () => {
  const runtime = onnxRuntime('mistakes in training with ONNX Runtime');
  if (runtime === undefined) return;
  const ort = runtime;

  /** The code, the class and the message of what trainable throws. */
  async function refusalOf(
    graph: Graph,
    initial: Record<string, InitialValues> = INITIAL,
    options: TrainableOptions = {},
  ): Promise<string> {
    const session = await sessionOf(ort, graph);
    return thrownBy(() => trainable(ort, session, initial, options));
  }

  const graph = leastSquares(4, 2);
  const without = (name: string): Graph => ({ ...graph, outputs: graph.outputs.filter((each) => each.name !== name) });
  /** The graph with one output of another type or shape, made by one node more. */
  function withOutput(output: Value, node: Omit<Node, 'outputs'>): Graph {
    const nodes = graph.nodes.map((each) => ({
      ...each,
      inputs: each.inputs.map((name) => (name === output.name ? 'inner' : name)),
      outputs: each.outputs.map((name) => (name === output.name ? 'inner' : name)),
    }));
    const outputs = graph.outputs.map((each) => (each.name === output.name ? output : each));
    return { ...graph, outputs, nodes: [...nodes, { ...node, outputs: [output.name] }] };
  }

  it('that the graph has no gradients at all', async () => {
    const inputs = [
      { name: 'x', type: 'float32', shape: [1, 3] },
      { name: 'y', type: 'float32', shape: [1, 3] },
    ] as const;
    const plain: Graph = {
      inputs,
      outputs: [{ name: 'sum', type: 'float32', shape: [1, 3] }],
      nodes: [{ op: 'Add', inputs: ['x', 'y'], outputs: ['sum'] }],
    };
    assert.equal(
      await refusalOf(plain, {}),
      "RangeError ERR_LBFGS_ONNX: Expected inputs that have a gradient among the outputs for session but received the inputs 'x', 'y' " +
        "and the outputs 'sum'; by default 'p.w' is a parameter and 'g.w' its gradient. examples/pytorch/export_training.py exports " +
        'a loss with its gradients; options.gradient pairs other names',
    );
  });

  it('that one gradient is missing', async () => {
    assert.equal(
      await refusalOf(without('g.w')),
      "RangeError ERR_LBFGS_ONNX: Expected an output 'g.w' for the gradient of 'p.w' but received the outputs 'g.b', 'loss'",
    );
  });

  it('that two parameters share a gradient, or one has the loss for its gradient', async () => {
    assert.equal(
      await refusalOf(graph, INITIAL, { gradient: (name) => (name.startsWith('p.') ? 'g.w' : undefined) }),
      "RangeError ERR_LBFGS_ONNX: Expected an output of its own for the gradient of 'p.b' but received 'g.w', which is that of 'p.w'",
    );
    assert.equal(
      await refusalOf(graph, INITIAL, { gradient: (name) => (name === 'p.b' ? 'loss' : undefined) }),
      "RangeError ERR_LBFGS_ONNX: Expected an output of its own for the gradient of 'p.b' but received 'loss', which is that of the loss",
    );
  });

  it('that a parameter has another type than a float', async () => {
    const half: Value = { name: 'p.h', type: 'float16', shape: [2] };
    const nodes: Node[] = [...graph.nodes, { op: 'Identity', inputs: ['p.h'], outputs: ['g.h'] }];
    const outputs = [...graph.outputs, { ...half, name: 'g.h' }];
    assert.equal(
      await refusalOf({ ...graph, nodes, inputs: [half, ...graph.inputs], outputs }),
      "TypeError ERR_LBFGS_ONNX: Expected the type 'float32' or 'float64' for the input 'p.h' but received 'float16'",
    );
  });

  it('that a gradient has another type or shape than its parameter', async () => {
    const cast = withOutput(
      { name: 'g.w', type: 'float32', shape: [2, 1] },
      { op: 'Cast', inputs: ['inner'], attributes: { to: 1 } },
    );
    assert.equal(
      await refusalOf(cast),
      "TypeError ERR_LBFGS_ONNX: Expected the type 'float64' for the output 'g.w', the gradient of 'p.w' but received 'float32'",
    );
    const turned = withOutput({ name: 'g.w', type: 'float64', shape: [1, 2] }, { op: 'Transpose', inputs: ['inner'] });
    assert.equal(
      await refusalOf(turned),
      "RangeError ERR_LBFGS_ONNX: Expected the shape [2, 1] for the output 'g.w', the gradient of 'p.w' but received [1, 2]",
    );
  });

  it('that the shape of a parameter is symbolic', async () => {
    const square = halfSquare(2);
    const inputs: Value[] = [{ name: 'p.x', type: 'float64', shape: ['size'] }];
    const outputs: Value[] = [
      { name: 'loss', type: 'float64', shape: [] },
      { name: 'g.x', type: 'float64', shape: ['size'] },
    ];
    assert.equal(
      await refusalOf({ ...square, inputs, outputs }, { 'p.x': [1, 2] }),
      "RangeError ERR_LBFGS_ONNX: Expected integers for the shape of the input 'p.x' but received ['size']; " +
        'a parameter has fixed sizes: only data may have dynamic axes',
    );
  });

  it('that there is no loss, or one of another name', async () => {
    assert.equal(
      await refusalOf(without('loss')),
      "RangeError ERR_LBFGS_ONNX: Expected an output 'loss' for the loss but received the outputs 'g.b', 'g.w'; " +
        'options.loss names another one',
    );
    assert.match(
      await refusalOf(graph, INITIAL, { loss: 'energy' }),
      /^RangeError ERR_LBFGS_ONNX: .* 'energy' .*'loss'/,
    );
  });

  it('that the loss is no single number, or no float', async () => {
    const many = { ...graph, outputs: [...graph.outputs, { name: 'error', type: 'float64', shape: [4, 1] } as const] };
    assert.equal(
      await refusalOf(many, INITIAL, { loss: 'error' }),
      "RangeError ERR_LBFGS_ONNX: Expected one number for the output 'error', the loss but received the shape [4, 1]; " +
        'a loss is a mean or a sum',
    );
    const whole = withOutput(
      { name: 'loss', type: 'int64', shape: [] },
      { op: 'Cast', inputs: ['inner'], attributes: { to: 7 } },
    );
    assert.equal(
      await refusalOf(whole),
      "TypeError ERR_LBFGS_ONNX: Expected the type 'float32' or 'float64' for the output 'loss', the loss but received 'int64'",
    );
  });

  it('nothing if the loss has one entry in some dimensions', async () => {
    const boxed = withOutput(
      { name: 'loss', type: 'float64', shape: [1] },
      { op: 'Reshape', inputs: ['inner', 'one'] },
    );
    const { closure } = trainable(ort, await sessionOf(ort, boxed), INITIAL);
    const x = new ort.Tensor('float64', new Float64Array(8), [4, 2]);
    const y = new ort.Tensor('float64', Float64Array.of(2, 2, 2, 2), [4, 1]);
    assert.equal(await closure({ x, y })({}), 2);
  });
  it('that an argument stands in the place of another, or a promise in that of the session', async () => {
    const session = await sessionOf(ort, graph);
    const refusal = (...args: unknown[]): string =>
      thrownBy(() => {
        (trainable as (...args: unknown[]) => void)(...args);
      });
    assert.equal(
      refusal(session, ort, INITIAL),
      'TypeError ERR_LBFGS_ARG_TYPE: Expected the module onnxruntime-node for ort but received an Object; ' +
        "import * as ort from 'onnxruntime-node' makes it",
    );
    assert.equal(
      refusal(ort, Promise.resolve(session), INITIAL),
      'TypeError ERR_LBFGS_ARG_TYPE: Expected an InferenceSession of ONNX Runtime for session but received a Promise; ' +
        'await InferenceSession.create(path) makes one',
    );
    assert.match(refusal(ort, { run() {} }, INITIAL), /inputMetadata but received undefined; older versions/);
    assert.match(refusal(ort, session), /ARG_TYPE: Expected an object with numbers by the names of inputs for initial/);
    assert.equal(
      refusal(ort, session, INITIAL, { gradients: () => undefined }),
      "TypeError ERR_LBFGS_UNKNOWN_OPTION: Expected a known option for trainable but received 'gradients'; " +
        'the options are gradient and loss',
    );
    assert.match(
      refusal(ort, session, INITIAL, { gradient: 'g.w' }),
      /ARG_TYPE: Expected a function for options\.gradient/,
    );
    assert.match(
      refusal(ort, session, INITIAL, { loss: 1 }),
      /ARG_TYPE: Expected the name of an output for options\.loss/,
    );
    assert.match(
      refusal(ort, session, INITIAL, { gradient: () => 1 }),
      /ARG_TYPE: Expected the name of an output or undefined/,
    );
    assert.match(refusal(ort, session, INITIAL, 'loss'), /ARG_TYPE: Expected an object for the options of trainable/);
  });

  it('that the array of a parameter was replaced, which the session would not see', async () => {
    const { parameters, closure } = trainable(ort, await sessionOf(ort, halfSquare(2)), { 'p.x': [3, 4] });
    const evaluate = closure();
    const [parameter] = parameters;
    assert.equal(await evaluate({}), 12.5);
    Object.assign(parameter!, { data: Float64Array.of(1, 0) });
    await assert.rejects(new LBFGS(parameters).stepAsync(evaluate), {
      name: 'RangeError',
      code: 'ERR_LBFGS_ONNX',
      message:
        "Expected the array that trainable made for the data of 'p.x' but received another one; " +
        'write into it: parameter.data.set(values)',
    });
  });

  it('that the runtime returns new tensors instead of writing into those it was given', async () => {
    const session = await sessionOf(ort, halfSquare(2));
    const run = session.run.bind(session);
    session.run = (feeds) => run(feeds);
    const { closure } = trainable(ort, session, { 'p.x': [3, 4] });
    await assert.rejects(Promise.resolve(closure()({})), {
      code: 'ERR_LBFGS_ONNX',
      message:
        'Expected outputs in the tensors that it was given for session but received new ones; ' +
        'onnxruntime-node does that, other builds of ONNX Runtime may not',
    });
  });
});
