// Compile only: what a program may write, and, below each @ts-expect-error, what it may not. `npm run lint` checks it.

import {
  checkGradient,
  estimateMemory,
  finiteDifferences,
  LBFGS,
  LBFGSError,
  minimize,
  minimizeAsync,
  Parameter,
  type AsyncClosure,
  type AsyncObjective,
  type Bound,
  type Bounds,
  type Closure,
  type ClosureCall,
  type DifferenceOrder,
  type Dtype,
  type FiniteDifferencesOptions,
  type FloatArray,
  type GradientCheck,
  type ParameterGradientCheck,
  type IterationInfo,
  type LBFGSOptions,
  type LineSearchFn,
  type MinimizeOptions,
  type MinimizeResult,
  type NestedNumbers,
  type Objective,
  type ParameterLike,
  type ParamGroup,
  type ParamGroupInit,
  type StateDict,
  type StepOptions,
  type StepPreHook,
  type StepReport,
  type StepStatus,
} from 'lbfgs';

/** Where values go that nobody looks at. */
export let unused: unknown;

export function parameters(): Parameter[] {
  const fromNumbers = new Parameter([1, 2, 3]);
  const nested: NestedNumbers = [
    [1, 2],
    [3, 4],
  ];
  const named = new Parameter(nested, { dtype: 'float32', name: 'w', shape: [4], device: 'cpu' });
  const wrapped = new Parameter(new Float32Array(2));
  const data: FloatArray = wrapped.data;
  const dtype: Dtype = wrapped.dtype;
  wrapped.grad = [1, 2];
  wrapped.grad = new Float64Array(data.length);
  wrapped.grad = null;
  const grad: FloatArray | null = wrapped.grad;
  const counts: [number, readonly number[], string | undefined] = [wrapped.size, wrapped.shape, wrapped.name];
  unused = [grad, dtype, counts];

  // @ts-expect-error: integers are no parameter
  unused = new Parameter(new Int32Array(2));
  // @ts-expect-error: no such dtype
  unused = new Parameter([1], { dtype: 'float16' });
  // @ts-expect-error: the values are changed in place, not replaced
  wrapped.data = new Float32Array(2);
  // @ts-expect-error: undefined is not null
  wrapped.grad = undefined;
  // @ts-expect-error: fixed at construction
  wrapped.shape = [2];
  return [fromNumbers, named, wrapped];
}

export function optimisers(params: readonly Parameter[], set: Set<ParameterLike>): LBFGS[] {
  const like: ParameterLike = { data: new Float64Array(2), grad: null };
  const lineSearchFn: LineSearchFn = 'strong_wolfe';
  const options: LBFGSOptions = {
    lr: 1,
    maxEval: null,
    lineSearchFn,
    maxLs: null,
    threads: 4,
    historyDtype: 'float32',
  };
  const init: ParamGroupInit = { params: set, lr: 0.1 };
  const optimizer = new LBFGS(params, options);
  const group: ParamGroup = optimizer.paramGroups[0];
  group.lr = 0.5;
  group.lineSearchFn = null;
  group.maxEval = null;
  group.threads = 2;
  group.historyDtype = 'float32';
  group.historyDtype = null;
  const lr: number = optimizer.defaults.lr;
  unused = lr;

  // @ts-expect-error: a list of parameters, not one of them
  unused = new LBFGS(params[0]!);
  // @ts-expect-error: torch's spelling
  unused = new LBFGS(params, { max_iter: 20 });
  // @ts-expect-error: no such line search
  unused = new LBFGS(params, { lineSearchFn: 'armijo' });
  // @ts-expect-error: not a number
  unused = new LBFGS(params, { lr: '0.1' });
  // @ts-expect-error: a number, never null
  unused = new LBFGS(params, { threads: null });
  // @ts-expect-error: no such dtype
  unused = new LBFGS(params, { historyDtype: 'float16' });
  // @ts-expect-error: a gradient is missing
  unused = new LBFGS([{ data: new Float64Array(1) }]);
  // @ts-expect-error: there is no such option
  group.momentum = 0.9;
  // @ts-expect-error: the parameters of a group stay
  group.params = [];
  // @ts-expect-error: the defaults stay
  optimizer.defaults.lr = 2;
  // @ts-expect-error: there is one group
  unused = optimizer.paramGroups[1];
  return [optimizer, new LBFGS([like]), new LBFGS([init]), new LBFGS(set)];
}

export function steps(optimizer: LBFGS): string {
  const closure: Closure = () => 1;
  const onIteration = ({ iteration, evaluations, loss, gradNorm, stepSize }: IterationInfo): boolean =>
    iteration + evaluations + loss + gradNorm + stepSize > 0;
  const stepOptions: StepOptions = { onIteration, timeLimit: 100 };
  const loss: number = optimizer.step(closure, stepOptions);
  optimizer.step(closure, { onIteration: () => {} });
  optimizer.zeroGrad();
  optimizer.zeroGrad(false);
  const report: StepReport | null = optimizer.lastStep;
  optimizer[Symbol.dispose]();

  // @ts-expect-error: a closure returns the loss
  optimizer.step(() => {});
  // @ts-expect-error: a promise is for stepAsync
  optimizer.step(() => Promise.resolve(1));
  // @ts-expect-error: there is no such option
  optimizer.step(closure, { timeout: 3 });
  // @ts-expect-error: null before the first step
  unused = optimizer.lastStep.status;
  // @ts-expect-error: what happened is not to be changed
  optimizer.lastStep = null;
  return `${loss} ${report === null ? 'none' : describeStatus(report.status)}`;
}

/** Every status there is, and no other. */
function describeStatus(status: StepStatus): string {
  switch (status) {
    case 'converged_gradient':
    case 'converged_slope':
    case 'converged_step':
    case 'converged_loss':
      return 'converged';
    case 'max_iter':
    case 'max_eval':
    case 'stopped':
    case 'aborted':
    case 'time_limit':
      return 'ended';
    case 'line_search_failed':
    case 'non_finite':
      return 'failed';
  }
}

export async function asynchronousSteps(optimizer: LBFGS): Promise<number> {
  const closure: AsyncClosure = () => Promise.resolve(1);
  const { signal } = new AbortController();
  const loss: number = await optimizer.stepAsync(closure, { signal, timeLimit: 100 });
  await optimizer.stepAsync(() => 1);
  for await (const info of optimizer.iterate(closure, { signal })) unused = info satisfies IterationInfo;
  const fun = (x: Float64Array, gradient: Float64Array): Promise<number> => Promise.resolve(x.length - gradient.length);
  const result: MinimizeResult = await minimizeAsync(fun, [1, 2], { signal, historySize: 5 });
  const bytes: number = estimateMemory({ size: 10, historySize: 5, dtype: 'float32' });
  unused = [result, bytes];

  // @ts-expect-error: a promise of nothing
  await optimizer.stepAsync(() => Promise.resolve());
  // @ts-expect-error: a controller is not its signal
  await optimizer.stepAsync(closure, { signal: new AbortController() });
  // @ts-expect-error: a promise is for minimizeAsync
  unused = minimize(fun, [1, 2]);
  // @ts-expect-error: of how many numbers?
  unused = estimateMemory({ historySize: 5 });
  return loss;
}

export function closureCalls(optimizer: LBFGS, call: ClosureCall): unknown {
  const signal: AbortSignal | undefined = call.signal;
  const heeding: AsyncClosure = async ({ signal: heeded }) => {
    heeded?.throwIfAborted();
    return Promise.resolve(1);
  };
  const synchronous: Closure = ({ signal: heeded }) => (heeded?.aborted === true ? 0 : 1);
  optimizer.step(synchronous);
  optimizer.step(({ signal: heeded }) => (heeded === undefined ? 0 : 1));
  const annotated = (given: ClosureCall): number => (given.signal === undefined ? 0 : 1);
  optimizer.step(annotated);
  unused = [optimizer.stepAsync(heeding), optimizer.stepAsync(annotated), optimizer.iterate(heeding)];
  const loss: number = synchronous() + synchronous(call);

  const hook: StepPreHook = (_, [closure], kwargs) => [
    [async (given) => (await closure()) + (await closure(given))],
    kwargs,
  ];
  const unaware = (_: LBFGS, args: [closure: AsyncClosure]): void => void args[0]();
  optimizer.registerStepPreHook(hook);
  optimizer.registerStepPreHook(unaware);
  optimizer.registerStepPostHook(unaware);

  const objective: Objective = (x, gradient, given) =>
    x.length + gradient.length + (given?.signal === undefined ? 0 : 1);
  const later: AsyncObjective = async (x, gradient, given?: ClosureCall) =>
    Promise.resolve(objective(x, gradient, given));
  unused = minimize(objective, [1]);
  unused = minimize((x, gradient, { signal: heeded }) => (heeded === undefined ? x.length : gradient.length), [1]);
  unused = minimize((x: Float64Array, _: Float64Array, given: ClosureCall) => (given.signal ? x.length : 0), [1]);
  unused = [minimizeAsync(later, [1]), minimizeAsync((x, _, { signal: heeded }) => (heeded ? x.length : 0), [1])];
  loss satisfies number;

  // @ts-expect-error: the call of a step stays
  call.signal = undefined;
  // @ts-expect-error: a call is no signal
  synchronous({ aborted: true });
  // @ts-expect-error: the function returns its value
  const silent: Objective = (x, gradient) => {
    gradient.set(x);
  };
  unused = silent;
  return [signal, heeding];
}

export function states(optimizer: LBFGS): StateDict {
  const dict: StateDict = optimizer.stateDict();
  const count: number | undefined = dict.state[0]?.n_iter;
  const direction: FloatArray | undefined = dict.state[0]?.d;
  const historySize: number = dict.param_groups[0].history_size;
  optimizer.loadStateDict(dict);
  unused = [count, direction, historySize];

  // @ts-expect-error: torch's names are in the state dict
  unused = dict.param_groups[0].historySize;
  // @ts-expect-error: no state dict at all
  optimizer.loadStateDict({});
  return dict;
}

export function functions(): MinimizeResult {
  const rosenbrock = (x: Float64Array, gradient: Float64Array): number => {
    gradient.fill(0);
    return x.length;
  };
  const best = new Float64Array(2);
  const options: MinimizeOptions = { historySize: 5, timeLimit: 1000, onIteration: () => true };
  const forSteps: NonNullable<StepOptions['onIteration']> = ({ iteration }) => iteration < 5;
  unused = minimize(rosenbrock, [1, 2], { onIteration: forSteps });
  unused = minimize(rosenbrock, [1, 2], {
    onIteration: ({ loss }, at) => {
      if (loss < 1) best.set(at);
    },
  });
  const result: MinimizeResult = minimize(rosenbrock, new Float32Array(2), options);
  const x: Float64Array = result.x;
  const check: GradientCheck = checkGradient(rosenbrock, x, { step: 1e-6, samples: 10, seed: 1 });
  const ok: boolean = check.ok;
  unused = ok;
  const ofParameters: ParameterGradientCheck = checkGradient([new Parameter([1])], () => 1, { dtype: 'float32' });
  const { worstName, withoutGradient }: { worstName: string; withoutGradient: readonly string[] } = ofParameters;
  unused = [worstName, withoutGradient];

  // @ts-expect-error: the function returns its value
  minimize(() => {}, [1]);
  // @ts-expect-error: numbers, not text
  minimize(rosenbrock, ['1']);
  // @ts-expect-error: there is no such option
  checkGradient(rosenbrock, x, { tolerance: 1 });
  // @ts-expect-error: parameters go with a closure
  checkGradient([new Parameter([1])], x);
  // @ts-expect-error: there is no such dtype
  checkGradient(rosenbrock, x, { dtype: 'float16' });
  return result;
}

export function errors(error: unknown): string | undefined {
  if (!(error instanceof LBFGSError)) return undefined;
  const { code, message, cause } = error;
  unused = cause;
  // @ts-expect-error: a code stays
  error.code = '';
  return `${code}: ${message}`;
}

export async function regionsAndDifferences(): Promise<MinimizeResult> {
  const fun = (x: Float64Array, gradient: Float64Array): number => x.length - gradient.length;
  const alone = (x: Float64Array): number => x.length;
  const later = async (x: Float64Array, call: ClosureCall): Promise<number> =>
    Promise.resolve(call.signal === undefined ? x.length : 0);
  const bound: Bound = null;
  const pairs: [number, number | null][] = [[0, 1]];
  const all: Bounds[] = [pairs, [[bound, 1]], { lower: 0 }, { lower: new Float64Array(1), upper: [null] }, {}];
  for (const bounds of all) unused = minimize(fun, [1], { bounds, l1: 0.1, scale: 'auto' });
  unused = minimize(fun, [1], { l1: new Float32Array(1), scale: [2] });

  const order: DifferenceOrder = 'central';
  unused = minimize(alone, [1], { gradient: order });
  unused = minimize(([a = 0], { signal }) => (signal === undefined ? a : 0), [1], { gradient: 'forward', maxIter: 3 });
  unused = minimize((x) => x[0]! ** 2, [1], { gradient: 'forward', onIteration: (_, x) => x.length > 0 });
  const options: FiniteDifferencesOptions = { bounds: pairs, order, step: 1e-6 };
  const objective: Objective = finiteDifferences(alone, options);
  const promising: AsyncObjective = finiteDifferences(later);
  unused = [minimize(objective, [1]), checkGradient(objective, [1], { bounds: pairs }), minimizeAsync(promising, [1])];

  // @ts-expect-error: no such differences
  unused = minimize(fun, [1], { gradient: 'up' });
  // @ts-expect-error: a promise is for minimizeAsync
  unused = minimize(later, [1], { gradient: 'forward' });
  // @ts-expect-error: a bound is a number or null
  unused = minimize(fun, [1], { bounds: [[0, '1']] });
  // @ts-expect-error: bounds come in pairs
  unused = minimize(fun, [1], { bounds: [0, 1] });
  // @ts-expect-error: no such order
  unused = finiteDifferences(alone, { order: '2-point' });
  return minimizeAsync(later, [1], { gradient: 'central' });
}
