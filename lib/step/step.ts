// One step: the loop over the core's requests and the closure's answers.
//
// The loop is here and not in the core, so that no user code runs under a C++ frame.

import type { ClosureCall, UserFunction } from './closure';
import { refuseResult } from './closure-result';
import { writeOptions, type Core } from '../native/core';
import { disown } from '../checks/errors';
import { isRevoked } from '../checks/own';
import { now } from './lazy-modules';
import { ASKED, native as binding, STATUSES, type Asked } from '../native/native';
import { brokenPoint, refuseStart, whatBroke } from './non-finite';
import type { ResolvedOptions } from '../options/options';
import { logSearchFailure, readSearchFailure } from './search-failure';
import { readIteration, readReport, type IterationInfo, type StepReport } from './report';
import { Aborted } from './signals';
import { OtherThread, runsElsewhere, settled, type CoreThread, type StepLoop } from './step-async';
import { checkStepOptions, type StepOptions } from './step-options';
import { logStep } from './tracing';
import { CLASS_OWNER, type StepOwner } from '../native/step-owner';

/** Which method runs the step: `step`, `stepAsync`, or `iterate`, which also waits for its caller after each iteration. */
export type StepMode = 'sync' | 'async' | 'iterate';

/** How a step is cancelled. */
const CANCEL = { stopped: STATUSES.indexOf('stopped'), aborted: STATUSES.indexOf('aborted') };

export class StepRun implements CoreThread {
  /** How the step went, once it has ended, or was aborted after a complete evaluation. */
  ended: StepReport | null = null;
  readonly #core: Core;
  readonly #options: ResolvedOptions;
  readonly #mode: StepMode;
  readonly #onIteration: StepOptions['onIteration'];
  readonly #onFailure: StepOptions['onFailure'];
  readonly #signal: AbortSignal | undefined;
  readonly #deadline: number;
  readonly #owner: StepOwner;
  /** The arguments of the closure. */
  readonly #call: readonly [ClosureCall];
  #asked: Asked = ASKED.done;
  /** The core has answered that the step has ended. */
  #hasEnded = false;
  /** The core runs, or has thrown and gone back to the last accepted point. */
  #coreRuns = false;
  /** There was a complete evaluation. */
  #evaluated = false;
  /** What a message tells of a point that is not finite, seen where the loss was not. */
  #brokenPoint: string | undefined;

  constructor(
    core: Core,
    options: ResolvedOptions,
    stepOptions: StepOptions,
    mode: StepMode,
    owner: StepOwner = CLASS_OWNER,
  ) {
    const { onIteration, signal, timeLimit, onFailure } = checkStepOptions(stepOptions);
    this.#core = core;
    this.#options = { ...options }; // those assigned meanwhile take effect at the next step
    this.#mode = mode;
    this.#onIteration = onIteration;
    this.#onFailure = onFailure;
    this.#signal = signal;
    this.#owner = owner;
    this.#call = [Object.freeze({ signal } as ClosureCall)];
    this.#deadline = timeLimit === undefined ? Infinity : now() + timeLimit;
  }

  /**
   * The whole step. Yields each promise that it waits for and, in the mode `iterate`, each iteration, to be answered by whether to go on; in
   * the mode `sync` nothing, so that the first `next()` runs all of it. Throws what ended the step before its end.
   */
  *loop(closure: UserFunction): StepLoop<void> {
    const { arrays, exchange, native, size } = this.#core;
    const isAsync = this.#mode !== 'sync';
    const thread: CoreThread = isAsync && runsElsewhere(size, this.#options) ? new OtherThread(this.#core, this) : this;
    try {
      this.#checkSignal();
      writeOptions(exchange, this.#options, this.#core.rules);
      arrays.mapData(native);
      let running = thread.begin();
      if (running !== undefined) yield running; // otherwise the closure is called at once
      while (this.continues()) {
        if (this.#asked === ASKED.evaluate) {
          const answer = this.evaluate(closure);
          running = thread.tell(isAsync && !isRevoked(answer) ? yield settled(answer, this.#signal) : answer);
        } else {
          const info = readIteration(exchange);
          const goesOn = this.#report(info);
          const isWanted = this.#mode !== 'iterate' || (yield info) === true;
          this.#checkSignal();
          arrays.checkData();
          running = thread.proceed(goesOn && isWanted);
        }
        if (running !== undefined) yield running;
      }
      this.#finish();
    } catch (error) {
      // First, and by nothing but a native call: the stack may be exhausted.
      native.rollBack(error instanceof Aborted ? CANCEL.aborted : CANCEL.stopped, arrays.mapped);
      try {
        this.#abandon(error);
      } catch {
        // There is no room for more: the gradients stay what the closure made them.
      }
      throw error instanceof Aborted ? error.reason : error;
    }
  }

  // The core on this thread.

  begin(): undefined {
    this.#core.native.begin(this.isWatched);
    this.coreReturned();
  }

  tell(answer: unknown): undefined {
    this.take(answer);
    this.coreStarts();
    binding.tell(this.#core.native.handle);
    this.coreReturned();
  }

  proceed(goOn: boolean): undefined {
    this.coreStarts();
    this.#core.native.proceed(goOn);
    this.coreReturned();
  }

  /** Whether the core reports each iteration. */
  get isWatched(): boolean {
    return this.#mode === 'iterate' || this.#onIteration !== undefined;
  }

  /** To be called before the core runs: no request waits until the core has returned one, and none does if it throws. */
  coreStarts(): void {
    this.#asked = ASKED.done;
    this.#coreRuns = true;
  }

  /** The core has run: what it asks for next counts. */
  coreReturned(): void {
    const { exchange } = this.#core;
    this.#asked = exchange.checkMemory();
    this.#hasEnded = this.#asked === ASKED.done;
    this.#coreRuns = false;
    exchange.called = false;
  }

  /** Whether the core waits for an answer; between two evaluations cancels the step once its time is over. */
  continues(): boolean {
    if (this.#deadline !== Infinity && this.#evaluated && this.#asked === ASKED.evaluate && now() >= this.#deadline) {
      this.#core.arrays.checkData(); // user code may have run since the core did
      this.#asked = ASKED.done;
      this.#core.native.cancel(STATUSES.indexOf('time_limit'));
    }
    return this.#asked !== ASKED.done;
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

  /** Looks at the loss and at the arrays; the core may have them then. */
  take(loss: unknown): void {
    const { native, exchange, arrays } = this.#core;
    if (typeof loss !== 'number') disown(loss);
    this.#checkSignal();
    if (!Number.isFinite(loss)) this.#checkLoss(loss);
    arrays.mapEvaluation(native);
    exchange.toldLoss = loss as number;
    this.#evaluated = true;
  }

  /** Tells onIteration of an iteration; whether to go on. */
  #report(info: IterationInfo): boolean {
    const onIteration = this.#onIteration; // called on its own, not as a method of this
    const goesOn = onIteration?.(info) !== false;
    this.#checkSignal();
    return goesOn;
  }

  /**
   * After the closure, a callback or a check threw, and the core was rolled back: the gradients belong to the accepted point again, and a
   * step that was aborted after a complete evaluation has a report.
   */
  #abandon(error: unknown): void {
    const { arrays, native } = this.#core;
    const isOpen = this.#asked !== ASKED.done;
    if (!isOpen && !this.#hasEnded && !this.#coreRuns) return; // not begun
    this.#asked = ASKED.done;
    arrays.salvage(native);
    this.#restoreGradient();
    if (isOpen && error instanceof Aborted && this.#evaluated) this.ended = this.#readReport('');
  }

  /** Reports a step that has ended; throws where it could not begin. */
  #finish(): void {
    const { exchange, arrays, native } = this.#core;
    const { status } = exchange;
    if (status === 'non_finite_start') throw refuseStart(exchange.get('initialLoss'), arrays, this.#owner);
    const loss = exchange.get('toldLoss');
    const endedBroken = status === 'non_finite' || status === 'line_search_failed';
    const broke = endedBroken ? whatBroke(loss, this.#brokenPoint, arrays, this.#owner.words) : '';
    if (exchange.get('gradientStale') === 1) {
      arrays.salvage(native);
      this.#restoreGradient();
    }
    this.#owner.ended(native);
    this.ended = this.#readReport(broke);
    logStep(this.ended);
    if (status !== 'line_search_failed') return;
    logSearchFailure(this.#core, this.#options);
    const failure = this.#onFailure && readSearchFailure(this.#core, this.#options);
    if (failure !== undefined) Reflect.apply(this.#onFailure!, undefined, [failure]);
  }

  #readReport(broke: string): StepReport {
    return readReport(this.#core, this.#options, this.#owner, broke);
  }

  /** Refuses a result that is no number; of a loss that is NaN or infinite, looks whether the point is why, while the point is there. */
  #checkLoss(loss: unknown): void {
    if (typeof loss !== 'number') throw refuseResult(loss, this.#owner.words);
    const endsHere = this.#options.lineSearchFn === null || !this.#evaluated;
    if (endsHere) this.#brokenPoint = brokenPoint(this.#core.arrays, this.#owner.words);
  }

  /** Throws once the signal is aborted. */
  #checkSignal(): void {
    if (this.#signal?.aborted === true) throw new Aborted(this.#signal.reason);
  }

  /** The gradients then belong to the same point as the data. */
  #restoreGradient(): void {
    if (this.#core.exchange.get('gradientStale') === 1) this.#core.native.writeGradient();
  }
}
