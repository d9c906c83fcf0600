/// <reference lib="esnext.disposable" preserve="true" />
/**
 * `torch.optim.LBFGS` for Node.js: the optimiser and its parameters, `minimize` for a function of one vector,
 * `finiteDifferences` where there is no gradient, and `checkGradient` where there is one.
 *
 * @module lbfgs
 */
export type { Dtype, FloatArray } from './checks/arrays';
export { checkGradient, type GradientCheck, type ParameterGradientCheck } from './check-gradient';
export type { CheckGradientOptions } from './gradient-check/check-options';
export {
  curveFit,
  type CurveFitData,
  type CurveFitOptions,
  type CurveFitParameter,
  type CurveFitResult,
} from './curve-fit';
export { dataParallel } from './data-parallel';
export type { Communicator } from './distributed/communicator';
export { estimateMemory, type MemoryInit } from './estimate-memory';
export {
  finiteDifferences,
  type AsyncScalarFunction,
  type FiniteDifferencesOptions,
  type ScalarFunction,
} from './finite-differences';
export { LBFGSError, type ErrorCode } from './checks/errors';
export type { FitLoss } from './fit/robust';
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
export type { DifferenceOrder } from './solve/differences';
export type { Bound, Bounds } from './solve/region';
export type { LineSearchFn } from './options/line-searches';
export type { LBFGSOptions, ResolvedOptions } from './options/options';
export type { NestedNumbers } from './checks/nested-numbers';
export { Parameter, type ParameterConstructor, type ParameterInit, type ParameterLike } from './parameters/parameter';
export type { ParamGroup, ParamGroupInit } from './parameters/param-group';
export type { IterationInfo, SolveStatus, StepReport, StepStatus } from './step/report';
export type { LBFGSState, StateDict, StateSummary } from './state/state-dict';
export type { AsyncClosure, Closure, ClosureCall } from './step/closure';
export type { SearchFailure, SearchTrial } from './step/search-failure';
export type { StepOptions } from './step/step-options';
