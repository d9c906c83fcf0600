// Which inputs of a graph are parameters, and which outputs are their gradients and the loss.

import { describe, describeList, rangeError, typeError } from '../checks/errors';
import { isCount, isFunction, isObject, isRecord, listOf } from '../checks/own';
import { wrongType } from '../checks/refusals';
import { sizeOf, type Dtype } from '../checks/arrays';
import type { SessionLike, ValueMetadataLike } from './onnx-types';

/** An input that is trained. */
export interface TrainedInput {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly size: number;
  /** The name of the output that has its gradient. */
  readonly gradient: string;
}

/** The inputs and outputs of a session, by their part in training. */
export interface TrainingGraph {
  readonly trained: readonly TrainedInput[];
  /** The other inputs. */
  readonly data: readonly ValueMetadataLike[];
  readonly loss: { readonly name: string; readonly dtype: Dtype; readonly shape: readonly number[] };
}

const RECEIVED = 'but received';

/** The refusal of a graph, of initial values or of data that do not fit. */
export function refuseGraph(what: string, name: string, received: string, hint = ''): RangeError {
  return rangeError('ERR_LBFGS_ONNX', `Expected ${what} for ${name} ${RECEIVED} ${received}${hint}`);
}

/** The refusal of a type of entries that does not fit. */
export function refuseType(what: string, name: string, received: unknown, hint = ''): TypeError {
  return typeError('ERR_LBFGS_ONNX', `Expected ${what} for ${name} ${RECEIVED} ${describe(received)}${hint}`);
}

/** Names as a message shows them: the first few. */
export function namesOf(values: Iterable<ValueMetadataLike>): string {
  const names = Array.from(values, ({ name }) => describe(name));
  if (names.length === 0) return 'none';
  return names.length <= 6 ? names.join(', ') : `${names.slice(0, 6).join(', ')} and ${names.length - 6} more`;
}

/** Reads the session; every refusal names the input or the output. */
export function graphOf(
  session: unknown,
  gradientOf: (input: string) => string | undefined,
  lossName: string,
): TrainingGraph {
  checkSession(session);
  const outputs = new Map(session.outputMetadata.map((output) => [output.name, output]));
  const trained: TrainedInput[] = [];
  const data: ValueMetadataLike[] = [];
  const takenBy = new Map([[lossName, 'the loss']]);
  for (const input of session.inputMetadata) {
    const gradient = gradientName(gradientOf, input.name);
    if (gradient === undefined) {
      data.push(input);
      continue;
    }
    const taken = takenBy.get(gradient);
    if (taken !== undefined) {
      const received = `${describe(gradient)}, which is that of ${taken}`;
      throw refuseGraph('an output of its own', `the gradient of ${describe(input.name)}`, received);
    }
    takenBy.set(gradient, describe(input.name));
    trained.push(trainedInput(input, gradient, outputs));
  }
  if (trained.length === 0) {
    const received = `the inputs ${namesOf(data)} and the outputs ${namesOf(outputs.values())}`;
    const hint =
      "; by default 'p.w' is a parameter and 'g.w' its gradient. examples/pytorch/export_training.py exports a loss " +
      'with its gradients; options.gradient pairs other names';
    throw refuseGraph('inputs that have a gradient among the outputs', 'session', received, hint);
  }
  return { trained, data, loss: lossOf(lossName, outputs) };
}

function checkSession(session: unknown): asserts session is SessionLike {
  if (!isObject(session) || !('run' in session) || !isFunction(session.run)) {
    const hint = '; await InferenceSession.create(path) makes one';
    throw wrongType('an InferenceSession of ONNX Runtime', 'session', session, hint);
  }
  for (const key of ['inputMetadata', 'outputMetadata']) {
    const metadata: unknown = Reflect.get(session, key);
    const list = listOf(metadata);
    if (list !== undefined && Array.from({ length: list.length }, (_, index) => list.at(index)).every(isNamed))
      continue;
    const hint = '; older versions of onnxruntime-node do not tell the shapes, version 1.30 does';
    throw wrongType('a list of names, types and shapes', `session.${key}`, metadata, hint);
  }
}

function isNamed(value: unknown): boolean {
  return isRecord(value) && typeof value['name'] === 'string';
}

function gradientName(gradientOf: (input: string) => unknown, input: string): string | undefined {
  const gradient = gradientOf(input);
  if (gradient === undefined || typeof gradient === 'string') return gradient;
  throw wrongType('the name of an output or undefined', `options.gradient(${describe(input)})`, gradient);
}

function trainedInput(
  input: ValueMetadataLike,
  gradient: string,
  outputs: ReadonlyMap<string, ValueMetadataLike>,
): TrainedInput {
  const name = `the input ${describe(input.name)}`;
  const dtype = dtypeOfValue(input, name);
  const hint = '; a parameter has fixed sizes: only data may have dynamic axes';
  const shape = fixedShape(input, name, hint);
  const output = outputs.get(gradient);
  if (output === undefined) {
    const received = `the outputs ${namesOf(outputs.values())}`;
    throw refuseGraph(`an output ${describe(gradient)}`, `the gradient of ${describe(input.name)}`, received);
  }
  const gradientName = `the output ${describe(gradient)}, the gradient of ${describe(input.name)}`;
  if (output.type !== dtype) throw refuseType(`the type '${dtype}'`, gradientName, output.type);
  if (!fits(shape, output.shape ?? [])) {
    throw refuseGraph(`the shape ${describeList(shape)}`, gradientName, describeList(output.shape));
  }
  return { name: input.name, dtype, shape, size: sizeOf(shape), gradient };
}

function lossOf(name: string, outputs: ReadonlyMap<string, ValueMetadataLike>): TrainingGraph['loss'] {
  const output = outputs.get(name);
  if (output === undefined) {
    const received = `the outputs ${namesOf(outputs.values())}`;
    throw refuseGraph(`an output ${describe(name)}`, 'the loss', received, '; options.loss names another one');
  }
  const label = `the output ${describe(name)}, the loss`;
  const dtype = dtypeOfValue(output, label);
  const hint = '; a loss is a mean or a sum';
  const shape = listOf(output.shape) === undefined ? [] : (output.shape ?? []);
  if (!shape.every((size) => size === 1))
    throw refuseGraph('one number', label, `the shape ${describeList(shape)}`, hint);
  return { name, dtype, shape: shape.map(() => 1) };
}

function dtypeOfValue({ type }: ValueMetadataLike, name: string): Dtype {
  if (type === 'float32' || type === 'float64') return type;
  throw refuseType("the type 'float32' or 'float64'", name, type);
}

function fixedShape({ shape }: ValueMetadataLike, name: string, hint: string): readonly number[] {
  const sizes = shape ?? [];
  if (sizes.every(isCount)) return [...sizes];
  throw refuseGraph('integers', `the shape of ${name}`, describeList(sizes), hint);
}

/** Whether the sizes fit those of a graph, in which text stands for any size. */
export function fits(sizes: readonly number[], wanted: readonly (number | string)[]): boolean {
  return (
    sizes.length === wanted.length && wanted.every((size, axis) => typeof size === 'string' || size === sizes[axis])
  );
}
