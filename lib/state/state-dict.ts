// torch's state_dict() as plain objects of numbers and typed arrays.

import { newArray, type FloatArray } from '../checks/arrays';
import type { Core } from '../native/core';
import type { LineSearchFn } from '../options/line-searches';
import type { ResolvedOptions } from '../options/options';
import type { ParamGroup } from '../parameters/param-group';

/** The state of the optimiser. torch keeps it as the state of the first parameter. */
export interface LBFGSState {
  /** Closure calls so far. */
  func_evals: number;
  /** Iterations so far. If it is above 0, the fields from `t` to `ro` are present. */
  n_iter: number;
  /** Last step length. */
  t?: number;
  /** Scale of the initial inverse Hessian. */
  H_diag?: number;
  /** Loss at the point where the last direction was formed. */
  prev_loss?: number;
  /** Last direction, all parameters concatenated. */
  d?: FloatArray;
  /** Gradient at the point where the last direction was formed, all parameters concatenated. */
  prev_flat_grad?: FloatArray;
  /** y = g_{k+1} - g_k of each pair, the oldest first. */
  old_dirs?: FloatArray[];
  /** s = x_{k+1} - x_k of each pair, the oldest first. */
  old_stps?: FloatArray[];
  /** 1 / (y . s) of each pair, the oldest first. */
  ro?: number[];
  /**
   * The number of leading entries of prev_flat_grad from which the next pair is made. torch ignores this field. Between
   * `addParamGroup` and the next iteration it is the number of old entries. It can also occur after a change of
   * `toleranceChange`: then it is 0 if the last direction was not taken, else the number of all entries.
   */
  n_known?: number;
  /**
   * The number of steps in a row, 1 or 2, that made no progress above toleranceGrad; absent if there are none. After 2
   * the next step starts from steepest descent. torch ignores this field.
   */
  n_stalled?: number;
  /**
   * max|g| at the optimiser's first evaluation, by which `StepReport.converged` is judged. torch ignores this field. If
   * it is absent on load, the next evaluation counts as the first one.
   */
  first_grad_norm?: number;
}

/** The scalars of the state. Reading them copies no vector. */
export type StateSummary = Readonly<
  Pick<LBFGSState, 'func_evals' | 'n_iter' | 't' | 'H_diag' | 'prev_loss'> & {
    /** Number of pairs in the history. */
    history_length: number;
  }
>;

/**
 * The state and the options with the keys of torch's `state_dict()`. torch's scratch list `al` is not written, and is
 * ignored on load. A key that torch would set to None is absent; null on load counts as absent.
 */
export interface StateDict {
  /** The whole state is at the key 0, as in torch. Before the first step there is no key. */
  state: Record<number, LBFGSState>;
  /** The only group. On load an absent option keeps its present value. */
  param_groups: [
    {
      /** Option `lr`. */
      lr: number;
      /** Option `maxIter`. */
      max_iter: number;
      /** Option `maxEval` as a number, never null. */
      max_eval: number;
      /** Option `toleranceGrad`. */
      tolerance_grad: number;
      /** Option `toleranceChange`. */
      tolerance_change: number;
      /** Option `historySize`. */
      history_size: number;
      /** Option `lineSearchFn`. */
      line_search_fn: LineSearchFn | null;
      /** 0, 1, …: one index for each parameter, in their order. */
      params: number[];
    },
  ];
}

/** torch's name of each option that is in the state dict. */
export const TORCH_NAMES = {
  lr: 'lr',
  max_iter: 'maxIter',
  max_eval: 'maxEval',
  tolerance_grad: 'toleranceGrad',
  tolerance_change: 'toleranceChange',
  history_size: 'historySize',
  line_search_fn: 'lineSearchFn',
} as const satisfies Record<string, keyof ResolvedOptions>;

/** The scalars alone. */
export function summariseState({ native, exchange }: Core): StateSummary {
  native.readState();
  const counts = { func_evals: exchange.get('funcEvals'), n_iter: exchange.get('nIter') };
  const scalars = { t: exchange.get('t'), H_diag: exchange.get('hDiag'), prev_loss: exchange.get('prevLoss') };
  return Object.freeze({
    ...counts,
    ...(counts.n_iter > 0 && scalars),
    history_length: exchange.get('historyLength'),
  });
}

/** A deep copy of the state and the options. */
export function exportState(core: Core, options: Readonly<ParamGroup>): StateDict {
  core.native.readState();
  const group = Object.fromEntries(
    Object.entries(TORCH_NAMES).map(([torchName, name]) => [torchName, options[name]]),
  ) as Omit<StateDict['param_groups'][0], 'params'>;
  const params = Array.from(options.params.keys());
  const hasState = core.exchange.get('funcEvals') > 0 || core.exchange.get('nIter') > 0;
  return {
    state: hasState ? { 0: exportOptimiserState(core, options.toleranceChange) } : {},
    param_groups: [{ ...group, params }],
  };
}

function exportOptimiserState({ native, exchange, dtype, size, team }: Core, toleranceChange: number): LBFGSState {
  const counts = { func_evals: exchange.get('funcEvals'), n_iter: exchange.get('nIter') };
  if (counts.n_iter === 0) return counts;
  const d = newArray(dtype, size);
  const prev_flat_grad = newArray(dtype, size);
  const slope = native.exportVectors(d, prev_flat_grad);
  // The number that a load would compute without n_known, as Optimizer::load() does for torch's states. A process with
  // a part of the vectors cannot compute it; `known` is below 0 until the ranks have combined their parts.
  const found = slope > -toleranceChange ? 0 : size;
  const known = exchange.get('known');
  const ages = Array.from({ length: exchange.get('historyLength') }, (_, age) => age);
  const old_dirs = ages.map(() => newArray(dtype, size));
  const old_stps = ages.map(() => newArray(dtype, size));
  const ro = ages.map((age) => native.exportPair(age, old_stps[age]!, old_dirs[age]!));
  return {
    ...counts,
    t: exchange.get('t'),
    H_diag: exchange.get('hDiag'),
    prev_loss: exchange.get('prevLoss'),
    d,
    prev_flat_grad,
    old_dirs,
    old_stps,
    ro,
    ...((team !== undefined ? known >= 0 : known !== found) && { n_known: known }),
    ...(exchange.get('stalled') > 0 && { n_stalled: exchange.get('stalled') }),
    ...(exchange.get('gradReference') > 0 && { first_grad_norm: exchange.get('gradReference') }),
  };
}
