// A step where several processes hold the parameters: the messages between the ranks, and their effects on the step.

import { FLAGS, type Messages } from '../distributed/message';
import { printOf, printOfText } from '../distributed/print';
import { peerError, type Exchange, type Fields, type Team } from '../distributed/team';
import { LBFGSError } from '../checks/errors';
import type { Core } from '../native/core';
import { ASKED, AT, type Asked, type Field } from '../native/exchange';
import { native as binding } from '../native/native';
import { now } from './lazy-modules';
import { Aborted } from './signals';

/**
 * The numbers of an evaluation, native/core/ask/reduction.hpp: two sums, and maxima of which the first tells that
 * something is not finite.
 */
const EVALUATION = { added: 2, count: 7, loss: 0, notFinite: 2 };

/**
 * The numbers of the exchange block that all ranks must have in common. `threads` may differ, and `funcEvals` where a
 * rank threw before its evaluation.
 */
const COMMON = [
  ...(['lr', 'maxIter', 'maxEval', 'toleranceGrad', 'toleranceChange', 'historySize', 'lineSearch', 'maxLs'] as const),
  ...(['historyFloat32', 'method', 'toleranceGradRelative', 'noise', 'relativePairs'] as const),
  ...(['nIter', 't', 'hDiag', 'prevLoss', 'stalled', 'gradReference'] as const),
  ...(['historyLength', 'uncombined'] as const),
] satisfies readonly Field[];

/** The words of a message for the numbers whose names are not the names of options. */
const WORDS: Partial<Record<(typeof COMMON)[number], string>> = {
  lineSearch: 'lineSearchFn',
  historyFloat32: 'historyDtype',
  method: 'the function that solves',
  toleranceGradRelative: 'tolerances',
  relativePairs: 'tolerances',
  nIter: 'n_iter of the state',
  t: 't of the state',
  hDiag: 'H_diag of the state',
  prevLoss: 'prev_loss of the state',
  stalled: 'the count of steps without progress',
  gradReference: 'the gradient that the solve began with',
  historyLength: 'the number of pairs in the state',
  uncombined: 'whether a state was loaded or changed',
};

/**
 * The fingerprint of this version of the package, made when it is first wanted: it costs a tenth of what loading the
 * package does.
 */
let version: number | undefined;

/** What can end the step on this rank. */
interface Limits {
  /** Whether the caller waits for promises. */
  readonly waits: boolean;
  readonly signal: AbortSignal | undefined;
  /** In milliseconds, as now() returns them; Infinity: none. */
  readonly deadline: number;
}

export class Peers {
  /** What was thrown between two messages; told with the next one, and thrown then. */
  failure: { readonly error: unknown } | undefined;
  /** onIteration has returned false here; told with the next message. */
  isStopped = false;
  /** The time of one of the ranks is over. */
  isLate = false;
  /** The numbers that have been combined. */
  numbers: Float64Array = new Float64Array(0);
  readonly #core: Core;
  readonly #team: Team;
  readonly #limits: Limits;
  readonly #step: number;
  /** The fingerprint of what does not change in the course of the step; known after the first evaluation. */
  #stepPrint: number | undefined;
  #messages = 0;
  #count = 0;
  /** The first rank whose numbers were not finite at the last evaluation; -1: none. */
  #brokenRank = -1;
  /** The loss of all ranks at the last evaluation. */
  #loss = 0;

  constructor(core: Core, team: Team, limits: Limits) {
    this.#core = core;
    this.#team = team;
    this.#limits = limits;
    this.#step = team.begin();
  }

  /**
   * Combines what the core has asked for. Returns whether to go on: false where a rank has stopped.
   *
   * Throws what ended the step on any of the ranks: its own error here, Aborted where a signal was aborted, and
   * otherwise an error of the code `ERR_LBFGS_PEER`.
   */
  *combine(): Exchange<boolean> {
    const { exchange, native } = this.#core;
    const { waits, signal, deadline } = this.#limits;
    const added = exchange.get('added');
    const count = added + exchange.get('largest');
    this.numbers = this.#team.numbers(count);
    native.readSums(this.numbers);
    const isAborted = signal?.aborted === true;
    const flags =
      (this.failure === undefined ? 0 : FLAGS.threw) |
      (isAborted ? FLAGS.aborted : 0) |
      (this.isStopped ? FLAGS.stopped : 0) |
      (deadline !== Infinity && now() >= deadline ? FLAGS.late : 0);
    const messages = yield* this.#team.send(count, flags, this.#print(added, count), waits);
    yield* this.#check(messages, isAborted);
    if (messages.firstWith(FLAGS.stopped) >= 0) return false;
    this.isLate ||= messages.firstWith(FLAGS.late) >= 0;
    if (count === EVALUATION.count && added === EVALUATION.added) {
      this.#brokenRank = messages.firstWhere(EVALUATION.notFinite);
      messages.combine(this.numbers, added);
      this.#loss = this.numbers[EVALUATION.loss]!;
    } else messages.combine(this.numbers, added);
    return true;
  }

  /**
   * Ends the step by an error, and tells the other ranks, which wait for this rank's part.
   * @param awaited what the core waits for; undefined where the core itself threw
   */
  *withdraw(awaited: Asked | undefined, error: unknown): Exchange<void> {
    const team = this.#team;
    if (team.isTold) return;
    if (awaited === undefined && this.#messages > 0) {
      // This rank cannot know which numbers the others wait for.
      team.comm.abort?.(1, `a rank failed in the middle of a step: ${String(error)}`);
      return;
    }
    const { exchange } = this.#core;
    const count = awaited === ASKED.reduce ? exchange.get('added') + exchange.get('largest') : EVALUATION.count;
    try {
      team.numbers(count).fill(0);
      yield* team.send(count, FLAGS.threw, 0, this.#limits.waits);
    } catch {
      // The engine fails, too; the first error counts.
    }
    team.isTold = true;
  }

  /** The error of all ranks but the one whose numbers are not finite, which has one of its own. */
  refuseStart(): LBFGSError | undefined {
    if (this.#brokenRank < 0 || this.#brokenRank === this.#team.comm.rank) return undefined;
    return new LBFGSError(
      'ERR_LBFGS_NON_FINITE_START',
      `Expected a finite loss and gradient at the first evaluation of a step but rank ${this.#brokenRank} has numbers that are not finite; nothing was moved`,
    );
  }

  /** What became NaN or infinite, as all ranks tell it. */
  whatBroke(): string {
    if (this.#brokenRank >= 0) return `Rank ${this.#brokenRank} had a loss, a gradient or a point that is not finite`;
    return Number.isFinite(this.#loss) ? '' : `The sum of the losses of all ranks became ${this.#loss}`;
  }

  *#check(messages: Messages, isAborted: boolean): Exchange<void> {
    const threw = messages.firstWith(FLAGS.threw);
    const aborted = messages.firstWith(FLAGS.aborted);
    if (threw < 0 && aborted < 0 && messages.agree()) return;
    this.#team.isTold = true;
    if (this.failure !== undefined) throw this.failure.error;
    if (threw >= 0) throw peerError(threw, FLAGS.threw);
    if (isAborted) throw new Aborted(this.#limits.signal?.reason);
    if (aborted >= 0) throw new Aborted(peerError(aborted, FLAGS.aborted));
    const error = yield* this.#team.explain(this.#fields(), this.#limits.waits);
    this.#team.isTold = true;
    throw error;
  }

  #print(added: number, count: number): number {
    this.#messages += 1;
    this.#count = count;
    this.#stepPrint ??= printOf(this.#fields().map(([, value]) => value));
    return printOf([this.#stepPrint, added, count, this.#messages]);
  }

  #fields(): Fields {
    const { exchange, native } = this.#core;
    native.readState();
    return [
      ['the version of lbfgs', (version ??= printOfText(binding.layout))],
      ["which of the communicator's optimisers takes the step", this.#team.serial],
      ['the number of the step', this.#step],
      ['the number of the message', this.#messages],
      ['the count of its numbers', this.#count],
      ...COMMON.map((name) => [WORDS[name] ?? name, exchange.numbers[AT[name]]!] as const),
    ];
  }
}

/** Prepares a step. Where that throws the other ranks, which begin theirs, are told. */
export function* prepared<Result>(core: Core, waits: boolean, prepare: () => Result): Exchange<Result> {
  try {
    return prepare();
  } catch (error) {
    if (core.team !== undefined) {
      const peers = new Peers(core, core.team, { waits, signal: undefined, deadline: Infinity });
      yield* peers.withdraw(ASKED.done, error);
    }
    throw error;
  }
}
