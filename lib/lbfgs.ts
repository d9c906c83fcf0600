// The optimiser.

import { inspect } from 'node:util';
import type { Dtype } from './arrays';
import { describe, LBFGSError, typeError } from './errors';
import { Exchange, native as binding, type NativeOptimizer } from './native';
import { DEFAULTS, OPTION_NAMES, type LBFGSOptions, type ResolvedOptions } from './options';
import { ParameterArrays } from './parameter-arrays';
import { resolveGroup, type ParamGroup, type ParamGroupInit } from './param-group';
import type { ParameterLike } from './parameter';
import type { StepReport } from './report';
import { checkStateDict, exportState, importState, type StateDict, type StateParts } from './state-dict';
import { StepRun, writeOptions, type Closure, type StepOptions } from './step';

/**
 * L-BFGS as `torch.optim.LBFGS` (PyTorch's documentation; "heavily inspired by minFunc"): limited-memory BFGS with steps of
 * fixed length or a strong-Wolfe line search, on a native core.
 *
 * Memory: (2 (historySize + 1) + 7) vectors of all parameters together, the history resident only as it fills.
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
  readonly #arrays: ParameterArrays;
  readonly #exchange = new Exchange();
  readonly #dtype: Dtype;
  #native: NativeOptimizer | undefined;
  #lastStep: StepReport | null = null;
  #busy = false;

  /**
   * @param params parameters, or one group of them with options of its own
   * @throws TypeError, RangeError naming what was expected and received; RangeError `ERR_LBFGS_OUT_OF_MEMORY`
   */
  constructor(params: Iterable<ParameterLike> | Iterable<ParamGroupInit>, options: LBFGSOptions = {}) {
    const { defaults, group } = resolveGroup(params, options, DEFAULTS);
    this.defaults = defaults;
    this.paramGroups = Object.freeze([group] as const);
    this.#arrays = new ParameterArrays(group.params);
    this.#dtype = this.#arrays.dtypes.every((dtype) => dtype === 'float32') ? 'float32' : 'float64';
    writeOptions(this.#exchange, group);
    this.#native = new binding.NativeOptimizer(this.#arrays.sizes, this.#arrays.dtypes, this.#exchange.numbers);
    this.#arrays.mapData(this.#native);
  }

  /** How the last step went; null before the first. A step that threw leaves it as it was. */
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
    if (typeof closure !== 'function') {
      throw typeError('ERR_LBFGS_ARG_TYPE', `Expected a function for closure but received ${describe(closure)}`);
    }
    const native = this.#enter();
    try {
      const run = new StepRun({ native, exchange: this.#exchange, arrays: this.#arrays }, this.paramGroups[0], options);
      try {
        while (run.wantsEvaluation) run.tell(closure());
        this.#lastStep = run.finish();
      } catch (error) {
        run.abandon();
        throw error;
      }
      return this.#lastStep.initialLoss;
    } finally {
      this.#busy = false;
    }
  }

  /** Forgets the gradients: sets them to null, or, with false, fills those that are there with zeros. torch: `zero_grad(set_to_none)`. */
  zeroGrad(setToNone = true): void {
    for (const parameter of this.paramGroups[0].params) {
      if (setToNone) parameter.grad = null;
      else parameter.grad?.fill(0);
    }
  }

  /** A deep copy of state and options with torch's keys: plain objects, numbers and typed arrays. torch: `state_dict`. */
  stateDict(): StateDict {
    return exportState(this.#stateParts(this.#open()), this.paramGroups[0]);
  }

  /**
   * Takes over a copy of a state dict. Options it lacks stay as they are; a history longer than history_size keeps its newest
   * pairs; values are cast to the computing dtype. torch: `load_state_dict`.
   *
   * @throws TypeError, RangeError `ERR_LBFGS_STATE_DICT` naming the field that does not fit; nothing has changed then
   */
  loadStateDict(state: StateDict): void {
    const parts = this.#stateParts(this.#idle());
    const checked = checkStateDict(state, parts);
    const group = this.paramGroups[0];
    importState(parts, checked.state, checked.options.historySize ?? group.historySize);
    Object.assign(group, checked.options);
  }

  /** Frees the native memory now; a later use is `ERR_LBFGS_DISPOSED`. Disposing twice is allowed. */
  [Symbol.dispose](): void {
    if (this.#native === undefined) return;
    this.#idle().dispose();
    this.#native = undefined;
  }

  /** Group and state in a few lines, no arrays. */
  [inspect.custom](): string {
    const { params, ...options } = this.paramGroups[0];
    const shown = OPTION_NAMES.map((name) => `${name}: ${describe(options[name])}`).join(', ');
    const counted = params.length === 1 ? '1 parameter' : `${params.length} parameters`;
    return [
      'LBFGS {',
      `  params: ${counted}, ${this.#arrays.size} values, ${this.#dtype}`,
      `  ${shown}`,
      `  ${this.#native === undefined ? 'disposed' : this.#describeState()}`,
      '}',
    ].join('\n');
  }

  #describeState(): string {
    const exchange = this.#exchange;
    const counts = `state: n_iter ${exchange.get('nIter')}, func_evals ${exchange.get('funcEvals')}`;
    if (exchange.get('nIter') === 0) return counts;
    return `${counts}, ${exchange.get('historyLength')} pairs, t ${exchange.get('t')}, H_diag ${exchange.get('hDiag')}, prev_loss ${exchange.get('prevLoss')}`;
  }

  #stateParts(native: NativeOptimizer): StateParts {
    return {
      native,
      exchange: this.#exchange,
      dtype: this.#dtype,
      size: this.#arrays.size,
      parameterCount: this.paramGroups[0].params.length,
    };
  }

  #open(): NativeOptimizer {
    if (this.#native !== undefined) return this.#native;
    throw new LBFGSError('ERR_LBFGS_DISPOSED', 'Expected an optimiser in use but this one has been disposed of');
  }

  #idle(): NativeOptimizer {
    const native = this.#open();
    if (!this.#busy) return native;
    throw new LBFGSError('ERR_LBFGS_BUSY', 'Expected an optimiser at rest but a step of it is in progress');
  }

  #enter(): NativeOptimizer {
    const native = this.#idle();
    this.#busy = true;
    return native;
  }
}
