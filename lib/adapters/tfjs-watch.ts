// What a function must not do between evaluations, told once: as a warning, or as an error.

import { LBFGSError, type ErrorCode } from '../index';
import { quote } from '../checks/errors';
import { refuseArgument } from '../checks/refusals';
import type { TensorFlowLike, VariableLike } from './tfjs-types';

/** What happens where the loss changes between evaluations. */
export type NoisyLoss = 'warn' | 'error' | 'ignore';

const REACTIONS: readonly unknown[] = ['warn', 'error', 'ignore'];
/** A relative change of the loss at unchanged parameters that rounding does not explain. */
const NOISE = 1e-3;
/** The same relative to the first loss: of a loss that has become tiny, rounding changes a larger part. */
const ROUNDING = 1e-7;
/** Variables named at most. */
const MOST_NAMED = 3;

/** Sees the evaluations of one optimiser. */
export class Watch {
  readonly #tf: TensorFlowLike;
  readonly #reaction: NoisyLoss;
  readonly #told = new Set<ErrorCode>();
  #firstLoss: number | undefined;

  constructor(tf: TensorFlowLike, reaction: NoisyLoss = 'warn') {
    if (!REACTIONS.includes(reaction)) {
      throw refuseArgument('string', "'warn', 'error' or 'ignore'", 'noisyLoss', reaction);
    }
    this.#tf = tf;
    this.#reaction = reaction;
  }

  /** Two losses at the same parameters. */
  losses(before: number | undefined, after: number): void {
    this.#firstLoss ??= after;
    if (before === undefined) return;
    const jump = Math.abs(after - before);
    if (!(jump > NOISE * Math.abs(before) + ROUNDING * Math.abs(this.#firstLoss))) return;
    this.#react(
      'ERR_LBFGS_NOISY_LOSS',
      `Expected the same loss at unchanged parameters but received ${short(after)} after ${short(before)}; L-BFGS ` +
        'needs the same data in every step and no chance: pass batchSize: <number of rows> to fit (its default is ' +
        "32), and a seed to dropout, or noisyLoss: 'ignore'",
    );
  }

  /** Runs f, and sees whether it assigns to variables that are not being trained, as BatchNormalization does. */
  variables(trained: readonly VariableLike[], f: () => unknown): unknown {
    if (this.#reaction === 'ignore' || this.#told.has('ERR_LBFGS_MOVING_VARIABLE')) return f();
    const others = Object.values(this.#tf.engine().registeredVariables).filter((each) => !trained.includes(each));
    const before = others.map(({ dataId }) => dataId);
    const result = f();
    const moved = others.filter(({ dataId, isDisposed }, index) => dataId !== before[index] && !isDisposed);
    if (moved.length === 0) return result;
    this.#react(
      'ERR_LBFGS_MOVING_VARIABLE',
      `Expected an evaluation to assign to no variable but received new values of ${list(moved.map(nameOf))}; ` +
        'every trial of a line search moves the averages of BatchNormalization, so evaluate() and predict() may not ' +
        'fit the training: use momentum: 0 (where each step has all rows, as it should) or layerNormalization, or ' +
        "noisyLoss: 'ignore'",
    );
    return result;
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

const nameOf = ({ name }: VariableLike): string => name;

function list(names: readonly string[]): string {
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return names.slice(0, MOST_NAMED).map(quote).join(', ') + more;
}

const short = (loss: number): string => String(Number(loss.toPrecision(4)));
