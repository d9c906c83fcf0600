// The operations of lbfgs/mpi as the addon takes them, and the checks of their arguments.

import { types } from 'node:util';
import { isDetached, lengthOf } from '../checks/arrays';
import { rangeError, typeError } from '../checks/errors';
import { isInteger } from '../checks/own';
import { refuseArgument, wrongType } from '../checks/refusals';

/** The order is that of mpi::Kind in native/mpi/library.hpp. */
const KINDS = ['sum', 'max', 'allGather', 'reduceScatter', 'broadcast', 'barrier'] as const;

/** An operation, its arguments checked. */
export interface Operation {
  readonly kind: number;
  readonly input: Float64Array | undefined;
  readonly output: Float64Array | undefined;
  readonly root: number;
}

const operation = (kind: (typeof KINDS)[number], input?: Float64Array, output?: Float64Array, root = 0): Operation => ({
  kind: KINDS.indexOf(kind),
  input,
  output,
  root,
});

function lengthOfFloats(value: unknown, name: string): number {
  if (!types.isFloat64Array(value)) throw wrongType('a Float64Array', name, value);
  const length = lengthOf(value);
  if (length === 0 && isDetached(value)) {
    throw typeError('ERR_LBFGS_ARG_TYPE', `Expected a Float64Array for ${name} but received a detached one`);
  }
  return length;
}

export function allReduceOf(values: Float64Array, op: 'sum' | 'max'): Operation {
  lengthOfFloats(values, 'values');
  const given: unknown = op;
  if (given !== 'sum' && given !== 'max') throw refuseArgument('string', "'sum' or 'max'", 'op', given);
  return operation(given, undefined, values);
}

export function allGatherOf(own: Float64Array, all: Float64Array, size: number): Operation {
  checkLengths(lengthOfFloats(own, 'own'), lengthOfFloats(all, 'all'), 'all', size);
  return operation('allGather', own, all);
}

export function reduceScatterOf(all: Float64Array, own: Float64Array, size: number): Operation {
  checkLengths(lengthOfFloats(own, 'own'), lengthOfFloats(all, 'all'), 'all', size);
  return operation('reduceScatter', all, own);
}

export function broadcastOf(values: Float64Array, root: number, size: number): Operation {
  lengthOfFloats(values, 'values');
  if (!isInteger(root, 0, size - 1)) throw refuseArgument('number', `a rank from 0 to ${size - 1}`, 'root', root);
  return operation('broadcast', undefined, values, root);
}

export const BARRIER = operation('barrier');

function checkLengths(own: number, all: number, name: string, size: number): void {
  if (all === size * own) return;
  throw rangeError(
    'ERR_LBFGS_ARG_VALUE',
    `Expected ${size} times ${own} entries, the size of the job times those of own, for ${name} but received ${all}`,
  );
}
