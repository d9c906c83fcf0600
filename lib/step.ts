// One step in progress: the loop's questions to the closure, answered.
//
// TypeScript owns the loop, so that no user code runs under a C++ frame:
//   run.begin(); while (run.wantsEvaluation) run.tell(run.evaluate(closure));
// Closures that return promises: step-async.ts, in terms of the same parts.

import { performance } from 'node:perf_hooks';
import type { ClosureCall } from './closure';
import { refuseResult } from './closure-result';
import { writeOptions, type Core } from './core';
import { describe, disown, rangeError, typeError } from './errors';
import { ASKED, native as binding, STATUSES, type Asked, type NativeStatus } from './native';
import { brokenPoint, refuseStart, whatBroke } from './non-finite';
import { checkKeys, type ResolvedOptions } from './options';
import { readIteration, readReport, type IterationInfo, type StepReport } from './report';
import { ownerOf, type StepOwner } from './step-owner';

export type { AsyncClosure, Closure, ClosureCall } from './closure';

/** Options of one `step()`. */
export interface StepOptions {
  /**
   * Called after each move; false stops the step there. An iteration that ends at the slope test makes no move and no call. Not the
   * place to edit data: the next move writes over it.
   */
  onIteration?: (info: IterationInfo) => boolean | void;
  /**
   * Once it is aborted the step ends at the last accepted point and throws `signal.reason`. Looked at before the first evaluation, when a
   * closure or callback has returned, and, by stepAsync, while a closure's promise is pending. A signal that fires by the event loop
   * (`AbortSignal.timeout`, a click) cannot fire during synchronous work: neither `step` nor a long closure of `stepAsync` lets the
   * event loop turn. For a budget of a synchronous step there is `timeLimit`.
   */
  signal?: AbortSignal;
  /** Milliseconds, > 0. Looked at after every evaluation; the step then ends at the last accepted point. */
  timeLimit?: number;
}
export const STEP_OPTION_NAMES: readonly (keyof StepOptions)[] = ['onIteration', 'signal', 'timeLimit'];

export class StepRun {
  /** What the run is told to heed while a promise is pending. */
  readonly signal: AbortSignal | undefined;
  /** Whether each iteration is reported. */
  readonly watched: boolean;
  readonly #core: Core;
  readonly #options: ResolvedOptions;
  readonly #onIteration: StepOptions['onIteration'];
  readonly #deadline: number;
  readonly #owner: StepOwner;
  /** The arguments of the closure. */
  readonly #call: readonly [ClosureCall];
  #asked: Asked = ASKED.done;
  /** The core has answered that the step has ended. */
  #over = false;
  /** The core runs, or has thrown and gone back to the last accepted point. */
  #handedOver = false;
  /** The closure has been called for the question that is open. */
  #called = false;
  /** There was a complete evaluation. */
  #evaluated = false;
  /** What a message tells of a point that is not finite, seen where the loss was not. */
  #brokenPoint: string | undefined;

  /** @param watched whether somebody besides onIteration wants to know of each iteration */
  constructor(core: Core, options: ResolvedOptions, stepOptions: StepOptions, watched = false) {
    const { onIteration, signal, timeLimit } = checkStepOptions(stepOptions);
    this.#core = core;
    this.#options = { ...options }; // those assigned meanwhile take effect at the next step
    this.#onIteration = onIteration;
    this.#owner = ownerOf(stepOptions);
    this.#call = [Object.freeze({ signal } as ClosureCall)];
    this.signal = signal;
    this.watched = watched || onIteration !== undefined;
    this.#deadline = timeLimit === undefined ? Infinity : performance.now() + timeLimit;
    this.#checkSignal();
    writeOptions(core.exchange, options);
    core.arrays.mapData(core.native);
  }

  begin(): void {
    this.#core.native.begin(this.watched);
    this.answered();
  }

  /** Whether the closure is to be called next. */
  get wantsEvaluation(): boolean {
    return this.#asked === ASKED.evaluate;
  }

  /** Whether report() is to be called next. */
  get wantsReport(): boolean {
    return this.#asked === ASKED.iteration;
  }

  /**
   * Calls the closure; what it returned. Not by closure(): V8 would compile a short one into the loop of the step, as part of which its own
   * loops take up to twice as long (docs/performance.md).
   */
  evaluate(closure: () => unknown): unknown {
    this.#checkSignal();
    this.#called = true;
    return Reflect.apply(closure, undefined, this.#call);
  }

  /** Takes what the closure returned. */
  tell(loss: unknown): void {
    const { native } = this.#core;
    this.take(loss);
    this.handOver();
    binding.tell(native.handle);
    this.answered();
    while (this.wantsReport) {
      const { goOn } = this.report();
      this.resume();
      this.handOver();
      native.proceed(goOn);
      this.answered();
    }
    this.checkTime();
  }

  // The parts of tell().

  /** Looks at the loss and at the arrays; the core may have them then. */
  take(loss: unknown): void {
    const { native, exchange, arrays } = this.#core;
    if (typeof loss !== 'number') disown(loss);
    this.#checkSignal();
    if (!Number.isFinite(loss)) this.#lookAt(loss);
    arrays.mapEvaluation(native);
    exchange.toldLoss = loss as number;
  }

  /** The core is going to run: until it has answered, and if it throws, there is no question open. */
  handOver(): void {
    this.#asked = ASKED.done;
    this.#handedOver = true;
  }

  /** The core has run: what it asks for next counts. */
  answered(): void {
    this.#asked = this.#core.exchange.asked;
    this.#over = this.#asked === ASKED.done;
    this.#handedOver = false;
    this.#called = false;
  }

  /** Tells onIteration of an iteration. */
  report(): { info: IterationInfo; goOn: boolean } {
    this.#evaluated = true;
    const info = readIteration(this.#core.exchange);
    const onIteration = this.#onIteration; // called on its own, not as a method of this
    const goOn = onIteration?.(info) !== false;
    this.#checkSignal();
    return { info, goOn };
  }

  /** Looks at the signal and the values after a report. */
  resume(): void {
    this.#checkSignal();
    this.#core.arrays.checkData();
  }

  /** Between two evaluations. */
  checkTime(): void {
    this.#evaluated = true;
    if (this.#deadline !== Infinity && this.wantsEvaluation && performance.now() >= this.#deadline) {
      this.#core.arrays.checkData(); // user code may have run since the core did
      this.#cancel('time_limit', false);
    }
  }

  /**
   * After the closure, a callback or a check threw: the last accepted point comes back. Never throws. Returns the report of a step that
   * was aborted, if there was a complete evaluation to report.
   */
  abandon(error: unknown): StepReport | null {
    const isOpen = this.#asked !== ASKED.done;
    if (!isOpen && !this.#over && !this.#handedOver) return null; // not begun
    const aborted = error instanceof Aborted;
    this.#core.arrays.salvage(this.#core.native);
    if (isOpen) this.#cancel(aborted ? 'aborted' : 'stopped', this.#called);
    this.#mendGradient();
    return isOpen && aborted && this.#evaluated ? readReport(this.#core, this.#options, this.#owner, '') : null;
  }

  /** The report of a step that has ended; throws where it could not begin. */
  finish(): StepReport {
    const { exchange, arrays, native } = this.#core;
    const { status } = exchange;
    if (status === 'non_finite_start') throw refuseStart(exchange.get('initialLoss'), arrays, this.#owner);
    const loss = exchange.get('toldLoss');
    const broke = status === 'non_finite' ? whatBroke(loss, this.#brokenPoint, arrays, this.#owner.words) : '';
    if (exchange.get('gradientStale') === 1) {
      arrays.salvage(native);
      this.#mendGradient();
    }
    this.#owner.ended(native);
    return readReport(this.#core, this.#options, this.#owner, broke);
  }

  /** Refuses a result that is no number; of a loss that is NaN or infinite, looks whether the point is why, while the point is there. */
  #lookAt(loss: unknown): void {
    if (typeof loss !== 'number') throw refuseResult(loss, this.#owner.words);
    const endsHere = this.#options.lineSearchFn === null || !this.#evaluated;
    if (endsHere) this.#brokenPoint = brokenPoint(this.#core.arrays, this.#owner.words);
  }

  /** Throws once the signal is aborted. */
  #checkSignal(): void {
    if (this.signal?.aborted === true) throw new Aborted(this.signal.reason);
  }

  #cancel(status: NativeStatus, evaluated: boolean): void {
    this.#asked = ASKED.done;
    this.#core.native.cancel(STATUSES.indexOf(status), evaluated);
  }

  /** The gradients then belong to the same point as the data. */
  #mendGradient(): void {
    if (this.#core.exchange.get('gradientStale') === 1) this.#core.native.writeGradient();
  }
}

/** Thrown inside a step whose signal is aborted; what leaves the step is the reason. */
export class Aborted extends Error {
  readonly reason: unknown;

  constructor(reason: unknown) {
    super('aborted');
    this.reason = reason;
  }

  /** What the user gets for this error. */
  static unwrap(error: unknown): unknown {
    return error instanceof Aborted ? error.reason : error;
  }
}

/** The options, each read once. */
function checkStepOptions(options: StepOptions): StepOptions {
  checkKeys(options, STEP_OPTION_NAMES, 'step');
  const { onIteration, signal, timeLimit } = options;
  if (onIteration !== undefined && typeof onIteration !== 'function') {
    throw typeError('ERR_LBFGS_ARG_TYPE', `Expected a function for onIteration but received ${describe(onIteration)}`);
  }
  if (signal !== undefined && !isAbortSignal(signal)) {
    throw typeError('ERR_LBFGS_ARG_TYPE', `Expected an AbortSignal for signal but received ${describe(signal)}`);
  }
  if (timeLimit !== undefined && !(typeof timeLimit === 'number' && timeLimit > 0)) {
    const message = `Expected a number of milliseconds > 0 for timeLimit but received ${describe(timeLimit)}`;
    throw typeof timeLimit === 'number'
      ? rangeError('ERR_LBFGS_ARG_VALUE', message)
      : typeError('ERR_LBFGS_ARG_TYPE', message);
  }
  return { onIteration, signal, timeLimit } as StepOptions;
}

/** By what it does: it may come from another realm, or a library. */
function isAbortSignal(signal: unknown): boolean {
  if (typeof signal !== 'object' || signal === null) return false;
  const { aborted, addEventListener, removeEventListener } = signal as Partial<AbortSignal>;
  return [typeof aborted, typeof addEventListener, typeof removeEventListener].join() === 'boolean,function,function';
}
