/// <reference lib="esnext.disposable" preserve="true" />
/**
 * `torch.optim.LBFGS` for Node.js: the optimiser, its parameters, `minimize` for a function of one vector, `checkGradient` for
 * its gradient.
 *
 * @module lbfgs
 */
export type { Dtype, FloatArray } from './arrays';
export {
  checkGradient,
  type CheckGradientOptions,
  type GradientCheck,
  type ParameterGradientCheck,
} from './check-gradient';
export { estimateMemory, type MemoryInit } from './estimate-memory';
export { LBFGSError, type ErrorCode } from './errors';
export type {
  HookInit,
  LoadStateDictPostHook,
  LoadStateDictPreHook,
  RemovableHandle,
  StateDictPostHook,
  StateDictPreHook,
  StepPostHook,
  StepPreHook,
} from './hooks';
export { LBFGS } from './lbfgs';
export { minimize, minimizeAsync, type MinimizeResult } from './minimize';
export type { MinimizeOptions } from './minimize-options';
export type { AsyncObjective, Objective } from './objective';
export type { LBFGSOptions, LineSearchFn, ResolvedOptions } from './options';
export type { NestedNumbers } from './nested-numbers';
export { Parameter, type ParameterConstructor, type ParameterInit, type ParameterLike } from './parameter';
export type { ParamGroup, ParamGroupInit } from './param-group';
export type { IterationInfo, StepReport, StepStatus } from './report';
export type { LBFGSState, StateDict, StateSummary } from './state-dict';
export type { AsyncClosure, Closure, ClosureCall } from './closure';
export type { StepOptions } from './step-options';
