// Levenberg-Marquardt with a trust region (Moré, The Levenberg-Marquardt Algorithm: Implementation and Theory, 1978;
// MINPACK), geodesic acceleration (Transtrum and Sethna, arXiv:1201.5885), robust losses and bounds.
//
// Departures from MINPACK: the first radius is |D p| and not 100 times that; a step stops at bounds; forward
// differences become central ones near the end; the tests of the end look at the step without a radius, and go on below
// the rounding of the loss as long as the decrease that is left becomes smaller.

import type { LBFGSError } from '../checks/errors';
import type { IterationInfo, SolveStatus } from '../step/report';
import { BEND_AT, bendOf } from './bend';
import { clamp, lengthIn, stepInBox, type Box, type BoxStep } from './box-step';
import { Jacobian, SINGULAR, type Derivatives } from './jacobian';
import { linearModel, type LinearModel } from './linear-model';
import { relativeMove, type FitEnd, type FitProblem, type FitRules } from './problem';
import { lossOf, roundingOf } from './robust';
import { refuseLoss, type Sweeps } from './sweeps';

/** A step is taken if it brings this part of the decrease that it promises. */
const LEAST_RATIO = 1e-4;
/** Central differences begin when the promise is below this part of the loss: after a step that is taken, or is not. */
const CENTRAL_FROM = 1e-10;
const CENTRAL_FROM_REJECTED = 1e-6;
/**
 * The least relative move and promise for which the bend is worth a sweep, and its greatest length beside the step's.
 */
const BEND = { leastMove: 1e-3, leastPromise: 1e-8, mostLength: 0.5 };
/** A relative move up to this size is rounding. */
const NO_MOVE = 2 ** -50;
/** The fit ends after this many steps in a row that are not taken. Each of them at least about halves the radius. */
const MOST_REJECTED = 100;
/** After a move of at most this relative size the Jacobian of the point before still serves. */
const NEAR = 1e-6;

/** Fits the free parameters; returns the error of a model that is not finite at the start. */
export function levenbergMarquardt(problem: FitProblem, sweeps: Sweeps, rules: FitRules): FitEnd | LBFGSError {
  const descent = new Descent(problem, sweeps, rules);
  return descent.begin() ?? descent.run();
}

class Descent {
  readonly #problem: FitProblem;
  readonly #sweeps: Sweeps;
  readonly #rules: FitRules;
  readonly #jacobian: Jacobian;
  /** Over the free parameters, as are all vectors of steps. */
  readonly #box: Box;
  readonly #firstScale: Float64Array;
  readonly #scale: Float64Array;
  #derivatives: Derivatives;
  /** All parameters, the residuals and the loss there. */
  #p: Float64Array;
  #residuals: Float64Array;
  #loss = NaN;
  #trial: Float64Array;
  #trialResiduals: Float64Array;
  #trialLoss = NaN;
  #radius: number | undefined;
  #iterations = 0;
  /** The newest model, and whether it serves for this point: it was made here, or before moves of at most NEAR. */
  #model: LinearModel | undefined;
  #isModelNear = false;
  #promisedBefore = Infinity;

  constructor(problem: FitProblem, sweeps: Sweeps, rules: FitRules) {
    const { start, sizes, x } = problem;
    this.#problem = problem;
    [this.#sweeps, this.#rules] = [sweeps, rules];
    this.#jacobian = new Jacobian(problem, sweeps);
    this.#box = { lower: this.#freeOf(problem.lower), upper: this.#freeOf(problem.upper) };
    this.#firstScale = this.#freeOf(sizes).map((size) => (problem.isScaled ? 1 / size : 0));
    this.#scale = this.#firstScale.slice();
    this.#derivatives = problem.jacobian === undefined ? 'forward' : 'exact';
    [this.#p, this.#trial] = [start.slice(), start.slice()];
    this.#residuals = new Float64Array(x.length);
    this.#trialResiduals = new Float64Array(x.length);
  }

  /** Evaluates the start; returns the error of a start that is not finite. */
  begin(): LBFGSError | undefined {
    const broken = this.#sweeps.residuals(this.#p, this.#residuals);
    if (broken >= 0) return this.#sweeps.refuseStart(broken);
    this.#loss = lossOf(this.#problem.loss, this.#residuals);
    return Number.isFinite(this.#loss) ? undefined : refuseLoss(this.#loss);
  }

  run(): FitEnd {
    let status = this.#limit();
    while (status === undefined) {
      status = this.#linearise() ?? this.#improve(this.#model!);
      if (status !== undefined && this.#derivatives === 'forward' && isOfDerivatives(status)) {
        this.#useCentral();
        status = undefined;
      }
      status ??= this.#limit();
    }
    return this.#endOf(status);
  }

  #limit(): SolveStatus | undefined {
    if (this.#sweeps.isOver) return 'time_limit';
    if (this.#iterations >= this.#rules.maxIter) return 'max_iter';
    return this.#sweeps.count >= this.#rules.maxEval ? 'max_eval' : undefined;
  }

  /** Changes to central differences, and resets the radius and the scale, which forward differences have determined. */
  #useCentral(): void {
    this.#derivatives = 'central';
    this.#scale.set(this.#firstScale);
    this.#isModelNear = false;
    this.#radius = undefined;
  }

  /** The end of the fit. If there is time, central differences make a model of the point, for the covariance. */
  #endOf(status: SolveStatus): FitEnd {
    const promised = this.#model === undefined ? NaN : this.#model.promised / (this.#loss || 1);
    if (this.#derivatives === 'forward') this.#useCentral();
    const isModelWanted = status !== 'time_limit' && status !== 'non_finite' && !this.#isModelNear;
    const last = isModelWanted ? this.#linearise() : status;
    const isThere = last === undefined || this.#isModelNear;
    return {
      status,
      p: this.#p,
      residuals: this.#residuals,
      loss: this.#loss,
      iterations: this.#iterations,
      r: isThere ? this.#model!.r : undefined,
      promised,
      cosine: this.#model?.cosine ?? NaN,
    };
  }

  /** Makes the model of the point. Returns why there is none, or undefined. */
  #linearise(): SolveStatus | undefined {
    const columns = this.#jacobian.at(this.#p, this.#residuals, this.#derivatives);
    if (typeof columns === 'number') return 'non_finite';
    if (columns === undefined) return 'time_limit';
    const { loss, isScaled } = this.#problem;
    const point = this.#freeOf(this.#p);
    this.#promisedBefore = this.#isModelNear ? this.#model!.promised : Infinity;
    const singular = SINGULAR[this.#derivatives];
    this.#model = linearModel(columns, this.#residuals, loss, point, this.#box, this.#scale, !isScaled, singular);
    this.#radius ??= this.#rules.radius * (lengthIn(this.#model.scale, point) || Math.sqrt(this.#loss) || 1);
    this.#isModelNear = this.#derivatives !== 'forward';
    return undefined;
  }

  /** Tries steps until one is taken. Returns why the fit ends, or undefined. */
  #improve(model: LinearModel): SolveStatus | undefined {
    if (this.#loss === 0 || model.cosine <= this.#rules.toleranceGrad) return 'converged_gradient';
    const { promised } = model;
    const rounding = roundingOf(this.#problem, this.#residuals);
    const isEnough = promised <= this.#rules.toleranceChange * this.#loss;
    const isStuck = promised <= rounding && promised > this.#promisedBefore / 2;
    for (let rejected = 0; rejected < MOST_REJECTED; rejected++) {
      const step = stepInBox(model, this.#freeOf(this.#p), this.#box, model.candidates, this.#radius!);
      if (![step.predicted, ...step.target].every(Number.isFinite)) return this.#failure(promised); // an overflow
      const size = relativeMove(this.#problem, this.#p, step.move);
      const bend = this.#bendOf(model, step, size);
      if (bend === 'too long') continue;
      const decrease = this.#try(step, bend);
      const isTaken = decrease > LEAST_RATIO * step.predicted || (promised <= rounding && decrease >= -rounding);
      this.#resize(step, decrease);
      if (isTaken && !this.#take(model, size)) return 'stopped';
      if (this.#sweeps.isOver) return 'time_limit';
      if (isEnough) return 'converged_slope';
      if (isStuck || (promised <= rounding && !isTaken)) return 'converged_loss';
      if (size <= NO_MOVE) return isTaken ? 'converged_step' : this.#failure(promised);
      const centralFrom = isTaken ? CENTRAL_FROM : CENTRAL_FROM_REJECTED;
      const wantsCentral = this.#derivatives === 'forward' && promised <= centralFrom * this.#loss;
      if (wantsCentral) this.#useCentral();
      if (isTaken || wantsCentral) return undefined;
    }
    return this.#failure(promised);
  }

  /** The status where no step lowers the loss, which may have noise of another kind than rounding. */
  #failure(promised: number): SolveStatus {
    return promised <= this.#rules.noise * this.#loss ? 'converged_loss' : 'line_search_failed';
  }

  /** The bend of the step, from one sweep, where it is worth it; 'too long' shortens the radius. */
  #bendOf(model: LinearModel, step: BoxStep, size: number): Float64Array | 'too long' | undefined {
    if (size < BEND.leastMove || model.promised <= BEND.leastPromise * this.#loss) return undefined;
    this.#place(this.#freeOf(this.#p).map((value, k) => clamp(value + BEND_AT * step.move[k]!, k, this.#box)));
    if (this.#sweeps.residuals(this.#trial, this.#trialResiduals) >= 0) return undefined;
    const bend = bendOf(model, step, this.#residuals, this.#trialResiduals);
    const length = lengthIn(model.scale, bend);
    if (length <= BEND.mostLength * step.length) return bend;
    this.#radius = step.length * (length > 2 * step.length ? 0.25 : 0.5);
    return 'too long';
  }

  /** Evaluates the step. Returns by how much the loss falls; -Infinity where the model is not finite. */
  #try({ target, moving }: BoxStep, bend: Float64Array | undefined): number {
    const point = target.slice();
    if (bend !== undefined) for (const k of moving) point[k] = clamp(target[k]! + bend[k]! / 2, k, this.#box);
    this.#place(point);
    if (this.#sweeps.residuals(this.#trial, this.#trialResiduals) >= 0) return -Infinity;
    this.#trialLoss = lossOf(this.#problem.loss, this.#trialResiduals);
    const decrease = this.#loss - this.#trialLoss;
    return Number.isFinite(decrease) ? decrease : -Infinity;
  }

  /** The rule of MINPACK's lmder: a quarter and three quarters of what was promised. */
  #resize({ predicted, slope, length, damping, moving }: BoxStep, decrease: number): void {
    if (decrease <= Math.max(predicted / 4, LEAST_RATIO * predicted)) {
      // The minimum of the parabola through the loss at both ends and the slope at the first.
      const part = decrease >= 0 ? 0.5 : slope / (2 * (slope + decrease));
      this.#radius = Math.max(0.1, Math.min(part, 0.5) || 0.1) * Math.min(this.#radius!, 10 * length);
    } else if (damping === 0 || decrease >= 0.75 * predicted) {
      const isStopped = moving.length < this.#model!.candidates.length;
      this.#radius = isStopped ? Math.max(this.#radius!, 2 * length) : 2 * length;
    }
  }

  /** Makes the trial the point; returns false if onIteration does. */
  #take(model: LinearModel, size: number): boolean {
    [this.#p, this.#trial] = [this.#trial, this.#p];
    [this.#residuals, this.#trialResiduals] = [this.#trialResiduals, this.#residuals];
    this.#loss = this.#trialLoss;
    this.#iterations++;
    this.#isModelNear &&= size <= NEAR;
    const info: IterationInfo = {
      iteration: this.#iterations,
      evaluations: this.#sweeps.count,
      loss: this.#loss,
      gradNorm: model.gradNorm,
      stepSize: size,
    };
    const { onIteration } = this.#rules;
    const goesOn = onIteration?.(info, this.#p.slice()) !== false;
    this.#sweeps.checkSignal();
    return goesOn;
  }

  #freeOf(all: Float64Array): Float64Array {
    return Float64Array.from(this.#problem.free, (j) => all[j]!);
  }

  /** Makes the trial a point of these free parameters. */
  #place(point: Float64Array): void {
    for (const [k, j] of this.#problem.free.entries()) this.#trial[j] = point[k]!;
  }
}

/** Whether the fit may go on with better derivatives. */
function isOfDerivatives(status: SolveStatus): boolean {
  return status.startsWith('converged_') || status === 'line_search_failed';
}
