// The optimiser.

import { inspect } from 'node:util';
import type { Core } from './native/core';
import { dispose } from './dispose';
import { describe, typeError } from './checks/errors';
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
import { checkDict, loadState, readOptions, readState } from './state/load-state-dict';
import { defaultOptions, OPTION_NAMES, type LBFGSOptions, type ResolvedOptions } from './options/options';
import { isFunction } from './checks/own';
import { clearGrads, zeroGrads } from './parameters/gradients';
import { ParameterArrays } from './native/parameter-arrays';
import {
  extendParams,
  resolveGroup,
  type GroupHandle,
  type ParamGroup,
  type ParamGroupInit,
} from './parameters/param-group';
import type { ParameterLike } from './parameters/parameter';
import { Handoff } from './step/iterate';
import type { IterationInfo, StepReport } from './step/report';
import { exportState, summariseState, type StateDict, type StateSummary } from './state/state-dict';
import { runAsync, type Observer } from './step/step-async';
import type { AsyncClosure, Closure, UserFunction } from './step/closure';
import { StepRun } from './step/step';
import type { StepOptions } from './step/step-options';
import { CLASS_OWNER } from './native/step-owner';

/**
 * L-BFGS as `torch.optim.LBFGS` (PyTorch's documentation; "heavily inspired by minFunc"): limited-memory BFGS with steps of
 * fixed length or a strong-Wolfe line search, on a native core.
 *
 * Memory: (2 historySize + 6) vectors of all parameters together, a few more where they are short; the history resident only as it fills.
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
  /** The one group of parameters; its options may be assigned between steps and take effect at the next one. */
  readonly paramGroups: readonly [ParamGroup];
  /** The options that the constructor resolved. */
  readonly defaults: Readonly<ResolvedOptions>;
  readonly #group: GroupHandle;
  readonly #hooks = new Hooks();
  readonly #core: GuardedCore;
  #lastStep: StepReport | null = null;

  /**
   * @param params parameters, or one group of them with options of its own
   * @throws TypeError, RangeError naming what was expected and received; RangeError `ERR_LBFGS_OUT_OF_MEMORY`
   */
  constructor(params: Iterable<ParameterLike> | Iterable<ParamGroupInit>, options: LBFGSOptions = {}) {
    const { defaults, handle } = resolveGroup(params, options, defaultOptions());
    this.defaults = defaults;
    this.#group = handle;
    this.paramGroups = Object.freeze([handle.group] as const);
    const arrays = new ParameterArrays(handle.current.params);
    this.#core = GuardedCore.over(arrays, handle.current);
  }

  /**
   * How the last step went; null before the first. A step that threw leaves it as it was, but for one that its signal ended after the
   * first evaluation: its status is `'aborted'`. What a post-hook throws comes after the report.
   */
  get lastStep(): StepReport | null {
    return this.#lastStep;
  }

  /**
   * One optimisation step: up to maxIter iterations. torch: `step`.
   *
   * Afterwards (where `lastStep.current`) data, grad and loss belong to the same accepted point. A throw from the closure or a
   * callback brings back the last accepted point and passes through; the optimiser stays usable.
   *
   * @returns the loss of the first evaluation, as torch
   * @throws LBFGSError `ERR_LBFGS_NON_FINITE_START` where the first evaluation is not finite and there is no earlier point to go back to
   */
  step(closure: Closure, options: StepOptions = {}): number {
    checkClosure(closure);
    return this.#core.alone((core) => {
      const call = this.#hooks.beforeStep(this, closure, options);
      const initialLoss = this.#run(core, call);
      this.#hooks.afterStep(this, call);
      return initialLoss;
    });
  }

  /**
   * As `step`, for a closure that may return a promise; the same numbers, bit for bit. While it is pending the optimiser refuses
   * another step, a load, a group and dispose (`ERR_LBFGS_BUSY`), and the arrays behind `data` must stay what they are. A promise
   * that is rejected brings back the last accepted point, as a throw does. Long vectors are worked on by a thread of libuv's pool, on
   * copies (2 vectors of memory, made at the first such step), so that the event loop stays free. Node's fs and dns use the same pool and
   * wait while its four threads train; the environment variable UV_THREADPOOL_SIZE, set before the process starts, widens it.
   *
   * @returns the loss of the first evaluation
   * @throws what `step` throws, as a rejection
   */
  async stepAsync(closure: AsyncClosure, options: StepOptions = {}): Promise<number> {
    return this.#stepAsync(closure, options);
  }

  /**
   * A step as by `stepAsync` that waits after each iteration until the next one is asked for. Yields what onIteration is told, if
   * there is one after it; the data are at the accepted point then. Leaving the loop early ends the step there, with status `'stopped'`
   * unless that iteration was the last in any case.
   * Hooks run as for stepAsync, and `lastStep` is there after the loop. The step begins, and is checked, with the first `next()`;
   * until the loop has ended the optimiser is busy.
   *
   * @returns an iterator whose return value is the loss of the first evaluation
   * @throws what `stepAsync` throws, from the loop
   *
   * @example
   * for await (const { iteration, loss } of optimizer.iterate(closure, { signal })) console.log(iteration, loss);
   */
  async *iterate(closure: AsyncClosure, options: StepOptions = {}): AsyncGenerator<IterationInfo, number, undefined> {
    const handoff = new Handoff();
    const step = handoff.closeAfter(this.#stepAsync(closure, options, handoff.offer));
    try {
      for (let info = await handoff.take(); info !== undefined; info = await handoff.take()) yield info;
    } finally {
      handoff.refuse();
      await step;
    }
    return step;
  }

  async #stepAsync(closure: AsyncClosure, options: StepOptions, observe?: Observer): Promise<number> {
    checkClosure(closure);
    const core = this.#core.occupy();
    try {
      const call = this.#hooks.beforeStep(this, closure, options);
      const [[chosen], chosenOptions] = call as [[unknown], StepOptions];
      checkClosure(chosen);
      const run = new StepRun(core, this.#group.current, chosenOptions, CLASS_OWNER, observe !== undefined);
      try {
        await runAsync(core, run, this.#group.current, chosen, observe);
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

  #run(core: Core, [[closure], options]: [[unknown], StepOptions]): number {
    checkClosure(closure);
    const run = new StepRun(core, this.#group.current, options);
    try {
      run.all(closure);
    } finally {
      this.#lastStep = run.ended ?? this.#lastStep;
    }
    return run.ended!.initialLoss;
  }

  /** Forgets the gradients: sets them to null, or, with false, fills those that are there with zeros. torch: `zero_grad(set_to_none)`. */
  zeroGrad(setToNone = true): void {
    const { params } = this.#group.current;
    if (setToNone) clearGrads(params);
    else zeroGrads(params);
  }

  /**
   * Adds parameters to the one group. Training goes on with the curvature learnt so far: the new coordinates are zero in the pairs
   * there are and in the next one. Where the old parameters had long converged, a new optimiser can be faster. torch refuses a second group here; ours has the first one's options. torch: `add_param_group`.
   *
   * @param group parameters; options, if any, equal to those in use
   * @throws TypeError, RangeError where an option differs or a parameter does not fit or is there already; nothing has changed then
   */
  addParamGroup(group: ParamGroupInit): void {
    this.#core.alone((core) => {
      const { current, setParams } = this.#group;
      const params = extendParams(current, group);
      const arrays = new ParameterArrays(params);
      arrays.checkBeginsWith(core.arrays);
      this.#core.replace(arrays, current, (extended) => {
        arrays.mapData(extended.native);
        extended.native.extend(core.native.handle);
      });
      setParams(params);
    });
  }

  /** The scalars of the state: counts, t, H_diag, prev_loss, history_length. A snapshot, without vectors. torch: `state`. */
  get state(): StateSummary {
    return summariseState(this.#core.open());
  }

  /** A deep copy of state and options with torch's keys: plain objects, numbers and typed arrays. torch: `state_dict`. */
  stateDict(): StateDict {
    return this.#core.undisturbed((core) => {
      this.#hooks.beforeStateDict(this);
      return this.#hooks.afterStateDict(this, exportState(core, this.#group.current));
    });
  }

  /**
   * Takes over a copy of a state dict. Options it lacks stay as they are; a history longer than history_size keeps its newest
   * pairs; values are cast to the computing dtype. torch: `load_state_dict`.
   *
   * @throws TypeError, RangeError `ERR_LBFGS_STATE_DICT` naming the field that does not fit; nothing has changed then
   */
  loadStateDict(state: StateDict): void {
    this.#core.alone((core) => {
      const { group, current } = this.#group;
      const given = this.#hooks.beforeLoad(this, { ...checkDict(state) });
      const options = readOptions(given, current.params.length);
      const merged = { ...current, ...options };
      loadState(readState(given, core, merged), core, merged);
      core.arrays.unmap();
      Object.assign(group, options);
      this.#hooks.afterLoad(this);
    });
  }

  /** Called before each step, once; may replace closure and options. torch: `register_step_pre_hook`. */
  registerStepPreHook(hook: StepPreHook): RemovableHandle {
    return this.#hooks.stepPre.add(hook);
  }
  /** Called after each step that did not throw. torch: `register_step_post_hook`. */
  registerStepPostHook(hook: StepPostHook): RemovableHandle {
    return this.#hooks.stepPost.add(hook);
  }
  /** Called before `stateDict`. torch: `register_state_dict_pre_hook`. */
  registerStateDictPreHook(hook: StateDictPreHook, init?: HookInit): RemovableHandle {
    return this.#hooks.stateDictPre.add(hook, init);
  }
  /** Called with what `stateDict` is about to return; may change or replace it. torch: `register_state_dict_post_hook`. */
  registerStateDictPostHook(hook: StateDictPostHook, init?: HookInit): RemovableHandle {
    return this.#hooks.stateDictPost.add(hook, init);
  }
  /** Called with a shallow copy of what `loadStateDict` was given; may change or replace it. torch: `register_load_state_dict_pre_hook`. */
  registerLoadStateDictPreHook(hook: LoadStateDictPreHook, init?: HookInit): RemovableHandle {
    return this.#hooks.loadStateDictPre.add(hook, init);
  }
  /** Called after a state has been loaded. torch: `register_load_state_dict_post_hook`. */
  registerLoadStateDictPostHook(hook: LoadStateDictPostHook, init?: HookInit): RemovableHandle {
    return this.#hooks.loadStateDictPost.add(hook, init);
  }

  /**
   * Frees the native memory now; stepping, states and groups are `ERR_LBFGS_DISPOSED` from then on. Disposing twice is allowed. An optimiser that is just dropped is
   * freed when it has been collected and the event loop turns.
   */
  [dispose](): void {
    this.#core.dispose();
  }

  /** Group and state in a few lines, no arrays. @internal */
  [inspect.custom](): string {
    const { current: group } = this.#group;
    const count = group.params.length === 1 ? '1 parameter' : `${group.params.length} parameters`;
    const core = this.#core.isDisposed ? undefined : this.#core.open();
    const size = core === undefined ? 'disposed' : `${core.size} values, ${core.dtype}`;
    const options = OPTION_NAMES.map((name) => `${name}: ${describe(group[name])}`);
    const state =
      core === undefined ? [] : Object.entries(summariseState(core)).map(([key, value]) => `${key}: ${value}`);
    return ['LBFGS {', `  ${count}, ${size}`, `  ${options.join(', ')}`, `  ${state.join(', ')}`, '}'].join('\n');
  }
}

function checkClosure(closure: unknown): asserts closure is UserFunction {
  if (!isFunction(closure)) {
    throw typeError('ERR_LBFGS_ARG_TYPE', `Expected a function for closure but received ${describe(closure)}`);
  }
}
