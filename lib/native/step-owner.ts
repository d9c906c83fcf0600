// What runs a step for the user, the class or a solve: how its errors and reports name the user's function and numbers,
// and what is checked besides.

import type { NativeOptimizer } from './native';

/** An entry of the values or of the gradient. */
export interface Entry {
  readonly parameter: string;
  readonly entry: number;
}

/** What messages call things. */
export interface Words {
  /** The user's function. */
  readonly fun: string;
  /** Where the loss and the gradient have to be finite. */
  readonly start: string;
  /** What takes a function that returns promises. */
  readonly asyncCall: string;
  /** What to do with a gradient that was returned. */
  readonly gradientAdvice: string;
  /** What a report adds where the first gradient is zero in every entry. */
  readonly zeroGradient: string;
  readonly value: (entry: Entry) => string;
  readonly gradient: (entry: Entry) => string;
}

export interface StepOwner {
  readonly words: Words;
  /** Whether the owner evaluates the last move of a step that has not, and reports whether the loss rose. */
  readonly endsOpenMove: boolean;
  /** At a first evaluation that is not finite though the point and the loss are: the error, if the owner knows one. */
  explainStart(): Error | undefined;
  /** A step has ended; its point can be read. */
  ended(native: NativeOptimizer): void;
}

/** The methods of the class LBFGS as owner. */
export const CLASS_OWNER: StepOwner = {
  words: {
    fun: 'the closure',
    start: 'the first evaluation of a step',
    asyncCall: 'stepAsync',
    gradientAdvice: 'set the gradient as grad of each parameter',
    zeroGradient: '; the gradient is exactly zero: did the closure set it?',
    value: ({ parameter, entry }) => `data[${entry}] of ${parameter}`,
    gradient: ({ parameter, entry }) => `grad[${entry}] of ${parameter}`,
  },
  endsOpenMove: false,
  explainStart: () => undefined,
  ended: () => undefined,
};
