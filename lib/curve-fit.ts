// The fit of a model to data: what its caller sees. lib/fit/fit.ts, a file of its own in dist/ too, is loaded at the
// first fit, since loading it takes a fifth of the time that all else takes.

/* eslint-disable @typescript-eslint/no-require-imports */
import type fitCurve = require('./fit/fit');
import type { FitLoss } from './fit/robust';
import type { MinimizeOptions } from './minimize-options';
import type { SolveStatus } from './step/report';

/** The points that a model is fitted to: three arrays of the same length. */
export interface CurveFitData {
  /** The argument of the model at each point; finite. */
  x: ArrayLike<number>;
  /** What was measured there; finite. */
  y: ArrayLike<number>;
  /** The standard deviation of each y, > 0; 1 without it. Residuals are divided by it. */
  sigma?: ArrayLike<number>;
}

/** Where the fit of a parameter starts, and what it may be. */
export interface CurveFitParameter {
  /** The start, finite. A start outside of min and max is moved to the nearer of them, without a message. */
  value: number;
  /** The lower bound; -Infinity without it. */
  min?: number;
  /** The upper bound, at least min; Infinity without it. */
  max?: number;
  /** Whether the parameter stays at its start. Default false. One with min = max stays, too. */
  fixed?: boolean;
}

/**
 * Options of `curveFit`. Those of `minimize` have the meaning that they have there, but for the ones named here; lr,
 * historySize, lineSearchFn, maxLs, threads, historyDtype, tolerances, diagonal and onFailure are of use only where
 * there are more than 100 free parameters, which L-BFGS fits. onIteration receives all parameters, in the order of the
 * keys of start; up to 100 free ones, its gradNorm is that before the move, and its stepSize the largest move of a
 * parameter relative to the parameter.
 */
export interface CurveFitOptions<N extends string = string> extends Omit<
  MinimizeOptions,
  'bounds' | 'l1' | 'gradient' | 'scale' | 'comm' | 'finiteDifferences' | 'toleranceGrad' | 'toleranceChange'
> {
  /**
   * Writes the derivative of the model by each parameter p into `out`, by its name. Without it they are finite
   * differences, which cost a sweep of the model for each free parameter, near the end two.
   *
   * @param out the derivatives by parameters that are fixed are ignored
   */
  jacobian?: (x: number, p: Readonly<Record<N, number>>, out: Record<N, number>) => void;
  /**
   * What is minimised: the sum of rho(z) over the points, z = ((model - y) / sigma)^2. `'linear'`, the default, rho =
   * z: least squares. `'huber'`, z up to 1 and 2 sqrt(z) - 1 above: outliers count by their distance. `'soft_l1'`, 2
   * (sqrt(1 + z) - 1), the same in one smooth function. Residuals above sigma are outliers to both.
   */
  loss?: FitLoss;
  /**
   * The size of each parameter, > 0. The default, `'auto'`, scales the trust region by the derivatives of the model (as
   * MINPACK does). With an object it is scaled by these sizes, and by |start| for the parameters without one.
   */
  scale?: 'auto' | Partial<Record<N, number>>;
  /**
   * Whether sigma are the standard deviations of y in truth. If false, the default, only their ratios count: the
   * covariance is multiplied by the loss / (points - free parameters), as SciPy and NIST do.
   */
  absoluteSigma?: boolean;
  /**
   * The fit ends as `converged_gradient` when the cosine of the angle between the residuals and each column of the
   * Jacobian is at most toleranceGrad; finite and >= 0. Default 0. With more than 100 free parameters it is that of
   * `minimize`.
   */
  toleranceGrad?: number;
  /**
   * The part of the loss that is too small to matter: the fit ends as `converged_slope` when the linearised model
   * promises a smaller decrease; finite and >= 0. Default 1e-16. It ends as `converged_loss` where the decrease is
   * below the rounding of the loss. With more than 100 free parameters it is that of `minimize`.
   */
  toleranceChange?: number;
}

/** The result of a fit. */
export interface CurveFitResult<N extends string = string> {
  /** The fitted parameters by name, within their bounds; those that are fixed at their start. */
  params: Record<N, number>;
  /** The square roots of the diagonal of the covariance by name; 0 for a parameter that is fixed. */
  standardErrors: Record<N, number>;
  /**
   * The covariance of the parameters, n x n by rows, in the order of the keys of start. The row and the column of a
   * parameter that is fixed are 0. NaN where the data do not determine all parameters, where there are as many free
   * parameters as points and absoluteSigma is false, or where there are no derivatives at the end; `message` says
   * which.
   */
  covariance: Float64Array & Readonly<Record<'buffer', ArrayBuffer>>;
  /** The residual sum of squares, sum of ((model - y) / sigma)^2, whatever the loss. */
  rss: number;
  /** 1 - rss / the same sum for the weighted mean of y in place of the model; -Infinity or NaN where that is 0. */
  r2: number;
  /** Points less free parameters. */
  degreesOfFreedom: number;
  /** Why the fit ended. */
  status: SolveStatus;
  /** true if the status is a `converged_…`. */
  converged: boolean;
  /**
   * A sentence that explains the status, with the degrees of freedom and what is doubtful: a parameter at a bound, a
   * covariance that is singular, a fit that has not converged.
   */
  message: string;
  /** Accepted steps. */
  iterations: number;
  /** Sweeps of the model over all points, those for finite differences included. */
  evaluations: number;
}

/**
 * Fits a model to points: finds the parameters p of the least sum of ((model(x_i, p) - y_i) / sigma_i)^2, or of a
 * robust loss. Up to 100 free parameters by Levenberg-Marquardt, more by L-BFGS (docs/curve-fit.md).
 *
 * @param model its value at one x. p is the same object at every call and must not be written to. Where the model is
 * NaN or infinite, the fit keeps away
 * @param data the points, at least as many as free parameters
 * @param start for each parameter, by name, where the fit starts, or that and its bounds
 * @throws TypeError or RangeError for arguments that do not fit, with the index of an entry; TypeError
 * `ERR_LBFGS_CLOSURE_RESULT` if the model or the Jacobian does not give numbers or writes into p; LBFGSError
 * `ERR_LBFGS_NON_FINITE_START` if the model is not finite at start; what the model throws; `signal.reason` after an
 * abort
 *
 * @example
 * const x = [1, 2, 3, 5, 7, 10];
 * const y = [109, 149, 149, 191, 213, 224];
 * const { params } = curveFit((t, { top, rate }) => top * (1 - Math.exp(-rate * t)), { x, y }, { top: 100, rate: 0.75 });
 */
export function curveFit<N extends string>(
  model: (x: number, p: Readonly<Record<N, number>>) => number,
  data: CurveFitData,
  start: Record<N, number | CurveFitParameter>,
  options: CurveFitOptions<N> = {},
): CurveFitResult<N> {
  const fit = require('./fit/fit') as typeof fitCurve;
  return fit(model, data, start, options);
}
