// State dicts, changed in structure and content, which loadStateDict must take or refuse.
//
// Refused: the error has a code or is a getter's own, and nothing has changed. Taken: what comes out goes in again and comes out as it
// was, where fields read the same each time the scalars are those that were given, and a step with a right closure works.

import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { LBFGS, Parameter, type Dtype, type LBFGSOptions, type StateDict } from 'lbfgs';
import { Model } from '../problems/model';
import { extendedRosenbrock } from '../problems/objectives';
import type { Choices } from './choices';
import { fuzz } from './driver';
import { assertDue } from './errors';
import { Mutator } from './mutations';
import { chosenPollution, type Pollution } from './pollution';

const MOST_EVALUATIONS = 400;
const TOO_MANY = new Error('enough evaluations');

interface Training {
  model: Model;
  optimizer: LBFGS;
}

interface Kind {
  dtype: Dtype | Dtype[];
  options: LBFGSOptions;
  steps: number;
  /** Beside the steps. */
  then?: (training: Training) => void;
}

const wolfe = { lineSearchFn: 'strong_wolfe', maxIter: 3 } as const;
const KINDS: readonly Kind[] = [
  { dtype: 'float64', options: {}, steps: 0 },
  { dtype: 'float64', options: { ...wolfe, maxIter: 0 }, steps: 1 },
  { dtype: 'float64', options: { ...wolfe, maxIter: 1 }, steps: 1 },
  { dtype: 'float64', options: wolfe, steps: 3 },
  { dtype: 'float32', options: wolfe, steps: 3 },
  { dtype: ['float32', 'float64'], options: wolfe, steps: 2 },
  { dtype: 'float64', options: { ...wolfe, historySize: 2 }, steps: 4 },
  { dtype: 'float64', options: { lr: 1e-3, maxIter: 4 }, steps: 2 },
  { dtype: 'float64', options: { ...wolfe, historyDtype: 'float32' }, steps: 3 },
  {
    dtype: 'float64',
    options: wolfe,
    steps: 3,
    then: ({ optimizer }) => {
      optimizer.paramGroups[0].historySize = 2;
    },
  },
  {
    dtype: 'float64',
    options: wolfe,
    steps: 2,
    then: ({ optimizer }) => {
      optimizer.addParamGroup({ params: [new Parameter([0.5, 0.25])] });
    },
  },
];

function begun({ dtype, options }: Kind): Training {
  const model = new Model(extendedRosenbrock, [-1.2, 1, -1.2, 1], { dtype, cuts: [3, 1] });
  return { model, optimizer: new LBFGS(model.params, options) };
}

function trained(kind: Kind): Training {
  const training = begun(kind);
  for (let step = 0; step < kind.steps; step++) training.optimizer.step(training.model.closure);
  kind.then?.(training);
  return training;
}

/** What each kind exports, at rest and in the middle of a step. */
const DICTS: readonly StateDict[] = KINDS.flatMap((kind) => {
  const { model, optimizer } = trained(kind);
  const dicts = [optimizer.stateDict()];
  if (kind.then !== undefined) return dicts;
  optimizer.step(() => {
    dicts.push(optimizer.stateDict());
    return model.closure();
  });
  return dicts.slice(0, 4);
});

/** All that a refused state must not change. */
function snapshot({ model, optimizer }: Training): unknown {
  const { params, ...options } = optimizer.paramGroups[0];
  const values = params.map(({ data, grad }) => [data.slice(), grad?.slice()]);
  return { values, options, x: model.x, report: optimizer.lastStep, dict: optimizer.stateDict() };
}

/** The scalars of a dict that was taken are those given. */
function assertTaken(given: unknown, taken: StateDict, { options }: Kind): void {
  const state = (given as StateDict).state[0] ?? { func_evals: 0, n_iter: 0 };
  const own = taken.state[0] ?? { func_evals: 0, n_iter: 0 };
  const counts: unknown[] = [state.func_evals, state.n_iter];
  assert.deepEqual(
    [own.func_evals, own.n_iter],
    counts.map((count) => Number(count ?? 0) + 0), // -0 is 0
  );
  if (own.n_iter === 0) return;
  assert.deepEqual([own.t, own.H_diag, own.prev_loss], [state.t, state.H_diag, state.prev_loss]);
  const most = Math.min(state.ro!.length, taken.param_groups[0].history_size);
  // In a history of another dtype the pairs are rounded, and one whose curvature is lost by that is left out.
  assert.ok(options.historyDtype === undefined ? own.ro!.length === most : own.ro!.length <= most);
  const isWide = own.d instanceof Float64Array;
  assert.deepEqual(own.d, isWide ? new Float64Array(state.d!) : new Float32Array(state.d!));
}

/** The numbers of a dict, all finite. */
function assertFinite(dict: StateDict): void {
  const {
    d,
    prev_flat_grad,
    old_dirs = [],
    old_stps = [],
    ro = [],
    ...scalars
  } = dict.state[0] ?? { func_evals: 0, n_iter: 0 };
  for (const numbers of [d ?? [], prev_flat_grad ?? [], ...old_dirs, ...old_stps, ro, Object.values(scalars)]) {
    assert.ok(Array.from(numbers as ArrayLike<number>).every(Number.isFinite), 'a number of the state is not finite');
  }
}

/** A step with a right closure, and the state after it in another optimiser. */
function assertUsable(training: Training, kind: Kind): void {
  const { model, optimizer } = training;
  const before = optimizer.stateDict();
  assertFinite(before);
  const other = trained(kind);
  other.optimizer.loadStateDict(before);
  assert.deepEqual(other.optimizer.stateDict(), before, 'what came out does not come out again');
  let calls = 0;
  const parameters = optimizer.paramGroups[0].params;
  const closure = (): number => {
    if (++calls > MOST_EVALUATIONS) throw TOO_MANY;
    for (const parameter of parameters.slice(model.params.length)) parameter.grad = parameter.data.slice();
    return model.closure();
  };
  const start = model.truth.loss;
  try {
    optimizer.step(closure);
    const { loss, current } = optimizer.lastStep!;
    const isSearch = optimizer.paramGroups[0].lineSearchFn !== null;
    if (isSearch && current && parameters.length === model.params.length)
      assert.ok(loss <= start, `${loss} is not above ${start}`);
  } catch (error) {
    assertDue(error, new Set([TOO_MANY]));
  }
  for (const { data, grad } of parameters)
    assert.ok(data.every(Number.isFinite) && grad!.every(Number.isFinite), 'a parameter or a gradient is not finite');
  const after = optimizer.stateDict();
  assertFinite(after);
  other.optimizer.loadStateDict(after);
}

/** Loads it; what is thrown, if anything. */
function load({ optimizer }: Training, given: unknown, pollution?: Pollution): { error: unknown } | undefined {
  const restore = pollution?.();
  try {
    optimizer.loadStateDict(given as StateDict);
    return undefined;
  } catch (error) {
    return { error };
  } finally {
    restore?.();
  }
}

let [taken, refused] = [0, 0];

function input(choices: Choices, tell: (what: string) => void): void {
  const which = choices.below(KINDS.length);
  const kind = KINDS[which]!;
  const dict = structuredClone(choices.oneOf(DICTS));
  tell(`a receiver of kind ${which}`);
  const training = trained(kind);
  const mutator = new Mutator(choices);
  const given = mutator.change(dict, choices.below(4));
  mutator.told.forEach(tell);
  const pollution = choices.once(10) ? chosenPollution(choices, tell) : undefined;
  const before = snapshot(training);
  const failure = load(training, given, pollution);
  if (pollution !== undefined && !mutator.isUnsteady) {
    const other = trained(kind);
    const failureOtherwise = load(other, given);
    assert.equal(
      failure === undefined,
      failureOtherwise === undefined,
      'a property of Object.prototype is taken for one of the dict',
    );
    assert.deepEqual(training.optimizer.stateDict(), other.optimizer.stateDict());
  }
  if (failure !== undefined) {
    refused++;
    assertDue(failure.error, mutator.errors);
    assert.ok(isDeepStrictEqual(snapshot(training), before), 'a refusal has changed something');
    return;
  }
  taken++;
  tell('taken');
  if (!mutator.isUnsteady && mutator.errors.size === 0) assertTaken(given, training.optimizer.stateDict(), kind);
  assertUsable(training, kind);
}

process.on('exit', () => {
  if (taken + refused > 1000)
    assert.ok(taken > refused / 20 && refused > taken / 20, `${taken} taken, ${refused} refused`);
});
void fuzz(__filename, input);
