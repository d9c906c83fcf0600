// torch's state_dict() as plain objects of numbers and typed arrays.

import { newArray, type FloatArray } from '../checks/arrays';
import type { Core } from '../native/core';
import type { LineSearchFn } from '../options/line-searches';
import type { ResolvedOptions } from '../options/options';
import type { ParamGroup } from '../parameters/param-group';

/** torch's state of its first parameter, where all of LBFGS's state is kept. */
export interface LBFGSState {
  /** Closure calls so far. */
  func_evals: number;
  /** Iterations so far. Above 0, everything below is there. */
  n_iter: number;
  /** Last step length. */
  t?: number;
  /** Scale of the initial inverse Hessian. */
  H_diag?: number;
  /** Loss where the last direction was formed. */
  prev_loss?: number;
  /** Last direction, all parameters concatenated. */
  d?: FloatArray;
  /** Gradient where the last direction was formed. */
  prev_flat_grad?: FloatArray;
  /** y = g_{k+1} - g_k of each pair, the oldest first. */
  old_dirs?: FloatArray[];
  /** s = x_{k+1} - x_k of each pair. */
  old_stps?: FloatArray[];
  /** 1 / (y . s) of each pair. */
  ro?: number[];
  /**
   * Not torch's: leading entries of prev_flat_grad that the next pair is made of. From `addParamGroup` to the next iteration those of the
   * old parameters. Elsewhere all of them, or 0 where the last direction was not taken; then only there where `toleranceChange` has
   * been changed since, so that the slope along `d` no longer tells which.
   */
  n_known?: number;
  /**
   * Not torch's: the last steps in a row, 1 or 2, that made no progress above toleranceGrad; absent for none. After 2 the next step starts
   * from steepest descent.
   */
  n_stalled?: number;
}

/** The scalars of the state, readable at any time without copying a vector. */
export type StateSummary = Readonly<
  Pick<LBFGSState, 'func_evals' | 'n_iter' | 't' | 'H_diag' | 'prev_loss'> & {
    /** Pairs in the history. */
    history_length: number;
  }
>;

/**
 * The keys of torch's own `state_dict()`, so that either side can load the other's; all but torch's scratch list `al`, which is
 * not written and is ignored on load. A key torch would set to None is left out; null on load is absent.
 */
export interface StateDict {
  /** By parameter index: all of the state under 0, as in torch; empty before the first step. */
  state: Record<number, LBFGSState>;
  /** The one group. An option that is absent on load keeps the receiver's value. */
  param_groups: [
    {
      /** Option `lr`. */
      lr: number;
      /** Option `maxIter`. */
      max_iter: number;
      /** Option `maxEval`, resolved: never null. */
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

function exportOptimiserState({ native, exchange, dtype, size }: Core, toleranceChange: number): LBFGSState {
  const counts = { func_evals: exchange.get('funcEvals'), n_iter: exchange.get('nIter') };
  if (counts.n_iter === 0) return counts;
  const d = newArray(dtype, size);
  const prev_flat_grad = newArray(dtype, size);
  const slope = native.exportVectors(d, prev_flat_grad);
  // What a load would find without n_known, as Optimizer::load() does for torch's states.
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
    ...(known !== found && { n_known: known }),
    ...(exchange.get('stalled') > 0 && { n_stalled: exchange.get('stalled') }),
  };
}
