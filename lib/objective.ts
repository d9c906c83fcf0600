// The function of a solve: its arrays, and whether it does with them what it is to do.

import { lengthOf, type OwnedArray } from './checks/arrays';
import { disown, LBFGSError, typeError } from './checks/errors';
import type { MinimizeOptions } from './minimize-options';
import type { NativeOptimizer } from './native/native';
import { isRevoked } from './checks/own';
import type { Space } from './solve/space';
import type { IterationInfo } from './step/report';
import type { ClosureCall, UserFunction } from './step/closure';
import type { StepMode } from './step/step-options';
import type { StepOwner, Words } from './native/step-owner';

// These are types of methods, so that functions whose last parameter is required can be assigned to them, too.

/**
 * A function that writes its gradient at `x` into `gradient` and returns its value. Do not keep either array, and do
 * not write into x. A solve always passes `call`; a program that calls the function itself may omit it.
 */
export type Objective = {
  /** One evaluation. */
  evaluate(x: Float64Array, gradient: Float64Array, call?: ClosureCall): number;
}['evaluate'];
/**
 * An `Objective` that may return a promise of its value. After an abort, which `call.signal` shows, the result is
 * ignored.
 */
export type AsyncObjective = {
  /** One evaluation. */
  evaluate(x: Float64Array, gradient: Float64Array, call?: ClosureCall): number | Promise<number>;
}['evaluate'];

/** The `call` of a function that is evaluated outside of a step. */
export const NO_STEP: ClosureCall = Object.freeze({ signal: undefined } as unknown as ClosureCall);

/** The function as it is called, whatever it returns. */
export type AnyObjective = (x: Float64Array, gradient: Float64Array, call: ClosureCall) => unknown;

/** The bytes of a gradient before the first evaluation: NaN with bits that no arithmetic on numbers makes. */
const UNWRITTEN = 0xff;

/** Scratch memory for short points, so that it is not allocated again at each solve. */
const SCRATCH = new Float64Array(512);

const WORDS: Words = {
  fun: 'fun',
  start: 'x0',
  asyncCall: 'minimizeAsync',
  gradientAdvice: 'write the gradient into the array that is the second argument',
  zeroGradient: '; the gradient is exactly zero at x0',
  value: ({ entry }) => `x[${entry}]`,
  gradient: ({ entry }) => `gradient[${entry}]`,
};

/** The words where the gradient is made of differences. */
const WORDS_OF_DIFFERENCES: Words = {
  ...WORDS,
  gradientAdvice: "leave the gradient away, or the option gradient: 'forward' or 'central' if fun is to write it",
  gradient: ({ entry }) => `the finite difference by x[${entry}]`,
};

/**
 * The arrays of a solve. Without units or fixed coordinates they are checked only after the first evaluation and at the
 * end of the solve.
 */
export class ObjectivePoint implements StepOwner {
  /** What the function is called with. */
  readonly x: OwnedArray;
  readonly gradient: OwnedArray;
  /** x and the gradient in the units of the core; the same two arrays where there are no units. */
  readonly inCore: { readonly data: OwnedArray; readonly grad: OwnedArray };
  readonly words: Words;
  readonly endsOpenMove = true;
  /** The first entry of x where the function put another number than the solve at the last evaluation; -1: none. */
  overwritten = -1;
  /** max|g| of the first gradient of differences, as the core sees it. */
  firstGradNorm = 0;
  /** A copy of x before the first evaluation; from then on the array that onIteration receives. */
  #copy: Float64Array;
  readonly #units: Float64Array | undefined;
  readonly #fixed: readonly number[];

  /**
   * @param x0 belongs to the solve from now on
   * @param differs whether the gradient is made of differences
   */
  constructor(x0: OwnedArray, { units, fixed }: Space, differs: boolean) {
    this.x = x0;
    this.gradient = new Float64Array(new Uint8Array(x0.byteLength).fill(UNWRITTEN).buffer);
    this.words = differs ? WORDS_OF_DIFFERENCES : WORDS;
    this.#units = units;
    this.#fixed = fixed;
    this.inCore =
      units === undefined
        ? { data: x0, grad: this.gradient }
        : { data: x0.map((value, index) => value / units[index]!), grad: new Float64Array(x0.length) };
    this.#toUser(this.x);
    this.#copy = new Float64Array(x0);
  }

  /**
   * The function of these arrays, as a step calls it; its first result is let through once x is known to be unchanged.
   */
  closureOf(fun: AnyObjective, mode: StepMode): UserFunction {
    const { x, gradient } = this;
    const needsCare = this.#units !== undefined || this.#fixed.length > 0;
    let isFirst = true;
    const checked = (result: unknown): unknown => {
      if (isFirst) this.#checkUnchanged();
      if (needsCare) this.#toCore();
      if (isFirst && this.words === WORDS_OF_DIFFERENCES) this.firstGradNorm = largest(this.inCore.grad);
      isFirst = false;
      return result;
    };
    const checkedLater = async (promised: unknown): Promise<unknown> => {
      disown(promised); // its own `then` may throw, and its rejection would then have no handler
      return checked(await promised);
    };
    return (call) => {
      if (needsCare) this.#toUser(x);
      const result = fun(x, gradient, call);
      if (!(isFirst || needsCare) || (mode !== 'sync' && isRevoked(result))) return result;
      return mode === 'sync' || (!isFirst && typeof result === 'number') ? checked(result) : checkedLater(result);
    };
  }

  /** The solve has ended: the function's arrays get its point and the gradient there. */
  finish(): void {
    this.#toUser(this.x);
    for (const [index, unit] of this.#units?.entries() ?? []) this.gradient[index] = this.inCore.grad[index]! / unit;
  }

  /** x <- s z, which is exact. */
  #toUser(x: Float64Array): void {
    const units = this.#units;
    if (units === undefined) return;
    this.#checkPlace();
    for (let index = 0; index < units.length; index++) x[index] = units[index]! * this.inCore.data[index]!;
  }

  /** After an evaluation: what the core is to see of the gradient, and whether the function has written into x. */
  #toCore(): void {
    const { gradient, inCore } = this;
    for (const index of this.#fixed) if (!Number.isFinite(gradient[index])) gradient[index] = 0;
    const units = this.#units;
    if (units === undefined) return;
    this.#checkPlace();
    this.overwritten = -1;
    for (let index = units.length - 1; index >= 0; index--) {
      const expected = units[index]! * this.inCore.data[index]!;
      if (this.x[index] !== expected && !Number.isNaN(expected)) this.overwritten = index;
      inCore.grad[index] = units[index]! * gradient[index]!;
    }
  }

  #checkPlace(): void {
    if (lengthOf(this.x) === lengthOf(this.inCore.data) && lengthOf(this.gradient) === lengthOf(this.inCore.data))
      return;
    throw new LBFGSError(
      'ERR_LBFGS_DATA_CHANGED',
      'Expected fun to leave the arrays of x and the gradient in place but one was detached; hand a copy to whoever transfers it',
    );
  }

  /** onIteration as a step calls it. */
  reporterOf(onIteration: MinimizeOptions['onIteration']): ((info: IterationInfo) => boolean | void) | undefined {
    if (onIteration === undefined) return undefined;
    return (info) => {
      // Where the program has transferred the last copy, a new one is made.
      if (lengthOf(this.#copy) !== lengthOf(this.inCore.data)) this.#copy = new Float64Array(this.inCore.data.length);
      if (this.#units === undefined) this.#copy.set(this.x);
      else this.#toUser(this.#copy);
      return onIteration(info, this.#copy);
    };
  }

  /** The error for a function that has left entries of its first gradient as they were. */
  explainStart(): Error | undefined {
    const halves = new Int32Array(this.gradient.buffer);
    let first = -1;
    let count = 0;
    for (let entry = 0; entry < this.gradient.length; entry++) {
      if (halves[2 * entry] !== -1 || halves[2 * entry + 1] !== -1) continue;
      if (count++ === 0) first = entry;
    }
    if (count === 0) return undefined;
    const isWhole = count === this.gradient.length - this.#fixed.length;
    const others =
      count === 1
        ? ' as it was'
        : ` and ${isWhole ? 'every' : count - 1} other ${isWhole || count === 2 ? 'entry' : 'entries'} as they were`;
    const hint = isWhole
      ? "fill the array in place, gradient[i] = …: to assign gradient = […] does not change it; if fun computes none, add { gradient: 'central' }"
      : 'fill every entry, gradient[i] = …';
    return typeError(
      'ERR_LBFGS_CLOSURE_RESULT',
      `Expected fun to fill the gradient but it left gradient[${first}]${others}; ${hint}, and gradient[i] += … needs gradient.fill(0) before it`,
    );
  }

  /** Notes whether the function has written into x at the last evaluation. */
  ended(native: NativeOptimizer): void {
    if (this.#units !== undefined) return; // seen after each evaluation
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

function largest(gradient: Float64Array): number {
  return gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
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
