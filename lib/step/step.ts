// One step in progress: the core's requests and the closure's answers.
//
// TypeScript owns the loop, so that no user code runs under a C++ frame: StepRun.all() is that loop. step-async.ts has the one for
// closures that return promises, in terms of the same parts.

import type { ClosureCall, UserFunction } from './closure';
import { refuseResult } from './closure-result';
import { writeOptions, type Core } from '../native/core';
import { disown } from '../checks/errors';
import { now } from './late';
import { ASKED, native as binding, STATUSES, type Asked } from '../native/native';
import { brokenPoint, refuseStart, whatBroke } from './non-finite';
import type { ResolvedOptions } from '../options/options';
import { readIteration, readReport, type IterationInfo, type StepReport } from './report';
import { checkStepOptions, type StepOptions } from './step-options';
import { CLASS_OWNER, type StepOwner } from '../native/step-owner';

export class StepRun {
  /** How the step went, once it has ended, or was aborted after a complete evaluation. */
  ended: StepReport | null = null;
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
  /** There was a complete evaluation. */
  #evaluated = false;
  /** What a message tells of a point that is not finite, seen where the loss was not. */
  #brokenPoint: string | undefined;

  /** @param watched whether somebody besides onIteration wants to know of each iteration */
  constructor(
    core: Core,
    options: ResolvedOptions,
    stepOptions: StepOptions,
    owner: StepOwner = CLASS_OWNER,
    watched = false,
  ) {
    const { onIteration, signal, timeLimit } = checkStepOptions(stepOptions);
    this.#core = core;
    this.#options = { ...options }; // those assigned meanwhile take effect at the next step
    this.#onIteration = onIteration;
    this.#owner = owner;
    this.#call = [Object.freeze({ signal } as ClosureCall)];
    this.signal = signal;
    this.watched = watched || onIteration !== undefined;
    this.#deadline = timeLimit === undefined ? Infinity : now() + timeLimit;
  }

  /** The whole step, on this thread. Throws what ended it before its end. */
  all(closure: UserFunction): void {
    try {
      this.prepare();
      this.begin();
      while (this.wantsEvaluation) this.tell(this.evaluate(closure));
      this.finish();
    } catch (error) {
      const { native, arrays } = this.#core;
      // First, and by nothing but a native call: the stack may be exhausted.
      native.rollBack(error instanceof Aborted ? CANCEL.aborted : CANCEL.stopped, arrays.mapped);
      try {
        this.abandon(error);
      } catch {
        // There is no room for more: the gradients stay what the closure made them.
      }
      throw error instanceof Aborted ? error.reason : error;
    }
  }

  /** Looks at the signal, and takes up the options and the arrays. */
  prepare(): void {
    const { arrays, exchange, native, solve } = this.#core;
    this.#checkSignal();
    writeOptions(exchange, this.#options, solve);
    arrays.mapData(native);
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
   * loops take up to twice as long (docs/design/performance.md).
   */
  evaluate(closure: UserFunction): unknown {
    this.#checkSignal();
    this.#core.exchange.called = true;
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

  /** To be called before the core runs: no request waits until the core has returned one, and none does if it throws. */
  handOver(): void {
    this.#asked = ASKED.done;
    this.#handedOver = true;
  }

  /** The core has run: what it asks for next counts. */
  answered(): void {
    const { exchange } = this.#core;
    this.#asked = exchange.checkMemory();
    this.#over = this.#asked === ASKED.done;
    this.#handedOver = false;
    exchange.called = false;
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
    if (this.#deadline !== Infinity && this.wantsEvaluation && now() >= this.#deadline) {
      this.#core.arrays.checkData(); // user code may have run since the core did
      this.#asked = ASKED.done;
      this.#core.native.cancel(STATUSES.indexOf('time_limit'));
    }
  }

  /**
   * After the closure, a callback or a check threw, and the core was rolled back: the gradients belong to the accepted point again, and a
   * step that was aborted after a complete evaluation has a report.
   */
  abandon(error: unknown): void {
    const { arrays, native } = this.#core;
    const isOpen = this.#asked !== ASKED.done;
    if (!isOpen && !this.#over && !this.#handedOver) return; // not begun
    this.#asked = ASKED.done;
    arrays.salvage(native);
    this.#mendGradient();
    if (isOpen && error instanceof Aborted && this.#evaluated) this.ended = this.#report('');
  }

  /** Reports a step that has ended; throws where it could not begin. */
  finish(): void {
    const { exchange, arrays, native } = this.#core;
    const { status } = exchange;
    if (status === 'non_finite_start') throw refuseStart(exchange.get('initialLoss'), arrays, this.#owner);
    const loss = exchange.get('toldLoss');
    const endedBroken = status === 'non_finite' || status === 'line_search_failed';
    const broke = endedBroken ? whatBroke(loss, this.#brokenPoint, arrays, this.#owner.words) : '';
    if (exchange.get('gradientStale') === 1) {
      arrays.salvage(native);
      this.#mendGradient();
    }
    this.#owner.ended(native);
    this.ended = this.#report(broke);
  }

  #report(broke: string): StepReport {
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

  /** The gradients then belong to the same point as the data. */
  #mendGradient(): void {
    if (this.#core.exchange.get('gradientStale') === 1) this.#core.native.writeGradient();
  }
}

/** How a step is cancelled. */
export const CANCEL = { stopped: STATUSES.indexOf('stopped'), aborted: STATUSES.indexOf('aborted') };

/** Thrown inside a step whose signal is aborted; what leaves the step is the reason. */
export class Aborted extends Error {
  readonly reason: unknown;

  constructor(reason: unknown) {
    super('aborted');
    this.reason = reason;
  }
}
