// The function of a solve: its arrays, and whether it does with them what it is to do.

import { lengthOf, type OwnedArray } from './checks/arrays';
import { disown, typeError } from './checks/errors';
import type { MinimizeOptions } from './minimize-options';
import type { NativeOptimizer } from './native/native';
import { isRevoked } from './checks/own';
import type { IterationInfo } from './step/report';
import type { ClosureCall, UserFunction } from './step/closure';
import type { StepOwner, Words } from './native/step-owner';

// The types of methods: of a function that is assigned to one, the last parameter may be optional or not.

/**
 * Fills `gradient` at `x` and returns the value. Both arrays belong to the solve: neither is to be kept or replaced, and x is not to be
 * written to. A solve always passes `call`; a program that calls the function itself may leave it out.
 */
export type Objective = {
  /** One evaluation. */
  evaluate(x: Float64Array, gradient: Float64Array, call?: ClosureCall): number;
}['evaluate'];
/** The same, perhaps later. `call.signal` tells of an abort, after which nobody waits for the function. */
export type AsyncObjective = {
  /** One evaluation. */
  evaluate(x: Float64Array, gradient: Float64Array, call?: ClosureCall): number | Promise<number>;
}['evaluate'];

/** Where there is no step: the call of a function that is only looked at. */
export const NO_STEP: ClosureCall = Object.freeze({ signal: undefined } as unknown as ClosureCall);

/** The function as it is called, whatever it returns. */
export type AnyObjective = (x: Float64Array, gradient: Float64Array, call: ClosureCall) => unknown;

/** The bytes of a gradient that nobody has written yet: numbers that are NaN, of bits that no arithmetic on numbers makes. */
const UNWRITTEN = 0xff;

/** For short points, so that their memory is not asked for again at each solve. */
const SCRATCH = new Float64Array(512);

const WORDS: Words = {
  fun: 'fun',
  asyncCall: 'minimizeAsync',
  placeGradient: 'write the gradient into the array that is the second argument',
  zeroGradient: '; the gradient is exactly zero at x0',
  value: ({ entry }) => `x[${entry}]`,
  gradient: ({ entry }) => `gradient[${entry}]`,
};

/** The arrays of a solve. They are looked at when the first evaluation has ended and when the solve has: at no evaluation besides. */
export class SolveArrays implements StepOwner {
  readonly x: OwnedArray;
  readonly gradient: OwnedArray;
  readonly words = WORDS;
  readonly endsOpenMove = true;
  /** The first entry of x where the function put another number than the solve at the last evaluation; -1: none. */
  overwritten = -1;
  /** x before the first evaluation; from then on, what onIteration is shown. */
  #copy: Float64Array;

  /** @param x0 belongs to the solve from now on */
  constructor(x0: OwnedArray) {
    this.x = x0;
    this.gradient = new Float64Array(new Uint8Array(x0.byteLength).fill(UNWRITTEN).buffer);
    this.#copy = new Float64Array(x0);
  }

  /** The function of these arrays, as a step calls it. */
  closureOf(fun: AnyObjective): UserFunction {
    const { x, gradient } = this;
    let isFirst = true;
    return (call) => {
      const result = fun(x, gradient, call);
      if (isFirst) {
        isFirst = false;
        this.#checkUnchanged();
      }
      return result;
    };
  }

  /** The same for a function that may return a promise. */
  asyncClosureOf(fun: AnyObjective): UserFunction {
    const { x, gradient } = this;
    const checked = async (promised: unknown): Promise<unknown> => {
      disown(promised); // its own `then` may throw, so that nobody would hear of its rejection
      const result = await promised;
      this.#checkUnchanged();
      return result;
    };
    let isFirst = true;
    return (call) => {
      const result = fun(x, gradient, call);
      if (!isFirst || isRevoked(result)) return result;
      isFirst = false;
      return checked(result);
    };
  }

  /** onIteration as a step calls it. */
  reporterOf(onIteration: MinimizeOptions['onIteration']): ((info: IterationInfo) => boolean | void) | undefined {
    if (onIteration === undefined) return undefined;
    return (info) => {
      if (lengthOf(this.#copy) !== lengthOf(this.x)) this.#copy = new Float64Array(this.x.length); // the last one was given away
      this.#copy.set(this.x);
      return onIteration(info, this.#copy);
    };
  }

  /** The function left entries of its first gradient as they were. */
  explainStart(): Error | undefined {
    const halves = new Int32Array(this.gradient.buffer);
    let first = -1;
    let count = 0;
    for (let entry = 0; entry < this.gradient.length; entry++) {
      if (halves[2 * entry] !== -1 || halves[2 * entry + 1] !== -1) continue;
      if (count++ === 0) first = entry;
    }
    if (count === 0) return undefined;
    const isWhole = count === this.gradient.length;
    const others =
      count === 1
        ? ' as it was'
        : ` and ${isWhole ? 'every' : count - 1} other ${isWhole || count === 2 ? 'entry' : 'entries'} as they were`;
    const hint = isWhole
      ? 'fill the array in place, gradient[i] = …: to assign gradient = […] does not change it'
      : 'fill every entry, gradient[i] = …';
    return typeError(
      'ERR_LBFGS_CLOSURE_RESULT',
      `Expected fun to fill the gradient but it left gradient[${first}]${others}; ${hint}, and gradient[i] += … needs gradient.fill(0) before it`,
    );
  }

  /** Whether x is where the solve has ended, or where the function has put it since. */
  ended(native: NativeOptimizer): void {
    const size = lengthOf(this.x);
    const point = size <= SCRATCH.length ? SCRATCH.subarray(0, size) : this.#copy;
    if (size === 0 || lengthOf(point) !== size) return; // one of them was given away
    const isOpen = native.exportPoint(point);
    this.overwritten = isOpen ? -1 : firstDifference(this.x, point);
  }

  #checkUnchanged(): void {
    const entry = firstDifference(this.x, this.#copy);
    if (entry < 0) return;
    throw typeError(
      'ERR_LBFGS_CLOSURE_RESULT',
      `Expected fun to leave x as it is but it wrote x[${entry}]; let it work on a copy, x.slice()`,
    );
  }
}

/** The first entry that is another number; -1: there is none. */
function firstDifference(x: Float64Array, other: Float64Array): number {
  const size = lengthOf(x);
  for (let entry = 0; entry < size; entry++) {
    const value = x[entry];
    if (value !== other[entry] && !Number.isNaN(value)) return entry;
  }
  return -1;
}
