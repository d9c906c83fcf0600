// Trainings whose evaluations go wrong from the k-th on, and what holds after each of their steps.

import assert from 'node:assert/strict';
import { LBFGS, type AsyncClosure, type Dtype, type LBFGSOptions } from 'lbfgs';
import { Model } from '../problems/model';
import { extendedRosenbrock, separableQuadratic } from '../problems/objectives';
import { lbfgsRefusal } from '../problems/refusal';
import { remoteness, training, type Fault, type Mode, type Training } from '../problems/training';

/** What is trained, the same at every call. */
export interface Subject {
  mode: Mode;
  make: () => Training;
  /** Numbers in all parameters together. */
  size: number;
}

/** How a step is made, and how its closure fails. */
export const WAYS = ['step', 'stepAsync', 'stepAsync of a plain closure'] as const;
export type Way = (typeof WAYS)[number];

/** The first evaluation that fails, and whether all after it do, too. */
export interface When {
  k: number;
  forEver: boolean;
}

/** Evaluations that were made to fail, of all trainings. */
export const injected = { notFinite: 0, thrown: 0 };

/** Steps with the fault in, after the one that it first strikes, where it stays for ever. */
const STEPS_IN_VAIN = 2;
const NON_FINITE_START = lbfgsRefusal('ERR_LBFGS_NON_FINITE_START', /; nothing was moved$/);
const LINE_SEARCH_ENDS = /^(converged_(gradient|slope|step|loss)|max_iter|max_eval|line_search_failed)$/;
const FIXED_STEP_ENDS = /^(converged_(gradient|slope|step|loss)|max_iter|max_eval)$/;

/** The training of test/problems, its run cut into steps of at most maxIter iterations. */
export function short(mode: Mode, dtype: Dtype, maxIter: number): Subject {
  const make = (): Training => training(mode, dtype, { maxIter });
  return { mode, make, size: make().model.x.length };
}

/** The same functions with variables and room for pairs enough for stepAsync to work on another thread; no larger, since many are made. */
export function long(mode: Mode, dtype: Dtype, maxIter: number): Subject {
  const [size, historySize] = [300, 1000];
  const repeated = (values: readonly number[]): number[] =>
    Array.from({ length: size }, (_, i) => values[i % values.length]!);
  const init = { dtype, cuts: [3, size - 5, 2] };
  const minimiser = repeated(mode === 'line search' ? [1] : [1, -2, 0.5]);
  const [fun, start] =
    mode === 'line search'
      ? ([extendedRosenbrock, repeated([-1.2, 1])] as const)
      : ([separableQuadratic(repeated([1, 3, 10]), minimiser), repeated([3])] as const);
  const lineSearchFn = mode === 'line search' ? 'strong_wolfe' : null;
  const options: LBFGSOptions = { historySize, maxIter, maxEval: 1000, lineSearchFn };
  const make = (): Training => {
    const model = new Model(fun, start, init);
    return { model, optimizer: new LBFGS(model.params, options), minimiser, tolerance: 5e-3 };
  };
  return { mode, make, size };
}

/** Whether more steps bring no more. In float32 a line search may fail at the minimum, where the loss is all rounding. */
function atItsEnd({ lastStep }: LBFGS): boolean {
  return lastStep!.converged || lastStep!.status === 'line_search_failed';
}

/** Evaluations of an undisturbed run. */
export function callsOf({ make }: Subject): number {
  const run = make();
  do run.optimizer.step(run.model.closure);
  while (!atItsEnd(run.optimizer));
  assert.ok(remoteness(run) <= 1, String(run.model.x));
  return run.model.calls;
}

/** Trains with evaluations that are not finite, then without; checks every step. Returns all that it left, to be compared. */
export async function trainNotFinite(subject: Subject, way: Way, fault: Fault, when: When): Promise<unknown> {
  const run = new FaultyTraining(subject, way, when);
  run.model.fault = (evaluation) => {
    assertFinite(run.model.x);
    if (!run.strikes(evaluation.call)) {
      run.lastFinite = { x: run.model.x, loss: evaluation.loss };
      return;
    }
    injected.notFinite++;
    fault.apply(evaluation);
  };
  await run.whileFaulty(() => run.stepNotFinite());
  return run.toTheEnd();
}

/** The same with a closure that throws or rejects, its gradients spoiled before. */
export async function trainThrowing(subject: Subject, way: Way, when: When): Promise<unknown> {
  const run = new FaultyTraining(subject, way, when);
  const error = new Error('out of data');
  run.model.fault = ({ call, loss }) => {
    assertFinite(run.model.x);
    if (!run.strikes(call)) {
      run.lastFinite = { x: run.model.x, loss };
      return;
    }
    injected.thrown++;
    for (const { grad } of run.model.params) grad!.fill(NaN);
    throw error;
  };
  await run.whileFaulty(() => run.stepThrowing(error));
  return run.toTheEnd();
}

class FaultyTraining {
  readonly model: Model;
  readonly optimizer: LBFGS;
  /** Of the last evaluation that did not fail. */
  lastFinite: { x: Float64Array; loss: number };
  readonly #mode: Mode;
  readonly #way: Way;
  readonly #when: When;
  readonly #training: Training;
  readonly #reports: unknown[] = [];
  /** Of the present step. */
  #firstLoss = NaN;

  constructor({ mode, make }: Subject, way: Way, when: When) {
    this.#mode = mode;
    this.#way = way;
    this.#when = when;
    this.#training = make();
    this.model = this.#training.model;
    this.optimizer = this.#training.optimizer;
    this.lastFinite = { x: this.model.x, loss: NaN };
  }

  strikes(call: number): boolean {
    return call === this.#when.k || (this.#when.forEver && call > this.#when.k);
  }

  /** Steps until the fault has struck, and a few times more where it stays. */
  async whileFaulty(step: () => Promise<void>): Promise<void> {
    while (this.model.calls < this.#when.k) await step();
    if (this.#when.forEver) for (let i = 0; i < STEPS_IN_VAIN; i++) await step();
  }

  /** Once the fault is gone the minimum is reached. */
  async toTheEnd(): Promise<unknown> {
    const { model, optimizer } = this.#training;
    model.fault = undefined;
    let steps = 0;
    do {
      assert.ok(++steps < 100, optimizer.lastStep?.message);
      await this.#step();
    } while (!atItsEnd(optimizer));
    assert.ok(remoteness(this.#training) <= 1, `${String(model.x)}: ${optimizer.lastStep!.message}`);
    return [model.x, model.gradient, model.calls, this.#reports, optimizer.stateDict()];
  }

  /** A step that may see a loss or gradient which is not finite. */
  async stepNotFinite(): Promise<void> {
    const { model, optimizer } = this;
    const [before, calls, last] = [model.x, model.calls, optimizer.lastStep];
    if (!this.strikes(calls + 1)) {
      await this.#step();
      if (this.#mode === 'line search') this.#assertNoWorse();
      else if (this.strikes(model.calls)) this.#assertWentBack(model.calls - calls - 2, model.calls - calls);
      else assert.match(optimizer.lastStep!.status, FIXED_STEP_ENDS);
    } else if (last?.current === false) {
      await this.#step();
      this.#assertWentBack(0, 1);
    } else {
      await assert.rejects(this.#step(), NON_FINITE_START);
      assert.deepEqual([model.x, model.calls, optimizer.lastStep], [before, calls + 1, last]);
    }
    assertFinite(model.x);
  }

  /** A step whose closure may throw. */
  async stepThrowing(error: Error): Promise<void> {
    const { model, optimizer } = this;
    const [calls, last] = [model.calls, optimizer.lastStep];
    let [accepted, evaluated] = [model.x, false];
    let thrown: unknown;
    try {
      await this.#step(() => {
        [accepted, evaluated] = [model.x, true];
      });
    } catch (caught) {
      thrown = caught;
    }
    if (this.strikes(model.calls)) {
      assert.equal(thrown, error);
      assert.deepEqual([model.x, optimizer.lastStep], [accepted, last]);
      if (model.calls > calls + 1) assert.deepEqual(model.gradient, model.truth.gradient);
      if (this.#mode === 'line search' && evaluated) assert.ok(model.truth.loss <= this.#firstLoss);
    } else {
      assert.equal(thrown, undefined);
    }
    assertFinite(model.x);
  }

  async #step(onIteration: () => void = () => {}): Promise<void> {
    const { model, optimizer } = this;
    let first = true;
    const plain = (): number => {
      const loss = model.closure();
      if (first) this.#firstLoss = loss;
      first = false;
      return loss;
    };
    const options = { onIteration };
    // eslint-disable-next-line @typescript-eslint/require-await -- a closure that rejects where the plain one throws
    const closure: AsyncClosure = this.#way === 'stepAsync' ? async () => plain() : plain;
    const returned =
      this.#way === 'step' ? optimizer.step(plain, options) : await optimizer.stepAsync(closure, options);
    const report = optimizer.lastStep!;
    this.#reports.push(report);
    assert.equal(returned, report.initialLoss);
  }

  /** With a line search. */
  #assertNoWorse(): void {
    const { model, optimizer } = this;
    const { status, loss, initialLoss, current } = optimizer.lastStep!;
    assert.match(status, LINE_SEARCH_ENDS);
    assert.ok(current);
    assert.ok(loss <= initialLoss, `${loss} is above ${initialLoss}`);
    assert.deepEqual([loss, model.gradient], [model.truth.loss, model.truth.gradient]);
  }

  /** Without one. */
  #assertWentBack(iterations: number, evaluations: number): void {
    const { model, lastFinite } = this;
    const report = this.optimizer.lastStep!;
    assert.deepEqual(
      [report.status, report.current, report.iterations, report.evaluations, report.loss],
      ['non_finite', true, iterations, evaluations, lastFinite.loss],
    );
    assert.deepEqual([model.x, model.truth.loss], [lastFinite.x, lastFinite.loss]);
    assert.deepEqual(model.gradient, model.truth.gradient);
  }
}

function assertFinite(values: Float64Array): void {
  assert.ok(values.every(Number.isFinite), String(values));
}
