// Callbacks around step, stateDict and loadStateDict, as torch.optim.Optimizer has them.

import { types } from 'node:util';
import { dispose } from './checks/dispose';
import { describe, disown, typeError } from './checks/errors';
import type { LBFGS } from './lbfgs';
import { checkKeys } from './options/options';
import { isObject, listOf } from './checks/own';
import { checkFunction, wrongType } from './checks/refusals';
import type { StateDict } from './state/state-dict';
import type { AsyncClosure } from './step/closure';
import type { StepOptions } from './step/step-options';

/**
 * A synchronous function that is called before a step, and may return another closure and other options for it. torch:
 * `register_step_pre_hook`.
 */
export type StepPreHook = (
  optimizer: LBFGS,
  args: [closure: AsyncClosure],
  kwargs: StepOptions,
) => void | [args: [closure: AsyncClosure], kwargs: StepOptions];
/**
 * A synchronous function that is called after a step that did not throw; `lastStep` is set. torch:
 * `register_step_post_hook`.
 */
export type StepPostHook = (optimizer: LBFGS, args: [closure: AsyncClosure], kwargs: StepOptions) => void;
/** A function that is called before `stateDict`. torch: `register_state_dict_pre_hook`. */
export type StateDictPreHook = (optimizer: LBFGS) => void;
/** A function that may change the state dict, or return another one. torch: `register_state_dict_post_hook`. */
export type StateDictPostHook = (optimizer: LBFGS, state: StateDict) => StateDict | void;
/**
 * A function that may change a shallow copy of the given dict, or return another one. torch:
 * `register_load_state_dict_pre_hook`.
 */
export type LoadStateDictPreHook = (optimizer: LBFGS, state: StateDict) => StateDict | void;
/** A function that is called after a state has been loaded. torch: `register_load_state_dict_post_hook`. */
export type LoadStateDictPostHook = (optimizer: LBFGS) => void;

/** The place of a hook among the others. */
export interface HookInit {
  /** true: the hook is called before the registered ones; false, the default: after them. */
  prepend?: boolean;
}

/** Removes a hook that a `register…` method added. Removing twice is allowed. It works with `using`. */
export interface RemovableHandle {
  /** Removes the hook. It is not called any more, even if its turn in a current round of hooks is still to come. */
  remove(): void;
  /** Does the same as `remove`. */
  [Symbol.dispose](): void;
}

/** Hooks of one kind, in the order they are called. */
class HookList<Hook extends (...args: never[]) => unknown> {
  /** Replaced, never changed: a dispatch under way goes on with the list that it began with. */
  #entries: readonly { readonly hook: Hook }[] = [];

  add(hook: Hook, init: HookInit = {}): RemovableHandle {
    checkFunction(hook, 'hook');
    const { prepend } = checkKeys(init, ['prepend'], 'a hook');
    if (prepend !== undefined && typeof prepend !== 'boolean') throw wrongType('a boolean', 'prepend', prepend);
    const entry = { hook };
    this.#entries = prepend === true ? [entry, ...this.#entries] : [...this.#entries, entry];
    const remove = (): void => {
      this.#entries = this.#entries.filter((other) => other !== entry);
    };
    return { remove, [dispose]: remove };
  }

  /** The hooks to call now; one that is removed meanwhile is passed over, one that is added waits for the next time. */
  *[Symbol.iterator](): Generator<Hook> {
    for (const entry of this.#entries) {
      if (this.#entries.includes(entry)) yield entry.hook;
    }
  }
}

/** All hooks of one optimiser. */
export class Hooks {
  readonly stepPre = new HookList<StepPreHook>();
  readonly stepPost = new HookList<StepPostHook>();
  readonly stateDictPre = new HookList<StateDictPreHook>();
  readonly stateDictPost = new HookList<StateDictPostHook>();
  readonly loadStateDictPre = new HookList<LoadStateDictPreHook>();
  readonly loadStateDictPost = new HookList<LoadStateDictPostHook>();

  /** The arguments that a step is to use. */
  beforeStep(optimizer: LBFGS, closure: AsyncClosure, options: StepOptions): [[AsyncClosure], StepOptions] {
    let call: [[AsyncClosure], StepOptions] = [[closure], options];
    for (const hook of this.stepPre) {
      const result: unknown = hook(optimizer, ...call);
      if (result !== undefined) call = checkCall(result);
    }
    checkFunction(call[0][0], 'closure');
    return call;
  }

  afterStep(optimizer: LBFGS, call: [[AsyncClosure], StepOptions]): void {
    for (const hook of this.stepPost) hook(optimizer, ...call);
  }

  beforeStateDict(optimizer: LBFGS): void {
    for (const hook of this.stateDictPre) hook(optimizer);
  }

  afterStateDict(optimizer: LBFGS, state: StateDict): StateDict {
    return transform(this.stateDictPost, optimizer, state);
  }

  beforeLoad(optimizer: LBFGS, state: StateDict): StateDict {
    return transform(this.loadStateDictPre, optimizer, state);
  }

  afterLoad(optimizer: LBFGS): void {
    for (const hook of this.loadStateDictPost) hook(optimizer);
  }
}

/** The state dict after every hook has had its turn. */
function transform(hooks: Iterable<StateDictPostHook>, optimizer: LBFGS, state: StateDict): StateDict {
  let current = state;
  for (const hook of hooks) current = checkSynchronous(hook(optimizer, current)) ?? current;
  return current;
}

/** What a hook returned; throws for a promise, because hooks are synchronous. */
function checkSynchronous<Result>(result: Result): Result {
  if (!types.isPromise(result)) return result;
  disown(result);
  throw typeError(
    'ERR_LBFGS_HOOK_RESULT',
    'Expected a state dict or nothing from a hook but received a Promise; hooks are synchronous',
  );
}

function checkCall(result: unknown): [[AsyncClosure], StepOptions] {
  const call = listOf(result);
  const [given, kwargs] = call?.length === 2 ? [call.at(0), call.at(1)] : [];
  const args = listOf(given);
  if (args?.length === 1 && isObject(kwargs)) return [[args.at(0) as AsyncClosure], kwargs];
  disown(result);
  const isBare = typeof result === 'function' || typeof given === 'function';
  const hint = isBare ? '; args is an array: return [[closure], options]' : '';
  throw typeError(
    'ERR_LBFGS_HOOK_RESULT',
    `Expected nothing or [args, kwargs] ([[closure], options]) from a step pre-hook but received ${describe(result)}${hint}`,
  );
}
