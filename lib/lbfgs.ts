// The optimiser.

import { inspect } from 'node:util';
import { dispose } from './checks/dispose';
import { checkFunction } from './checks/refusals';
import { GuardedCore } from './native/guarded-core';
import {
  Hooks,
  type HookInit,
  type LoadStateDictPostHook,
  type LoadStateDictPreHook,
  type RemovableHandle,
  type StateDictPostHook,
  type StateDictPreHook,
  type StepPostHook,
  type StepPreHook,
} from './hooks';
import { describeOptimizer } from './inspect';
import { checkDict, loadDict } from './state/load-state-dict';
import { defaultOptions, type LBFGSOptions, type ResolvedOptions } from './options/options';
import { clearGrads, zeroGrads } from './parameters/gradients';
import { resolveGroup } from './parameters/param-group';
import type { GroupHandle, ParamGroup, ParamGroupInit } from './parameters/param-group';
import type { ParameterLike } from './parameters/parameter';
import type { IterationInfo, StepReport } from './step/report';
import { exportState, summariseState, type StateDict, type StateSummary } from './state/state-dict';
import { advance, finish, type StepLoop } from './step/step-async';
import type { AsyncClosure, Closure } from './step/closure';
import { prepared } from './step/peers';
import { StepRun } from './step/step';
import type { StepMode, StepOptions } from './step/step-options';
import { isTraced, traceAsync, traceSync, type StepTrace } from './step/tracing';

/**
 * L-BFGS with the algorithm, options and state dict of `torch.optim.LBFGS`: limited-memory BFGS with steps of fixed
 * length or a strong-Wolfe line search.
 *
 * It holds about (2 historySize + 6) times the memory of the parameters; `estimateMemory` returns the bytes. The
 * history becomes resident as it fills.
 *
 * @example
 * const x = new Parameter([-1.2, 1]);
 * const optimizer = new LBFGS([x], { lineSearchFn: 'strong_wolfe' });
 * optimizer.step(() => {
 *   const [a, b] = x.data;
 *   x.grad = [-400 * a * (b - a * a) - 2 * (1 - a), 200 * (b - a * a)];
 *   return 100 * (b - a * a) ** 2 + (1 - a) ** 2;
 * });
 */
export class LBFGS {
  /** The only group of parameters. Its options may be assigned between steps and take effect at the next step. */
  readonly paramGroups: readonly [ParamGroup];
  /** The options that the constructor resolved. */
  readonly defaults: Readonly<ResolvedOptions>;
  readonly #group: GroupHandle;
  readonly #hooks = new Hooks();
  readonly #core: GuardedCore;
  #lastStep: StepReport | null = null;

  /**
   * @param params parameters, or an iterable with one group, whose options take precedence over `options`
   * @throws TypeError or RangeError for an argument that does not fit; RangeError `ERR_LBFGS_OUT_OF_MEMORY` if there is
   * no memory for the history
   */
  constructor(params: Iterable<ParameterLike> | Iterable<ParamGroupInit>, options: LBFGSOptions = {}) {
    const { defaults, handle } = resolveGroup(params, options, defaultOptions());
    this.defaults = defaults;
    this.#group = handle;
    this.paramGroups = Object.freeze([handle.group] as const);
    this.#core = GuardedCore.over(handle.current);
  }

  /**
   * The report of the last step, set before the post-hooks run; null before the first one. A step that throws leaves
   * it, unless its signal ended it after the first evaluation (`'aborted'`).
   */
  get lastStep(): StepReport | null {
    return this.#lastStep;
  }

  /**
   * Makes one optimisation step of up to maxIter iterations. torch: `step`.
   *
   * Afterwards data, grad and loss belong to the same accepted point, if `lastStep.current` is true. If the closure or
   * a callback throws, the last accepted point returns and the error passes through; the optimiser stays usable.
   *
   * @returns the loss of the first evaluation, as in torch
   * @throws LBFGSError `ERR_LBFGS_NON_FINITE_START` if the first evaluation is not finite and there is no earlier point
   * to return to; LBFGSError `ERR_LBFGS_BUSY` if the optimiser is within another step; `signal.reason` after an abort
   */
  step(closure: Closure, options: StepOptions = {}): number {
    const work = (): number => this.#step(closure, options, 'sync').next().value as number;
    return isTraced() ? traceSync(this.#trace('step'), work, () => this.#lastStep!) : work();
  }

  /**
   * Makes a step as `step` does, for a closure that may return a promise. The numbers have the same bits.
   *
   * While the step is pending, another step, `loadStateDict`, `addParamGroup` and dispose throw `ERR_LBFGS_BUSY`, and
   * the arrays in `data` must not be replaced. If the closure's promise is rejected, the last accepted point returns.
   *
   * With long vectors (n times historySize at least 2^18) the work runs on libuv's thread pool (UV_THREADPOOL_SIZE), on
   * copies that need two vectors of memory, so the event loop stays free.
   *
   * @throws what `step` throws, as a rejection
   */
  async stepAsync(closure: AsyncClosure, options: StepOptions = {}): Promise<number> {
    const work = (): Promise<number> => finish(this.#step(closure, options, 'async'));
    return isTraced() ? traceAsync(this.#trace('stepAsync'), work, () => this.#lastStep!) : work();
  }

  /**
   * Makes a step as `stepAsync` does, and waits after each iteration until the loop asks for the next one. It yields
   * the info that onIteration receives, after the call of onIteration; the data are then at the accepted point.
   *
   * If the loop is left early, the step ends there with the status `'stopped'`, unless it had ended with that iteration
   * anyway. The step begins with the first `next()`, and the optimiser is busy until the loop ends. `lastStep` is set
   * after the loop. Hooks run as for `stepAsync`.
   *
   * @throws what `stepAsync` throws, from the loop
   */
  async *iterate(closure: AsyncClosure, options: StepOptions = {}): AsyncGenerator<IterationInfo, number, undefined> {
    const step = this.#step(closure, options, 'iterate');
    let part = await advance(step);
    try {
      for (; part.done !== true; part = await advance(step, true)) yield part.value;
    } finally {
      if (part.done !== true) await advance(step, false);
    }
    return part.value;
  }

  #trace(call: StepTrace['call']): StepTrace {
    return { call, n: this.#group.current.params.reduce((size, { data }) => size + data.length, 0) };
  }

  /** One step with its hooks; yields as StepRun.loop does. */
  *#step(closure: AsyncClosure, options: StepOptions, mode: StepMode): StepLoop<number> {
    checkFunction(closure, 'closure');
    const core = this.#core.occupy();
    try {
      const { call, run } = yield* prepared(core, mode !== 'sync', () => {
        const call = this.#hooks.beforeStep(this, closure, options);
        return { call, run: new StepRun(core, this.#group.current, call[1], mode) };
      });
      const [[chosen]] = call;
      try {
        yield* run.loop(chosen);
      } finally {
        this.#lastStep = run.ended ?? this.#lastStep;
      }
      const { initialLoss } = run.ended!;
      this.#hooks.afterStep(this, call);
      return initialLoss;
    } finally {
      this.#core.busy = false;
    }
  }

  /** Sets every gradient to null or, if setToNone is false, fills it with zeros. torch: `zero_grad(set_to_none)`. */
  zeroGrad(setToNone = true): void {
    (setToNone ? clearGrads : zeroGrads)(this.#group.current.params);
  }

  /**
   * Adds parameters to the group. torch: `add_param_group`, which makes a second group that LBFGS then refuses.
   *
   * The pairs are kept; the new coordinates are zero in them and in the next pair. After convergence a new optimiser
   * can be faster.
   *
   * @param group parameters; its options, if any, must equal those in use
   * @throws TypeError or RangeError if an option differs, or a parameter does not fit or is already in the group;
   * nothing has changed then
   */
  addParamGroup(group: ParamGroupInit): void {
    this.#core.alone(() => {
      const extended = this.#group.extendedBy(group);
      this.#core.extend(extended);
      this.#group.setParams(extended.params);
    });
  }

  /** A snapshot of the scalars of the state: counts, t, H_diag, prev_loss, history_length. torch: `state`. */
  get state(): StateSummary {
    return summariseState(this.#core.open());
  }

  /** A deep copy of state and options: plain objects and typed arrays with torch's keys. torch: `state_dict`. */
  stateDict(): StateDict {
    return this.#core.undisturbed((core) => {
      this.#hooks.beforeStateDict(this);
      return this.#hooks.afterStateDict(this, exportState(core, this.#group.current));
    });
  }

  /**
   * Loads a copy of a state dict. Options that the dict lacks stay as they are. If the history is longer than
   * history_size, its newest pairs are kept. Values are cast to the computing dtype. torch: `load_state_dict`.
   *
   * @throws TypeError or RangeError `ERR_LBFGS_STATE_DICT` that names the field that does not fit; nothing has changed
   * then
   */
  loadStateDict(state: StateDict): void {
    this.#core.alone((core) => {
      const { group, current } = this.#group;
      const given = this.#hooks.beforeLoad(this, { ...checkDict(state) });
      Object.assign(group, loadDict(given, core, current));
      this.#hooks.afterLoad(this);
    });
  }

  /** Registers a hook that may replace a step's closure and options. torch: `register_step_pre_hook`. */
  registerStepPreHook(hook: StepPreHook): RemovableHandle {
    return this.#hooks.stepPre.add(hook);
  }
  /** Registers a hook that is called after each step that did not throw. torch: `register_step_post_hook`. */
  registerStepPostHook(hook: StepPostHook): RemovableHandle {
    return this.#hooks.stepPost.add(hook);
  }
  /** Registers a hook that is called before `stateDict`. torch: `register_state_dict_pre_hook`. */
  registerStateDictPreHook(hook: StateDictPreHook, init?: HookInit): RemovableHandle {
    return this.#hooks.stateDictPre.add(hook, init);
  }
  /** Registers a hook that may replace what `stateDict` returns. torch: `register_state_dict_post_hook`. */
  registerStateDictPostHook(hook: StateDictPostHook, init?: HookInit): RemovableHandle {
    return this.#hooks.stateDictPost.add(hook, init);
  }
  /** Registers a hook that may replace what `loadStateDict` loads. torch: `register_load_state_dict_pre_hook`. */
  registerLoadStateDictPreHook(hook: LoadStateDictPreHook, init?: HookInit): RemovableHandle {
    return this.#hooks.loadStateDictPre.add(hook, init);
  }
  /** Registers a hook that is called after a state has been loaded. torch: `register_load_state_dict_post_hook`. */
  registerLoadStateDictPostHook(hook: LoadStateDictPostHook, init?: HookInit): RemovableHandle {
    return this.#hooks.loadStateDictPost.add(hook, init);
  }

  /**
   * Frees the native memory at once. Afterwards `step`, `state`, `stateDict`, `loadStateDict` and `addParamGroup` throw
   * `ERR_LBFGS_DISPOSED`. An unreferenced optimiser is freed after garbage collection and a turn of the event loop.
   */
  [dispose](): void {
    this.#core.dispose();
  }

  /** @internal */
  [inspect.custom](): string {
    return describeOptimizer(this.#group.current, this.#core);
  }
}
