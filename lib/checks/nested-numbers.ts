// Numbers nested to any depth, as one flat array and its shape.
//
// They may come from anywhere: arrays that contain themselves, that share their rows, or that say to be longer than
// they are. So the walk is a loop, its depth is bounded, and memory is taken only for numbers that have been seen.

import { entryHint, numbersHint } from './argument-hints';
import { GrowingArray, MOST_NUMBERS, sizeOf, type Dtype, type FloatArray } from './arrays';
import { rangeError } from './errors';
import { listOf, type List } from './own';
import { wrongType } from './refusals';

/**
 * Nested arrays of numbers, of at most 64 levels, with equal lengths on each level: `[[1, 2], [3, 4]]` has the shape
 * `[2, 2]`.
 */
export type NestedNumbers = readonly number[] | readonly NestedNumbers[];

/** As many dimensions as torch's and NumPy's arrays can have. */
const MOST_LEVELS = 64;

/**
 * The numbers in row-major order and the sizes of the levels; refuses levels of different lengths and entries that are
 * no numbers.
 */
export function flatten(data: unknown, dtype: Dtype): { values: FloatArray; shape: number[] } {
  const root = listOf(data);
  if (root === undefined) throw noNumbers(data);
  const shape = shapeAlongFirst(root);
  const walk = new Walk(shape, dtype);
  walk.enter(root);
  return { values: walk.finish(), shape };
}

/** The sizes met on the way along the first entries, down to one that is no list. */
function shapeAlongFirst(root: List): number[] {
  const shape: number[] = [];
  let size = 1;
  for (let list: List | undefined = root; list !== undefined; list = listOf(list.at(0))) {
    if (shape.length === MOST_LEVELS) {
      throw rangeError(
        'ERR_LBFGS_ARG_VALUE',
        `Expected at most ${MOST_LEVELS} levels of numbers for data but received more`,
      );
    }
    shape.push(list.length);
    if (list.length === 0) break;
    size *= list.length;
    if (size > MOST_NUMBERS) {
      throw rangeError(
        'ERR_LBFGS_ARG_VALUE',
        `Expected at most ${MOST_NUMBERS} numbers for data but received [${shape.join(', ')}]`,
      );
    }
  }
  return shape;
}

/** A list on the way, and which of its entries is next. */
interface Level {
  readonly list: List;
  next: number;
}

class Walk {
  readonly #shape: readonly number[];
  readonly #numbers: GrowingArray;
  readonly #open: Level[] = [];
  /**
   * By level, the lists that were looked at; only where there is no number to copy, since one list may then occur very
   * often.
   */
  readonly #seen: readonly Set<unknown>[] | undefined;

  constructor(shape: readonly number[], dtype: Dtype) {
    const size = sizeOf(shape);
    this.#shape = shape;
    this.#numbers = new GrowingArray(dtype, size);
    this.#seen = size === 0 ? shape.map(() => new Set()) : undefined;
  }

  enter(list: List): void {
    if (this.#open.length === this.#shape.length - 1) this.#copyRow(list);
    else this.#open.push({ list, next: 0 });
  }

  finish(): FloatArray {
    for (let level = this.#open.at(-1); level !== undefined; level = this.#open.at(-1)) {
      if (level.next === level.list.length) this.#open.pop();
      else this.#look(level.list.at(level.next), level.next++);
    }
    return this.#numbers.values;
  }

  #look(entry: unknown, index: number): void {
    const depth = this.#open.length;
    if (this.#seen?.[depth]?.has(entry) === true) return;
    const list = listOf(entry);
    if (list === undefined) throw noNumbers(entry);
    if (list.length !== this.#shape[depth]) {
      const first = this.#shape.slice(depth).join(', ');
      const odd = shapeAlongFirst(list).join(', ');
      throw rangeError(
        'ERR_LBFGS_ARG_VALUE',
        `Expected nested numbers of one shape for data but received [${first}] at index 0 and [${odd}] at index ${index}`,
      );
    }
    this.#seen?.[depth]?.add(entry);
    this.enter(list);
  }

  #copyRow(list: List): void {
    for (let index = 0; index < list.length; index++) {
      const entry = list.at(index);
      if (typeof entry === 'number') {
        this.#numbers.push(entry);
        continue;
      }
      if (index > 0 && listOf(entry) !== undefined) throw noNumbers(list.at(index - 1));
      const hint = listOf(entry) === undefined ? entryHint(entry, 'data') : '';
      throw wrongType('numbers', 'data', entry, ` at index ${index}${hint}`);
    }
  }
}

function noNumbers(received: unknown): TypeError {
  return wrongType('a Float32Array, a Float64Array or (nested) numbers', 'data', received, numbersHint(received));
}
