// Trains what an ONNX graph computes: a loss and its gradients, from parameters and data.

/**
 * Training with ONNX Runtime: a graph of a loss and its gradients, such as one exported from PyTorch, gives the
 * parameters and the closure of an optimiser. Nothing is imported from ONNX Runtime: your module and your session are
 * arguments. docs/onnx.md shows the way of a PyTorch model to Node.
 *
 * @module lbfgs/onnx
 */

import { Parameter, type AsyncClosure, type FloatArray } from './index';
import { dataFeeds } from './adapters/onnx-data';
import { graphOf, refuseGraph, type TrainedInput } from './adapters/onnx-graph';
import { initialArrays } from './adapters/onnx-initial';
import { newArray } from './checks/arrays';
import { describe, typeError } from './checks/errors';
import { isObject, isRecord, pick } from './checks/own';
import { checkFunction, mismatch, wrongType } from './checks/refusals';
import type { InitialValues, OrtLike, SessionLike, TensorLike } from './adapters/onnx-types';

export type {
  InitialValues,
  OrtLike,
  SessionLike,
  ShapedNumbers,
  TensorClassLike,
  TensorLike,
  ValueMetadataLike,
} from './adapters/onnx-types';

/** Options of `trainable`: what a graph calls its inputs and outputs. */
export interface TrainableOptions {
  /**
   * The name of the output that has the gradient of this input, or undefined if the input is data. Default: `g.w` for
   * an input `p.w`, and undefined for an input of another name.
   */
  gradient?: (input: string) => string | undefined;
  /** The name of the output that has the loss, one number. Default `'loss'`. */
  loss?: string;
}

/** What `trainable` returns. */
export interface Trainable<Tensor extends TensorLike = TensorLike> {
  /**
   * A parameter for each input that is trained, in the order of the inputs and with their names. The parameters are
   * for the constructor of `LBFGS`.
   */
  parameters: Parameter[];
  /**
   * The parameters as tensors by name. The tensors have the memory of the parameters, so they always hold the present
   * values, for this session or for another one that has inputs of these names: `session.run({ ...feeds, x })`.
   */
  feeds: Readonly<Record<string, Tensor>>;
  /**
   * Makes a closure for `stepAsync`, which runs the session and returns the loss. The session reads the parameters and
   * writes the gradients where they are; the closure copies no vector and allocates none. It rejects with RangeError
   * `ERR_LBFGS_ONNX` if the `data` of a parameter is another array by then.
   *
   * @param data a tensor of ONNX Runtime for each input that is not trained. The tensors are read at every evaluation
   * @throws TypeError or RangeError `ERR_LBFGS_ONNX` for data that the graph does not take; the message names the input
   */
  closure: (data?: Readonly<Record<string, TensorLike>>) => AsyncClosure;
}

/**
 * Makes parameters and closures from a session that computes a loss and its gradients.
 *
 * @param ort the module `onnxruntime-node`, whose tensors are used
 * @param session a session whose graph has an output for the loss and one for each gradient
 * @param initial the initial values of the parameters by the names of their inputs, as numbers or as
 * `decodeCheckpoint(…).parameters`. They are copied
 * @throws TypeError or RangeError `ERR_LBFGS_ONNX` for a graph without gradients, or one with a gradient, a type or a
 * shape that does not fit, and for initial values that are missing or of another length; the message names the input or
 * the output. TypeError for other arguments that do not fit
 *
 * @example
 * const session = await ort.InferenceSession.create('model.onnx');
 * const { parameters, closure } = trainable(ort, session, initial);
 * const optimizer = new LBFGS(parameters, { lineSearchFn: 'strong_wolfe', historySize: 10 });
 * await optimizer.stepAsync(closure({ x, y }));
 */
export function trainable<Tensor extends TensorLike>(
  ort: OrtLike<Tensor>,
  session: SessionLike,
  initial: Readonly<Record<string, InitialValues>>,
  options: TrainableOptions = {},
): Trainable<Tensor> {
  const makeTensor = tensorMaker(ort);
  const { gradient, loss } = checkOptions(options);
  const graph = graphOf(session, gradient, loss);
  const arrays = initialArrays(initial, graph.trained);
  const trained = graph.trained.map((input, index) => trainedParameter(makeTensor, input, arrays[index]!));
  const lossArray = newArray(graph.loss.dtype, 1);
  const parameterFeeds = Object.fromEntries(trained.map(({ input, feed }) => [input.name, feed]));
  const fetches = Object.fromEntries(trained.map(({ input, fetch }) => [input.gradient, fetch]));
  fetches[graph.loss.name] = makeTensor(graph.loss.dtype, lossArray, graph.loss.shape);

  return {
    parameters: trained.map(({ parameter }) => parameter),
    feeds: parameterFeeds,
    closure: (data = {}) => {
      const feeds = { ...parameterFeeds, ...dataFeeds(data, graph) };
      return async () => {
        trained.forEach(checkData);
        lossArray[0] = Number.NaN;
        const results = await session.run(feeds as never, fetches as never);
        for (const { parameter, grad } of trained) {
          if (parameter.grad !== grad) parameter.grad = grad; // zeroGrad() has set it to null
        }
        const value = lossArray[0];
        if (Number.isNaN(value)) checkWritten(results, graph.loss.name);
        return value;
      };
    },
  };
}

type MakeTensor<Tensor> = (type: string, data: FloatArray, dims: readonly number[]) => Tensor;

function tensorMaker<Tensor extends TensorLike>(ort: OrtLike<Tensor>): MakeTensor<Tensor> {
  const given: unknown = ort;
  const Class = isObject(given) && 'Tensor' in given ? given.Tensor : undefined;
  if (typeof Class !== 'function') {
    const hint = "; import * as ort from 'onnxruntime-node' makes it";
    throw wrongType('the module onnxruntime-node', 'ort', ort, hint);
  }
  return (type, data, dims) => new ort.Tensor(type as never, data as never, dims as never);
}

function checkOptions(options: unknown): Required<TrainableOptions> {
  if (!isRecord(options)) throw wrongType('an object', 'the options of trainable', options);
  const known = ['gradient', 'loss'];
  const other = Object.keys(options).find((key) => !known.includes(key));
  if (other !== undefined) {
    const message = mismatch('a known option', 'trainable', other, '; the options are gradient and loss');
    throw typeError('ERR_LBFGS_UNKNOWN_OPTION', message);
  }
  const { gradient = gradientOfInput, loss = 'loss' } = pick(options, known);
  checkFunction(gradient, 'options.gradient', "; it names the output: (input) => 'g.' + input");
  if (typeof loss !== 'string') throw wrongType('the name of an output', 'options.loss', loss);
  return { gradient: gradient as Required<TrainableOptions>['gradient'], loss };
}

function gradientOfInput(input: string): string | undefined {
  return input.startsWith('p.') ? `g.${input.slice('p.'.length)}` : undefined;
}

/** A parameter, its gradient, and the tensors that have their memory. */
interface Trained<Tensor> {
  readonly input: TrainedInput;
  readonly parameter: Parameter;
  readonly data: FloatArray;
  readonly grad: FloatArray;
  readonly feed: Tensor;
  readonly fetch: Tensor;
}

function trainedParameter<Tensor>(
  makeTensor: MakeTensor<Tensor>,
  input: TrainedInput,
  data: FloatArray,
): Trained<Tensor> {
  const { name, dtype, shape, size } = input;
  const grad = newArray(dtype, size);
  const parameter = new Parameter(data, { shape, name });
  parameter.grad = grad;
  return { input, parameter, data, grad, feed: makeTensor(dtype, data, shape), fetch: makeTensor(dtype, grad, shape) };
}

/** The session reads the first array, whatever the parameter has by now. */
function checkData({ input, parameter, data }: Trained<unknown>): void {
  if (parameter.data === data) return;
  const hint = '; write into it: parameter.data.set(values)';
  throw refuseGraph('the array that trainable made', `the data of ${describe(input.name)}`, 'another one', hint);
}

/** A loss that is still NaN is the graph's own, or the session has not written where it was told to. */
function checkWritten(results: unknown, name: string): void {
  const result: unknown = isObject(results) ? Reflect.get(results, name) : undefined;
  const data: unknown = isObject(result) ? Reflect.get(result, 'data') : undefined;
  const value: unknown = isObject(data) ? Reflect.get(data, '0') : undefined;
  if (typeof value !== 'number' || Number.isNaN(value)) return;
  const hint = '; onnxruntime-node does that, other builds of ONNX Runtime may not';
  throw refuseGraph('outputs in the tensors that it was given', 'session', 'new ones', hint);
}
