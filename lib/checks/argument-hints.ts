// What a program may have meant by an argument that does not fit, for the end of a message. Runs no getter of the
// value.

import { types } from 'node:util';
import { describe } from './errors';
import { isArray, isDeclared, isObject, isRecord } from './own';

function has(value: unknown, key: string): boolean {
  return isObject(value) && isDeclared(value, key);
}

/** The first entry of an array. */
export function firstOf(value: unknown): unknown {
  return isArray(value) ? Object.getOwnPropertyDescriptor(value, '0')?.value : undefined;
}

/** Whether the value is what an optimiser is made of: a parameter, several of them, or an optimiser. */
export function holdsParameters(value: unknown): boolean {
  return has(value, 'data') || has(value, 'paramGroups') || has(firstOf(value), 'data');
}

/** Whether the value is what JSON makes of a typed array: { "0": 1, "1": 2 }. */
function isJsonArray(value: unknown): boolean {
  return isRecord(value) && typeof Object.getOwnPropertyDescriptor(value, '0')?.value === 'number';
}

/** Whether the value says a number, though it is not of type number. */
export function isNumeric(value: unknown): boolean {
  if (typeof value !== 'string') return typeof value === 'bigint';
  return value.trim() !== '' && !Number.isNaN(Number(value));
}

/** The hint for a value where numbers are wanted. */
export function numbersHint(value: unknown): string {
  if (typeof value === 'number') return `; wrap it: [${describe(value)}]`;
  if (types.isTypedArray(value)) return '; convert it: Float64Array.from(array, Number)';
  if (has(value, 'data')) return '; take its numbers: parameter.data';
  return isJsonArray(value) ? '; JSON loses typed arrays: Float64Array.from(Object.values(…)) makes one again' : '';
}

/** The hint for a value where one number of a vector is wanted. */
export function entryHint(entry: unknown, name: string): string {
  if (isArray(entry)) return `; ${name} is one flat vector: numbers.flat(Infinity)`;
  if (types.isTypedArray(entry)) return '; spread it: [...array]';
  return isNumeric(entry) ? '; convert it: Number(entry)' : numbersHint(entry);
}

/** The hint for a value where a float array is wanted. */
export function floatsHint(value: unknown): string {
  if (isArray(value)) return '; make it a typed array: Float64Array.from(values)';
  return typeof value === 'number' ? '' : numbersHint(value);
}

/** The hint for a value where a float array of a state dict is wanted. */
export function vectorHint(value: unknown): string {
  if (!isJsonArray(value)) return floatsHint(value);
  return '; JSON loses typed arrays: encodeCheckpoint of lbfgs/safetensors keeps them';
}

/** The hint for a value where an iterable of parameters is wanted. */
export function paramsHint(params: unknown): string {
  if (has(params, 'data')) return '; put it into an array: [parameter]';
  if (has(params, 'paramGroups')) return '; take its parameters: optimizer.paramGroups[0].params';
  if (has(params, 'params')) return '; put the group into an array: [{ params }]';
  return isRecord(params) ? '; put the parameters into an array: [parameter]' : '';
}

/** The hint for a value that stands in the place of the options but belongs into them or before them. */
export function optionsHint(given: unknown, known: readonly string[], owner: string): string {
  if (owner === 'LBFGS' && holdsParameters(given)) return `; ${ONE_ARRAY}`;
  const hints: readonly [option: string, isMeant: boolean, hint: string][] = [
    ['signal', isObject(given) && given instanceof AbortSignal, 'a signal goes in as { signal }'],
    ['signal', isController(given), 'a signal goes in as { signal: controller.signal }'],
    ['onIteration', typeof given === 'function', 'a callback goes in as { onIteration }'],
    ['shape', isArray(given), 'a shape goes in as { shape }'],
    ['shape', typeof given === 'number', 'numbers go into one array: new Parameter([1, 2, 3])'],
    ['dtype', given === 'float32' || given === 'float64', 'a dtype goes in as { dtype }'],
    ['name', typeof given === 'string', 'a name goes in as { name }'],
  ];
  const hint = hints.find(([option, isMeant]) => isMeant && known.includes(option));
  return hint === undefined ? '' : `; ${hint[2]}`;
}

/** Where the parameters of an optimiser go. */
export const ONE_ARRAY = 'all parameters go into one array, before the options: new LBFGS([p1, p2], options)';

/** Whether the value is an AbortController, which is often passed in place of its signal. */
export function isController(value: unknown): boolean {
  return isObject(value) && value instanceof AbortController;
}
