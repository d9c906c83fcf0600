// How a whole solve runs: the steps that it is made of, and its result.

import { types } from 'node:util';
import type { MinimizeResult } from './minimize';
import { splitOptions, type MinimizeOptions } from './minimize-options';
import { freeCore, makeCore, type Core } from './native/core';
import { ParameterArrays } from './native/parameter-arrays';
import { ObjectivePoint, type AnyObjective } from './objective';
import type { ResolvedOptions } from './options/options';
import { Differences, type AnyFunction, type DifferenceOrder } from './solve/differences';
import { at } from './solve/region';
import type { Space } from './solve/space';
import { checkFunctions, copyStart } from './solve/start';
import type { ClosureCall, UserFunction } from './step/closure';
import { now } from './step/lazy-modules';
import { prepared } from './step/peers';
import { riseOf, type IterationInfo, type SolveStatus, type StepReport } from './step/report';
import type { StepLoop } from './step/step-async';
import { StepRun } from './step/step';
import type { StepMode, StepOptions } from './step/step-options';

/** The function of a solve, with a gradient of its own or without. */
export type UserObjective = AnyObjective | AnyFunction<ClosureCall>;

/**
 * A solve is one step of a core of its own, and perhaps a second one: one that evaluates the last move, or one with
 * central differences from where forward ones were too coarse.
 */
export class Solve {
  readonly #mode: StepMode;
  readonly #objective: AnyObjective;
  readonly #point: ObjectivePoint;
  readonly #core: Core;
  readonly #options: ResolvedOptions;
  readonly #stepOptions: StepOptions;
  readonly #onIteration: StepOptions['onIteration'];
  readonly #space: Space;
  readonly #differences: Differences<ClosureCall> | undefined;
  /** Iterations of the step before the present one. */
  #iterationsBefore = 0;
  /** The calls for differences have ended the step between two iterations. */
  #callsAreSpent = false;
  /** The error of the differences where the line search failed; undefined if it does not account for the failure. */
  #error: number | undefined;

  /** @param call what the user called, for messages */
  constructor(call: string, fun: UserObjective, x0: ArrayLike<number>, options: MinimizeOptions, mode: StepMode) {
    checkFunctions(call, fun, x0);
    const start = copyStart(x0, 'x0');
    const { lbfgsOptions, rules, stepOptions, onIteration, space, differences } = splitOptions(call, options, start);
    this.#mode = mode;
    this.#options = lbfgsOptions;
    this.#space = space;
    this.#differences = differences && differencesOf(fun as AnyFunction<ClosureCall>, differences, space, mode);
    this.#objective = this.#differences?.evaluate.bind(this.#differences) ?? (fun as AnyObjective);
    this.#point = new ObjectivePoint(start, space, differences !== undefined);
    this.#core = makeCore(new ParameterArrays([this.#point.inCore], lbfgsOptions.comm !== null), lbfgsOptions, rules);
    this.#onIteration = this.#point.reporterOf(onIteration);
    this.#stepOptions = stepOptions;
  }

  /** The number of variables. */
  get size(): number {
    return this.#point.x.length;
  }

  /** The whole solve; yields as StepRun.loop does. */
  *loop(): StepLoop<MinimizeResult> {
    try {
      const closure = this.#point.closureOf(this.#objective, this.#mode);
      const solve = this.#differences === undefined ? yield* this.#step(closure) : yield* this.#differing(closure);
      if (solve.current) return this.#result(solve, solve);
      // Without a line search the last move is not evaluated: a step of no iterations evaluates it, or takes it back.
      const { signal } = this.#stepOptions;
      return this.#result(
        solve,
        yield* this.#run(closure, { ...this.#options, maxIter: 0 }, { signal } as StepOptions),
      );
    } finally {
      freeCore(this.#core);
    }
  }

  *#run(
    closure: UserFunction,
    options: ResolvedOptions,
    stepOptions: StepOptions,
    core = this.#core,
  ): StepLoop<StepReport> {
    const begin = (): StepRun => new StepRun(core, options, stepOptions, this.#mode, this.#point);
    const run = yield* prepared(core, this.#mode !== 'sync', begin);
    yield* run.loop(closure);
    return run.ended!;
  }

  *#step(closure: UserFunction): StepLoop<StepReport> {
    return yield* this.#run(closure, this.#options, {
      ...this.#stepOptions,
      onIteration: this.#onIteration,
    } as StepOptions);
  }

  *#differing(closure: UserFunction): StepLoop<StepReport> {
    const report = yield* this.#refining(closure);
    if (report.status === 'line_search_failed' && this.#options.lr > 0 && !this.#isSpent) {
      const error = yield* this.#errorOfDifferences();
      const most = Math.min(MOST_ERRORS * error, STATIONARY_PART * this.#point.firstGradNorm);
      if (report.gradNorm <= most) this.#error = error;
    }
    return report;
  }

  /** Runs the solve. Where the line search fails because forward differences are too coarse, central ones take over. */
  *#refining(closure: UserFunction): StepLoop<StepReport> {
    const differences = this.#differences!;
    const options = this.#options;
    const begun = now();
    const isForward = differences.order === 'forward';
    const stepOptions: StepOptions = { ...this.#stepOptions, onIteration: (info) => this.#count(info) };
    const first = yield* this.#run(closure, options, isForward ? without(stepOptions, 'onFailure') : stepOptions);
    const iterationsLeft = options.maxIter - first.iterations;
    const isTooCoarse = first.status === 'line_search_failed' && isForward && options.lr > 0 && iterationsLeft > 0;
    if (!isTooCoarse || this.#isSpent) return first;
    differences.order = 'central';
    this.#iterationsBefore = first.iterations;
    const { timeLimit } = stepOptions;
    if (timeLimit !== undefined) stepOptions.timeLimit = Math.max(timeLimit - (now() - begun), Number.MIN_VALUE);
    const { rules, exchange } = this.#core;
    const toleranceGrad = rules!.isRelative ? exchange.get('gradBound') : options.toleranceGrad;
    const core = { ...this.#core, rules: { ...rules!, toleranceGradRelative: Infinity } };
    const { grad } = this.#point.inCore;
    const gradient = grad.slice();
    try {
      const second = yield* this.#run(
        closure,
        { ...options, toleranceGrad, maxIter: iterationsLeft },
        stepOptions,
        core,
      );
      return { ...second, iterations: first.iterations + second.iterations };
    } catch (error) {
      // The function is not finite any more where it was: the first solve counts.
      if (exchange.status !== 'non_finite_start') throw error;
      differences.order = 'forward';
      grad.set(gradient);
      return first;
    }
  }

  /**
   * The largest change of an entry of the gradient at the end when the step is doubled, in the units of the core.
   * Variables at a bound do not count.
   */
  *#errorOfDifferences(): StepLoop<number> {
    const differences = this.#differences!;
    const { signal } = this.#stepOptions;
    const { box, units } = this.#space;
    this.#point.finish();
    const { x, gradient } = this.#point;
    const other = new Float64Array(x.length);
    differences.stretch = 2;
    const result = differences.evaluate(x, other, Object.freeze({ signal } as ClosureCall));
    if (types.isPromise(result)) yield result;
    if (signal?.aborted === true) throw signal.reason;
    let error = 0;
    for (const [index, value] of x.entries()) {
      if (value === at(box.lower, index) || value === at(box.upper, index)) continue;
      error = Math.max(error, Math.abs(gradient[index]! - other[index]!) * (units?.[index] ?? 1));
    }
    return error;
  }

  /** An iteration with differences: the evaluations are the calls of the function. */
  #count(info: IterationInfo): boolean {
    const { calls: evaluations } = this.#differences!;
    if (this.#onIteration?.({ ...info, evaluations, iteration: info.iteration + this.#iterationsBefore }) === false) {
      return false;
    }
    this.#callsAreSpent = this.#isSpent;
    return !this.#callsAreSpent;
  }

  get #isSpent(): boolean {
    return this.#differences!.calls >= this.#options.maxEval!;
  }

  /** @param end the step that evaluated the last move, or the solve itself */
  #result(solve: StepReport, end: StepReport): MinimizeResult {
    this.#point.finish();
    const { x, gradient, overwritten } = this.#point;
    const report = end.status === 'non_finite' ? end : solve;
    const rise = end === solve || report === end ? '' : riseOf({ ...solve, loss: end.loss }, this.#options);
    const evaluations = this.#differences?.calls ?? solve.evaluations + (end === solve ? 0 : end.evaluations);
    const { status, message } = this.#differences === undefined ? report : this.#reportOfDifferences(report);
    return {
      x,
      loss: end.loss,
      gradient,
      gradNorm: end.gradNorm,
      status,
      message:
        message +
        rise +
        (overwritten < 0
          ? ''
          : `; fun wrote x[${overwritten}] at the last evaluation: loss and gradient may not belong to x`),
      converged: status.startsWith('converged_') && overwritten < 0,
      iterations: solve.iterations,
      evaluations,
    };
  }

  #reportOfDifferences({ status, message, gradNorm }: StepReport): { status: SolveStatus; message: string } {
    const { calls, order } = this.#differences!;
    if (status === 'max_eval' || (status === 'stopped' && this.#callsAreSpent)) {
      const { maxEval } = this.#options;
      return { status: 'max_eval', message: `Stopped after ${calls} evaluations, maxEval = ${maxEval!}` };
    }
    if (status !== 'line_search_failed' || this.#options.lr === 0) return { status, message };
    if (this.#error === undefined)
      return { status, message: `${message}; the gradient is made of ${order} differences` };
    const error = Number(this.#error.toPrecision(2));
    const sentence = `no lower loss was found; max|g| = ${gradNorm} is within the error of the differences, ${error}`;
    return { status: 'converged_loss', message: `Converged: ${sentence}` };
  }
}

/** A gradient of so many times the error of its differences cannot be told from zero. */
const MOST_ERRORS = 2;
/** Where the gradient is a larger part of the first one, its error comes from a wall or a jump of the function. */
const STATIONARY_PART = 1e-3;

function differencesOf(
  fun: AnyFunction<ClosureCall>,
  order: DifferenceOrder,
  { box, sizes }: Space,
  mode: StepMode,
): Differences<ClosureCall> {
  return new Differences(fun, order, { box, step: undefined, typicalSize: sizes!, waits: mode !== 'sync' });
}

function without(options: StepOptions, name: keyof StepOptions): StepOptions {
  return { ...options, [name]: undefined };
}
