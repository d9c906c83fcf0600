// One step: the loop over the core's requests and the closure's answers.
//
// The loop is here and not in the core, so that no user code runs under a C++ frame.

import type { ClosureCall, UserFunction } from './closure';
import { writeOptions, type Core } from '../native/core';
import { disown } from '../checks/errors';
import { isRevoked } from '../checks/own';
import { now } from './lazy-modules';
import { ASKED, CANCEL, type Asked } from '../native/exchange';
import { native as binding } from '../native/native';
import type { ResolvedOptions } from '../options/options';
import { Peers } from './peers';
import { readIteration, type IterationInfo, type StepReport } from './report';
import { Aborted } from './signals';
import { StepEnd } from './step-end';
import { OtherThread, runsElsewhere, settled, type CoreThread, type StepLoop } from './step-async';
import { checkStepOptions, type StepMode, type StepOptions } from './step-options';
import { CLASS_OWNER, type StepOwner } from '../native/step-owner';

export class StepRun implements CoreThread {
  readonly #core: Core;
  readonly #options: ResolvedOptions;
  readonly #mode: StepMode;
  readonly #onIteration: StepOptions['onIteration'];
  /** The signal that ends the step at once. With peers there is none: Peers tells the other ranks first. */
  readonly #signal: AbortSignal | undefined;
  readonly #deadline: number;
  readonly #peers: Peers | undefined;
  readonly #end: StepEnd;
  /** The arguments of the closure. */
  readonly #call: readonly [ClosureCall];
  #asked: Asked = ASKED.done;
  /** The core has answered that the step has ended. */
  #hasEnded = false;
  /** The step is at its end, with peers on all ranks: none of them waits for this one. */
  #isOver = false;
  /** The core runs, or has thrown and gone back to the last accepted point. */
  #coreRuns = false;
  /** Whether there was a complete evaluation. */
  #evaluated = false;

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
    this.#call = [Object.freeze({ signal } as ClosureCall)];
    const deadline = timeLimit === undefined ? Infinity : now() + timeLimit;
    this.#peers = core.team && new Peers(core, core.team, { waits: mode !== 'sync', signal, deadline });
    this.#signal = this.#peers === undefined ? signal : undefined;
    this.#deadline = this.#peers === undefined ? deadline : Infinity;
    this.#end = new StepEnd(core, this.#options, owner, this.#peers, onFailure);
  }

  /**
   * The whole step. Yields each promise that it waits for and, in the mode `iterate`, each iteration, to be answered by
   * whether to go on; in the mode `sync` nothing, so that the first `next()` runs all of it. Throws what ended the step
   * before its end, once the other processes know of it.
   */
  *loop(closure: UserFunction): StepLoop<void> {
    const { arrays, exchange, native, size, team } = this.#core;
    const isAsync = this.#mode !== 'sync';
    const thread: CoreThread = isAsync && runsElsewhere(size, this.#options) ? new OtherThread(this.#core, this) : this;
    const peers = this.#peers;
    team?.occupy();
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
        } else if (this.#asked === ASKED.iteration) {
          running = thread.proceed(yield* this.#report());
        } else if (yield* peers!.combine()) {
          this.#evaluated = true;
          running = thread.reduced(peers!.numbers);
        } else {
          this.#cancel(CANCEL.stopped);
        }
        if (running !== undefined) yield running;
      }
      this.#isOver = true;
      this.#end.finish();
      if (peers?.failure !== undefined) throw peers.failure.error;
    } catch (error) {
      const awaited = this.#coreRuns ? undefined : this.#asked;
      // First, and by nothing but a native call: the stack may be exhausted.
      native.rollBack(error instanceof Aborted ? CANCEL.aborted : CANCEL.stopped, arrays.mapped);
      try {
        this.#abandon(error);
      } catch {
        // There is no room for more: the gradients stay what the closure made them.
      }
      if (peers !== undefined && !this.#isOver) yield* peers.withdraw(awaited, error);
      throw error instanceof Aborted ? error.reason : error;
    } finally {
      team?.release();
    }
  }

  /** How the step went, once it has ended, or was aborted after a complete evaluation. */
  get ended(): StepReport | null {
    return this.#end.report;
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

  reduced(numbers: Float64Array): undefined {
    this.coreStarts();
    this.#core.native.reduced(numbers);
    this.coreReturned();
  }

  /** Whether the core reports each iteration. */
  get isWatched(): boolean {
    return this.#mode === 'iterate' || this.#onIteration !== undefined;
  }

  /**
   * To be called before the core runs: no request waits until the core has returned one, and none does if it throws.
   */
  coreStarts(): void {
    this.#asked = ASKED.done;
    this.#coreRuns = true;
  }

  /** The core has run: what it asks for next counts. */
  coreReturned(): void {
    const { exchange } = this.#core;
    this.#asked = exchange.checkMemory();
    this.#hasEnded = this.#asked === ASKED.done;
    this.#isOver = this.#hasEnded;
    this.#coreRuns = false;
    exchange.called = false;
  }

  /** Whether the core waits for an answer; between two evaluations cancels the step once its time is over. */
  continues(): boolean {
    if (this.#asked === ASKED.evaluate && this.#evaluated && this.#isLate) {
      this.#isOver = true;
      this.#core.arrays.checkData(); // user code may have run since the core did
      this.#cancel(CANCEL.late);
    }
    return this.#asked !== ASKED.done;
  }

  get #isLate(): boolean {
    return this.#peers?.isLate ?? (this.#deadline !== Infinity && now() >= this.#deadline);
  }

  #cancel(status: number): void {
    this.#asked = ASKED.done;
    this.#core.native.cancel(status);
  }

  /**
   * Calls the closure; returns its result. Not by closure(): V8 would inline a short closure into the loop of the step,
   * where the closure's own loops take up to twice as long (docs/design/performance.md).
   */
  evaluate(closure: UserFunction): unknown {
    this.#checkSignal();
    this.#core.exchange.called = true;
    return Reflect.apply(closure, undefined, this.#call);
  }

  /** Checks the loss and the arrays, and hands them to the core. */
  take(loss: unknown): void {
    const { native, exchange, arrays } = this.#core;
    if (typeof loss !== 'number') disown(loss);
    this.#checkSignal();
    if (!Number.isFinite(loss)) this.#end.checkLoss(loss, !this.#evaluated);
    arrays.mapEvaluation(native);
    exchange.toldLoss = loss as number;
    this.#evaluated ||= this.#peers === undefined; // with peers, once it is combined
  }

  /**
   * Reports an iteration; returns whether to go on. With peers it is true: the next message tells the other ranks to
   * stop.
   */
  *#report(): Generator<IterationInfo, boolean, unknown> {
    const { arrays, exchange, native } = this.#core;
    const info = readIteration(exchange);
    try {
      const onIteration = this.#onIteration; // called on its own, not as a method of this
      let goesOn = onIteration?.(info) !== false;
      this.#checkSignal();
      if (this.#mode === 'iterate') goesOn = (yield info) === true && goesOn;
      this.#checkSignal();
      arrays.checkData();
      if (this.#peers === undefined) return goesOn;
      this.#peers.isStopped ||= !goesOn;
    } catch (error) {
      if (this.#peers === undefined) throw error;
      arrays.salvage(native);
      this.#peers.failure = { error };
    }
    return true;
  }

  /**
   * After the closure, a callback or a check threw, and the core was rolled back: the gradients belong to the accepted
   * point again, and a step that was aborted after a complete evaluation has a report.
   */
  #abandon(error: unknown): void {
    const { arrays, native } = this.#core;
    const isOpen = this.#asked !== ASKED.done;
    if (!isOpen && !this.#hasEnded && !this.#coreRuns) return; // not begun
    this.#asked = ASKED.done;
    arrays.salvage(native);
    this.#end.restoreGradient();
    if (isOpen && error instanceof Aborted && this.#evaluated) this.#end.read('');
  }

  /** Throws once the signal is aborted. */
  #checkSignal(): void {
    if (this.#signal?.aborted === true) throw new Aborted(this.#signal.reason);
  }
}
