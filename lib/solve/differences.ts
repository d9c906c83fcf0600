// Gradients by finite differences, of functions that return numbers or promises of them.
//
// Sources: Nocedal & Wright, "Numerical Optimization" (2006), section 8.1, for the formulas and their steps; Gill,
// Murray, Saunders & Wright, "Computing forward-difference intervals for numerical optimization", SIAM J. Sci. Stat.
// Comput. 4 (1983) 310-321, for steps that are too short for the rounding of the function.

import { lengthOf } from '../checks/arrays';
import { isThenable } from '../checks/own';
import { refuseArgument } from '../checks/refusals';
import { at, type Box, type PerCoordinate } from './region';

/** Forward differences need one call of the function per variable, central ones two. */
export type DifferenceOrder = 'forward' | 'central';

/** The function as it is called, whatever it returns. */
export type AnyFunction<Call> = (x: Float64Array, call: Call) => unknown;

const EPSILON = 2 ** -52;
/** The relative step that balances the error of the formula with the rounding of the function's values. */
export const DEFAULT_STEP: Readonly<Record<DifferenceOrder, number>> = {
  forward: Math.sqrt(EPSILON),
  central: Math.cbrt(EPSILON),
};
/** The factor by which a step grows that has left every digit of the value as it was. */
const GROWTH = 1024;

/** Refuses what is no order. */
export function checkOrder(order: unknown, name: string): void {
  if (order === 'forward' || order === 'central') return;
  throw refuseArgument('string', "'forward' or 'central'", name, order);
}

export interface DifferenceRules {
  readonly box: Box;
  /** The relative step; undefined: that of the order. */
  readonly step: number | undefined;
  /** A variable nearer to 0 than this takes the step of this size. */
  readonly typicalSize: PerCoordinate;
  /** Whether promises are awaited. */
  readonly waits: boolean;
}

/** The function and, by differences of it, its gradient. */
export class Differences<Call extends { readonly signal?: AbortSignal } | undefined> {
  /** May be changed between evaluations. */
  order: DifferenceOrder;
  /** The factor by which the steps are multiplied. */
  stretch = 1;
  /** Calls of the function so far. */
  calls = 0;
  readonly #fun: AnyFunction<Call>;
  readonly #rules: DifferenceRules;

  constructor(fun: AnyFunction<Call>, order: DifferenceOrder, rules: DifferenceRules) {
    this.#fun = fun;
    this.order = order;
    this.#rules = rules;
  }

  /**
   * Fills the gradient at x, a point of the box, and returns what the function returned there, or a promise of it. An
   * entry is NaN if the function is finite on neither side of x; all are if it is not at x, and then it is called just
   * once. Entries of fixed variables are 0. A result that is no number is returned as soon as there is one, and after
   * an abort there are no more calls.
   */
  evaluate(x: Float64Array, gradient: Float64Array, call: Call): unknown {
    const loop = this.#gradient(x, gradient, call);
    let part = loop.next();
    while (part.done !== true && call?.signal?.aborted !== true) {
      if (typeof part.value !== 'number' && this.#rules.waits && isThenable(part.value)) {
        return rest(loop, part.value, call);
      }
      part = loop.next(part.value);
    }
    return part.value;
  }

  /** Yields what the function returns, and expects the settled value as the answer. */
  *#gradient(x: Float64Array, gradient: Float64Array, call: Call): Generator<unknown, unknown, unknown> {
    const { box } = this.#rules;
    let point = new Float64Array(x.length);
    const ask = (index: number, value: number): unknown => {
      if (lengthOf(point) !== x.length) point = new Float64Array(x.length); // the last one was given away
      point.set(x); // the function may have written into it
      if (index < x.length) point[index] = value;
      this.calls++;
      return Reflect.apply(this.#fun, undefined, [point, call]);
    };
    const loss = yield ask(x.length, 0);
    if (typeof loss !== 'number') return loss;
    gradient.fill(NaN);
    if (!Number.isFinite(loss)) return loss;
    for (let index = 0; index < x.length; index++) {
      const lower = at(box.lower, index);
      const upper = at(box.upper, index);
      const derivative = lower === upper ? 0 : yield* this.#derivative(loss, x[index]!, { lower, upper, index }, ask);
      if (typeof derivative !== 'number') return derivative;
      gradient[index] = derivative;
    }
    return loss;
  }

  /**
   * The derivative by one variable. Where the first points bring a value that is not finite, those on the other side
   * are tried. Where no value differs from the loss in any digit, the step grows, at most to that of max(1, |x|).
   */
  *#derivative(
    loss: number,
    x: number,
    { lower, upper, index }: { lower: number; upper: number; index: number },
    ask: (index: number, value: number) => unknown,
  ): Generator<unknown, unknown, unknown> {
    const step = this.stretch * (this.#rules.step ?? DEFAULT_STEP[this.order]);
    let size = Math.max(Math.abs(x), at(this.#rules.typicalSize, index));
    for (;;) {
      let isFlat = false;
      for (const points of pointsAround(x, step * size, { lower, upper }, this.order)) {
        const values: number[] = [];
        for (const at of points) {
          const value = yield ask(index, at);
          if (typeof value !== 'number') return value;
          if (!Number.isFinite(value)) break;
          values.push(value);
        }
        if (values.length < points.length) continue;
        isFlat = values.every((value) => value === loss);
        if (isFlat) break;
        return slope(loss, x, points, values);
      }
      if (!isFlat) return NaN;
      if (size >= 1) return 0;
      size = Math.min(1, GROWTH * size);
    }
  }
}

/**
 * The points of a difference formula about x, as they are in the box: the preferred ones first, then those to try where
 * the function is not finite at them. Central: two at equal distances, or both on one side. If there is room for the
 * step on neither side, the points are on the side that has more, the last one on the bound.
 */
function pointsAround(x: number, h: number, { lower, upper }: Sides, order: DifferenceOrder): number[][] {
  const isInside = (point: number): boolean => point >= lower && point <= upper && Number.isFinite(point);
  const choices =
    order === 'forward'
      ? [[x + h], [x - h]]
      : [
          [x + h, x - h],
          [x + h, x + 2 * h],
          [x - h, x - 2 * h],
        ];
  const inside = choices.filter((points) => points.every(isInside));
  const [up, down] = [upper - x, x - lower];
  const [bound, middle] = up >= down ? [upper, x + up / 2] : [lower, x - down / 2];
  if (inside.length === 0 && Math.max(up, down) < Infinity) {
    const isBetween = order === 'central' && middle !== x && middle !== bound;
    inside.push(isBetween ? [middle, bound] : [bound]);
  }
  if (order === 'central')
    inside.push(...pointsAround(x, (h * DEFAULT_STEP.forward) / DEFAULT_STEP.central, { lower, upper }, 'forward'));
  return inside;
}

interface Sides {
  readonly lower: number;
  readonly upper: number;
}

/**
 * The slope at x of the line or of the parabola through the values, exact for these polynomials at any distances. The
 * distances are those of the points as they were rounded.
 */
function slope(loss: number, x: number, points: readonly number[], values: readonly number[]): number {
  const [first, second] = points.map((point, index) => ({
    distance: point - x,
    quotient: (values[index]! - loss) / (point - x),
  }));
  if (second === undefined) return first!.quotient;
  const { distance, quotient } = first!;
  return (quotient * second.distance - second.quotient * distance) / (second.distance - distance);
}

/** The rest of an evaluation whose function returned a promise. */
async function rest(
  loop: Generator<unknown, unknown, unknown>,
  promised: unknown,
  call: { readonly signal?: AbortSignal } | undefined,
): Promise<unknown> {
  let value = await promised;
  while (call?.signal?.aborted !== true) {
    const part = loop.next(value);
    if (part.done === true) return part.value;
    value = isThenable(part.value) ? await part.value : part.value;
  }
  return value;
}
