// What evaluates the model, as the types of a program see it.

/** The argument of a closure: a frozen object, the same for all calls of a step. */
export interface ClosureCall {
  /**
   * The signal of the step, if it has one. Pass it to whatever the closure waits for. When it is aborted, the step has
   * ended. A closure that is still running must then not write gradients, because another step may have begun.
   */
  readonly signal?: AbortSignal;
}
/**
 * Evaluates the model: sets `grad` of every parameter to the gradient at its `data`, and returns the loss. A closure
 * may be declared and called without the argument.
 */
export interface Closure {
  (...none: never[]): number;
  (call: ClosureCall): number;
}
/**
 * A `Closure` that may return a promise of the loss. After an abort the closure continues, and could write gradients
 * during the next step. Wait until its promise has settled before the next step, or test `call.signal` in the closure.
 */
export interface AsyncClosure {
  (...none: never[]): number | Promise<number>;
  (call: ClosureCall): number | Promise<number>;
}
/** A closure as a step calls it, whatever it returns. */
export type UserFunction = (call: ClosureCall) => unknown;
