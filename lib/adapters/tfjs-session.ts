// The training of a list of variables by the class LBFGS, step by step.

import { LBFGS, LBFGSError, type LBFGSOptions, type StepOptions, type StepReport } from '../index';
import { dispose } from '../checks/dispose';
import { rangeError } from '../checks/errors';
import { disposeEvaluation, evaluate, type Surplus } from './tfjs-evaluation';
import type { StoredState } from './tfjs-state';
import type { TensorFlowLike, TensorLike, VariableLike } from './tfjs-types';
import { Mirror, named } from './tfjs-variables';
import type { Watch } from './tfjs-watch';

/** What a session has once its variables are known. */
interface Bound {
  readonly mirror: Mirror;
  readonly optimizer: LBFGS;
  /** The variables in the order in which they were passed last. */
  list: readonly VariableLike[];
}

/** An optimiser that takes its variables from its first step. */
export class Session {
  evaluations = 0;
  lastStep: StepReport | null = null;
  readonly #tf: TensorFlowLike;
  readonly #options: LBFGSOptions;
  readonly #stepOptions: StepOptions;
  readonly #surplus: Surplus;
  readonly #watch: Watch;
  /** Variables that the loss did not depend on in `dependencies`. */
  readonly #independent = new WeakSet<VariableLike>();
  #bound: Bound | undefined;
  /** A state that was loaded before the variables were known. */
  #stored: StoredState | undefined;
  /** The loss at the present parameters, if it is known. */
  #loss: number | undefined;
  #isDisposed = false;
  /** Whether the loss is being evaluated to find its variables. */
  #isLooking = false;

  constructor(tf: TensorFlowLike, options: LBFGSOptions, stepOptions: StepOptions, surplus: Surplus, watch: Watch) {
    this.#tf = tf;
    this.#options = options;
    this.#stepOptions = stepOptions;
    this.#surplus = surplus;
    this.#watch = watch;
  }

  /** Makes one step. Returns the tensor of its first loss, which belongs to the scope around the call. */
  step(f: () => unknown, variables: readonly VariableLike[]): TensorLike {
    this.#checkUse();
    this.#surplus.dispose();
    const { mirror, optimizer } = this.#bind(variables);
    const before = mirror.read() ? undefined : this.#loss;
    let cost: TensorLike | undefined;
    const metrics: TensorLike[] = [];
    const closure = (): number => {
      const isFirst = cost === undefined;
      if (!isFirst) mirror.write();
      this.evaluations += 1;
      const run = () => evaluate(this.#tf, f, mirror.variables, this.#surplus, isFirst ? metrics : undefined);
      const evaluation = isFirst ? this.#watch.variables(mirror.variables, f, run) : run();
      const { value } = evaluation;
      cost ??= value;
      try {
        const loss = value.dataSync()[0] ?? NaN;
        const without = mirror.take(evaluation.grads);
        if (isFirst) this.#watch.losses(before, loss);
        if (isFirst) this.#watch.withoutGradient(without);
        return loss;
      } finally {
        const { grads } = evaluation;
        disposeEvaluation(isFirst ? { grads } : evaluation);
      }
    };
    this.#loss = undefined;
    try {
      optimizer.step(closure, this.#stepOptions);
    } catch (error) {
      for (const tensor of [cost, ...metrics]) tensor?.dispose();
      throw error;
    } finally {
      // The variables hold the last trial; without a line search the last move was not evaluated at all.
      if (cost !== undefined) mirror.write();
      this.lastStep = optimizer.lastStep;
    }
    if (this.lastStep?.current === true) this.#loss = this.lastStep.loss;
    if (cost === undefined) throw new LBFGSError('ERR_LBFGS_VARIABLES', 'Expected an evaluation but there was none');
    return cost;
  }

  /**
   * The trainable variables that the loss depends on, of all that there are, for a call that names none. A call that
   * finds new variables costs an evaluation.
   */
  dependencies(f: () => unknown): readonly VariableLike[] {
    this.#checkUse();
    const known = this.#bound?.list ?? [];
    const all = Object.values(this.#tf.engine().registeredVariables).filter((variable) => variable.trainable);
    const unknown = all.filter((variable) => !known.includes(variable) && !this.#independent.has(variable));
    if (unknown.length === 0) return known;
    if (this.#isLooking) {
      const message = 'Expected minimize to be called after the step but received a call from its own loss';
      throw new LBFGSError('ERR_LBFGS_BUSY', message);
    }
    this.#isLooking = true;
    try {
      const evaluation = evaluate(this.#tf, f, [...known, ...unknown], this.#surplus);
      const added = unknown.filter(({ name }) => (evaluation.grads[name] ?? null) !== null);
      disposeEvaluation(evaluation);
      for (const variable of unknown) if (!added.includes(variable)) this.#independent.add(variable);
      this.evaluations += 1;
      return [...known, ...added];
    } finally {
      this.#isLooking = false;
    }
  }

  /** The state; before the first step the state that was loaded, if any. */
  save(): StoredState | undefined {
    this.#checkUse();
    if (this.#bound === undefined) return this.#stored;
    const { mirror, optimizer, list } = this.#bound;
    return {
      state: optimizer.stateDict(),
      order: mirror.variables.map((variable) => list.indexOf(variable)),
      sizes: mirror.variables.map(({ size }) => size),
    };
  }

  /** Takes over a state at the next step. */
  load(stored: StoredState | undefined): void {
    this.#checkUse();
    this.#release();
    this.#stored = stored;
    this.#loss = undefined;
  }

  dispose(): void {
    this.#surplus.dispose();
    this.#release();
    this.#stored = undefined;
    this.#isDisposed = true;
  }

  #release(): void {
    this.#bound?.optimizer[dispose]();
    this.#bound = undefined;
  }

  #checkUse(): void {
    if (!this.#isDisposed) return;
    throw new LBFGSError('ERR_LBFGS_DISPOSED', 'Expected an optimizer in use but it has been disposed');
  }

  #bind(list: readonly VariableLike[]): Bound {
    if (this.#bound === undefined) {
      const variables = this.#stored === undefined ? list : inOrder(this.#stored, list);
      const mirror = new Mirror(this.#tf, variables);
      const optimizer = new LBFGS(mirror.parameters, this.#options);
      if (this.#stored !== undefined) loadInto(optimizer, this.#stored);
      this.#stored = undefined;
      return (this.#bound = { mirror, optimizer, list });
    }
    const { mirror, optimizer } = this.#bound;
    const known = new Set(mirror.variables);
    const given = new Set(list);
    const missing = mirror.variables.find((variable) => !given.has(variable));
    if (missing !== undefined) throw refuseList(missing);
    const added = list.filter((variable) => !known.has(variable));
    mirror.add(added, (params) => {
      optimizer.addParamGroup({ params });
    });
    this.#bound.list = list;
    return this.#bound;
  }
}

function refuseList({ name }: VariableLike): RangeError {
  return rangeError(
    'ERR_LBFGS_VARIABLES',
    `Expected all variables of the steps before but received a list without ${named(name)}; an optimizer trains one ` +
      'list of variables, to which further ones may come: make another one for another model or for fewer variables',
  );
}

function inOrder({ order, sizes }: StoredState, list: readonly VariableLike[]): VariableLike[] {
  const variables = order.map((index) => list[index]);
  const found = variables.filter((variable, index) => variable?.size === sizes[index]);
  if (found.length === list.length) return found as VariableLike[];
  throw rangeError(
    'ERR_LBFGS_VARIABLES',
    `Expected the ${order.length} variables of the loaded state, of ${sizes.join(', ')} entries, but received ` +
      `${list.length} of ${list.map(({ size }) => size).join(', ')}; freeze the same layers as before, or load the ` +
      'model without its optimizer',
  );
}

function loadInto(optimizer: LBFGS, { state }: StoredState): void {
  try {
    optimizer.loadStateDict(state);
  } catch (error) {
    optimizer[dispose]();
    throw error;
  }
}
