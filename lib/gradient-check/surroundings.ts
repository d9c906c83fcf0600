// The room that a box leaves around a point.

import { at, type Box } from '../solve/region';
import type { Range } from './gradient-probe';

/** A difference goes up to so many steps away from the point. */
const MOST_STEPS = { float64: 2, float32: 8 } as const;

/** Directions from one point that stay in a box. */
export class Surroundings {
  readonly box: Box;
  readonly #x: Float64Array;
  /** The longest way of a difference, as a multiple of its direction. */
  readonly #reach: number;
  /** Coordinates that lack the room for this way on one side at least, in ascending order. */
  readonly #narrow: readonly number[];

  /** @param x a point of the box */
  constructor(x: Float64Array, box: Box, step: number, isSingle: boolean) {
    this.box = box;
    this.#x = x;
    this.#reach = step * MOST_STEPS[isSingle ? 'float32' : 'float64'];
    this.#narrow = [...x.keys()].filter((index) => {
      const way = this.#reach * Math.max(1, Math.abs(x[index]!));
      return this.#up(index) < way || this.#down(index) < way;
    });
  }

  isFixed(index: number): boolean {
    return at(this.box.lower, index) === at(this.box.upper, index);
  }

  /** Whether a difference along these coordinates is to be one-sided. */
  isOneSided({ from, to }: Range): boolean {
    return this.#narrow.some((index) => index >= from && index < to);
  }

  /** Turns entries of a direction to the side that has room, and shortens those that have it on neither. */
  bend(direction: Float64Array): void {
    for (const index of this.#narrow) {
      const length = Math.abs(direction[index]!);
      if (length === 0) continue;
      const [up, down] = [this.#up(index), this.#down(index)];
      const isUp = up >= this.#reach * length && down >= this.#reach * length ? direction[index]! > 0 : up >= down;
      const most = (isUp ? up : down) / this.#reach;
      direction[index] = Math.min(length, most) * (isUp ? 1 : -1);
    }
  }

  #up(index: number): number {
    return at(this.box.upper, index) - this.#x[index]!;
  }

  #down(index: number): number {
    return this.#x[index]! - at(this.box.lower, index);
  }
}

/**
 * The largest box within this one whose bounds are numbers of float32; sides without such a number stay as they are.
 */
export function boxInSingle({ lower, upper }: Box, size: number): Box {
  const single: { lower: Float64Array; upper: Float64Array } = {
    lower: Float64Array.from({ length: size }, (_, index) => at(lower, index)),
    upper: Float64Array.from({ length: size }, (_, index) => at(upper, index)),
  };
  for (let index = 0; index < size; index++) {
    const least = roundedTo(single.lower[index]!, 1);
    const most = roundedTo(single.upper[index]!, -1);
    if (least > most) continue;
    single.lower[index] = least;
    single.upper[index] = most;
  }
  return single;
}

/** The number of float32 that is nearest among those above (side 1) or below (side -1). */
function roundedTo(value: number, side: 1 | -1): number {
  const rounded = Math.fround(value);
  if (!Number.isFinite(value) || (rounded - value) * side >= 0) return rounded;
  const ulp = 2 ** Math.max(Math.floor(Math.log2(Math.abs(value))) - 23, -149);
  return Math.fround(rounded + side * ulp);
}
