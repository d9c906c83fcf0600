// One step in progress: the loop's questions to the closure, answered.
//
// TypeScript owns the loop, so that no user code runs under a C++ frame:
//   for (const run = new StepRun(…); run.wantsEvaluation; ) run.tell(closure());

import { performance } from 'node:perf_hooks';
import { types } from 'node:util';
import { writeOptions, type Core } from './core';
import { describe, LBFGSError, rangeError, typeError } from './errors';
import { ASKED, STATUSES, type Asked, type NativeStatus } from './native';
import { checkKeys, type ResolvedOptions } from './options';
import { readIteration, readReport, type IterationInfo, type StepReport } from './report';

/** Re-evaluates the model: sets every parameter's `grad` at its `data`, returns the loss. */
export type Closure = () => number;
/** The same, perhaps later. */
export type AsyncClosure = () => number | Promise<number>;

/** Options of one `step()`. */
export interface StepOptions {
  /**
   * Called after each move; false stops the step there. An iteration that ends at the slope test makes no move and no call. Not the
   * place to edit data: the next move writes over it.
   */
  onIteration?: (info: IterationInfo) => boolean | void;
  /** Milliseconds, > 0. Looked at after every evaluation; the step then ends at the last accepted point. */
  timeLimit?: number;
}
export const STEP_OPTION_NAMES: readonly (keyof StepOptions)[] = ['onIteration', 'timeLimit'];

export class StepRun {
  readonly #core: Core;
  readonly #options: ResolvedOptions;
  readonly #onIteration: StepOptions['onIteration'];
  readonly #deadline: number;
  #asked: Asked = ASKED.done;

  constructor(core: Core, options: ResolvedOptions, stepOptions: StepOptions) {
    const { onIteration, timeLimit } = checkStepOptions(stepOptions);
    this.#core = core;
    this.#options = { ...options }; // those assigned meanwhile take effect at the next step
    this.#onIteration = onIteration;
    this.#deadline = timeLimit === undefined ? Infinity : performance.now() + timeLimit;
    writeOptions(core.exchange, options);
    core.arrays.mapData(core.native);
    core.native.begin(this.#onIteration !== undefined);
    this.#asked = core.exchange.asked;
  }

  /** Whether the closure is to be called next. */
  get wantsEvaluation(): boolean {
    return this.#asked === ASKED.evaluate;
  }

  /** Takes what the closure returned. */
  tell(loss: unknown): void {
    const { native, exchange, arrays } = this.#core;
    checkLoss(loss);
    arrays.mapEvaluation(native);
    exchange.toldLoss = loss;
    this.#asked = ASKED.done; // while the core runs, and if it throws, there is nothing to abandon
    native.tell();
    this.#asked = exchange.asked;
    while (this.#asked === ASKED.iteration) {
      const goOn = this.#onIteration?.(readIteration(exchange)) !== false;
      arrays.checkData();
      this.#asked = ASKED.done;
      native.proceed(goOn);
      this.#asked = exchange.asked;
    }
    if (this.#deadline !== Infinity && this.wantsEvaluation && performance.now() >= this.#deadline) {
      this.#cancel('time_limit', false);
    }
  }

  /** After the closure, a callback or a check threw: the last accepted point comes back. Never throws. */
  abandon(): void {
    if (this.#asked === ASKED.done) return;
    this.#core.arrays.salvage(this.#core.native);
    this.#cancel('stopped', this.wantsEvaluation);
    this.#mendGradient();
  }

  /** The report of a step that has ended; throws where it could not begin. */
  finish(): StepReport {
    const { exchange, arrays, native } = this.#core;
    if (exchange.status === 'non_finite_start') throw nonFiniteStart(exchange.get('initialLoss'));
    if (exchange.get('gradientStale') === 1) {
      arrays.salvage(native);
      this.#mendGradient();
    }
    return readReport(exchange, this.#options);
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

/** The options, each read once. */
function checkStepOptions(options: StepOptions): StepOptions {
  checkKeys(options, STEP_OPTION_NAMES, 'step');
  const { onIteration, timeLimit } = options;
  if (onIteration !== undefined && typeof onIteration !== 'function') {
    throw typeError('ERR_LBFGS_ARG_TYPE', `Expected a function for onIteration but received ${describe(onIteration)}`);
  }
  if (timeLimit !== undefined && !(typeof timeLimit === 'number' && timeLimit > 0)) {
    const message = `Expected a number of milliseconds > 0 for timeLimit but received ${describe(timeLimit)}`;
    throw typeof timeLimit === 'number'
      ? rangeError('ERR_LBFGS_ARG_VALUE', message)
      : typeError('ERR_LBFGS_ARG_TYPE', message);
  }
  return { onIteration, timeLimit } as StepOptions;
}

function checkLoss(loss: unknown): asserts loss is number {
  if (typeof loss === 'number') return;
  const isPromise = types.isPromise(loss);
  // The promise is refused, so nobody will look at how it ends.
  if (isPromise) void Promise.prototype.then.call(loss, undefined, () => undefined);
  const hint = isPromise ? '; the closure must be synchronous: use stepAsync, or await its data before the call' : '';
  throw typeError(
    'ERR_LBFGS_CLOSURE_RESULT',
    `Expected a number from the closure but received ${describe(loss)}${hint}`,
  );
}

function nonFiniteStart(loss: number): LBFGSError {
  const received = Number.isFinite(loss) ? 'a gradient or a parameter that is not finite' : `the loss ${loss}`;
  return new LBFGSError(
    'ERR_LBFGS_NON_FINITE_START',
    `Expected a finite loss and gradient at the first evaluation of a step but received ${received}; nothing was moved`,
  );
}
