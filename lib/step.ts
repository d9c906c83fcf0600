// One step in progress: the loop's questions to the closure, answered.
//
// TypeScript owns the loop, so that no user code runs under a C++ frame:
//   for (const run = new StepRun(…); run.wantsEvaluation; ) run.tell(closure());

import { performance } from 'node:perf_hooks';
import { types } from 'node:util';
import { describe, LBFGSError, typeError } from './errors';
import { ASKED, STATUSES, type Asked, type Exchange, type NativeOptimizer, type NativeStatus } from './native';
import { checkKeys, type ResolvedOptions } from './options';
import type { ParameterArrays } from './parameter-arrays';
import { readIteration, readReport, type IterationInfo, type StepReport } from './report';

/** Re-evaluates the model: sets every parameter's `grad` at its `data`, returns the loss. */
export type Closure = () => number;
/** The same, perhaps later. */
export type AsyncClosure = () => number | Promise<number>;

/** Options of one `step()`. */
export interface StepOptions {
  /** Called after each move; false stops the step there. An iteration that ends at the slope test makes no move and no call. */
  onIteration?: (info: IterationInfo) => boolean | void;
  /** Milliseconds, > 0. Looked at after every evaluation; the step then ends at the last accepted point. */
  timeLimit?: number;
}
export const STEP_OPTION_NAMES: readonly (keyof StepOptions)[] = ['onIteration', 'timeLimit'];

/** What a step works on. */
export interface StepParts {
  readonly native: NativeOptimizer;
  readonly exchange: Exchange;
  readonly arrays: ParameterArrays;
}

export class StepRun {
  readonly #parts: StepParts;
  readonly #options: ResolvedOptions;
  readonly #onIteration: StepOptions['onIteration'];
  readonly #deadline: number;
  #asked: Asked = ASKED.done;

  constructor(parts: StepParts, options: ResolvedOptions, stepOptions: StepOptions) {
    checkStepOptions(stepOptions);
    this.#parts = parts;
    this.#options = options;
    this.#onIteration = stepOptions.onIteration;
    this.#deadline = stepOptions.timeLimit === undefined ? Infinity : performance.now() + stepOptions.timeLimit;
    writeOptions(parts.exchange, options);
    parts.arrays.mapData(parts.native);
    parts.native.begin(this.#onIteration !== undefined);
    this.#asked = parts.exchange.asked;
  }

  /** Whether the closure is to be called next. */
  get wantsEvaluation(): boolean {
    return this.#asked === ASKED.evaluate;
  }

  /** Takes what the closure returned. */
  tell(loss: unknown): void {
    const { native, exchange, arrays } = this.#parts;
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
    this.#parts.arrays.salvage(this.#parts.native);
    this.#cancel('stopped', this.wantsEvaluation);
    this.#mendGradient();
  }

  /** The report of a step that has ended; throws where it could not begin. */
  finish(): StepReport {
    const { exchange, arrays, native } = this.#parts;
    if (exchange.status === 'non_finite_start') throw nonFiniteStart(exchange.get('initialLoss'));
    if (exchange.get('gradientStale') === 1) {
      arrays.salvage(native);
      this.#mendGradient();
    }
    return readReport(exchange, this.#options);
  }

  #cancel(status: NativeStatus, evaluated: boolean): void {
    this.#asked = ASKED.done;
    this.#parts.native.cancel(STATUSES.indexOf(status), evaluated);
  }

  /** The gradients then belong to the same point as the data. */
  #mendGradient(): void {
    if (this.#parts.exchange.get('gradientStale') === 1) this.#parts.native.writeGradient();
  }
}

export function writeOptions(exchange: Exchange, options: ResolvedOptions): void {
  exchange.set('lr', options.lr);
  exchange.set('maxIter', options.maxIter);
  exchange.set('maxEval', options.maxEval ?? 0);
  exchange.set('toleranceGrad', options.toleranceGrad);
  exchange.set('toleranceChange', options.toleranceChange);
  exchange.set('historySize', options.historySize);
  exchange.set('strongWolfe', options.lineSearchFn === 'strong_wolfe' ? 1 : 0);
  exchange.set('maxLs', options.maxLs ?? -1);
}

function checkStepOptions(options: StepOptions): void {
  checkKeys(options, STEP_OPTION_NAMES, 'step');
  const { onIteration, timeLimit } = options;
  if (onIteration !== undefined && typeof onIteration !== 'function') {
    throw typeError('ERR_LBFGS_ARG_TYPE', `Expected a function for onIteration but received ${describe(onIteration)}`);
  }
  if (timeLimit !== undefined && !(typeof timeLimit === 'number' && timeLimit > 0)) {
    throw typeError(
      'ERR_LBFGS_ARG_TYPE',
      `Expected a number of milliseconds > 0 for timeLimit but received ${describe(timeLimit)}`,
    );
  }
}

function checkLoss(loss: unknown): asserts loss is number {
  if (typeof loss === 'number') return;
  const hint = types.isPromise(loss) ? '; step() takes a synchronous closure' : '';
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
