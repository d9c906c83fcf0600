// The user's model over the whole data set: one evaluation of a fit is one sweep.

import { describe, typeError } from '../checks/errors';
import { LBFGSError } from '../index';
import { bare } from '../checks/own';
import { now } from '../step/lazy-modules';
import type { FitProblem } from './problem';

/** Numbers by the names of the parameters, in one object for all calls, which inherits no property. */
type Named = Record<string, number>;

export class Sweeps {
  /** Sweeps of the model so far. */
  count = 0;
  /** Whether the user's Jacobian has once written finite numbers for all points. */
  hasDerivatives = false;
  readonly #problem: FitProblem;
  readonly #signal: AbortSignal | undefined;
  readonly #deadline: number;
  readonly #named = bare() as Named;
  readonly #derivatives = bare() as Named;

  /** @param timeLimit in milliseconds */
  constructor(problem: FitProblem, signal: AbortSignal | undefined, timeLimit: number | undefined) {
    this.#problem = problem;
    this.#signal = signal;
    this.#deadline = timeLimit === undefined ? Infinity : now() + timeLimit;
  }

  /** Whether the time limit is exceeded. */
  get isOver(): boolean {
    return this.#deadline !== Infinity && now() >= this.#deadline;
  }

  /** Throws once the signal is aborted. */
  checkSignal(): void {
    if (this.#signal?.aborted === true) throw this.#signal.reason;
  }

  /**
   * Fills `residuals` by (model(x_i, p) - y_i) / sigma_i at p, all parameters.
   *
   * @returns the first point at which the residual is not finite, where the sweep ends; -1 without one
   */
  residuals(p: Float64Array, residuals: Float64Array): number {
    const { model, x, y, weights } = this.#problem;
    const named = this.#named;
    this.count++;
    this.#name(p);
    let broken = -1;
    for (let i = 0; i < x.length; i++) {
      const value = model(x[i]!, named);
      if (typeof value !== 'number') throw refuseValue(value, i);
      const residual = (value - y[i]!) * (weights === undefined ? 1 : weights[i]!);
      residuals[i] = residual;
      if (Number.isFinite(residual)) continue;
      broken = i;
      break;
    }
    this.endPoints(p, 'model');
    return broken;
  }

  /** To be called before single points at p are asked for. @param p all parameters */
  startPoints(p: Float64Array): void {
    this.#name(p);
  }

  /** The model at the i-th point. */
  valueAt(i: number): number {
    const { model, x } = this.#problem; // called on its own, not as a method
    const value = model(x[i]!, this.#named);
    if (typeof value !== 'number') throw refuseValue(value, i);
    return value;
  }

  /** Fills `row` by the derivatives of the i-th weighted residual by the free parameters, by the user's Jacobian. */
  derivativesAt(i: number, row: Float64Array): void {
    const { x, weights, jacobian, names, free } = this.#problem;
    const out = this.#derivatives;
    for (const name of names) out[name] = NaN;
    jacobian!(x[i]!, this.#named, out);
    const weight = weights?.[i] ?? 1;
    for (const [k, j] of free.entries()) {
      const derivative: unknown = out[names[j]!];
      if (typeof derivative !== 'number') throw refuseDerivative(names[j]!, derivative, i);
      row[k] = derivative * weight;
    }
  }

  /** Sets one parameter for `valueAt`. */
  setParameter(j: number, value: number): void {
    this.#named[this.#problem.names[j]!] = value;
  }

  /** To be called once all points have been asked for. @param fun what the user calls the function */
  endPoints(p: Float64Array, fun: string): void {
    for (const [j, name] of this.#problem.names.entries()) {
      if (this.#named[name] === p[j]) continue;
      throw typeError(
        'ERR_LBFGS_CLOSURE_RESULT',
        `Expected ${fun} to leave the parameters as they are but it wrote ${name}; let it work on a copy, { ...p }`,
      );
    }
    this.checkSignal();
  }

  /** The error for a model that is not finite at the i-th point where the fit starts. */
  refuseStart(i: number): LBFGSError {
    const { model, x, names } = this.#problem;
    const absent = new Set<string>();
    // The model runs once more, to see whether it reads a parameter that start does not name.
    const watched = new Proxy(this.#named, {
      get(named, name) {
        if (typeof name === 'string' && named[name] === undefined) absent.add(name);
        return Reflect.get(named, name) as unknown;
      },
    });
    let value: unknown;
    try {
      value = model(x[i]!, watched);
    } catch {
      // What it returned the first time counts.
    }
    const received = typeof value === 'number' && !Number.isFinite(value) ? value : 'one that is not finite';
    const hint =
      absent.size === 0 ? '' : `; it reads p.${[...absent].join(', p.')}, and start names ${names.join(', ')}`;
    return new LBFGSError(
      'ERR_LBFGS_NON_FINITE_START',
      `Expected finite numbers from model at start but received ${received} at data.x[${i}] = ${x[i]!}${hint}`,
    );
  }

  #name(p: Float64Array): void {
    for (const [j, name] of this.#problem.names.entries()) this.#named[name] = p[j]!;
  }
}

function refuseValue(value: unknown, i: number): TypeError {
  const hint =
    value === undefined ? '; did you forget return?' : typeof value === 'object' ? '; model(x, p) is for one x' : '';
  return typeError(
    'ERR_LBFGS_CLOSURE_RESULT',
    `Expected a number from model at data.x[${i}] but received ${describe(value)}${hint}`,
  );
}

function refuseDerivative(name: string, value: unknown, i: number): TypeError {
  return typeError(
    'ERR_LBFGS_CLOSURE_RESULT',
    `Expected jacobian to write a number into out.${name} at data.x[${i}] but received ${describe(value)}`,
  );
}

/** The error for a loss that overflows where a fit starts, although the model is finite. */
export function refuseLoss(loss: number): LBFGSError {
  return new LBFGSError(
    'ERR_LBFGS_NON_FINITE_START',
    `Expected a finite loss at start but received ${loss}: squares of the residuals overflow; use larger units or sigma`,
  );
}
