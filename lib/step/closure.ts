// What evaluates the model, as the types of a program see it.

/** What a closure is called with: one frozen object a step. */
export interface ClosureCall {
  /**
   * The signal of the step, for what the closure waits for. Once it is aborted the step has ended: a closure that is still at work
   * stops, and writes no gradient any more, since another step may have begun.
   */
  readonly signal?: AbortSignal;
}
/**
 * Re-evaluates the model: sets every parameter's `grad` at its `data`, returns the loss. A closure may do without its argument, and whoever
 * has one may call it without.
 */
export interface Closure {
  (...none: never[]): number;
  (call: ClosureCall): number;
}
/**
 * The same, perhaps later. After an abort wait until its promise has settled before the next step, or let it look at `call.signal`:
 * otherwise it goes on writing gradients beside the closure of that step.
 */
export interface AsyncClosure {
  (...none: never[]): number | Promise<number>;
  (call: ClosureCall): number | Promise<number>;
}
/** A closure as a step calls it, whatever it returns. */
export type UserFunction = (call: ClosureCall) => unknown;
