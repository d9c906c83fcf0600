// What a function must not do between evaluations, told once: as a warning, or as an error.

import { LBFGSError, type ErrorCode } from '../index';
import { refuseArgument } from '../checks/refusals';
import { disposeEvaluation, repeat, type Surplus } from './tfjs-evaluation';
import type { Evaluation, TensorFlowLike, VariableLike } from './tfjs-types';
import { named } from './tfjs-variables';

/** What happens where the loss changes between evaluations: see `TfjsOptions.noisyLoss`. */
export type NoisyLoss = 'warn' | 'error' | 'ignore';

const REACTIONS: readonly unknown[] = ['warn', 'error', 'ignore'];
/** A relative change of the loss at unchanged parameters that rounding does not explain. */
const NOISE = 1e-3;
/** A change of the loss relative to the first loss that rounding explains, also where the loss has become tiny. */
const ROUNDING = 1e-7;
/** Averages that keep more than this part of their old values at each update lag behind at the end of a step. */
const MOMENTUM = 0.6;
/** The most variables that a message names. */
const MOST_NAMED = 3;

/** Watches the evaluations of one optimiser. */
export class Watch {
  readonly #tf: TensorFlowLike;
  readonly #surplus: Surplus | undefined;
  readonly #reaction: NoisyLoss;
  readonly #told = new Set<ErrorCode>();
  #firstLoss: number | undefined;
  /** Variables that are not trained move, but were found to forget their old values fast. */
  #forgets = false;

  constructor(tf: TensorFlowLike, surplus: Surplus | undefined, reaction: NoisyLoss = 'warn') {
    if (!REACTIONS.includes(reaction)) {
      throw refuseArgument('string', "'warn', 'error' or 'ignore'", 'noisyLoss', reaction);
    }
    this.#tf = tf;
    this.#surplus = surplus;
    this.#reaction = reaction;
  }

  /** Compares two losses at the same parameters. @param before undefined: not known */
  losses(before: number | undefined, after: number): void {
    this.#firstLoss ??= after;
    if (before === undefined) return;
    const jump = Math.abs(after - before);
    if (!(jump > NOISE * Math.abs(before) + ROUNDING * Math.abs(this.#firstLoss))) return;
    this.#react(
      'ERR_LBFGS_NOISY_LOSS',
      `Expected the same loss at unchanged parameters but received ${short(after)} after ${short(before)}; L-BFGS ` +
        'needs the same data in every step and no chance: pass batchSize: <number of rows> to fit (its default is ' +
        "32), to dropout a seed with shuffle: false, or noisyLoss: 'ignore'",
    );
  }

  /**
   * Runs an evaluation of f, and sees whether it moves variables that are not being trained, as BatchNormalization
   * does. If so, f is called twice more at the same point: averages that then move hardly at all forget fast, and do no
   * harm.
   */
  variables(trained: readonly VariableLike[], f: () => unknown, run: () => Evaluation): Evaluation {
    if (this.#reaction === 'ignore' || this.#forgets || this.#told.has('ERR_LBFGS_MOVING_VARIABLE')) return run();
    const set = new Set(trained);
    const others = Object.values(this.#tf.engine().registeredVariables).filter((each) => !set.has(each));
    const before = others.map(({ dataId }) => dataId);
    const evaluation = run();
    const moved = others.filter(({ dataId, isDisposed }, index) => dataId !== before[index] && !isDisposed);
    if (moved.length === 0) return evaluation;
    try {
      this.#judge(moved, f);
      return evaluation;
    } catch (error) {
      disposeEvaluation(evaluation);
      throw error;
    }
  }

  #judge(moved: readonly VariableLike[], f: () => unknown): void {
    const read = (): Float64Array[] => moved.map((variable) => Float64Array.from(variable.dataSync()));
    const first = read();
    repeat(this.#tf, f, this.#surplus);
    const second = read();
    repeat(this.#tf, f, this.#surplus);
    const third = read();
    const isSlow = moved.filter((_, index) => {
      const [a, b, c] = [first[index]!, second[index]!, third[index]!];
      return distance(b, c) > MOMENTUM * distance(a, b);
    });
    this.#forgets = isSlow.length === 0;
    if (this.#forgets) return;
    this.#react(
      'ERR_LBFGS_MOVING_VARIABLE',
      `Expected an evaluation to assign to no variable but received new values of ` +
        `${list(isSlow.map(({ name }) => name))}; every trial of a line search moves the averages of ` +
        'BatchNormalization, so evaluate() and predict() may not fit the training: use momentum: 0, since each step ' +
        "has all rows, or layerNormalization, or noisyLoss: 'ignore'",
    );
  }

  /** Variables that the loss does not depend on. */
  withoutGradient(names: readonly string[]): void {
    if (names.length === 0) return;
    this.#warn(
      'ERR_LBFGS_NO_GRADIENT',
      `Expected a gradient for ${list(names)} but received none; the loss does not depend on ` +
        `${names.length === 1 ? 'this variable' : 'these variables'}, so the values stay as they are`,
    );
  }

  #react(code: ErrorCode, message: string): void {
    if (this.#reaction === 'error') throw new LBFGSError(code, message);
    if (this.#reaction === 'warn') this.#warn(code, message);
  }

  #warn(code: ErrorCode, message: string): void {
    if (this.#told.has(code)) return;
    this.#told.add(code);
    process.emitWarning(message, { type: 'LBFGSWarning', code });
  }
}

function list(names: readonly string[]): string {
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return names.slice(0, MOST_NAMED).map(named).join(', ') + more;
}

function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let most = 0;
  for (let index = 0; index < a.length; index++) most = Math.max(most, Math.abs(a[index]! - b[index]!));
  return most;
}

const short = (loss: number): string => String(Number(loss.toPrecision(4)));
