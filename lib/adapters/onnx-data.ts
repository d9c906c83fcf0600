// The data of a closure: a tensor for every input that is not trained.

import { describe, describeList } from '../checks/errors';
import { isCount, isObject, isRecord, own } from '../checks/own';
import { wrongType } from '../checks/refusals';
import { fits, namesOf, refuseGraph, refuseType, type TrainingGraph } from './onnx-graph';
import type { TensorLike, ValueMetadataLike } from './onnx-types';

/** The tensors by name, once they are known to be what the graph takes. */
export function dataFeeds(data: unknown, graph: TrainingGraph): Record<string, TensorLike> {
  if (!isRecord(data)) throw wrongType('an object with tensors by the names of inputs', 'the data of a closure', data);
  const names = new Set(graph.data.map(({ name }) => name));
  const other = Object.keys(data).find((key) => !names.has(key));
  if (other !== undefined) {
    const hint = graph.trained.some(({ name }) => name === other)
      ? '; that one is a parameter'
      : `; the graph's inputs are ${namesOf(graph.data)}`;
    throw refuseGraph('the name of an input', 'a key of the data', describe(other), hint);
  }
  return Object.fromEntries(graph.data.map((input) => [input.name, tensorOf(own(data, input.name), input)]));
}

function tensorOf(value: unknown, { name, type, shape = [] }: ValueMetadataLike): TensorLike {
  const label = `the data ${describe(name)}`;
  const wanted = `new ort.Tensor(${describe(type)}, values, ${describeList(shape)})`;
  if (value === undefined) throw refuseGraph('a tensor', label, 'undefined', `; ${wanted} makes it`);
  if (!isTensor(value)) throw wrongType('a tensor of ONNX Runtime', label, value, `; ${wanted} makes it`);
  if (value.type !== type) {
    const hint = type === 'int64' ? '; integers of PyTorch are int64: BigInt64Array.from(labels, BigInt)' : '';
    throw refuseType(`the type ${describe(type)}`, label, value.type, hint);
  }
  if (!fits(value.dims, shape)) {
    const hint = '; a graph is exported for data of these sizes';
    throw refuseGraph(`the shape ${describeList(shape)}`, label, describeList(value.dims), hint);
  }
  return value;
}

function isTensor(value: unknown): value is TensorLike {
  if (!isObject(value) || !('type' in value) || !('dims' in value)) return false;
  return typeof value.type === 'string' && Array.isArray(value.dims) && value.dims.every(isCount);
}
