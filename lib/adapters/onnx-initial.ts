// The initial values of the parameters of a graph.

import { dtypeOf, numbersOf, type FloatArray } from '../checks/arrays';
import { describe, describeList } from '../checks/errors';
import { declared, isObject, isRecord, own } from '../checks/own';
import { wrongType } from '../checks/refusals';
import { fits, namesOf, refuseGraph, type TrainedInput } from './onnx-graph';

/** A new array for each of the inputs, with the numbers that were given by its name. */
export function initialArrays(initial: unknown, inputs: readonly TrainedInput[]): FloatArray[] {
  if (!isRecord(initial)) throw wrongType('an object with numbers by the names of inputs', 'initial', initial);
  const names = inputs.map(({ name }) => name);
  const arrays = inputs.map((input) => arrayOf(initial, input));
  const other = Object.keys(initial).find((key) => !names.includes(key));
  if (other === undefined) return arrays;
  throw refuseGraph(
    'the name of a parameter',
    'a key of initial',
    describe(other),
    `; the parameters are ${namesOf(inputs)}`,
  );
}

function arrayOf(initial: object, { name, dtype, shape, size }: TrainedInput): FloatArray {
  const label = `initial[${describe(name)}]`;
  const given = own(initial, name);
  if (given === undefined) {
    throw refuseGraph(`${size} numbers`, label, 'undefined', hintOf(initial, name));
  }
  const numbers = numbersOf(valuesOf(given, label, shape), label, 'an array of numbers');
  if (numbers.length !== size) {
    const hint = `; the shape of the input is ${describeList(shape)}`;
    throw refuseGraph(`${size} numbers`, label, String(numbers.length), hint);
  }
  return numbers.copyAs(dtype);
}

/** The numbers themselves, or those of a parameter of a checkpoint. */
function valuesOf(given: unknown, label: string, shape: readonly number[]): unknown {
  if (!isObject(given) || dtypeOf(given) !== undefined || declared(given, 'data') === undefined) return given;
  const theirs = declared(given, 'shape');
  if (Array.isArray(theirs) && !fits(shape, theirs as number[])) {
    throw refuseGraph(`the shape ${describeList(shape)}`, label, describeList(theirs));
  }
  return declared(given, 'data');
}

/** PyTorch's own names lack the prefix that tells parameters from data. */
function hintOf(initial: object, name: string): string {
  const plain = name.slice(name.indexOf('.') + 1);
  return plain !== name && own(initial, plain) !== undefined
    ? `; the keys are the names of inputs: ${describe(name)} instead of ${describe(plain)}`
    : '';
}
