// How a step ends: what it throws where it could not begin or has no loss, its report, and the gradients that belong to
// its point.

import type { Core } from '../native/core';
import type { StepOwner } from '../native/step-owner';
import type { ResolvedOptions } from '../options/options';
import { refuseResult } from './closure-result';
import { brokenPoint, refuseStart, whatBroke } from './non-finite';
import type { Peers } from './peers';
import { readReport, type StepReport } from './report';
import { logSearchFailure, readSearchFailure } from './search-failure';
import type { StepOptions } from './step-options';
import { logStep } from './tracing';

export class StepEnd {
  /** How the step went, once that is known. */
  report: StepReport | null = null;
  readonly #core: Core;
  readonly #options: ResolvedOptions;
  readonly #owner: StepOwner;
  readonly #peers: Peers | undefined;
  readonly #onFailure: StepOptions['onFailure'];
  /** The words about a point that is not finite, made at an evaluation whose loss was not finite. */
  #brokenPoint: string | undefined;

  constructor(
    core: Core,
    options: ResolvedOptions,
    owner: StepOwner,
    peers: Peers | undefined,
    onFailure: StepOptions['onFailure'],
  ) {
    this.#core = core;
    this.#options = options;
    this.#owner = owner;
    this.#peers = peers;
    this.#onFailure = onFailure;
  }

  /**
   * Refuses a result that is no number. For a loss that is NaN or infinite, notes whether the point is, too, before the
   * point is replaced.
   * @param isFirst whether it is that of the first evaluation
   */
  checkLoss(loss: unknown, isFirst: boolean): void {
    const { words } = this.#owner;
    if (typeof loss !== 'number') throw refuseResult(loss, words);
    const endsHere = this.#options.lineSearchFn === null || isFirst;
    if (endsHere) this.#brokenPoint = brokenPoint(this.#core.arrays, words);
  }

  /** Reports a step that has ended; throws where it could not begin. */
  finish(): void {
    const { exchange, arrays, native } = this.#core;
    const { status } = exchange;
    if (status === 'non_finite_start') {
      throw this.#peers?.refuseStart() ?? refuseStart(exchange.get('initialLoss'), arrays, this.#owner);
    }
    const endedBroken = status === 'non_finite' || status === 'line_search_failed';
    const broke = endedBroken ? this.#whatBroke() : '';
    if (exchange.get('gradientStale') === 1) {
      arrays.salvage(native);
      this.restoreGradient();
    }
    this.#owner.ended(native);
    logStep(this.read(broke));
    if (status !== 'line_search_failed') return;
    logSearchFailure(this.#core, this.#options);
    const failure = this.#onFailure && readSearchFailure(this.#core, this.#options);
    if (failure !== undefined) Reflect.apply(this.#onFailure!, undefined, [failure]);
  }

  /** @param broke what became NaN or infinite, where that ended the step */
  read(broke: string): StepReport {
    this.report = readReport(this.#core, this.#options, this.#owner, broke);
    return this.report;
  }

  /** The gradients then belong to the same point as the data. */
  restoreGradient(): void {
    if (this.#core.exchange.get('gradientStale') === 1) this.#core.native.writeGradient();
  }

  #whatBroke(): string {
    const { exchange, arrays } = this.#core;
    const { words } = this.#owner;
    return this.#peers?.whatBroke() ?? whatBroke(exchange.get('toldLoss'), this.#brokenPoint, arrays, words);
  }
}
